"""A Feishu group as a value: what it has, what is said in it, and what can be done to it."""
