"""From the entries of a sound team file to a `Team`: what routes inherit, and how layers and people are filled in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, time
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from alertbridge.config.entries import (
    AlertmanagerEntry,
    ChatEntry,
    LobbyEntry,
    PersonEntry,
    RouteEntry,
    TeamEntry,
    WatchdogEntry,
)
from alertbridge.config.entries_oncall import CalendarEntry, LayerEntry, OnlyEntry, OverrideEntry, ScheduleEntry
from alertbridge.config.entry import Entry
from alertbridge.config.escalating import DEFAULT_POLICY, CrewEntry
from alertbridge.config.holidays import YEARS
from alertbridge.config.team import (
    DEFAULT_ROUTE,
    AlertmanagerAddress,
    CalendarSource,
    Crew,
    Person,
    Team,
    matchers_path,
)
from alertbridge.config.values import OFF
from alertbridge.core.alerts.route import ChatPolicy, Route, RouteNode
from alertbridge.core.alerts.watchdog import Watchdog
from alertbridge.core.ids import ChatId
from alertbridge.core.oncall.holidays import NO_HOLIDAYS, DayKind, Holidays
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.override import Override
from alertbridge.core.oncall.policy import Policy
from alertbridge.core.oncall.rotation import Layer
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.core.rooms.lobby import LobbyPolicy

_ONE_TURN_FOR_ALL: Final = 52 * 100
"""Weeks: people who have all holidays do not take turns."""


def build_team(entry: TeamEntry, chat: ChatPolicy) -> Team:
    """Return the team; `chat` is what the outermost route inherits."""
    intervals = {one.name: tuple(part.as_interval() for part in one.time_intervals) for one in entry.time_intervals}
    known = _Known(
        intervals=intervals,
        policies={name: policy.as_policy(name, intervals) for name, policy in entry.escalation_policies.items()},
    )
    outermost = Route(
        name=DEFAULT_ROUTE,
        chat=chat,
        lobby=_only(entry.lobbies),
        escalation=DEFAULT_POLICY if entry.people else None,
    )
    return Team(
        routes=_node(entry.route, outermost, known, path=""),
        teams=MappingProxyType({name: _crew(one) for name, one in entry.teams.items()}),
        people=MappingProxyType({key: _person(key, person) for key, person in entry.people.items()}),
        schedules=MappingProxyType({name: _schedule(name, schedule) for name, schedule in entry.schedules.items()}),
        calendars=MappingProxyType(
            {name: _calendar(one.ical) for name, one in entry.schedules.items() if one.ical is not None}
        ),
        fallback=_once(entry.fallback),
        lobbies=MappingProxyType({name: _lobby(name, one) for name, one in entry.lobbies.items()}),
        alertmanagers=MappingProxyType({name: _alertmanager(one) for name, one in entry.alertmanagers.items()}),
        watchdogs=tuple(_watchdog(name, one) for name, one in entry.watchdogs.items()),
    )


def _alertmanager(entry: AlertmanagerEntry) -> AlertmanagerAddress:
    return AlertmanagerAddress(urls=_once(entry.urls), public_url=entry.public_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What routes name."""

    intervals: Mapping[str, tuple[TimeInterval, ...]]
    policies: Mapping[str, Policy]

    def times(self, names: Iterable[str]) -> tuple[TimeInterval, ...]:
        """Everything under these names."""
        return tuple(interval for name in names for interval in self.intervals[name])


def _node(entry: RouteEntry, above: Route, known: _Known, path: str) -> RouteNode:
    """Build a route and those below it; `path` names it where it has no name of its own."""
    route = _inherit(entry, above, known, entry.name or path or DEFAULT_ROUTE)
    return RouteNode(
        route=route,
        matchers=entry.all_matchers(),
        continues=entry.continues,
        children=tuple(_node(child, route, known, matchers_path(path, child.all_matchers())) for child in entry.routes),
    )


