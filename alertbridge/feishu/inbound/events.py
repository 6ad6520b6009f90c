"""Feishu's events and clicks as values. What Feishu may leave out (no scope for it, an app did it) is None."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from alertbridge.core.ids import ChatId, MessageId, OpenId


@dataclass(frozen=True, slots=True)
class Event:
    """What every event has."""

    event_id: str
    """Known again when Feishu repeats the event."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatEvent(Event):
    """Something happened to a chat. `operator` is None when an app did it."""

    chat_id: ChatId
    operator: OpenId | None


@dataclass(frozen=True, slots=True)
class ChatDisbanded(ChatEvent):
    """The chat is gone. Not sent when somebody disbands it in the client and keeps the history."""


@dataclass(frozen=True, slots=True)
class BotAdded(ChatEvent):
    """Our bot was added to a chat."""

    name: str


@dataclass(frozen=True, slots=True)
class BotRemoved(ChatEvent):
    """Our bot was removed from a chat."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody an event is about."""

    open_id: OpenId
    name: str


@dataclass(frozen=True, slots=True)
class UsersAdded(ChatEvent):
    """People joined or were added."""

    users: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class UsersRemoved(ChatEvent):
    """People left or were removed."""

    users: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class InviteWithdrawn(ChatEvent):
    """An invitation was taken back: these people are not in the chat."""

    users: tuple[Person, ...]


class ChatChange(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that changed, on one side of the change; None was not among them."""

    name: str | None = None
    description: str | None = None
    avatar: str | None = None
    """Image key."""
    owner: OpenId | None = None
    add_member_permission: str | None = None
    share_card_permission: str | None = None
    at_all_permission: str | None = None
    edit_permission: str | None = None
    membership_approval: str | None = None
    join_message_visibility: str | None = None
    leave_message_visibility: str | None = None
    moderation_permission: str | None = None
    group_message_type: str | None = None


@dataclass(frozen=True, slots=True)
class ChatUpdated(ChatEvent):
    """A chat's settings, owner or moderators changed."""

    before: ChatChange
    after: ChatChange
    moderators_added: tuple[OpenId, ...]
    """The owner is always among them."""
    moderators_removed: tuple[OpenId, ...]


@dataclass(frozen=True, slots=True)
class P2PCreated(ChatEvent):
    """Somebody opened the direct chat with our bot for the first time."""

    user: Person | None


@dataclass(frozen=True, slots=True)
class P2PEntered(Event):
    """Somebody looks at the direct chat with our bot."""

    chat_id: ChatId | None
    operator: OpenId | None


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody mentioned in a message; `key` (`@_user_1`) stands in the text for them."""

    key: str
    open_id: OpenId | None
    name: str
    is_bot: bool


@dataclass(frozen=True, slots=True)
class MessageReceived(Event):
    """A message to our bot. The same one can come under two event ids: know it by `message_id`."""

    message_id: MessageId
    chat_id: ChatId
    chat_type: str
    """`p2p` or `group`."""
    open_id: OpenId | None
    """Who wrote it."""
    sender_type: str
    """`user` or `bot`."""
    message_type: str
    content: str
    """A JSON text, according to `message_type`."""
    mentions: tuple[Mention, ...]
    root_id: MessageId | None
    parent_id: MessageId | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class BotMenu(Event):
    """An entry of the bot's own menu, in a direct chat, was chosen."""

    operator: OpenId | None
    event_key: str


@dataclass(frozen=True, slots=True)
class CardClick(Event):
    """Somebody used a card. The values come from the client: what may happen depends on `open_id`, never on them."""

    open_id: OpenId
    chat_id: ChatId | None
    message_id: MessageId | None
    value: Mapping[str, Any]
    """What the component carries; empty when it is not an object."""
    option: str | None
    """The choice of a menu or person picker."""
    form: Mapping[str, Any]
    """Input by component name."""
    host: str
    """`im_message`, or `im_top_notice` for the banner on top of the chat."""
    token: str
    """For `card_update_delayed`, twice within 30 minutes."""
    tag: str
    name: str
    """Of the component; names the button of a form."""


@dataclass(frozen=True, slots=True)
class Unknown(Event):
    """An event that we do not act on."""

    event_type: str


AnyEvent = (
    BotAdded
    | BotMenu
    | BotRemoved
    | CardClick
    | ChatDisbanded
    | ChatUpdated
    | InviteWithdrawn
    | MessageReceived
    | P2PCreated
    | P2PEntered
    | Unknown
    | UsersAdded
    | UsersRemoved
)
