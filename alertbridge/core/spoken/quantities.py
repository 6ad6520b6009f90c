"""For how long, until when, how bad: small things that are said with a number. All read folded text."""

import re
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alertbridge.core.severity import Severity

_NUMERALS: Final = {numeral: number for number, numeral in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}

_SECONDS: Final = {"m": 60, "h": 3_600, "d": 86_400}
_PART: Final = re.compile(
    rf"(?P<number>[0-9]{{1,3}}|[{''.join(_NUMERALS)}]) ?"
    r"(?:(?P<h>hours?|hrs?|h|个小时|小时)|(?P<m>minutes?|mins?|m|分钟|分)|(?P<d>days?|d|天))(?![a-z])"
)
_HALF_AN_HOUR: Final = re.compile("半个?小时")
_UNTIL: Final = re.compile(r"(?:until |到 ?|至 ?)([0-9]{1,2}):([0-9]{2})(?![0-9:])")
_LEVEL: Final = re.compile(r"p?([1-4])")

_HOURS, _MINUTES = 24, 60


def duration(text: str, start: int) -> tuple[int, int] | None:
    """The seconds that `text` names from `start` on, and where it goes on after them; None where it names none."""
    if half := _HALF_AN_HOUR.match(text, start):
        return 1_800, half.end()
    seconds, end, place = 0, start, start
    while part := _PART.match(text, place):
        number = part["number"]
        seconds += (_NUMERALS.get(number) or int(number)) * _SECONDS[part.lastgroup or ""]
        end = part.end()
        place = end + 1 if text[end : end + 1] == " " else end
    return (seconds, end) if end > start else None


def until(text: str, start: int) -> tuple[time, int] | None:
    """The clock time after `until`, `到` or `至`, and where `text` goes on after it."""
    found = _UNTIL.match(text, start)
    if found is None:
        return None
    hours, minutes = int(found[1]), int(found[2])
    return (time(hours, minutes), found.end()) if hours < _HOURS and minutes < _MINUTES else None


def level(text: str) -> Severity | None:
    """`p1` … `p4`, or only the digit."""
    found = _LEVEL.fullmatch(text)
    return Severity(int(found[1])) if found else None


def next_time(clock: time, now: datetime, timezone: str) -> datetime:
    """When it will be `clock` next in that zone, after `now`."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    days = (today, today + timedelta(days=1))
    # Where an hour is repeated, a clock shows the same time twice; `fold=0` goes first.
    times = (datetime.combine(day, clock.replace(fold=fold), tzinfo=zone) for day in days for fold in (0, 1))
    return next(later for at in times if (later := at.astimezone(now.tzinfo)) > now)
