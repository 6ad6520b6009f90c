"""Who is meant: people of the team file as Feishu's open ids, and open ids as names."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from alertbridge.config import Person, Team
from alertbridge.core.alerts.route import Route
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.oncall.schedule import next_shift, on_call
from alertbridge.core.quota import Priority
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError, QuotaWait, Refused
from alertbridge.store.people import People

log = structlog.get_logger(__name__)

KEEP: Final = timedelta(hours=24)
"""How long an answer of the contact API is trusted."""

BATCH: Final = 50
"""Feishu's limit of people in one look-up."""

_LOOK_AHEAD: Final = timedelta(days=180)
_RETRY_SECONDS: Final = 30.0
_REFUSED_RETRY_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who is to be called."""

    people: tuple[OpenId, ...] = ()
    """With a `cause`: those who were known without asking."""
    unreachable: dict[str, str] = field(default_factory=dict)
    """Those whom Feishu does not know, by their key in the team file, with the reason."""
    cause: str = ""
    """Why Feishu could not be asked now; "" when it could."""
    retry_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """People of the team file by their keys, as far as Feishu knows them; the other fields as in `Found`."""

    ids: dict[str, OpenId]
    unreachable: dict[str, str] = field(default_factory=dict)
    cause: str = ""
    retry_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Whether somebody is on call, else when they are next (None: not for a long time, or not known)."""

    is_on_call: bool = False
    next_shift_at: datetime | None = None


