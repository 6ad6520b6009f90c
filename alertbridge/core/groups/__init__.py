"""An incident's group: what it should be, what it is, and the way from one to the other."""
