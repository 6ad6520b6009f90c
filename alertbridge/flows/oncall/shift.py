"""Who is on call for an open incident, now and next, where that is not what the incident knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from alertbridge.config import Team
from alertbridge.core.groups.relief import schedules_of
from alertbridge.core.incidents.incident import Incident, OnCall
from alertbridge.core.oncall.rotation import NEVER
from alertbridge.core.oncall.schedule import Schedule, on_call
from alertbridge.flows.oncall.people import Directory

log = structlog.get_logger(__name__)

_AHEAD: Final = timedelta(days=7)
"""A change of people that is further away need not be known yet."""


async def look_at_rota(incident: Incident, team: Team, directory: Directory, now: datetime) -> OnCall | None:
    """What is new of who is on call; None: nothing, or Feishu cannot name people now, and it is asked again soon."""
    route = incident.opening.route
    schedules = [team.schedules[name] for name in schedules_of(route) if name in team.schedules]
    if not schedules:
        return None
    names, until, next_names = _shift(schedules, now)
    known = incident.on_call
    if known is not None and (known.names, known.until, known.next_names) == (names, until, next_names):
        return None
    found = await directory.answering(route, names, team)
    coming = await directory.answering(route, next_names, team)
    if found.cause or coming.cause:
        log.warning("shift_not_looked_up", cause=found.cause or coming.cause)
        return None
    return OnCall(
        names=names,
        people=found.people,
        until=until,
        next_names=next_names,
        next_people=coming.people if until is not None else (),
    )


def _shift(schedules: Sequence[Schedule], now: datetime) -> tuple[tuple[str, ...], datetime | None, tuple[str, ...]]:
    """Who is on shift, until others are, and who these are."""
    names, until = _at(schedules, now)
    while until != NEVER and until <= now + _AHEAD:
        following, ends_at = _at(schedules, until)
        if following != names:
            return names, until, following
        until = ends_at
    return names, None, ()


def _at(schedules: Sequence[Schedule], at: datetime) -> tuple[tuple[str, ...], datetime]:
    """Everybody who is on shift, and when the first of these shifts ends."""
    shifts = [on_call(schedule, at) for schedule in schedules]
    names = dict.fromkeys(person for shift in shifts for person in shift.people)
    return tuple(names), min(shift.ends_at for shift in shifts)
