"""What a message is: its sender, its content as sent, and everything people and apps hang on it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class MemberKind(StrEnum):
    """What a member of a chat is."""

    USER = "user"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Member:
    """A person (`id` is the open_id) or an app (`id` is the app_id)."""

    kind: MemberKind
    id: str

    @property
    def id_type(self) -> str:
        """The name of the id: `open_id` or `app_id`."""
        return "app_id" if self.kind is MemberKind.APP else "open_id"


def user(open_id: str) -> Member:
    """Return the person as a member."""
    return Member(MemberKind.USER, open_id)


def bot(app_id: str) -> Member:
    """Return the app as a member."""
    return Member(MemberKind.APP, app_id)


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody mentioned in a text: `key` stands in the content where the mention was."""

    key: str
    id: str
    id_type: str
    name: str


@dataclass(slots=True)
class Reaction:
    """An emoji somebody put on a message."""

    reaction_id: str
    operator: Member
    emoji_type: str
    action_at: int


@dataclass(slots=True)
class Pin:
    """Who pinned a message, when."""

    operator: Member
    pinned_at: int


@dataclass(frozen=True, slots=True)
class Buzz:
    """One urgent call about a message."""

    kind: str
    """`app`, `sms` or `phone`."""
    open_ids: tuple[str, ...]


@dataclass(slots=True)
class Message:
    """A message. `content` is the parsed content as sent; reading it back over the API gives another form."""

    message_id: str
    chat_id: str
    sender: Member
    msg_type: str
    content: Any
    read_content: str
    """The content as the API returns it."""
    created_at: int
    updated_at: int | None = None
    is_deleted: bool = False
    is_purged: bool = False
    """The chat was disbanded, its history is gone."""
    root_id: str | None = None
    parent_id: str | None = None
    thread_id: str | None = None
    mentions: list[Mention] = field(default_factory=list)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    urgent: list[Buzz] = field(default_factory=list)
    pin: Pin | None = None
    edits: int = 0
    clicks_in_flight: int = 0

    @property
    def is_card_v2(self) -> bool:
        """Whether this is a card of JSON 2.0."""
        return self.msg_type == "interactive" and self.content.get("schema") == "2.0"
