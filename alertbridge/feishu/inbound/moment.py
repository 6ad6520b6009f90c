"""Feishu's timestamps, whose unit differs from place to place."""

import re
from datetime import UTC, datetime
from typing import Final

_DIGITS: Final = re.compile(r"(\d{9,16})(\.\d+)?", re.ASCII)

_MILLISECONDS_DIGITS: Final = 13
_MICROSECONDS_DIGITS: Final = 16


def moment(digits: str) -> datetime | None:
    """Return the time of a Unix timestamp in seconds, ms or µs; its length tells which. None when it is none of them.

    Feishu documents milliseconds for events but shows microseconds in some samples, and seconds with a fraction in the
    envelopes of version 1.
    """
    found = _DIGITS.fullmatch(digits)
    if found is None:
        return None
    length = len(found[1])
    if length >= _MICROSECONDS_DIGITS:
        seconds = float(digits) / 1_000_000
    elif length >= _MILLISECONDS_DIGITS:
        seconds = float(digits) / 1_000
    else:
        seconds = float(digits)
    return datetime.fromtimestamp(seconds, UTC)
