"""Who answers for a route at one moment, as people read it: names, not ids."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.config import Team
from alertbridge.core.alerts.route import Route
from alertbridge.core.oncall.rotation import NEVER
from alertbridge.core.oncall.schedule import on_call


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who is called now."""

    people: tuple[str, ...]
    until: datetime | None = None
    """When the shift ends; None: it has no end, or nobody takes turns."""
    after: tuple[str, ...] = ()
    """Whose shift is next."""


def on_duty(team: Team, route: Route, now: datetime) -> OnDuty:
    """Those on shift, who is second to them, and the route's people; where there are none, the fallback."""
    schedule = team.schedules.get(route.schedule) if route.schedule else None
    if schedule is None:
        return OnDuty(people=_names(team, route.people or team.fallback))
    shift, second = on_call(schedule, now), team.schedules.get(schedule.secondary)
    first = shift.people or (() if route.people else team.fallback)
    meant = (*first, *(on_call(second, now).people if second else ()), *route.people)
    if shift.ends_at == NEVER:
        return OnDuty(people=_names(team, meant))
    following = on_call(schedule, shift.ends_at)
    return OnDuty(
        people=_names(team, meant),
        until=shift.ends_at,
        after=_names(team, following.people or route.people or team.fallback),
    )


def all_on_duty(team: Team, now: datetime) -> tuple[tuple[str, str, OnDuty], ...]:
    """Every schedule, its zone and who is on shift; without schedules, who answers for everything else."""
    root = team.routes.route
    if not team.schedules:
        return (("", root.chat.timezone, on_duty(team, root, now)),)
    return tuple(
        (schedule.name, schedule.timezone, on_duty(team, replace(root, schedule=key, people=()), now))
        for key, schedule in team.schedules.items()
    )


def _names(team: Team, keys: Iterable[str]) -> tuple[str, ...]:
    persons = (team.people[key] for key in dict.fromkeys(keys) if key in team.people)
    return tuple(person.name or person.key for person in persons)
