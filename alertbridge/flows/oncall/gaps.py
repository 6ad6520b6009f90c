"""Finds the times ahead when nobody can be called, while they can still be filled.

One worker looks every hour, and at once when schedules change. What it finds is a metric; each lobby hears once a week
of the schedules that its routes call.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from alertbridge.config import Team
from alertbridge.core.oncall.holes import Hole, holes
from alertbridge.core.rooms.lobby import MAIN_LOBBY
from alertbridge.core.rooms.reports import gaps_report
from alertbridge.flows.rooms.lobby_reports import all_routes, report, schedules_of
from alertbridge.flows.runtime import Runtime
from alertbridge.store.errors import StoreAway

log = structlog.get_logger(__name__)

AHEAD: Final = timedelta(days=14)
EVERY: Final = timedelta(hours=1)

_SAID_AT: Final = timedelta(hours=10)
"""Past midnight of Monday: not in anybody's night."""
_LONGEST: Final = timedelta(minutes=1)
_PAUSE_SECONDS: Final = 5.0
_MOST: Final = 500


async def keep_looking_for_gaps(runtime: Runtime) -> None:
    """Look when it is this worker's turn; runs until cancelled."""
    while True:
        with suppress(StoreAway):  # whoever needs the store says so
            await runtime.rota.refresh()
            turn = f"gaps:{runtime.rota.version}"
            if await runtime.turns.take(turn, _LONGEST):
                await look_for_gaps(runtime)
                await runtime.turns.end(turn, pause=EVERY)
        await asyncio.sleep(_PAUSE_SECONDS)


async def look_for_gaps(runtime: Runtime) -> None:
    """Look once; count what is found and tell it. Raises `StoreAway`."""
    await runtime.rota.refresh()
    team, now = runtime.rota.team, await runtime.looks.now()
    unreachable, read = await runtime.reach.unreachable(), await runtime.calendars.texts()
    found = {
        name: list(islice(holes(schedule, now, now + AHEAD, unreachable), _MOST))
        for name, schedule in team.schedules.items()
        if name not in team.calendars or name in read  # of a calendar that was never read, that is told
    }
    await runtime.reach.keep_gaps({name: len(of_schedule) for name, of_schedule in found.items()})
    timezone = runtime.team.chat.timezone
    names = {key: person.name or key for key, person in team.people.items()}
    for lobby, (schedules, link) in _concerned(team).items():
        amiss = _in_order([(name, hole) for name in schedules for hole in found.get(name, ())])
        if amiss:
            log.warning(
                "gaps_ahead",
                lobby=lobby,
                gaps=len(amiss),
                first=amiss[0][1].starts_at.isoformat(),
                schedule=amiss[0][0],
            )
            text = gaps_report(amiss, names, timezone)
            where = link or runtime.install.public_url
            await report(runtime, lobby, f"gaps:{_week(now, timezone)}", text, link=where)


def _concerned(team: Team) -> dict[str, tuple[list[str], str]]:
    """The schedules that the routes of each lobby call, and where the plan can be looked at."""
    concerned: dict[str, tuple[list[str], str]] = {}
    for route in all_routes(team.routes):
        lobby = route.lobby or MAIN_LOBBY
        if team.lobby(lobby) is not None:
            schedules, link = concerned.get(lobby, ([], ""))
            new = [name for name in sorted(schedules_of(route)) if name not in schedules]
            own = route.links.on_call if "{" not in route.links.on_call else ""
            concerned[lobby] = [*schedules, *new], link or own
    return concerned


def _in_order(amiss: Sequence[tuple[str, Hole]]) -> list[tuple[str, Hole]]:
    return sorted(amiss, key=lambda one: (one[1].starts_at, one[0]))


def _week(now: datetime, timezone: str) -> str:
    """Name the week, which begins on Monday morning."""
    year, week, _ = (now.astimezone(ZoneInfo(timezone)) - _SAID_AT).isocalendar()
    return f"{year}-{week}"