class Directory:
    """Looks people up, and remembers for a day."""

    def __init__(self, feishu: FeishuClient, people: People) -> None:
        self._feishu = feishu.at(Priority.FIRST_CARD)
        self._people = people
        self._names: dict[OpenId, str] = {}
        self._nameless: set[OpenId] = set()
        """People whose names Feishu does not tell us: asked once."""

    async def on_call(self, incident: Incident, team: Team) -> Found:
        """Who answers for an incident: its route's people and shift when it opened.

        Where these are none, or Feishu knows none of them, it is the fallback: somebody is always called (P4).
        """
        route = incident.opening.route
        return await self.answering(route, _on_shift(team, route.schedule, incident.opened_at), team)

    async def answering(self, route: Route, on_shift: Sequence[str], team: Team) -> Found:
        """Who answers for a route while these people of the team file are on shift; the fallback as above."""
        meant = [*route.people, *on_shift]
        found = await self._find(meant or team.fallback, team)
        if meant and not found.people and not found.cause:
            instead = await self._find(team.fallback, team)
            return replace(instead, unreachable=found.unreachable | instead.unreachable)
        return found

    async def _find(self, keys: Sequence[str], team: Team) -> Found:
        named = await self.named(keys, team)
        people = tuple(dict.fromkeys(named.ids[key] for key in keys if key in named.ids))
        return Found(people=people, unreachable=named.unreachable, cause=named.cause, retry_seconds=named.retry_seconds)

    async def named(self, keys: Iterable[str], team: Team) -> Named:
        """People of the team file as Feishu knows them; with a `cause`, those who are known without asking it."""
        asked = list(dict.fromkeys(keys))
        persons = [team.people[key] for key in asked if key in team.people]
        gone = {key: "not in the team file any more" for key in asked if key not in team.people}
        try:
            ids = await self.open_ids(persons)
        except QuotaWait as wait:
            return await self._known(persons, f"looking people up: {wait}", wait.wait_seconds)
        except Refused as error:
            return await self._known(persons, str(error), _REFUSED_RETRY_SECONDS)
        except FeishuError as error:
            return await self._known(persons, str(error), _RETRY_SECONDS)
        unknown = {
            person.key: "Feishu knows nobody by this email or mobile, or they left"
            for person in persons
            if person.key not in ids
        }
        return Named(ids=ids, unreachable=gone | unknown)

    async def _known(self, persons: Sequence[Person], cause: str, retry_seconds: float) -> Named:
        """Those who can be called although Feishu does not answer."""
        return Named(ids=await self.remembered(persons), cause=cause, retry_seconds=retry_seconds)

    async def open_ids(self, persons: Collection[Person]) -> dict[str, OpenId]:
        """Find people's open ids by their keys; those whom Feishu does not know are left out. Raises `FeishuError`."""
        ids = await self.remembered(persons)
        missing = [person for person in persons if person.key not in ids]
        for start in range(0, len(missing), BATCH):
            ids |= await self._look_up(missing[start : start + BATCH])
        await self._learn({ids[person.key]: person.name or person.key for person in persons if person.key in ids})
        return ids

    async def duty(self, person: OpenId, team: Team, now: datetime) -> Duty:
        """Whether somebody is on call, as far as it is known without asking Feishu. Raises `StoreAway`."""
        keys = await self.keys_of(person, team)
        on_shift = {key for schedule in team.schedules.values() for key in on_call(schedule, now).people}
        if on_shift.intersection(keys):
            return Duty(is_on_call=True)
        begins = [
            at
            for schedule in team.schedules.values()
            for key in keys
            if (at := next_shift(schedule, key, now, until=now + _LOOK_AHEAD))
        ]
        return Duty(next_shift_at=min(begins, default=None))

    async def keys_of(self, person: OpenId, team: Team) -> tuple[str, ...]:
        """What the team file calls somebody, as far as it is known without asking Feishu. Raises `StoreAway`."""
        ids = await self.remembered(list(team.people.values()))
        return tuple(key for key, known in ids.items() if known == person)

    async def answers_for(self, person: OpenId, route: Route, team: Team, now: datetime) -> bool:
        """Whether somebody is called for this route now, as far as it is known without asking Feishu."""
        keys = {*route.people, *_on_shift(team, route.schedule, now)} or set(team.fallback)
        ids = await self.remembered([team.people[key] for key in keys if key in team.people])
        return person in ids.values()

    async def known_by_email(self, email: str, team: Team) -> OpenId | None:
        """Who has this address (lower case), as far as that is known without asking Feishu. Raises `StoreAway`."""
        listed = next((person for person in team.people.values() if person.email.lower() == email), None)
        person = listed or Person(key=email, email=email)
        return (await self.remembered([person])).get(person.key)

    async def names(self, people: Iterable[OpenId]) -> dict[OpenId, str]:
        """What people are called, asking Feishu for those not known yet. A name that cannot be had is left out."""
        wanted = list(people)
        known = await self.recall(wanted)
        missing = [person for person in wanted if person not in known and person not in self._nameless]
        for start in range(0, len(missing), BATCH):
            asked = missing[start : start + BATCH]
            try:
                found = await self._feishu.at(Priority.UPDATE).user_batch_get(asked)
            except FeishuError as error:
                log.warning("names_not_found", cause=str(error))
                if isinstance(error, Refused):  # a scope is missing: asking before every step would only cost time
                    self._nameless |= set(missing)
                break
            await self._learn({user.open_id: user.name for user in found.items if user.open_id and user.name})
            self._nameless |= set(asked) - self._names.keys()
        return dict(self._names)

    async def recall(self, people: Iterable[OpenId]) -> dict[OpenId, str]:
        """What people are called, as far as any process of ours knows. Raises `StoreAway`."""
        self._names |= await self._people.names([person for person in people if person not in self._names])
        return dict(self._names)

    async def remembered(self, persons: Collection[Person]) -> dict[str, OpenId]:
        """Open ids by key, as far as they are known without asking Feishu."""
        ids = {person.key: OpenId(person.open_id) for person in persons if person.open_id}
        asked = [person for person in persons if not person.open_id]
        known = await self._people.known([_handle(person) for person in asked])
        return ids | {person.key: known[_handle(person)] for person in asked if _handle(person) in known}

    async def _learn(self, names: dict[OpenId, str]) -> None:
        """Keep names, here and for the other processes."""
        if news := {person: name for person, name in names.items() if self._names.get(person) != name}:
            await self._people.remember_names(news)
            self._names |= news

    async def _look_up(self, persons: list[Person]) -> dict[str, OpenId]:
        emails = [person.email for person in persons if person.email]
        mobiles = [person.mobile for person in persons if person.mobile]
        found = await self._feishu.user_batch_get_id(emails=emails, mobiles=mobiles)
        by_handle = {
            handle: user.user_id
            for user in found.user_list
            if user.user_id is not None and not user.status.is_resigned
            for handle in (user.email.lower(), user.mobile)
            if handle
        }
        ids = {
            person.key: by_handle[handle]
            for person in persons
            for handle in (person.mobile, person.email.lower())  # the email decides where both are known
            if handle in by_handle
        }
        if ids:
            handles = {_handle(person): ids[person.key] for person in persons if person.key in ids}
            await self._people.remember(handles, keep=KEEP)
        return ids


def _handle(person: Person) -> str:
    return person.email.lower() or person.mobile


def _on_shift(team: Team, schedule: str | None, at: datetime) -> tuple[str, ...]:
    known = team.schedules.get(schedule) if schedule else None
    return on_call(known, at).people if known else ()
