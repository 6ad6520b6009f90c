"""Reads the inside of each kind of event. A missing id is a `msgspec.ValidationError`, anything else may be absent."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.inbound.events import (
    AnyEvent,
    BotAdded,
    BotMenu,
    BotRemoved,
    CardClick,
    ChatChange,
    ChatDisbanded,
    ChatUpdated,
    InviteWithdrawn,
    Mention,
    MessageReceived,
    P2PCreated,
    P2PEntered,
    Person,
    UsersAdded,
    UsersRemoved,
)
from alertbridge.feishu.inbound.moment import moment
from alertbridge.feishu.lenient import read_as

Body = Mapping[str, Any]
Reader = Callable[[str, datetime, Body], AnyEvent]


class _Ids(msgspec.Struct, frozen=True):
    """Somebody's ids. For what an app did they may be absent or empty."""

    open_id: OpenId = OpenId("")

    @property
    def known(self) -> OpenId | None:
        return self.open_id or None


class _User(msgspec.Struct, frozen=True):
    user_id: _Ids = _Ids()
    name: str = ""


class _InChat(msgspec.Struct, frozen=True):
    chat_id: ChatId
    operator_id: _Ids = _Ids()
    users: tuple[_User, ...] = ()
    name: str = ""


class _Change(ChatChange, frozen=True, kw_only=True):
    owner_id: _Ids = _Ids()


class _Moderators(msgspec.Struct, frozen=True):
    added_member_list: tuple[_User, ...] = ()
    removed_member_list: tuple[_User, ...] = ()


class _Updated(msgspec.Struct, frozen=True):
    chat_id: ChatId
    operator_id: _Ids = _Ids()
    before_change: _Change = _Change()
    after_change: _Change = _Change()
    moderator_list: _Moderators = _Moderators()


class _FirstUser(_Ids, frozen=True):
    name: str = ""


class _FirstP2P(msgspec.Struct, frozen=True):
    chat_id: ChatId
    operator: _Ids = _Ids()
    user: _FirstUser = _FirstUser()


class _Entered(msgspec.Struct, frozen=True):
    chat_id: ChatId | None = None
    operator_id: _Ids = _Ids()


class _Mention(msgspec.Struct, frozen=True):
    key: str = ""
    id: _Ids = _Ids()
    name: str = ""
    mentioned_type: str = ""


class _Message(msgspec.Struct, frozen=True):
    message_id: MessageId
    chat_id: ChatId
    chat_type: str = ""
    message_type: str = ""
    content: str = ""
    mentions: tuple[_Mention, ...] = ()
    root_id: MessageId = MessageId("")
    parent_id: MessageId = MessageId("")
    create_time: Any = ""


class _Sender(msgspec.Struct, frozen=True):
    sender_id: _Ids = _Ids()
    sender_type: str = ""


class _Received(msgspec.Struct, frozen=True):
    message: _Message
    sender: _Sender = _Sender()


class _MenuOperator(msgspec.Struct, frozen=True):
    operator_id: _Ids = _Ids()


class _Menu(msgspec.Struct, frozen=True):
    event_key: str
    operator: _MenuOperator = _MenuOperator()


class _Clicker(msgspec.Struct, frozen=True):
    open_id: OpenId


class _Action(msgspec.Struct, frozen=True):
    value: Any = None
    tag: str = ""
    name: str = ""
    option: str | None = None
    form_value: dict[str, Any] = msgspec.field(default_factory=dict)


class _Context(msgspec.Struct, frozen=True):
    open_message_id: MessageId = MessageId("")
    open_chat_id: ChatId = ChatId("")


class _Click(msgspec.Struct, frozen=True):
    operator: _Clicker
    token: str = ""
    action: _Action = _Action()
    host: str = ""
    context: _Context = _Context()


def _chat_disbanded(event_id: str, at: datetime, body: Body) -> ChatDisbanded:
    chat = read_as(_InChat, body)
    return ChatDisbanded(event_id, at, chat.chat_id, chat.operator_id.known)


def _chat_updated(event_id: str, at: datetime, body: Body) -> ChatUpdated:
    chat = read_as(_Updated, body)
    return ChatUpdated(
        event_id,
        at,
        chat.chat_id,
        chat.operator_id.known,
        before=_with_owner(chat.before_change),
        after=_with_owner(chat.after_change),
        moderators_added=_open_ids(chat.moderator_list.added_member_list),
        moderators_removed=_open_ids(chat.moderator_list.removed_member_list),
    )