def _inherit(entry: RouteEntry, above: Route, known: _Known, name: str) -> Route:
    """Fill what a route does not say with what the one around it says."""
    own = entry.written()
    severity = _written(entry.severity)
    schedule = own.get("schedule", above.schedule)
    lobby = own.get("lobby", above.lobby)
    escalation = own.get("escalation")
    quiet = own.get("quiet_hours")
    return Route(
        name=name,
        group_by=own.get("group_by", above.group_by),
        severity_label=severity.get("label", above.severity_label),
        severities=above.severities | {word.strip().lower(): meant for word, meant in severity.get("map", {}).items()},
        default_severity=severity.get("default", above.default_severity),
        people=_once(own.get("people", above.people)),
        schedule=None if schedule == OFF else schedule,
        escalation=above.escalation if escalation is None else known.policies.get(escalation),  # None: off
        quiet_hours=above.quiet_hours if quiet is None else known.times(quiet),
        roles=above.roles if entry.roles is None else entry.roles.as_roles(),
        updates=above.updates if entry.updates is None else entry.updates.seconds(),
        lobby=lobby,
        chat=replace(above.chat, **_chat(entry.chat)),
        links=replace(above.links, **_written(entry.links)),
        storm=replace(above.storm, **_written(entry.storm)),
        silence_max_seconds=_written(entry.silence).get("max_seconds", above.silence_max_seconds),
    )


def _chat(entry: ChatEntry | None) -> dict[str, Any]:
    own = _written(entry)
    return own | {"existing": ""} if own.get("existing") == OFF else own


def _only(lobbies: Iterable[str]) -> str | None:
    """The lobby of every route that names none, where there is no choice."""
    names = list(lobbies)
    return names[0] if len(names) == 1 else None


def _crew(entry: CrewEntry) -> Crew:
    return Crew(people=_once(entry.people), manager=entry.manager)


def _lobby(name: str, entry: LobbyEntry) -> LobbyPolicy:
    chat = ChatId(entry.chat) if entry.chat else None
    return LobbyPolicy(name=name, title=entry.title, people=_once(entry.people), chat=chat, quiet=entry.quiet)


def _watchdog(name: str, entry: WatchdogEntry) -> Watchdog:
    return Watchdog(
        name=name,
        matchers=tuple(matcher for item in entry.matchers for matcher in item),
        every_seconds=entry.every_seconds,
        senders=_once(entry.senders),
        labels=entry.labels,
    )


def _person(key: str, entry: PersonEntry) -> Person:
    return Person(key=key, **{"name": key} | entry.written())


def _schedule(name: str, entry: ScheduleEntry) -> Schedule:
    zone = ZoneInfo(entry.timezone)
    holidays = entry.holidays.days() if entry.holidays else NO_HOLIDAYS
    return Schedule(
        name=name,
        timezone=entry.timezone,
        layers=(
            *(_layer(layer, entry.timezone, holidays) for layer in entry.layers or ()),
            *_on_holidays(entry, holidays),
        ),
        turns=() if entry.ical else None,
        overrides=tuple(_override(override, zone) for override in entry.overrides),
        secondary=entry.secondary or "",
    )


def _calendar(entry: CalendarEntry) -> CalendarSource:
    names = MappingProxyType(entry.names)
    return CalendarSource(url=entry.url, file=entry.file, secret=entry.secret, names=names, title=entry.title)


def _on_holidays(entry: ScheduleEntry, holidays: Holidays) -> Iterator[Layer]:
    """Put those who are on call on holidays above all layers."""
    if entry.holidays is not None and entry.holidays.people:
        only = TimeInterval(timezone=entry.timezone, days=DayKind.HOLIDAYS, holidays=holidays)
        yield Layer(
            turns=(_once(entry.holidays.people),),
            starts=date(min(YEARS), 1, 1),
            every=_ONE_TURN_FOR_ALL,
            handover_time=time(),
            only=(only,),
        )


def _layer(entry: LayerEntry, timezone: str, holidays: Holidays) -> Layer:
    return Layer(
        turns=tuple(_once(turn) for turn in entry.people),
        starts=entry.starts,
        ends=entry.ends,
        rotation=entry.rotation,
        every=entry.every,
        handover_weekday=entry.handover.day,
        handover_time=entry.handover.time,
        only=tuple(_hours(only, timezone, holidays) for only in entry.only or ()),
    )


def _hours(entry: OnlyEntry, timezone: str, holidays: Holidays) -> TimeInterval:
    weekdays = frozenset(day for days in entry.weekdays or () for day in days)
    return TimeInterval(
        timezone=timezone,
        weekdays=weekdays,
        times=entry.times or (),
        days=entry.days,
        holidays=NO_HOLIDAYS if entry.days is None else holidays,
    )


def _override(entry: OverrideEntry, zone: ZoneInfo) -> Override:
    return Override(
        people=_once(entry.people),
        starts_at=entry.starts.replace(tzinfo=zone).astimezone(UTC),
        ends_at=entry.ends.replace(tzinfo=zone).astimezone(UTC),
        instead_of=entry.instead_of or "",
    )


def _written(entry: Entry | None) -> dict[str, Any]:
    return entry.written() if entry else {}


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
