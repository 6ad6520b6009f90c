"""Times ahead when calling a schedule would reach nobody: gaps, and shifts of people who cannot be called."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.oncall.schedule import Schedule, shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Such a time, cut to what was asked."""

    starts_at: datetime
    ends_at: datetime
    """Just before it."""
    people: tuple[str, ...] = ()
    """Whose turn it is, none of whom can be called; empty: it is nobody's."""


def holes(schedule: Schedule, since: datetime, until: datetime, unreachable: Collection[str]) -> Iterator[Hole]:
    """List the holes between two times; `unreachable` are people who cannot be called, as far as is known."""
    for shift in shifts(schedule, since, until):
        if all(person in unreachable for person in shift.people):
            starts_at, ends_at = max(since, shift.starts_at), min(until, shift.ends_at)
            yield Hole(starts_at=starts_at, ends_at=ends_at, people=shift.people)