def _bot_added(event_id: str, at: datetime, body: Body) -> BotAdded:
    chat = read_as(_InChat, body)
    return BotAdded(event_id, at, chat.chat_id, chat.operator_id.known, name=chat.name)


def _bot_removed(event_id: str, at: datetime, body: Body) -> BotRemoved:
    chat = read_as(_InChat, body)
    return BotRemoved(event_id, at, chat.chat_id, chat.operator_id.known)


def _users_added(event_id: str, at: datetime, body: Body) -> UsersAdded:
    chat = read_as(_InChat, body)
    return UsersAdded(event_id, at, chat.chat_id, chat.operator_id.known, users=_people(chat.users))


def _users_removed(event_id: str, at: datetime, body: Body) -> UsersRemoved:
    chat = read_as(_InChat, body)
    return UsersRemoved(event_id, at, chat.chat_id, chat.operator_id.known, users=_people(chat.users))


def _invite_withdrawn(event_id: str, at: datetime, body: Body) -> InviteWithdrawn:
    chat = read_as(_InChat, body)
    return InviteWithdrawn(event_id, at, chat.chat_id, chat.operator_id.known, users=_people(chat.users))


def _p2p_created(event_id: str, at: datetime, body: Body) -> P2PCreated:
    chat = read_as(_FirstP2P, body)
    user = Person(chat.user.open_id, chat.user.name) if chat.user.open_id else None
    return P2PCreated(event_id, at, chat.chat_id, chat.operator.known, user=user)


def _p2p_entered(event_id: str, at: datetime, body: Body) -> P2PEntered:
    entered = read_as(_Entered, body)
    return P2PEntered(event_id, at, entered.chat_id, entered.operator_id.known)


def _message_received(event_id: str, at: datetime, body: Body) -> MessageReceived:
    received = read_as(_Received, body)
    message, sender = received.message, received.sender
    return MessageReceived(
        event_id,
        at,
        message_id=message.message_id,
        chat_id=message.chat_id,
        chat_type=message.chat_type,
        open_id=sender.sender_id.known,
        sender_type=sender.sender_type,
        message_type=message.message_type,
        content=message.content,
        mentions=tuple(
            Mention(mention.key, mention.id.known, mention.name, is_bot=mention.mentioned_type == "bot")
            for mention in message.mentions
        ),
        root_id=message.root_id or None,
        parent_id=message.parent_id or None,
        sent_at=moment(str(message.create_time)),
    )


def _bot_menu(event_id: str, at: datetime, body: Body) -> BotMenu:
    menu = read_as(_Menu, body)
    return BotMenu(event_id, at, menu.operator.operator_id.known, menu.event_key)


def _card_click(event_id: str, at: datetime, body: Body) -> CardClick:
    click = read_as(_Click, body)
    action = click.action
    return CardClick(
        event_id,
        at,
        open_id=click.operator.open_id,
        chat_id=click.context.open_chat_id or None,
        message_id=click.context.open_message_id or None,
        value=action.value if isinstance(action.value, dict) else {},
        option=action.option,
        form=action.form_value,
        host=click.host,
        token=click.token,
        tag=action.tag,
        name=action.name,
    )


def _people(users: tuple[_User, ...]) -> tuple[Person, ...]:
    return tuple(Person(user.user_id.open_id, user.name) for user in users if user.user_id.open_id)


def _open_ids(users: tuple[_User, ...]) -> tuple[OpenId, ...]:
    return tuple(person.open_id for person in _people(users))


def _with_owner(change: _Change) -> ChatChange:
    fields = {name: getattr(change, name) for name in ChatChange.__struct_fields__ if name != "owner"}
    return ChatChange(**fields, owner=change.owner_id.known)


READERS: Final[Mapping[str, Reader]] = {
    "im.chat.disbanded_v1": _chat_disbanded,
    "im.chat.updated_v1": _chat_updated,
    "im.chat.member.bot.added_v1": _bot_added,
    "im.chat.member.bot.deleted_v1": _bot_removed,
    "im.chat.member.user.added_v1": _users_added,
    "im.chat.member.user.deleted_v1": _users_removed,
    "im.chat.member.user.withdrawn_v1": _invite_withdrawn,
    "p2p_chat_create": _p2p_created,
    "im.chat.access_event.bot_p2p_chat_entered_v1": _p2p_entered,
    "im.message.receive_v1": _message_received,
    "application.bot.menu_v6": _bot_menu,
    "card.action.trigger": _card_click,
}
"""By Feishu's event type. Each takes the event's id, its time and its body."""
