"""Why a calendar could not be read.

CalendarError
├── Away        nobody answered, or not with a calendar: the next try may find it
└── Unusable    it is there and cannot be used: no calendar, too big, or more than can be worked out
"""


class CalendarError(Exception):
    """A calendar could not be read. Says why, without its address: that may be a secret."""


class Away(CalendarError):  # noqa: N818 - named after what it means
    """Nobody answered, or not with a calendar."""


class Unusable(CalendarError):  # noqa: N818 - named after what it means
    """It is there, and cannot be used."""
