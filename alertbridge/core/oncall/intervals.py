"""Recurring times: Alertmanager's time intervals, and the hours that a rotation is limited to.

A time of day that the clocks skip counts as if they had not been changed yet; of one that they show twice the first
counts. So a day of 09:00-18:00 begins and ends once, whatever the clocks do.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.holidays import NO_HOLIDAYS, DayKind, Holidays

WHOLE_DAY = 24 * 60

_FAR = timedelta(days=400)
"""So far `holds_until` looks: a year, and what leap years and zones add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeInterval:
    """Times that meet everything that is said here; what says nothing leaves everything open."""

    timezone: str = "UTC"
    times: tuple[tuple[int, int], ...] = ()
    """Minutes of the day, from the first until just before the second, at most `WHOLE_DAY`.

    One that does not end after it begins ends on the next day: the day on which it begins is the one that has to fit.
    """
    weekdays: frozenset[int] = frozenset()
    """0 is Monday."""
    days_of_month: tuple[tuple[int, int], ...] = ()
    """From and to, both included; 1 is the first day, -1 the last."""
    months: frozenset[int] = frozenset()
    """1 is January."""
    years: tuple[tuple[int, int], ...] = ()
    """From and to, both included."""
    days: DayKind | None = None
    """Only such days, by `holidays`."""
    holidays: Holidays = NO_HOLIDAYS


def holds(intervals: Iterable[TimeInterval], at: datetime) -> bool:
    """Whether `at` (aware) is in any of them."""
    return any(start <= at < end for interval in intervals for start, end in _near(interval, at))


def spans(intervals: Iterable[TimeInterval], since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """List when any of them holds between two aware instants: (from, until just before), UTC, apart and in order."""
    found = sorted(span for interval in intervals for span in _between(interval, since, until))
    current: tuple[datetime, datetime] | None = None
    for start, end in found:
        start, end = max(start, since), min(end, until)  # noqa: PLW2901 - the same span, cut to what was asked
        if start >= end:
            continue
        if current is not None and start <= current[1]:
            current = current[0], max(current[1], end)
            continue
        if current is not None:
            yield current
        current = start, end
    if current is not None:
        yield current


def holds_until(intervals: Iterable[TimeInterval], at: datetime) -> datetime | None:
    """When the time ends that `at` is in, at most about a year ahead; None: it is in none."""
    asked = tuple(intervals)
    if not holds(asked, at):
        return None
    for days in (2, 9, 40):  # most end within the day: a year is only asked for where it has to be
        end = next(spans(asked, at, at + timedelta(days=days)))[1]
        if end < at + timedelta(days=days):
            return end
    return next(spans(asked, at, at + _FAR))[1]


def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Convert a minute of a day in a zone to UTC; `WHOLE_DAY` is the midnight that ends it.

    Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.5
    """
    days, rest = divmod(minute, WHOLE_DAY)
    clock = time(rest // 60, rest % 60)
    return datetime.combine(day + timedelta(days=days), clock, tzinfo=zone).astimezone(UTC)


def _near(interval: TimeInterval, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    today = at.astimezone(ZoneInfo(interval.timezone)).date()
    return _of_days(interval, today - timedelta(days=1), today)


def _between(interval: TimeInterval, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(interval.timezone)
    first = since.astimezone(zone).date() - timedelta(days=1)  # what began on the day before may still hold
    return _of_days(interval, first, until.astimezone(zone).date())


def _of_days(interval: TimeInterval, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(interval.timezone)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if not _fits(interval, day):
            continue
        for start, end in interval.times or ((0, WHOLE_DAY),):
            stop = end if end > start else end + WHOLE_DAY
            yield instant(day, start, zone), instant(day, stop, zone)


def _fits(interval: TimeInterval, day: date) -> bool:
    if interval.weekdays and day.weekday() not in interval.weekdays:
        return False
    if interval.months and day.month not in interval.months:
        return False
    if interval.years and not any(first <= day.year <= last for first, last in interval.years):
        return False
    if interval.days is not None and not interval.holidays.is_a(interval.days, day):
        return False
    if not interval.days_of_month:
        return True
    length = monthrange(day.year, day.month)[1]
    return any(_counted(first, length) <= day.day <= _counted(last, length) for first, last in interval.days_of_month)


def _counted(day: int, length: int) -> int:
    return day if day > 0 else length + 1 + day
