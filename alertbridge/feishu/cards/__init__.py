"""What a chat shows of us: the live card (`live.py`), messages (`sayings.py`), answers to clicks (`toasts.py`)."""
