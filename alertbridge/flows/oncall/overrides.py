"""Overrides that people ask for, in the chat or on the command line: made, or why not."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from alertbridge.config import Team
from alertbridge.core.oncall.covering import Cover, Refusal, gone_before, overrides_for
from alertbridge.core.oncall.override import KeptOverride
from alertbridge.flows.oncall.rota import Rota


@dataclass(frozen=True, slots=True)
class Made:
    """What was put in force, one for each schedule, and the older overrides over which it goes."""

    overrides: tuple[KeptOverride, ...]
    before: tuple[KeptOverride, ...]


async def make_overrides(cover: Cover, rota: Rota, *, origin: str, made_by: str, now: datetime) -> Made | Refusal:
    """Put overrides in force; asked again with the same `origin` they are made once. Raises `StoreAway`."""
    await rota.refresh()
    wanted = overrides_for(cover, rota.schedules, now)
    if isinstance(wanted, Refusal):
        return wanted
    before = rota.kept
    made = [
        KeptOverride(id=_id(origin, key), schedule=key, override=override, made_by=made_by, made_at=now)
        for key, override in wanted.items()
    ]
    for one in made:
        await rota.add(one, now)
    return Made(tuple(made), tuple(older for one in made for older in gone_before(one, before)))


def person_meant(word: str, team: Team) -> str | None:
    """The key of the person whom a word names: by key, email, or a name that only one of them has."""
    if word in team.people:
        return word
    folded = word.strip().casefold()
    for known in (_emails(team), _names(team)):
        if len(keys := [key for key, said in known if said == folded]) == 1:
            return keys[0]
    return None


def _emails(team: Team) -> list[tuple[str, str]]:
    return [(key, person.email.casefold()) for key, person in team.people.items() if person.email]


def _names(team: Team) -> list[tuple[str, str]]:
    return [(key, person.name.casefold()) for key, person in team.people.items() if person.name]


def _id(origin: str, schedule: str) -> str:
    """Short enough to be typed."""
    return sha256(f"{origin}|{schedule}".encode()).hexdigest()[:8]
