"""A room: something that is no incident and yet has an inbox and an owner, like a person's direct chat with the bot.

`tending` says what happens in it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from alertbridge.core.chats.chat import Text
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId, OpenId, RoomId
from alertbridge.core.incidents.incident import Trouble
from alertbridge.core.oncall.policy import Way
from alertbridge.core.rooms.letter import Letter
from alertbridge.core.rooms.lobby import Lobby
from alertbridge.core.rooms.my_list import ListView

PULSE_ROOM = RoomId("pulse:heartbeat")
"""Where heartbeats knock: it has no chat, and shows that whatever has an inbox is worked on."""

_PERSON = "person:"
_LOBBY = "lobby:"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def person_room(person: OpenId) -> RoomId:
    """The direct chat with somebody. Raises `ValueError` for what is no id."""
    return _room(_PERSON, person)


def lobby_room(name: str) -> RoomId:
    """The lobby of that name. Raises `ValueError` for what is no name."""
    return _room(_LOBBY, name)


def lobby_name(room: RoomId) -> str | None:
    """Which lobby it is; None where it is none."""
    return room.removeprefix(_LOBBY) if room.startswith(_LOBBY) else None


def person_of(room: RoomId) -> OpenId:
    """Whose direct chat it is."""
    return OpenId(room.removeprefix(_PERSON))


def is_room(owned: str) -> bool:
    """Tell rooms from incidents among the names that the store keeps of what can be owned."""
    return ":" in owned


def _room(kind: str, name: str) -> RoomId:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} names no room")
    return RoomId(kind + name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """A list of what is theirs, as it stands in the chat."""

    message: MessageId
    view: ListView
    looks: tuple[datetime, ...] = ()
    """When to see whether it is still true."""
    wanted: ListView | None = None
    """What it should show instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An incident that somebody has to be called for, together with others."""

    incident: IncidentId
    way: Way
    """The loudest that was asked for."""
    at: datetime
    """When it was asked for first."""
    message: MessageId | None
    """The one in its group that would be made urgent; None: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """The one call for all of them."""

    at: datetime
    """When it may be made: a minute after the call before it."""
    message: MessageId | None = None
    """The list that names them all, once it is out."""
    is_seen: bool = False
    """Who still waits was looked up just now."""
    tried: tuple[Way, ...] = ()
    """Ways that were refused."""
    is_calling: bool = False
    """A call is about to be made, or its owner died before it knew what came of it."""
    lost: int = 0
    """Calls by the present way whose answer never came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything that decisions about a room depend on. Written only by its owner job."""

    id: RoomId
    chat: ChatId | None = None
    """The direct chat, once it is known."""
    outbox: tuple[Letter, ...] = ()
    """Messages that are not out yet, in order."""
    troubles: tuple[Trouble, ...] = ()
    greeted_at: datetime | None = None
    shown: tuple[ShownList, ...] = ()
    """The newest lists, the latest last; older ones stay as they are."""
    lobby: Lobby = field(default_factory=Lobby)
    """Of a lobby only."""
    calls: tuple[Call, ...] = ()
    """Of a person: what they have to be called for together."""
    ring: Ring | None = None
    """How far that is; None: there is nothing to call them for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Somebody wrote to the bot: this is what it replies."""

    id: EntryId
    at: datetime
    text: Text
    """In every language."""
    message: MessageId | None
    """The message that is answered; None: they used the bot's menu."""
    chat: ChatId | None
    """Where it stands; None: in their direct chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Somebody opened the direct chat with the bot."""

    id: EntryId
    at: datetime
    chat: ChatId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMine:
    """Somebody asked what is theirs."""

    id: EntryId
    at: datetime
    message: MessageId | None
    """The message that asked: the list answers it. None: they used the bot's menu."""
    chat: ChatId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Somebody used a list: what it shows is about to change."""

    id: EntryId
    at: datetime
    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudged:
    """Something changed that this lobby shows."""

    id: EntryId
    at: datetime
    is_from_file: bool = False
    """A new team file names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Somebody brought the bot into a group that is nobody's."""

    id: EntryId
    at: datetime
    chat: ChatId
    title: Text
    """What the lobby is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Somebody answered the offer."""

    id: EntryId
    at: datetime
    chat: ChatId
    by: OpenId
    is_wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatWasLost:
    """A group was disbanded, or the bot removed from it."""

    id: EntryId
    at: datetime
    chat: ChatId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Something stands in the way of calling people: who reads this lobby can mend it."""

    id: EntryId
    at: datetime
    about: str
    """What and when: it is said once, however often it is reported."""
    text: Text
    link: str = ""
    """Where it can be mended; "" where there is no such place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """A heartbeat came in by a door: whoever works on it is alive."""

    id: EntryId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Somebody has to be called for an incident, and was called for another one less than a minute ago."""

    id: EntryId
    at: datetime
    incident: IncidentId
    way: Way
    message: MessageId | None
    until: datetime
    """When they may be called again."""


RoomEntry = Answer | Came | AskedMine | Pressed | Nudged | Offered | Chosen | ChatWasLost | Reported | Pulse | Called
"""What happens to a room: the entries of its inbox."""
