"""Who is on call here, held against what the other product itself says of the days to come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.schedule import Schedule, on_call
from alertbridge.importing.draft import Note, Rendered

_SHOWN = 3
"""So many differences are told."""

_MINUTE = timedelta(minutes=1)


def compare(schedule: Schedule, rendered: Sequence[Rendered], keys: Mapping[str, str]) -> tuple[Note, ...]:
    """Say that both call the same people, or where they differ first. `keys` are of people, by foreign id."""
    entries = sorted(rendered, key=lambda entry: entry.starts_at)
    if not entries:
        return ()
    zone = ZoneInfo(schedule.timezone)
    wrong = [
        Note(
            f"on {at.astimezone(zone):%Y-%m-%d %H:%M} {_said(theirs)} is on call there, here {_said(ours)}",
            "compare the layers with the restrictions and turns there",
        )
        for at, theirs, ours in _differences(schedule, entries, keys)
    ]
    if wrong:
        more = Note(f"and {len(wrong) - _SHOWN} more differences")
        return (*wrong[:_SHOWN], more) if len(wrong) > _SHOWN else tuple(wrong)
    until = max(entry.ends_at for entry in entries).astimezone(zone)
    said = f"compared with what the product itself says until {until:%Y-%m-%d}: the same people"
    return (Note(said, is_change=False),)


def _differences(
    schedule: Schedule, entries: Sequence[Rendered], keys: Mapping[str, str]
) -> Iterator[tuple[datetime, set[str], set[str]]]:
    """Look at both ends of every time in which nothing changes there."""
    bounds = sorted({bound for entry in entries for bound in (entry.starts_at, entry.ends_at)})
    for since, until in pairwise(bounds):
        there = {keys.get(one.person, one.person) for one in entries if one.starts_at <= since < one.ends_at}
        for at in dict.fromkeys((since, max(since, until - _MINUTE))):
            here = set(on_call(schedule, at).people)
            if here != there:
                yield at, there, here
                break


def _said(people: set[str]) -> str:
    return " and ".join(sorted(people)) or "nobody"
