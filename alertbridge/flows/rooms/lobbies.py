"""The lobbies of the team: opened when the file names them, looked at by their owner jobs."""

from contextlib import suppress

import structlog

from alertbridge.config import Team
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups import naming
from alertbridge.core.ids import EntryId, IncidentId, OpenId
from alertbridge.core.rooms.lobby import LobbyPolicy, lobby_of
from alertbridge.core.rooms.lobby_life import Sight
from alertbridge.core.rooms.lobby_plan import LobbyWanted
from alertbridge.core.rooms.room import Nudged, Room, lobby_name, lobby_room
from alertbridge.core.text import TITLE_LIMIT, clean
from alertbridge.feishu.errors import FeishuError
from alertbridge.flows.clock import StoreClock
from alertbridge.flows.runtime import Runtime
from alertbridge.store.errors import Unreadable
from alertbridge.store.feed import Feed
from alertbridge.store.records import Stored

log = structlog.get_logger(__name__)

_READ = 1000


def title_of_lobby(policy: LobbyPolicy, team: Team) -> Text:
    """What people call it."""
    if policy.title:
        return dict.fromkeys(copy.LANGUAGES, clean(policy.title, TITLE_LIMIT))
    return dict.fromkeys(copy.LANGUAGES, policy.name) if team.lobbies else copy.text("lobby.all")


async def open_lobbies(team: Team, number: int, feed: Feed, clock: StoreClock) -> None:
    """Let the owner of each lobby that the file names look at it, once for each accepted file. Raises `StoreAway`."""
    for name in team.lobbies:
        cause = f"lobby:{name}:team:{number}"
        nudged = Nudged(id=EntryId(cause), at=clock.now(), is_from_file=True)
        await feed.append_room(lobby_room(name), nudged, receipt=cause)


def wanted_lobby(room: Room, runtime: Runtime) -> LobbyWanted | None:
    """What the team file wants of this lobby; None: it is none, or the file does not name it any more."""
    name = lobby_name(room.id)
    if name is None:
        return None
    team = runtime.team.current
    policy = team.lobby(name)
    if policy is None:
        log.warning("lobby_left_alone", lobby=name, chat=room.lobby.chat.id if room.lobby.chat else None)
        return None
    marker = naming.lobby_marker(runtime.install.key, runtime.install.app_id, name)
    return LobbyWanted(policy=policy, title=title_of_lobby(policy, team), marker=marker)


async def look_at_incidents(room: Room, wanted: LobbyWanted, runtime: Runtime) -> Sight:
    """Read what the lobby shows. Raises the store's errors."""
    stored = await runtime.records.list_open(_READ)
    living = [one.incident for one in stored if one.incident and lobby_of(one.incident) == wanted.policy.name]
    missing = set(room.lobby.known) - {incident.id for incident in living}
    found: dict[IncidentId, Stored | None] = {}
    for one in sorted(missing):
        with suppress(Unreadable):  # the list has told of it; whether it is over is not known
            found[one] = await runtime.records.get(one)
    ended = [stored.incident for stored in found.values() if stored and stored.ended_at and stored.incident]
    return Sight(
        policy=wanted.policy,
        title=wanted.title,
        people=await _people(wanted.policy, runtime),
        living=living,
        ended=ended,
        forgotten=frozenset(one for one, stored in found.items() if stored is None),
        page=runtime.install.public_url,
        timezone=runtime.team.chat.timezone,
    )


async def _people(policy: LobbyPolicy, runtime: Runtime) -> tuple[OpenId, ...] | None:
    team = runtime.team.current
    persons = [team.people[key] for key in policy.people if key in team.people]
    try:
        ids = await runtime.directory.open_ids(persons)
    except FeishuError as error:
        log.warning("lobby_people_not_found", cause=str(error))
        return None
    return tuple(dict.fromkeys(ids[person.key] for person in persons if person.key in ids))
