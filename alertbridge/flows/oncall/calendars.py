"""The calendars of schedules: where they are, and what they come to for the team file in force."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from alertbridge.calendars.errors import Away
from alertbridge.calendars.fetching import fetch_calendar, read_calendar_file
from alertbridge.calendars.parsing import parse_calendar
from alertbridge.config import CalendarSource, Team
from alertbridge.core.oncall.calendar import CalendarText, NameBook, turns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlaces:
    """Where calendars are that the team file only names."""

    folder: Path
    """The folder of the team file."""
    secrets: Mapping[str, str]
    """Addresses that are not for everybody's eyes, by their names."""

    async def load(self, source: CalendarSource) -> bytes:
        """Return a calendar as it is now. Raises `CalendarError`."""
        if source.file:
            return await read_calendar_file(self.folder / source.file)
        address = self.secrets.get(source.secret) if source.secret else source.url
        if address is None:
            raise Away(f"ALERTBRIDGE_CALENDARS has no address named {source.secret!r}")
        return await fetch_calendar(address)

    def mark(self, source: CalendarSource) -> str:
        """Tell one calendar from another, without its address."""
        where = f"{source.file} {source.url} {self.secrets.get(source.secret, source.secret)}"
        return sha256(where.encode()).hexdigest()[:16]


async def read_calendar(source: CalendarSource, places: CalendarPlaces, timezone: str, now: datetime) -> CalendarText:
    """Load a calendar and read it; `timezone` is the schedule's. Raises `CalendarError`."""
    return await parse_calendar(await places.load(source), timezone, now)


def name_book(team: Team, source: CalendarSource) -> NameBook:
    """How people of the team file may be named in this calendar; a name that two of them have is nobody's."""
    people = team.people.values()
    had = Counter(_folded(person.name) for person in people)
    names = {_folded(person.name): person.key for person in people if person.name and had[_folded(person.name)] == 1}
    keys = {_folded(person.key): person.key for person in people}
    said = {_folded(name): key for name, key in source.names.items()}
    return NameBook(
        by_email={person.email.casefold(): person.key for person in people if person.email},
        by_name=names | keys | said,
        title=source.title,
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def with_calendars(team: Team, texts: Mapping[str, CalendarText]) -> Team:
    """Fill the schedules that have a calendar with what it said last; without that they are empty."""
    filled = {
        schedule: replace(team.schedules[schedule], turns=turns_of(texts[schedule], name_book(team, source)).known)
        for schedule, source in team.calendars.items()
        if schedule in texts
    }
    return replace(team, schedules=MappingProxyType({**team.schedules, **filled}))
