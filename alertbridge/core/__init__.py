"""What alertbridge decides, as functions of values: no clock, no I/O, the standard library and RE2 only."""
