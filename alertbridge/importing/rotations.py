"""Rotations of other products as layers: a start, a length of turns, and who takes them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from itertools import combinations
from math import gcd, lcm
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.rotation import Rotation
from alertbridge.importing.draft import LayerDraft, Note
from alertbridge.importing.week import DAY, WEEK, Week

MAX_SIDE_BY_SIDE = 5
"""So many rotations that share hours are written as layers: each further one doubles them."""

MAX_TURNS = 120
"""So long a list of turns is still read by somebody."""

_HOUR = 60
_UNITS = ((Rotation.WEEKLY, WEEK), (Rotation.DAILY, DAY), (Rotation.HOURLY, _HOUR))
_MINUTES = dict(_UNITS)

MAX_TURN = 366 * DAY
"""Minutes of the longest turn."""

_MAX_EVERY = 999

Groups = tuple[tuple[str, ...], ...]


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of a zone show then; a time without an offset is one of that zone already."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment


def rotate(
    groups: Groups,
    *,
    turns_from: datetime,
    turn_minutes: int,
    begins: datetime,
    ends: datetime | None = None,
    only: Week = Week(),  # noqa: B008 - frozen
) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    """Return a layer in which the first group's first turn was at `turns_from`, and which counts from `begins` on.

    All times are on the wall of the schedule's zone. None: turns of such a length cannot be written.
    """
    notes: list[Note] = []
    unit = unit_of(turn_minutes)
    if len(set(groups)) == 1:
        groups, unit, starts = groups[:1], (Rotation.DAILY, 1), begins
    elif unit is None:
        said = f"turns of {turn_minutes} minutes cannot be written: a layer has whole hours, days or weeks"
        return None, (Note(said, "change them there, export it again"),)
    else:
        turns = (begins - turns_from) // timedelta(minutes=turn_minutes)
        starts = turns_from + turns * timedelta(minutes=turn_minutes)
        first = turns % len(groups)
        groups = groups[first:] + groups[:first]
    if starts.second or starts.microsecond:
        notes.append(Note(f"hand-overs at {starts.time()} are at {starts:%H:%M} here", is_change=False))
        starts = starts.replace(second=0, microsecond=0)
    if ends is not None and (last := _at_handover(ends, starts)) != ends:
        notes.append(Note(f"the layer that ends {ends:%Y-%m-%d %H:%M} ends at the hand-over {last:%Y-%m-%d %H:%M}"))
        ends = last
    rotation, every = unit
    layer = LayerDraft(groups=groups, rotation=rotation, every=every, starts=starts, ends=ends, only=only)
    return layer, tuple(notes)


def unit_of(minutes: int) -> tuple[Rotation, int] | None:
    """Say a length as so many of a unit; None where it is no whole hours."""
    if not 0 < minutes <= MAX_TURN:
        return None
    found = ((rotation, minutes // length) for rotation, length in _UNITS if minutes % length == 0)
    return next((one for one in found if one[1] <= _MAX_EVERY), None)


def side_by_side(strands: Sequence[LayerDraft]) -> tuple[LayerDraft, ...] | None:
    """Return layers in which everybody whom any of the rotations names is on call at once.

    As of layers only the last counts, there is one for each set of rotations that share hours. None: their hand-overs
    do not fit together.
    """
    if not any(one.only.shared(other.only).spans for one, other in combinations(strands, 2)):
        return tuple(strands)
    if len(strands) > MAX_SIDE_BY_SIDE:
        return None
    layers: list[LayerDraft] = []
    for count in range(1, len(strands) + 1):
        for some in combinations(strands, count):
            shared = reduce(Week.shared, (strand.only for strand in some))
            begins = max(strand.starts for strand in some)
            ends = min((strand.ends for strand in some if strand.ends is not None), default=None)
            others = (strand for strand in strands if strand not in some)
            if not shared.spans or (ends is not None and ends <= begins):
                continue
            if any(other.starts <= begins and other.ends is None and other.only.holds(shared) for other in others):
                continue  # these are never all who are on call
            together = some[0] if count == 1 else _together(some, shared, ends)
            if together is None:
                return None
            layers.append(together)
    return tuple(layers)


def _together(strands: Sequence[LayerDraft], only: Week, ends: datetime | None) -> LayerDraft | None:
    """Combine rotations into one whose groups are theirs united."""
    begins = max(strand.starts for strand in strands)
    moving = [strand for strand in strands if len(strand.groups) > 1]
    grid, cycle, starts = DAY, DAY, begins
    if moving:
        apart = [_minutes(strand.starts - moving[0].starts) for strand in moving]
        grid = gcd(*(_turn(strand) for strand in moving), *apart)
        cycle = lcm(*(_turn(strand) * len(strand.groups) for strand in moving))
        starts += (moving[0].starts - begins) % timedelta(minutes=grid)
        starts -= timedelta(minutes=grid) if starts > begins else timedelta()
    unit = unit_of(grid)
    if unit is None or cycle // grid > MAX_TURNS or (ends is not None and ends.time() != starts.time()):
        return None
    groups = tuple(
        _united(strand.groups[_index(strand, starts + number * timedelta(minutes=grid))] for strand in strands)
        for number in range(cycle // grid)
    )
    rotation, every = unit
    return LayerDraft(groups=groups, rotation=rotation, every=every, starts=starts, ends=ends, only=only)


def _at_handover(ends: datetime, starts: datetime) -> datetime:
    at = datetime.combine(ends.date(), starts.time())
    return at if at >= ends else at + timedelta(days=1)


def _turn(layer: LayerDraft) -> int:
    return _MINUTES[layer.rotation] * layer.every


def _index(layer: LayerDraft, at: datetime) -> int:
    return (at - layer.starts) // timedelta(minutes=_turn(layer)) % len(layer.groups)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _united(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(person for group in groups for person in group))


def without_nobody(groups: Groups, starts: datetime, turn_minutes: int, only: Week) -> tuple[Groups, Week] | None:
    """Take turns of nobody out of a rotation that is the same each week, by hours in which it does not count.

    None: it is another one in the next week, and layers have no empty turns.
    """
    if all(groups):
        return groups, only
    cycle = turn_minutes * len(groups)
    if WEEK % cycle:
        return None
    begin = starts.weekday() * DAY + starts.hour * 60 + starts.minute
    windows = [
        (begin + round_ * cycle + number * turn_minutes, turn_minutes)
        for round_ in range(WEEK // cycle)
        for number, group in enumerate(groups)
        if group
    ]
    somebody = next(group for group in groups if group)
    return tuple(group or somebody for group in groups), only.shared(Week.of(windows))
