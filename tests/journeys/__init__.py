"""Whole stories: a real web process, a real worker, a real store, and the sandbox over HTTP."""
