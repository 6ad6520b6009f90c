"""Who is on call: layers of rotations, and overrides on top of them. Times are aware UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.calendar import given_at
from alertbridge.core.oncall.override import Override, changed
from alertbridge.core.oncall.rotation import ALWAYS, NEVER, Layer, Turn, turn_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Layers of rotations, of which the last in the list that counts at a time has it; or what a calendar says."""

    name: str
    timezone: str
    layers: tuple[Layer, ...] = ()
    turns: tuple[Turn, ...] | None = None
    """What a calendar says in place of layers, in order and apart; None: there is no calendar."""
    overrides: tuple[Override, ...] = ()
    """From the oldest to the newest, which wins."""
    secondary: str = ""
    """The schedule that tells who is second to those on call here; "": none does."""

    @property
    def everybody(self) -> frozenset[str]:
        """Whoever may ever be on call here."""
        of_layers = {person for layer in self.layers for turn in layer.turns for person in turn}
        given = [turn.people for turn in self.turns or ()]
        return frozenset(of_layers.union(*given, *(override.people for override in self.overrides)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An unbroken time: whose turn it is, or that it is nobody's."""

    people: tuple[str, ...]
    """Empty: a gap."""
    starts_at: datetime
    """`ALWAYS`: it has no beginning."""
    ends_at: datetime
    """Just before it; `NEVER`: it has no end."""
    is_override: bool = False
    """Whether somebody covers for those whose turn it would be."""


def on_call(schedule: Schedule, at: datetime) -> Shift:
    """Find the shift or gap that `at` (aware, before the year 9999) falls into."""
    turn, is_override, newer = _turn(schedule, at)
    meant = changed(turn, newer, at) if newer else turn
    return Shift(
        people=meant.people,
        starts_at=meant.starts_at,
        ends_at=meant.ends_at,
        is_override=is_override or meant.people != turn.people,
    )


def shifts(schedule: Schedule, since: datetime, until: datetime) -> Iterator[Shift]:
    """List the shifts and gaps between two instants, without a hole; the first and the last may reach beyond them."""
    at = since
    while at < until:
        shift = on_call(schedule, at)
        yield shift
        at = shift.ends_at


def gaps(schedule: Schedule, since: datetime, until: datetime) -> Iterator[Shift]:
    """List the times when nobody is on call; the first and the last may reach beyond what was asked."""
    return (shift for shift in shifts(schedule, since, until) if not shift.people)


def next_shift(schedule: Schedule, person: str, after: datetime, *, until: datetime) -> datetime | None:
    """When somebody's next shift begins, later than `after` (aware); None: not before `until`, or never."""
    if person not in schedule.everybody:
        return None
    for shift in shifts(schedule, after, until):
        if person in shift.people and after < shift.starts_at < until:
            return shift.starts_at
    return None


def _turn(schedule: Schedule, at: datetime) -> tuple[Turn, bool, list[Override]]:
    """Find whose turn it is, whether an override says so, and what may change it: newer overrides of one person."""
    since, until = ALWAYS, NEVER
    newer: list[Override] = []
    for override in reversed(schedule.overrides):
        if override.instead_of:
            newer.append(override)
        elif override.covers(at):
            turn = Turn(override.people, max(since, override.starts_at), min(until, override.ends_at))
            return turn, True, newer[::-1]
        elif at < override.starts_at:
            until = min(until, override.starts_at)
        else:
            since = max(since, override.ends_at)
    zone = ZoneInfo(schedule.timezone)
    for turn in _turns_at(schedule, at, zone):
        since, until = max(since, turn.starts_at), min(until, turn.ends_at)
        if turn.people:
            return Turn(turn.people, since, until), False, newer[::-1]
    return Turn((), since, until), False, []


def _turns_at(schedule: Schedule, at: datetime, zone: ZoneInfo) -> Iterator[Turn]:
    """Tell what may have a say, what counts first before the others."""
    if schedule.turns is not None:
        yield given_at(schedule.turns, at)
    for layer in reversed(schedule.layers):
        yield turn_at(layer, at, zone)
