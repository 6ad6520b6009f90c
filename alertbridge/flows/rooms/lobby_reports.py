"""Tells lobbies what stands in the way of calling people, and which lobby it concerns."""

from collections.abc import Collection, Iterator

from alertbridge.config import Team
from alertbridge.core.alerts.route import Route, RouteNode
from alertbridge.core.chats.chat import Text
from alertbridge.core.ids import EntryId
from alertbridge.core.oncall.policy import TargetKind
from alertbridge.core.rooms.lobby import MAIN_LOBBY
from alertbridge.core.rooms.room import Reported, lobby_room
from alertbridge.flows.runtime import Runtime


async def report(runtime: Runtime, lobby: str, about: str, text: Text, *, link: str = "") -> None:
    """Tell a lobby, which says it once for each `about`. Raises `StoreAway`."""
    now = await runtime.looks.now()
    told = Reported(id=EntryId(about), at=now, about=about, text=text, link=link)
    await runtime.feed.append_room(lobby_room(lobby), told)


def lobbies_of_people(team: Team, people: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Whom of `people` each lobby has to hear of: those whom its routes call, and those whom every route may call."""
    concerned: dict[str, dict[str, None]] = {}
    named: set[str] = set()
    for route in all_routes(team.routes):
        lobby = route.lobby or MAIN_LOBBY
        called = _people_of(route, team)
        named |= called
        if team.lobby(lobby) is not None:
            concerned.setdefault(lobby, {}).update(dict.fromkeys(key for key in people if key in called))
    for of_lobby in concerned.values():
        of_lobby.update(dict.fromkeys(key for key in people if key in team.fallback or key not in named))
    return {lobby: tuple(of_lobby) for lobby, of_lobby in concerned.items() if of_lobby}


def lobbies_of_schedule(team: Team, schedule: str) -> tuple[str, ...]:
    """The lobbies of the routes that call a schedule; of one that none calls those of all routes."""
    routes = list(all_routes(team.routes))
    using = [route for route in routes if schedule in schedules_of(route)] or routes
    lobbies = dict.fromkeys(route.lobby or MAIN_LOBBY for route in using)
    return tuple(lobby for lobby in lobbies if team.lobby(lobby) is not None)


def schedules_of(route: Route) -> frozenset[str]:
    """The schedules whose people a route calls: its own, and those of its escalation policy."""
    own = {route.schedule} if route.schedule else set()
    called = route.escalation.targets() if route.escalation else ()
    return frozenset(own | {target.name for target in called if target.kind is TargetKind.SCHEDULE})


def all_routes(node: RouteNode) -> Iterator[Route]:
    """Every route of the tree, the outermost first."""
    yield node.route
    for child in node.children:
        yield from all_routes(child)


def _people_of(route: Route, team: Team) -> set[str]:
    plans = [team.schedules[name] for name in schedules_of(route) if name in team.schedules]
    called = route.escalation.targets() if route.escalation else ()
    named = {target.name for target in called if target.kind is TargetKind.PERSON}
    return named.union(route.people, *(plan.everybody for plan in plans))
