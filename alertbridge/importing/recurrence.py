"""Shifts of Grafana OnCall, which are recurring events, as layers whose turns follow each other.

An event of `rolling_users` comes back every `interval` periods, each time for the next group; of the users of a
`recurrent_event` there is one group. Source: https://grafana.com/docs/oncall/latest/oncall-api-reference/on_call_shifts/
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import lcm

from alertbridge.importing.answers import Answer, instant_at, number_at, text_at, texts_at
from alertbridge.importing.draft import LayerDraft, Note
from alertbridge.importing.rotations import MAX_TURN, MAX_TURNS, Groups, rotate
from alertbridge.importing.week import DAY, WEEK, Week

_PERIODS = {"hourly": 60, "daily": DAY, "weekly": WEEK}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One shift of the export. Times are on the wall of its own zone."""

    groups: Groups
    starts: datetime
    minutes: int
    """How long each lasts."""
    frequency: str
    interval: int
    days: tuple[int, ...]
    """Weekdays, in order from the first day of the week on; empty: as it starts."""
    week_start: int
    counts_from: datetime
    """Earlier ones do not count."""
    is_begun: bool
    """Whether one counts that has begun before `counts_from` and is not over."""
    ends: datetime | None


class UnwritableError(ValueError):
    """An event that no layer stands for. The text is for people."""


def read_event(shift: Answer, groups: Groups, *, is_web: bool) -> Event:
    """Read a recurring shift. Raises `UnwritableError`."""
    starts, seconds = instant_at(shift, "start"), number_at(shift, "duration")
    if starts is None or not seconds or seconds < 60:
        raise UnwritableError("it has no start or no duration")
    frequency = text_at(shift, "frequency")
    if frequency not in _PERIODS:
        raise UnwritableError(f"it comes back {frequency or 'nobody says how often'}, which layers do not")
    for field in ("by_month", "by_monthday"):
        if shift.get(field):
            raise UnwritableError(f"it is limited by {field}, which layers are not")
    if not groups or not all(groups):
        raise UnwritableError("a turn of it has nobody")
    interval = max(number_at(shift, "interval") or 1, 1)
    if _PERIODS[frequency] * interval > MAX_TURN:
        raise UnwritableError("its turns are longer than a year")
    week_start = _weekday(text_at(shift, "week_start") or "SU")
    days = {_weekday(day) for day in texts_at(shift, "by_day")}
    if days and frequency == "hourly":
        raise UnwritableError("it comes back hourly on some days, which layers do not")
    first = starts.replace(tzinfo=None)
    counts_from = instant_at(shift, "rotation_start")
    until = instant_at(shift, "until")
    return Event(
        groups=groups,
        starts=first,
        minutes=seconds // 60,
        frequency=frequency,
        interval=interval,
        days=tuple(sorted(days, key=lambda day: (day - week_start) % 7)),
        week_start=week_start,
        counts_from=max(counts_from.replace(tzinfo=None), first) if counts_from else first,
        is_begun=is_web,
        ends=until.replace(tzinfo=None) if until else None,
    )


def layer_of(event: Event) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    """Return the layer of an event. Raises `UnwritableError`."""
    turn = _PERIODS[event.frequency] * event.interval
    if event.days and not (event.frequency == "daily" and set(event.days) == set(range(7))):
        return _on_days(event)
    if event.minutes > turn:
        raise UnwritableError("its turns overlap")
    first = event.starts
    if not _counts(event, first):
        lead = event.minutes if event.is_begun else 0
        passed = _minutes(event.counts_from - first) - lead
        first += timedelta(minutes=turn * max(passed // turn, 0))
        while not _counts(event, first):
            first += timedelta(minutes=turn)
    only = Week()
    if event.minutes < turn:
        if WEEK % turn:
            raise UnwritableError("it leaves times open that are others in each week")
        minute = _minute_of_week(first)
        only = Week.of((minute + number * turn, event.minutes) for number in range(WEEK // turn))
    return rotate(event.groups, turns_from=first, turn_minutes=turn, begins=first, ends=event.ends, only=only)


def moved(layer: LayerDraft, by: timedelta) -> LayerDraft:
    """Return a layer as another zone's clocks show it."""
    minutes = _minutes(by)
    only = layer.only
    if not only.is_whole:
        only = Week.of((start + minutes, end - start) for start, end in only.spans)
    return replace(layer, starts=layer.starts + by, ends=layer.ends + by if layer.ends else None, only=only)


def _on_days(event: Event) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    if event.minutes > DAY:
        raise UnwritableError("its turns overlap")
    first = event.starts
    if first.weekday() not in event.days:  # the product goes to the first of the days, perhaps in the next week
        first += timedelta(days=(event.days[0] - first.weekday()) % 7)
    first += timedelta(days=7 * max((event.counts_from - first).days // 7 - 1, 0))
    while first.weekday() not in event.days or not _counts(event, first):
        first += timedelta(days=1)
    clock = first.hour * 60 + first.minute
    only = Week.of((day * DAY + clock, event.minutes) for day in event.days)
    if event.frequency == "weekly":
        if event.interval > 1:
            raise UnwritableError(f"it comes back on some days of every {event.interval} weeks")
        monday = first - timedelta(days=(first.weekday() - event.week_start) % 7)
        return rotate(event.groups, turns_from=monday, turn_minutes=WEEK, begins=monday, ends=event.ends, only=only)
    groups = _day_by_day(event, first)
    return rotate(groups, turns_from=first, turn_minutes=DAY, begins=first, ends=event.ends, only=only)


def _day_by_day(event: Event, first: datetime) -> Groups:
    """Write a daily rotation that passes over some weekdays as one through all days: the hours tell which count."""
    cycle = event.interval * len(event.groups)
    weeks = lcm(cycle, len(event.days)) // len(event.days)
    if weeks * 7 > MAX_TURNS:
        raise UnwritableError("its turns are the same again only after many weeks")
    groups: list[tuple[str, ...]] = []
    counted = 0
    for number in range(weeks * 7):
        groups.append(event.groups[counted // event.interval % len(event.groups)])
        counted += (first.weekday() + number) % 7 in event.days
    return tuple(groups)


def _counts(event: Event, at: datetime) -> bool:
    if event.is_begun:
        return at + timedelta(minutes=event.minutes) > event.counts_from
    return at >= event.counts_from


def _weekday(word: str) -> int:
    if word not in _DAYS:
        raise UnwritableError(f"{word!r} is no weekday")
    return _DAYS.index(word)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _minute_of_week(at: datetime) -> int:
    return at.weekday() * DAY + at.hour * 60 + at.minute
