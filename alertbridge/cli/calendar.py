"""A picture of shifts for the terminal: a line for each day, a bar from midnight to midnight with the names in it."""

import shutil
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from alertbridge.cli.output import width_of
from alertbridge.core.oncall.intervals import WHOLE_DAY, instant
from alertbridge.core.oncall.rotation import ALWAYS, NEVER
from alertbridge.core.text import PERSON_LIMIT, clean

_BEFORE_BAR: Final = len("Mon 01-05 ")
_HOURS: Final = 24
_FEWEST, _MOST = 24, 96
"""Places of a bar."""

_NOBODY: Final = "·"
_SOMEBODY: Final = "─"


def draw(shifts: Sequence[dict[str, Any]], since: datetime, days: int, *, columns: int | None = None) -> Iterator[str]:
    """Draw shifts as the API tells them; `columns` is the width of the terminal."""
    room = (columns or shutil.get_terminal_size().columns) - _BEFORE_BAR - 1
    places = min(_MOST, max(_FEWEST, room // _HOURS * _HOURS))
    for (schedule, timezone), group in groupby(shifts, key=lambda one: (one["schedule"], one["timezone"])):
        spans = [_span(shift) for shift in group]
        zone = ZoneInfo(timezone)
        yield f"{clean(schedule, PERSON_LIMIT)} ({timezone})"
        yield " " * _BEFORE_BAR + "".join(f"{hour:<{places // 4}}" for hour in (0, 6, 12, 18)) + "24"
        today = since.astimezone(zone).date()
        for number in range(days):
            day = today + timedelta(days=number)
            middles = (WHOLE_DAY * (2 * place + 1) // (2 * places) for place in range(places))
            yield f"{day:%a %m-%d} {_bar([_at(instant(day, minute, zone), spans) for minute in middles], spans)}"
        yield ""


def _span(shift: dict[str, Any]) -> tuple[datetime, datetime, str]:
    """From, to, and who, "": nobody."""
    starts_at, ends_at = shift["starts_at"], shift["ends_at"]
    return (
        datetime.fromisoformat(starts_at) if starts_at else ALWAYS,
        datetime.fromisoformat(ends_at) if ends_at else NEVER,
        ", ".join(clean(one["name"], PERSON_LIMIT) for one in shift["people"]),
    )


def _at(moment: datetime, spans: Sequence[tuple[datetime, datetime, str]]) -> int:
    """The number of the span that a moment is in; -1: none that was asked for."""
    number = bisect_right(spans, moment, key=lambda span: span[0]) - 1
    return number if number >= 0 and moment < spans[number][1] else -1


def _bar(numbers: Sequence[int], spans: Sequence[tuple[datetime, datetime, str]]) -> str:
    bar = ""
    for number, run in groupby(numbers):
        length = len(list(run))
        name = "" if number < 0 else spans[number][2]
        bar += " " * length if number < 0 else "│" + _filled(name, length - 1)
    return bar + "│"


def _filled(name: str, length: int) -> str:
    """A name in so many places, cut where it is longer."""
    shown = ""
    for character in name:
        if width_of(shown + character) > length:
            break
        shown += character
    return shown + (_SOMEBODY if name else _NOBODY) * (length - width_of(shown))
