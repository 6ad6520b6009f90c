"""Overrides: somebody covers for others, for a time, whatever the rotations say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.oncall.rotation import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Who is on call from `starts_at` until just before `ends_at` (aware UTC)."""

    people: tuple[str, ...]
    """Never empty."""
    starts_at: datetime
    ends_at: datetime
    instead_of: str = ""
    """Only this person is replaced, in shifts that they have; "": everybody is, and a gap is filled."""

    def covers(self, at: datetime) -> bool:
        """Whether it counts at `at`."""
        return self.starts_at <= at < self.ends_at

    def overlaps(self, other: "Override") -> bool:
        """Whether there is a time at which both count."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOverride:
    """An override that somebody made while the product runs, and the schedule that it is for."""

    id: str
    schedule: str
    override: Override
    made_by: str
    """What people call who made it."""
    made_at: datetime


def changed(turn: Turn, overrides: Sequence[Override], at: datetime) -> Turn:
    """Cut a turn to the time around `at` in which it is the same people's, once somebody covers for some of them.

    `overrides` are from the oldest to the newest, and of the kind that replaces one person.
    """
    bounds = {bound for one in overrides for bound in (one.starts_at, one.ends_at)}
    since = turn.starts_at
    people = _at(since, turn.people, overrides)
    for bound in sorted(bound for bound in bounds if turn.starts_at < bound < turn.ends_at):
        then = _at(bound, turn.people, overrides)
        if then == people:
            continue
        if bound > at:
            return Turn(people, since, bound)
        people, since = then, bound
    return Turn(people, since, turn.ends_at)


def _at(at: datetime, people: Iterable[str], overrides: Iterable[Override]) -> tuple[str, ...]:
    """Let others take the places of those for whom they cover at a time, each once."""
    counting = [one for one in overrides if one.covers(at)]
    return tuple(dict.fromkeys(after for person in people for after in _who_covers(person, counting)))


def _who_covers(person: str, overrides: Sequence[Override]) -> Iterator[str]:
    """Who comes in place of a person; whoever covers can be covered for in turn, by an override that is newer still."""
    for number in reversed(range(len(overrides))):
        if overrides[number].instead_of == person:
            for other in overrides[number].people:
                yield from _who_covers(other, overrides[number + 1 :])
            return
    yield person
