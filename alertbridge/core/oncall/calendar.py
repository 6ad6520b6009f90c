"""A calendar that people keep elsewhere: whom its appointments name, and what that makes of them on call."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from alertbridge.core.oncall.rotation import ALWAYS, NEVER, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One occurrence in a calendar, and what may say whose it is."""

    starts_at: datetime
    ends_at: datetime
    """Both aware UTC, and in this order."""
    attendees: tuple[str, ...] = ()
    """Addresses of those who take part, rooms and refusals left out."""
    summary: str = ""
    organizer: str = ""
    """Address of who keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarText:
    """A calendar as it was read."""

    appointments: tuple[Appointment, ...] = ()
    """In the order of their beginning."""
    problem: str = ""
    """Why some of it was left out; "" where nothing was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An appointment that names nobody of the team file."""

    said: str
    """What it says instead; "" where it says nothing."""
    starts_at: datetime
    """Of the first such one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What a calendar comes to for one team."""

    known: tuple[Turn, ...] = ()
    """In order and apart: where appointments overlap, it is the turn of all their people."""
    unknown: tuple[Unknown, ...] = ()
    """Each of them once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameBook:
    """How people of the team file may be named in a calendar; each name leads to a key."""

    by_email: Mapping[str, str]
    """Addresses in lower case."""
    by_name: Mapping[str, str]
    """Names, keys and what the team file says of other names, case-folded."""
    title: str = ""
    """Only appointments whose summary holds these words are shifts; "": all are."""


def turns_of(text: CalendarText, book: NameBook) -> Turns:
    """Tell whose each appointment is.

    Its attendees count first, then what its summary names, then its organizer. One that names nobody is unknown; it
    is nobody's turn, and the others count.
    """
    known: list[Turn] = []
    unknown: dict[str, Unknown] = {}
    names = _pattern(book)
    wanted = book.title.casefold()
    for appointment in text.appointments:
        if wanted not in appointment.summary.casefold():
            continue
        people = (
            _by_email(appointment.attendees, book)
            or _by_name(appointment.summary, book, names)
            or _by_email((appointment.organizer,), book)
        )
        if people:
            known.append(Turn(people, appointment.starts_at, appointment.ends_at))
        else:
            said = appointment.summary or ", ".join(appointment.attendees) or appointment.organizer
            unknown.setdefault(said, Unknown(said=said, starts_at=appointment.starts_at))
    return Turns(known=tuple(apart(known)), unknown=tuple(unknown.values()))


def apart(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Cut turns where others begin or end, so that none overlap; the same people one after the other are one turn."""
    begins, ends = defaultdict[datetime, list[Turn]](list), defaultdict[datetime, list[Turn]](list)
    for turn in turns:
        begins[turn.starts_at].append(turn)
        ends[turn.ends_at].append(turn)
    current: Turn | None = None
    running: dict[str, int] = {}
    for since, until in pairwise(sorted({*begins, *ends})):
        for person in (person for turn in ends.get(since, ()) for person in turn.people):
            running[person] -= 1
            if not running[person]:
                del running[person]
        for person in (person for turn in begins.get(since, ()) for person in turn.people):
            running[person] = running.get(person, 0) + 1
        people = tuple(running)
        if current is not None and people == current.people and since == current.ends_at:
            current = replace(current, ends_at=until)
            continue
        if current is not None and current.people:
            yield current
        current = Turn(people, since, until)
    if current is not None:  # the last is never empty: something ends with it
        yield current


def given_at(turns: Sequence[Turn], at: datetime) -> Turn:
    """Find the turn that `at` falls into, or the gap between two; `turns` are in order and apart."""
    number = bisect_right(turns, at, key=lambda turn: turn.starts_at)
    before = turns[number - 1] if number else Turn((), ALWAYS, ALWAYS)
    if at < before.ends_at:
        return before
    return Turn((), before.ends_at, turns[number].starts_at if number < len(turns) else NEVER)


def _by_email(addresses: Iterable[str], book: NameBook) -> tuple[str, ...]:
    known = (book.by_email.get(address.casefold()) for address in addresses)
    return tuple(dict.fromkeys(key for key in known if key is not None))


def _by_name(summary: str, book: NameBook, names: re.Pattern[str]) -> tuple[str, ...]:
    """Find names: the whole summary is one, or they occur in it, as words of their own."""
    folded = " ".join(summary.casefold().split())
    found = [folded] if _one(folded, book) else names.findall(folded)
    return tuple(dict.fromkeys(key for key in (_one(name, book) for name in found) if key is not None))


def _one(name: str, book: NameBook) -> str | None:
    return book.by_name.get(name) or book.by_email.get(name)


def _pattern(book: NameBook) -> re.Pattern[str]:
    """Match any name, longer ones first. Latin letters stand in words; Chinese ones have no gaps between them."""
    names = sorted({*book.by_name, *book.by_email} - {""}, key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9_])(?:{'|'.join(map(re.escape, names))})(?![a-z0-9_])" if names else r"(?!)")
