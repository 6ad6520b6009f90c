"""How much of a calendar is read: enough for any team, little for a machine."""

from datetime import timedelta
from typing import Final

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_APPOINTMENTS: Final = 5000
"""Occurrences between `BACK` and `AHEAD`: hourly shifts for half a year."""
BACK: Final = timedelta(days=35)
"""A shift that began before is not over yet."""
AHEAD: Final = timedelta(days=400)

WORK_SECONDS: Final = 20
"""Processor time for one calendar; what takes longer is no calendar of people."""
WORK_BYTES: Final = 1024 * 1024 * 1024
"""Memory for one calendar."""
MAX_WORDS: Final = 200
"""Characters of a summary, or of an address."""
MAX_ATTENDEES: Final = 20
