"""The shells that arq runs: one job that brings one incident up to date, and the worker that it runs in."""
