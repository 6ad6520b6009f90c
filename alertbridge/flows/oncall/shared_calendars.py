"""Shifts as calendars that people's apps follow, and the addresses that let them: who has one may read it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from itertools import chain
from typing import Final
from urllib.parse import quote

from alertbridge.calendars.writing import Entry, write_calendar
from alertbridge.config import Team
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.oncall.schedule import Shift, shifts

SHOWN: Final = timedelta(days=90)

_TOKEN_LENGTH: Final = 32


def path_of_schedule(key: bytes, schedule: str) -> str:
    """Where the calendar of a schedule is, with the token that opens it; `key` is the install's."""
    return f"/oncall/{quote(schedule, safe='')}.ics?token={_token(key, 'schedule', schedule)}"


def path_of_person(key: bytes, person: str) -> str:
    """Where somebody's calendar is, with the token that opens it."""
    return f"/oncall/people/{quote(person, safe='')}.ics?token={_token(key, 'person', person)}"


def opens_schedule(key: bytes, schedule: str, token: str) -> bool:
    """Whether a token is the one for this schedule."""
    return compare_digest(_token(key, "schedule", schedule).encode(), token.encode())


def opens_person(key: bytes, person: str, token: str) -> bool:
    """Whether a token is the one for this person."""
    return compare_digest(_token(key, "person", person).encode(), token.encode())


def calendar_of_schedule(team: Team, schedule: str, now: datetime, languages: Languages) -> str:
    """Write who is on call in a schedule, for the next `SHOWN`. Raises KeyError where there is none."""
    plan = team.schedules[schedule]
    entries = (
        _entry(schedule, shift, now, title=_names(team, shift, languages), of="")
        for shift in shifts(plan, now, now + SHOWN)
        if shift.people
    )
    return write_calendar(_name(schedule, languages), plan.timezone, entries, now)


def calendar_of_person(team: Team, person: str, now: datetime, languages: Languages) -> str:
    """Write when somebody is on call, in all schedules. Raises KeyError where nobody is called so."""
    named = team.people[person].name or person
    entries = chain.from_iterable(_of_person(team, schedule, person, now, languages) for schedule in team.schedules)
    return write_calendar(_name(named, languages), team.routes.route.chat.timezone, entries, now)


def _of_person(team: Team, schedule: str, person: str, now: datetime, languages: Languages) -> Iterator[Entry]:
    for shift in shifts(team.schedules[schedule], now, now + SHOWN):
        if person in shift.people:
            yield _entry(schedule, shift, now, title=_name(schedule, languages), of=person)


def _entry(schedule: str, shift: Shift, now: datetime, *, title: str, of: str) -> Entry:
    """A shift that has no end is written as far as calendars are, and is longer when it is written again."""
    starts_at = max(shift.starts_at, now - SHOWN)
    people = of or " ".join(shift.people)
    begins = "" if starts_at != shift.starts_at else starts_at.isoformat()
    return Entry(
        identity=f"{schedule}\n{people}\n{begins}",
        starts_at=starts_at,
        ends_at=min(shift.ends_at, now + SHOWN),
        title=title,
    )


def _names(team: Team, shift: Shift, languages: Languages) -> str:
    known = [team.people[key].name or key if key in team.people else key for key in shift.people]
    return copy.primary(copy.join(copy.text("list.comma"), known), languages)


def _name(of: str, languages: Languages) -> str:
    return copy.primary(copy.text("calendar.on_call", of=of), languages)


def _token(key: bytes, kind: str, name: str) -> str:
    return hmac(key, f"ical:{kind}:{name}".encode(), sha256).hexdigest()[:_TOKEN_LENGTH]
