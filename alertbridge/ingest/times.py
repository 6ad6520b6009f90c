"""Times as senders write them: RFC 3339 with any offset and fraction, zero and endless times, and what scripts try."""

import re
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?", re.ASCII)
_NO_YEARS = (1, 9999)
_EARLIEST_EPOCH = 1e8  # March 1973: fewer digits are no Unix time but a date such as 20261122
_LATEST_SECONDS = 1e11  # from here on a Unix time is in milliseconds, then micro-, then nanoseconds


def as_utc(moment: datetime | None) -> datetime | None:
    """Return the moment in UTC; None for the first and the last year of the calendar, which mean *no time*.

    Go's zero time is `0001-01-01T00:00:00Z`, .NET's end of all times `9999-12-31T23:59:59Z`: no time zone and no span
    can be added to them. A time without an offset counts as UTC.
    """
    if moment is None or moment.year in _NO_YEARS:
        return None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def read_time(text: str) -> datetime | None:
    """Return the time in UTC, None for an empty text or a zero time. Raises `ValueError` when it is not a time."""
    text = text.strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        epoch = float(text)
        if epoch == 0:
            return None
        if epoch >= _EARLIEST_EPOCH:
            return _from_epoch(epoch)
    if text[16:19] == ":60":  # a leap second, which no Python calendar has
        text = f"{text[:16]}:59{text[19:]}"
    with suppress(msgspec.ValidationError):
        return as_utc(msgspec.convert(text, datetime))
    return as_utc(datetime.fromisoformat(text))


def _from_epoch(epoch: float) -> datetime:
    while epoch >= _LATEST_SECONDS:
        epoch /= 1000
    return datetime.fromtimestamp(epoch, UTC)
