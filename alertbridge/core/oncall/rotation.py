"""Rotations: whose turn it is in one layer of a schedule, by the wall clock of the schedule's zone."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.holidays import DayKind
from alertbridge.core.oncall.intervals import TimeInterval, instant, spans

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
"""Where a time begins that has no beginning."""

NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""Where a time ends that has no end."""

_CLOCKS_CHANGE_BY: Final = 26 * 60
"""At most so many minutes: zones have moved across the date line."""

_WEEKS_AROUND: Final = timedelta(days=15)
_YEARS_AROUND: Final = 2
"""Holidays come again each year, at other dates."""


class Rotation(StrEnum):
    """How often the next in turn take over."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


_MINUTES: Final = {Rotation.HOURLY: 60, Rotation.DAILY: 24 * 60, Rotation.WEEKLY: 7 * 24 * 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Turns, one after the other and then from the start again, from the day `starts` on."""

    turns: tuple[tuple[str, ...], ...]
    """Who has each turn; never empty, and nobody's turn is empty."""
    starts: date
    """The first turn begins on this day at `handover_time`."""
    ends: date | None = None
    """The layer is over on this day at `handover_time`; None: it goes on for good."""
    rotation: Rotation = Rotation.WEEKLY
    every: int = 1
    """How many hours, days or weeks a turn lasts."""
    handover_weekday: int = 0
    """0 is Monday. A weekly rotation that `starts` on another day begins with a shorter turn. Not for the others."""
    handover_time: time = time(9)
    """Wall-clock time in the schedule's zone, in whole minutes."""
    only: tuple[TimeInterval, ...] = ()
    """Hours of the week in which the layer counts; without any it always does. Turns go on outside of them."""

    @property
    def minutes(self) -> int:
        """How long a turn lasts on the wall clock."""
        return _MINUTES[self.rotation] * self.every


@dataclass(frozen=True, slots=True)
class Turn:
    """A time of one layer, as long as it can be: whose it is, or (nobody) that the layer does not count."""

    people: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    """Just before it; both aware UTC."""


def turn_at(layer: Layer, at: datetime, zone: ZoneInfo) -> Turn:
    """Find the turn that `at` (aware) falls into."""
    opens_at, closes_at = _counts_between(layer, zone)
    if opens_at >= closes_at:
        return Turn((), ALWAYS, NEVER)
    if at < opens_at:
        return Turn((), ALWAYS, opens_at)
    if at >= closes_at:
        return Turn((), closes_at, NEVER)
    is_open, since, until = _stretch(layer.only, at)
    if not is_open:
        return Turn((), since, until)
    number = _number(layer, at, zone)
    return Turn(
        people=layer.turns[number % len(layer.turns)],
        starts_at=max(opens_at, since, _handover(layer, number, zone)),
        ends_at=min(closes_at, until, _handover(layer, number + 1, zone)),
    )


def never_counts(layer: Layer, zone: ZoneInfo) -> bool:
    """Whether a layer is over before the first of the hours to which it is limited."""
    opens_at, closes_at = _counts_between(layer, zone)
    return opens_at >= closes_at


@lru_cache(maxsize=1024)
def _counts_between(layer: Layer, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the layer counts first, and when it does not count any more."""
    minute = _minute(layer.handover_time)
    opens_at = instant(layer.starts, minute, zone)
    is_open, _, until = _stretch(layer.only, opens_at)
    if not is_open:
        opens_at = until
    if layer.ends is None:
        return opens_at, NEVER
    closes_at = instant(layer.ends, minute, zone)
    is_open, since, _ = _stretch(layer.only, closes_at - timedelta.resolution)
    return opens_at, closes_at if is_open else since


def _number(layer: Layer, at: datetime, zone: ZoneInfo) -> int:
    """Count the hand-overs up to `at`, which is after the first."""
    passed = at.astimezone(zone).replace(tzinfo=None) - datetime.combine(_first_day(layer), layer.handover_time)
    about = passed // timedelta(minutes=layer.minutes)
    # Near a hand-over, or a change of the clocks, the wall clock alone does not tell.
    leeway = _CLOCKS_CHANGE_BY // layer.minutes + 1
    near = range(max(0, about - leeway), about + leeway + 1)
    return near[bisect_right(near, at, key=lambda number: _handover(layer, number, zone)) - 1]


def _handover(layer: Layer, number: int, zone: ZoneInfo) -> datetime:
    """When the turn `number` begins, 0 being the first; never later than the next, if clocks skip several at once."""
    minute = _minute(layer.handover_time) + number * layer.minutes
    day = _first_day(layer)
    at = instant(day, minute, zone)
    on_the_wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    if at.astimezone(zone).replace(tzinfo=None) == on_the_wall:
        return at
    return min(at, _handover(layer, number + 1, zone))


def _first_day(layer: Layer) -> date:
    """The day from which hand-overs are counted: the first turn may have begun later."""
    if layer.rotation is not Rotation.WEEKLY:
        return layer.starts
    return layer.starts - timedelta(days=(layer.starts.weekday() - layer.handover_weekday) % 7)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _stretch(only: tuple[TimeInterval, ...], at: datetime) -> tuple[bool, datetime, datetime]:
    """Whether `at` is within the hours, and since and until when that has been and will be so."""
    if not only:
        return True, ALWAYS, NEVER
    hours = _hours_between(only, *_around(only, at.date()))
    before = bisect_right(hours, at, key=lambda opened: opened[0])
    since, until = hours[before - 1] if before else (ALWAYS, ALWAYS)
    if at < until:
        return True, since, until
    return False, until, hours[before][0] if before < len(hours) else NEVER


def _around(only: tuple[TimeInterval, ...], day: date) -> tuple[date, date]:
    """Say how far to look to see all that can follow: every week is the same, where holidays do not count."""
    if any(one.days is not None for one in only):
        # The years of all holidays, where only they count: the next one may be far. Workdays are never far.
        far = [holiday.year for one in only if one.days is DayKind.HOLIDAYS for holiday in one.holidays.off]
        first, last = min([day.year - _YEARS_AROUND, *far]), max([day.year + _YEARS_AROUND, *far])
        return date(max(first, 2), 1, 1), date(min(last + 1, 9999), 1, 1)
    monday = day - timedelta(days=day.weekday())
    return monday - _WEEKS_AROUND, monday + timedelta(days=7) + _WEEKS_AROUND


@lru_cache(maxsize=256)
def _hours_between(only: tuple[TimeInterval, ...], since: date, until: date) -> list[tuple[datetime, datetime]]:
    """List the hours of these days; what reaches their ends has no end."""
    first, last = (datetime.combine(day, time(), tzinfo=UTC) for day in (since, until))
    return [
        (ALWAYS if opens == first else opens, NEVER if closes == last else closes)
        for opens, closes in spans(only, first, last)
    ]
