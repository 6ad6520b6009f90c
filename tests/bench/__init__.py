"""How fast and how small, as ratios to floors that are measured in the same run: `python -m tests.bench`.

Every row also counts what was stored or what the sandbox holds: a fast figure with a lost or doubled webhook is none.
"""
