"""Who is on call: the schedules of the team file in force, with what their calendars say and overrides on top."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import structlog

from alertbridge.config import Team
from alertbridge.core.oncall.calendar import CalendarText
from alertbridge.core.oncall.override import KeptOverride, Override
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.flows.oncall.calendars import with_calendars
from alertbridge.flows.teams import LOOK_EVERY_SECONDS, CurrentTeam
from alertbridge.store.calendars import Calendars
from alertbridge.store.errors import StoreAway
from alertbridge.store.oncall import Overrides

log = structlog.get_logger(__name__)

KEPT_AFTER_END: Final = timedelta(days=31)
"""So long it can still be told who was on call."""


class Rota:
    """The schedules in force in this process; follows what any process changes within a second."""

    def __init__(self, overrides: Overrides, calendars: Calendars, team: CurrentTeam) -> None:
        self._overrides = overrides
        self._calendars = calendars
        self._team = team
        self._number = 0
        self._calendars_number = 0
        self._texts: Mapping[str, CalendarText] = MappingProxyType({})
        self._made_of: Team | None = None
        self._with_overrides: Team | None = None
        self.kept: tuple[KeptOverride, ...] = ()
        """Overrides that were made while the product runs, oldest first."""

    @property
    def team(self) -> Team:
        """The team in force, its schedules as they stand."""
        current = self._team.current
        if self._with_overrides is None or self._made_of is not current:
            self._made_of = current
            self._with_overrides = _with_overrides(with_calendars(current, self._texts), self.kept)
        return self._with_overrides

    @property
    def version(self) -> str:
        """Another one whenever the schedules are others."""
        return f"{self._team.number}-{self._number}-{self._calendars_number}"

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """The schedules by their keys, as they stand."""
        return self.team.schedules

    async def refresh(self) -> None:
        """Learn what other processes have changed. Raises `StoreAway`."""
        if await self._overrides.number() != self._number:
            await self._read()
        number = await self._calendars.number()
        if number != self._calendars_number:
            self._texts = await self._calendars.texts()
            self._calendars_number, self._with_overrides = number, None

    async def keep_following(self) -> None:
        """Look every second whether another process changed something; runs until cancelled."""
        while True:
            with suppress(StoreAway):  # whoever needs the store says so; what we know stays
                await self.refresh()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def add(self, kept: KeptOverride, now: datetime) -> bool:
        """Put an override in force, and forget those that are long over; False: it is already. Raises `StoreAway`."""
        is_new = await self._overrides.add(kept)
        await self._read()
        if over := [one.id for one in self.kept if one.override.ends_at + KEPT_AFTER_END < now]:
            await self._overrides.remove(over)
            await self._read()
        if is_new:
            log.info("override_made", override=kept.id, schedule=kept.schedule, by=kept.made_by)
        return is_new

    async def remove(self, override: str) -> bool:
        """Take an override back; False: there is none of this id. Raises `StoreAway`."""
        is_removed = bool(await self._overrides.remove([override]))
        await self._read()
        if is_removed:
            log.info("override_removed", override=override)
        return is_removed

    async def _read(self) -> None:
        listed = await self._overrides.list()
        if listed.unreadable:
            log.error("overrides_unreadable", overrides=listed.unreadable)
        self._number, self.kept, self._with_overrides = listed.number, listed.overrides, None


def _with_overrides(team: Team, kept: tuple[KeptOverride, ...]) -> Team:
    """Put overrides on top of the schedules that they are for, as far as the team still knows who is meant."""
    on_top: dict[str, tuple[Override, ...]] = {}
    for one in kept:
        people = tuple(person for person in one.override.people if person in team.people)
        if people:
            on_top[one.schedule] = (*on_top.get(one.schedule, ()), replace(one.override, people=people))
    changed = {
        key: replace(schedule, overrides=(*schedule.overrides, *on_top.get(key, ())))
        for key, schedule in team.schedules.items()
    }
    return replace(team, schedules=MappingProxyType(changed))
