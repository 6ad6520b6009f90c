"""Keeps the calendars of the team file read: one worker at a time, the last good copy for all processes.

A calendar that cannot be read changes nothing: what it said last stays in force, and that it is old is told.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from alertbridge.calendars.errors import CalendarError
from alertbridge.core.oncall.calendar import turns_of
from alertbridge.core.rooms.reports import calendar_report, names_report
from alertbridge.flows import metrics
from alertbridge.flows.oncall.calendars import name_book, read_calendar
from alertbridge.flows.rooms.lobby_reports import lobbies_of_schedule, report
from alertbridge.flows.runtime import Runtime
from alertbridge.store.calendars import CalendarState
from alertbridge.store.errors import StoreAway

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=1)
"""A calendar that was read before and cannot be read now is told to people after so long."""

_LONGEST: Final = timedelta(minutes=3)
_AGAIN_AFTER: Final = timedelta(minutes=1)
"""Where it could not be read."""
_PAUSE_SECONDS: Final = 5.0
_NAMED: Final = 50


async def keep_reading_calendars(runtime: Runtime, *, every: timedelta) -> None:
    """Read each calendar of the team file when it is its time; runs until cancelled."""
    while True:
        with suppress(StoreAway):  # whoever needs the store says so
            await read_what_is_due(runtime, every=every)
        await asyncio.sleep(_PAUSE_SECONDS)


async def read_what_is_due(runtime: Runtime, *, every: timedelta) -> None:
    """Read those whose time it is, and forget those that no schedule has any more. Raises `StoreAway`."""
    sources = runtime.team.current.calendars
    for schedule, source in sources.items():
        turn = f"calendar:{schedule}:{runtime.places.mark(source)}"
        if await runtime.turns.take(turn, _LONGEST):
            is_read = await read_one(schedule, runtime)
            await runtime.turns.end(turn, pause=every if is_read else min(_AGAIN_AFTER, every))
    for schedule in (await runtime.calendars.states()).keys() - sources.keys():
        await runtime.calendars.forget(schedule)


async def read_one(schedule: str, runtime: Runtime) -> bool:
    """Read the calendar of one schedule, keep what it says, tell what is amiss. False: it could not be read.

    Raises `StoreAway`.
    """
    now = await runtime.looks.now()
    team = runtime.team.current
    source = team.calendars.get(schedule)
    if source is None:  # another team file has just come into force
        return True
    mark = runtime.places.mark(source)
    try:
        text = await read_calendar(source, runtime.places, team.schedules[schedule].timezone, now)
    except CalendarError as error:
        before = (await runtime.calendars.states()).get(schedule)
        if before is None or before.source != mark:
            before = CalendarState(source=mark)
        read_at = before.read_at.isoformat() if before.read_at else None
        log.warning("calendar_not_read", schedule=schedule, cause=str(error), read_at=read_at)
        metrics.CALENDAR_READS.labels(schedule, "failed").inc()
        state = replace(before, failed_at=before.failed_at or now, cause=str(error))
        await runtime.calendars.keep(schedule, state, None)
        await _tell(schedule, state, runtime, now)
        return False
    unknown = turns_of(text, name_book(team, source)).unknown
    state = CalendarState(
        source=mark,
        read_at=now,
        cause=text.problem,
        appointments=len(text.appointments),
        unknown=tuple(one.said for one in unknown)[:_NAMED],
    )
    metrics.CALENDAR_READS.labels(schedule, "read").inc()
    log.info("calendar_read", schedule=schedule, appointments=state.appointments, unknown=state.unknown)
    await runtime.calendars.keep(schedule, state, text)
    await _tell(schedule, state, runtime, now)
    return True


async def _tell(schedule: str, state: CalendarState, runtime: Runtime, now: datetime) -> None:
    """Tell the lobbies of the routes that use this schedule, once a day."""
    team, zone = runtime.team.current, runtime.team.chat.timezone
    today = now.astimezone(ZoneInfo(zone)).date().isoformat()
    for lobby in lobbies_of_schedule(team, schedule):
        if state.failed_at is not None and (state.read_at is None or now - state.failed_at >= PATIENCE):
            text = calendar_report(schedule, state.cause, state.read_at, zone)
            await report(runtime, lobby, f"calendar:{schedule}:{today}", text)
        elif state.unknown:
            who = sha256("\n".join(state.unknown).encode()).hexdigest()[:12]
            await report(runtime, lobby, f"names:{schedule}:{today}:{who}", names_report(schedule, state.unknown))
