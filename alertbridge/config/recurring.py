"""How recurring times are written: Alertmanager's `time_intervals`, word for word.

Beyond Alertmanager, ranges of weekdays and months may go over the end of the week or year, and times over midnight.
Source: https://prometheus.io/docs/alerting/latest/configuration/#time_interval
"""

import re
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from alertbridge.config.entry import Entry
from alertbridge.config.values import WEEKDAYS, FieldError, Text, Written, Zone, suggest
from alertbridge.core.oncall.intervals import WHOLE_DAY, TimeInterval

MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


def _minute(text: str) -> int:
    """A time of day as minutes; 24:00 is the end of the day."""
    found = re.fullmatch("([01][0-9]|2[0-4]):([0-5][0-9])", text)
    minute = int(found[1]) * 60 + int(found[2]) if found else WHOLE_DAY + 1
    if minute > WHOLE_DAY:
        raise FieldError(f"{text!r} is no time of day", "write it like 09:00; 24:00 is the end of the day")
    return minute


def _cycle(words: tuple[str, ...], first: int, what: str, text: str) -> frozenset[int]:
    """One of a cycle of names, or several as `first:last`; numbers count from `first`."""
    ends = [_place(word.strip().lower(), words, first, what) for word in text.split(":", 1)]
    start, end = ends[0], ends[-1]
    count = (end - start) % len(words) + 1
    return frozenset((start - first + step) % len(words) + first for step in range(count))


def _place(word: str, words: tuple[str, ...], first: int, what: str) -> int:
    if word in words:
        return words.index(word) + first
    if first and re.fullmatch("[0-9]{1,2}", word) and first <= int(word) < first + len(words):
        return int(word)
    hint = suggest(word, words) or f"write {words[0]} … {words[-1]}, or a range like {words[0]}:{words[4]}"
    raise FieldError(f"{word!r} is no {what}", hint)


def _weekdays(text: str) -> frozenset[int]:
    return _cycle(WEEKDAYS, 0, "weekday", text)


def _months(text: str) -> frozenset[int]:
    return _cycle(MONTHS, 1, "month", text)


def _days_of_month(text: str) -> tuple[int, int]:
    """Days that are counted from the end of the month when they are negative."""
    start, end = _range(text, "-?[0-9]{1,2}", "day of the month", "1, 1:5 or -3:-1")
    if not all(1 <= abs(day) <= 31 for day in (start, end)) or (start < 0) is not (end < 0) or start > end:
        if start > 0 > end >= -31 and start <= 31:
            return start, end
        raise FieldError(f"{text!r} are no days of a month", "write 1 to 31, or -31 to -1 from its end: 1, 1:5, -3:-1")
    return start, end


def _years(text: str) -> tuple[int, int]:
    start, end = _range(text, "[0-9]{4}", "year", "2026 or 2026:2028")
    if start > end:
        raise FieldError(f"{text!r} ends before it begins", "write the earlier year first")
    return start, end


def _range(text: str, pattern: str, what: str, example: str) -> tuple[int, int]:
    parts = [part.strip() for part in text.split(":", 1)]
    if not all(re.fullmatch(pattern, part) for part in parts):
        raise FieldError(f"{text!r} is no {what}", f"write {example}")
    return int(parts[0]), int(parts[-1])


_SPAN = {"type": ["string", "integer"]}

Minute = Annotated[int, Written(_minute, {"type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$"})]
Weekdays = Annotated[frozenset[int], Written(_weekdays, {"type": "string", "examples": ["monday:friday"]})]
Months = Annotated[frozenset[int], Written(_months, {**_SPAN, "examples": ["december", "6:8"]})]
DaysOfMonth = Annotated[tuple[int, int], Written(_days_of_month, {**_SPAN, "examples": ["1:5", "-1"]})]
Years = Annotated[tuple[int, int], Written(_years, {**_SPAN, "examples": ["2026:2028"]})]


class TimesEntry(Entry):
    """A part of the day; over midnight where it does not end after it begins."""

    start_time: Minute
    """When it begins, like 09:00."""

    end_time: Minute
    """When it is over, like 18:00; 24:00 is midnight."""


class IntervalEntry(Entry):
    """Times that meet all that is said here; what is left out is open."""

    times: tuple[TimesEntry, ...] = ()
    """Parts of the day."""

    weekdays: tuple[Weekdays, ...] = ()
    """Weekdays, like `monday:friday`."""

    days_of_month: tuple[DaysOfMonth, ...] = ()
    """Days of the month; -1 is the last one."""

    months: tuple[Months, ...] = ()
    """Months by name or number."""

    years: tuple[Years, ...] = ()
    """Years."""

    location: Zone = "UTC"
    """IANA zone of all of it. Default: UTC, as in Alertmanager."""

    def as_interval(self) -> TimeInterval:
        """The same as a value."""
        return TimeInterval(
            timezone=self.location,
            times=tuple((part.start_time, part.end_time) for part in self.times),
            weekdays=frozenset[int]().union(*self.weekdays),
            days_of_month=self.days_of_month,
            months=frozenset[int]().union(*self.months),
            years=self.years,
        )


class TimeIntervalEntry(Entry):
    """Times under a name, as in Alertmanager's configuration."""

    name: Text
    """What policies and routes call it."""

    time_intervals: Annotated[tuple[IntervalEntry, ...], Field(min_length=1)]
    """It holds while any of these does."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if any(not interval.written() for interval in self.time_intervals):
            said = FieldError("an interval that says nothing always holds", "write times, weekdays, … or remove it")
            raise said.as_pydantic()
        return self
