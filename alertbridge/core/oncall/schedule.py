"""Who is on call: rotations whose hand-overs happen at a wall-clock time of one zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Rotation(StrEnum):
    """How often the next person takes over."""

    DAILY = "daily"
    WEEKLY = "weekly"


_DAYS = {Rotation.DAILY: 1, Rotation.WEEKLY: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation through `people`, one after the other, from the day `starts` on, without an end."""

    people: tuple[str, ...]
    starts: date
    """The first of `people` begins on this day at `handover_time`."""
    rotation: Rotation = Rotation.WEEKLY
    handover_weekday: int = 0
    """0 is Monday. A weekly rotation that `starts` on another day begins with a shorter shift. Not for daily ones."""
    handover_time: time = time(9)
    """Wall-clock time in the schedule's zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Layers of rotations. Once a layer has begun, it takes over from those before it in the list."""

    name: str
    timezone: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An unbroken time on call: from `starts_at` until just before `ends_at`, both aware UTC."""

    people: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


def on_call(schedule: Schedule, at: datetime) -> Shift | None:
    """Find the shift that `at` (aware) falls into; None before the first layer begins."""
    zone = ZoneInfo(schedule.timezone)
    ends_at = datetime.max.replace(tzinfo=UTC)
    for layer in reversed(schedule.layers):
        begins_at = _instant(layer.starts, layer.handover_time, zone)
        if begins_at <= at:
            shift = _shift(layer, begins_at, at, zone)
            return Shift(people=shift.people, starts_at=shift.starts_at, ends_at=min(shift.ends_at, ends_at))
        ends_at = min(ends_at, begins_at)
    return None


def next_shift(schedule: Schedule, person: str, after: datetime, *, until: datetime) -> datetime | None:
    """When somebody's next shift begins, later than `after` (aware); None: not before `until`, or never."""
    at = after
    while at < until:
        shift = on_call(schedule, at)
        if shift is None:
            return None
        if person in shift.people and shift.starts_at > after:
            return shift.starts_at
        at = shift.ends_at
    return None


def _shift(layer: Layer, begins_at: datetime, at: datetime, zone: ZoneInfo) -> Shift:
    """Find the shift of a layer that has begun."""
    period = _DAYS[layer.rotation]
    first = layer.starts + timedelta(days=period)
    if layer.rotation is Rotation.WEEKLY:
        first -= timedelta(days=(first.weekday() - layer.handover_weekday) % 7)

    # Start a period late and walk back: near a hand-over, or a change of the clocks, the date alone does not tell.
    shifts = (at.astimezone(zone).date() - first).days // period + 2
    while shifts > 0 and _instant(first + timedelta(days=period * (shifts - 1)), layer.handover_time, zone) > at:
        shifts -= 1
    shifts = max(shifts, 0)

    def handover(number: int) -> datetime:
        return _instant(first + timedelta(days=period * (number - 1)), layer.handover_time, zone)

    return Shift(
        people=(layer.people[shifts % len(layer.people)],),
        starts_at=handover(shifts) if shifts else begins_at,
        ends_at=handover(shifts + 1),
    )


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Convert a wall-clock time to UTC.

    A time that the clocks skip counts as if they had not been changed yet, so it is an hour later on the wall; of a
    time they show twice the first counts. Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.5
    """
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
