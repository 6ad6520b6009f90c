"""A room: something that is no incident and yet has an inbox and an owner, like a person's direct chat with the bot.

`tending` says what happens in it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.chat import Text
from alertbridge.core.ids import ChatId, EntryId, MessageId, OpenId, RoomId
from alertbridge.core.incident import Trouble
from alertbridge.core.letter import Letter

_PERSON = "person:"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def person_room(person: OpenId) -> RoomId:
    """The direct chat with somebody. Raises `ValueError` for what is no id."""
    return _room(_PERSON, person)


def is_room(owned: str) -> bool:
    """Tell rooms from incidents among the names that the store keeps of what can be owned."""
    return ":" in owned


def _room(kind: str, name: str) -> RoomId:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} names no room")
    return RoomId(kind + name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything that decisions about a room depend on. Written only by its owner job."""

    id: RoomId
    outbox: tuple[Letter, ...] = ()
    """Messages that are not out yet, in order."""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Somebody wrote to the bot: this is what it replies."""

    id: EntryId
    at: datetime
    text: Text
    """In every language."""
    message: MessageId
    """The message that is answered."""
    chat: ChatId
    """Where it stands."""


RoomEntry = Answer
"""What happens to a room: the entries of its inbox."""
