"""What is to be said in a room: each letter is one message, sent once, or dropped when it comes too late to matter.

A letter needs no intent of its own. It stands in the saved record before it is sent, its `uuid` follows from what led
to it, and it is dropped before Feishu forgets that `uuid`: so it may be sent again and again, and is there once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alertbridge.core.chats.chat import Text
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId
from alertbridge.core.rooms.lobby import DigestView
from alertbridge.core.rooms.my_list import ListKind, ListView

LETTER_LIFE = timedelta(minutes=50)
"""From what led to it; Feishu knows a message's `uuid` for an hour."""


class LetterKind(StrEnum):
    """What a letter says."""

    ANSWER = "answer"
    """The reply to somebody's message."""
    LIST = "list"
    """What is theirs: a card that is edited when they press something on it."""
    DIGEST = "digest"
    """The live card of a lobby."""
    OFFER = "offer"
    """The card that asks the people of a group whether it shall be a lobby; `text` is what the lobby is called."""
    P1 = "p1"
    """To a lobby: the worst has begun."""
    REPORT = "report"
    """To a lobby: `text` says what stands in the way of calling people."""
    ARCHIVED = "archived"
    """To a lobby: where the history of what is over can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that is not out yet."""

    kind: LetterKind
    cause: EntryId
    """The entry that led to it: with the kind it names the letter for ever."""
    at: datetime
    chat: ChatId | None
    """None: a direct chat that is not known yet; the letter goes to the person."""
    text: Text = field(default_factory=dict)
    reply_to: MessageId | None = None
    """The message that it answers."""
    list_kind: ListKind | None = None
    view: ListView | None = None
    """LIST: what it shows, looked up and saved before it is sent: the same `uuid` must carry the same words."""
    digest: DigestView | None = None
    """DIGEST: what it shows."""
    incident: IncidentId | None = None
    """P1, ARCHIVED: which one, with what is said of it below."""
    number: int = 0
    title: str = ""
    """Raw."""
    link: str = ""
    count: int = 0
    """ARCHIVED: messages."""

    @property
    def key(self) -> str:
        """Its name."""
        return f"{self.kind}:{self.cause}"
