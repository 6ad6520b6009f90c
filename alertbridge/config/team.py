"""A team as the rest of the product sees it: the routing tree, the people, their schedules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from alertbridge.config.problems import Problem
from alertbridge.core.alerts.matcher import Matcher
from alertbridge.core.alerts.route import ChatPolicy, Route, RouteNode, Router
from alertbridge.core.alerts.watchdog import Watchdog
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.core.rooms.lobby import MAIN_LOBBY, LobbyPolicy

DEFAULT_ROUTE = "default"
"""The name of the root where the file gives it none."""


def matchers_path(above: str, matchers: Iterable[Matcher]) -> str:
    """Write the name of a route without one: the matchers on the way to it, whatever their order in the file."""
    own = "{" + ",".join(sorted({str(matcher) for matcher in matchers})) + "}"
    return f"{above}/{own}" if above else own


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be called. At least one of `email`, `mobile` and `open_id` is known."""

    key: str
    """What routes, schedules and `fallback` call them."""
    name: str = ""
    """What people call them; the key where the file gives none."""
    email: str = ""
    mobile: str = ""
    """Digits, with a leading + and country code outside mainland China."""
    open_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerAddress:
    """Where one Alertmanager is."""

    urls: tuple[str, ...]
    """For us: all replicas."""
    public_url: str = ""
    """For people; "" where they have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSource:
    """Where a schedule's calendar is: one of the three is set."""

    url: str = ""
    file: str = ""
    """A path, from the folder of the team file."""
    secret: str = ""
    """The name by which the settings know its address."""
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the calendar calls people -> keys of `people`."""
    title: str = ""
    """Only appointments whose title holds these words are shifts; "": all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """One of the file's `teams`: people who are called together."""

    people: tuple[str, ...]
    manager: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One accepted team file."""

    routes: RouteNode
    people: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))
    schedules: Mapping[str, Schedule] = field(default_factory=lambda: MappingProxyType({}))
    calendars: Mapping[str, CalendarSource] = field(default_factory=lambda: MappingProxyType({}))
    """By schedule: those that a calendar fills."""
    teams: Mapping[str, Crew] = field(default_factory=lambda: MappingProxyType({}))
    fallback: tuple[str, ...] = ()
    """Who is called when a route's own people and schedule name nobody."""
    alertmanagers: Mapping[str, AlertmanagerAddress] = field(default_factory=lambda: MappingProxyType({}))
    """Where the Alertmanager is that sends under the name of an integration."""
    watchdogs: tuple[Watchdog, ...] = ()
    """Alerts whose absence is what is wrong."""
    lobbies: Mapping[str, LobbyPolicy] = field(default_factory=lambda: MappingProxyType({}))
    """Groups that list open incidents; where the file names none, the main one may be chosen in Feishu."""
    warnings: tuple[Problem, ...] = ()
    """What is legal and yet hardly meant."""
    router: Router = field(init=False, repr=False, compare=False)
    """Decides by `routes`."""

    watchdogs_of: Mapping[str, tuple[Watchdog, ...]] = field(init=False, repr=False, compare=False)
    """The watchdogs that each sender's alerts may be."""

    def lobby(self, name: str) -> LobbyPolicy | None:
        """What is said of a lobby; None: there is none of that name, or none any more."""
        if not self.lobbies and name == MAIN_LOBBY:
            return LobbyPolicy(name=MAIN_LOBBY)
        return self.lobbies.get(name)

    def __post_init__(self) -> None:
        object.__setattr__(self, "router", Router(self.routes))
        senders = {sender for one in self.watchdogs for sender in one.senders}
        of_sender = {sender: tuple(one for one in self.watchdogs if sender in one.senders) for sender in senders}
        object.__setattr__(self, "watchdogs_of", MappingProxyType(of_sender))


def empty_team(chat: ChatPolicy = ChatPolicy()) -> Team:  # noqa: B008 - frozen
    """Return the team of an install without a team file: one catch-all route, nobody in it."""
    return Team(routes=RouteNode(route=Route(name=DEFAULT_ROUTE, chat=chat)))


EMPTY_TEAM = empty_team()
