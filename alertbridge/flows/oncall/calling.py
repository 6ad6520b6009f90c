"""Whom a step of an escalation policy means, at the moment it is called."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from alertbridge.config import Team
from alertbridge.core.alerts.route import Route
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.escalation import Called, Due, Gap
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.oncall.policy import Step, Target, TargetKind
from alertbridge.core.oncall.schedule import on_call
from alertbridge.flows.oncall.people import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Feishu cannot say who they are, and nobody is known: asked again after `retry_seconds`."""

    cause: str
    retry_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """Keys of the people a step means, and the schedules that are asked."""

    keys: tuple[str, ...]
    of_schedules: Mapping[str, tuple[str, ...]]
    """Who is on call by each; (): nobody."""
    unknown: frozenset[str]
    """Schedules that are not in the team file any more."""


async def whom_to_call(due: Due, incident: Incident, team: Team, directory: Directory, now: datetime) -> Called | Later:
    """Find the people of a step, and foresee those of the next one.

    Where a step comes to nobody it is the fallback (P4). While Feishu is away, those it named before are called.
    """
    meant = _meant(due.step, incident, team, now)
    then = _meant(due.then, incident, team, due.then_at).keys if due.then and due.then_at else ()
    named = await directory.named((*meant.keys, *then, *team.fallback), team)
    people = _ids(meant.keys, named.ids)
    foreseen = _ids(then, named.ids) or _ids(team.fallback if due.then else (), named.ids)
    unreachable = {key: why for key, why in named.unreachable.items() if key in meant.keys}
    if people:
        return Called(people=people, foreseen=foreseen, unreachable=unreachable)
    fallback = _ids(team.fallback, named.ids)
    if named.cause and not fallback:
        return Later(cause=named.cause, retry_seconds=named.retry_seconds)
    return Called(people=fallback, foreseen=foreseen, gaps=tuple(_gaps(meant, team)), unreachable=unreachable)


def keys_behind(target: Target, route: Route, team: Team, at: datetime) -> tuple[str, ...]:
    """Whom a target means at `at`, by their keys in the team file."""
    return _people_of((target,), route, team, at).keys


def _meant(step: Step, incident: Incident, team: Team, at: datetime) -> _Meant:
    return _people_of(step.who, incident.opening.route, team, at)


def _people_of(targets: Iterable[Target], route: Route, team: Team, at: datetime) -> _Meant:
    keys: list[str] = []
    asked: dict[str, tuple[str, ...]] = {}
    for target in targets:
        if target.kind is TargetKind.ROUTE:
            keys += route.people
        keys += _plain_keys(target, team)
        if (schedule := _schedule_of(target, route.schedule, team)) is not None:
            asked[schedule] = _on_shift(team, schedule, at)
            keys += asked[schedule]
    unknown = frozenset(name for name in asked if name not in team.schedules)
    return _Meant(keys=tuple(dict.fromkeys(keys)), of_schedules=asked, unknown=unknown)


def _plain_keys(target: Target, team: Team) -> tuple[str, ...]:
    """The keys behind a target that names people whatever the time."""
    crew = team.teams.get(target.name)
    match target.kind:
        case TargetKind.PERSON:
            return (target.name,)
        case TargetKind.TEAM:
            return crew.people if crew else ()
        case TargetKind.MANAGER:
            return (crew.manager,) if crew and crew.manager else ()
        case TargetKind.FALLBACK:
            return team.fallback
        case _:
            return ()


def _schedule_of(target: Target, of_route: str | None, team: Team) -> str | None:
    """The schedule that a target asks."""
    match target.kind:
        case TargetKind.SCHEDULE:
            return target.name
        case TargetKind.SECONDARY:
            first = team.schedules.get(target.name)
            return (first.secondary or None) if first else None
        case TargetKind.ROUTE:
            return of_route
        case _:
            return None


def _on_shift(team: Team, name: str, at: datetime) -> tuple[str, ...]:
    schedule = team.schedules.get(name)
    return on_call(schedule, at).people if schedule else ()


def _gaps(meant: _Meant, team: Team) -> Iterator[Gap]:
    for name, people in meant.of_schedules.items():
        if name in meant.unknown:
            yield Gap(schedule=name, cause="unknown")
        elif team.schedules[name].turns == ():
            yield Gap(schedule=name, cause="calendar")
        else:
            yield Gap(schedule=name, cause="unreachable" if people else "empty")


def _ids(keys: Iterable[str], ids: Mapping[str, OpenId]) -> tuple[OpenId, ...]:
    return tuple(dict.fromkeys(ids[key] for key in keys if key in ids))
