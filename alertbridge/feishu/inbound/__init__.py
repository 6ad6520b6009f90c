"""What Feishu sends us, without I/O.

Opened (`envelope.py`), verified (`seal.py`) and read (`bodies.py`) into values (`events.py`).
"""
