"""Messages: send, reply, edit, replace a card, recall, read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from alertbridge.core.ids import ChatId, MessageId
from alertbridge.feishu import checks, codes, limits
from alertbridge.feishu.calls.pages import Page
from alertbridge.feishu.errors import ContentTooLarge, Failure
from alertbridge.feishu.protocol import Call, parameters, segment

MESSAGES: Final = "/open-apis/im/v1/messages"

ReceiverType = Literal["chat_id", "open_id", "union_id", "user_id", "email"]
MessageType = Literal["text", "post", "interactive"]
MessageSort = Literal["ByCreateTimeAsc", "ByCreateTimeDesc"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: its type, and the JSON text that Feishu wants for it."""

    msg_type: MessageType
    json: str

    @classmethod
    def text(cls, text: str) -> "Content":
        """Return plain text. `<at>`, `<b>` and `[x](y)` in it are live: never for text of strangers."""
        return cls._of("text", {"text": text})

    @classmethod
    def post(cls, bodies: Mapping[str, Mapping[str, Any]]) -> "Content":
        """Return a rich text per locale: `{"zh_cn": {"title": …, "content": [[{"tag": "text", "text": …}]]}}`."""
        return cls._of("post", bodies)

    @classmethod
    def card(cls, card: Mapping[str, Any]) -> "Content":
        """Return a card (JSON 1.0 or 2.0)."""
        return cls._of("interactive", card)

    @classmethod
    def _of(cls, msg_type: MessageType, value: object) -> "Content":
        return cls(msg_type, msgspec.json.encode(value).decode())

    def checked(self, operation: str) -> str:
        """Return the JSON text; raise `ContentTooLarge`, as Feishu would, without the way there and back."""
        most = limits.TEXT_BYTES if self.msg_type == "text" else limits.RICH_BYTES
        size = len(self.json.encode())
        if size > most:
            said = f"{self.msg_type} of {size} bytes, at most {most} are allowed"
            raise ContentTooLarge(Failure(operation=operation, code=codes.CONTENT_TOO_LARGE, msg=said))
        return self.json


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent a message."""

    id: str = ""
    id_type: str = ""
    """`app_id` for apps, else `open_id`."""
    sender_type: str = ""
    """`user`, `app`, `anonymous` or `unknown`."""


class MessageBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says, as a JSON text. Never equal to what was sent: styles and mentions come back changed."""

    content: str = ""


class MessageMention(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody mentioned in a message; `key` (`@_user_1`) stands in the text for the name."""

    key: str = ""
    id: str = ""
    id_type: str = ""
    name: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as Feishu keeps it."""

    message_id: MessageId
    root_id: str = ""
    """First message of the replies that this one belongs to."""
    parent_id: str = ""
    """The message that this one answers."""
    thread_id: str = ""
    chat_id: ChatId | None = None
    """For a message to a person: the direct chat with them."""
    msg_type: str = ""
    """One of the types that can be sent, or one that can only be received: `merge_forward`, `system`, …"""
    create_time: int = 0
    """Unix milliseconds."""
    update_time: int = 0
    """Unix milliseconds."""
    deleted: bool = False
    """Recalled."""
    updated: bool = False
    sender: Sender = Sender()
    body: MessageBody = MessageBody()
    mentions: tuple[MessageMention, ...] = ()
    upper_message_id: str = ""
    """The forwarded bundle that this one is part of."""

    @property
    def created_at(self) -> datetime:
        """When it was sent."""
        return datetime.fromtimestamp(self.create_time / 1000, UTC)


class MessageItems(msgspec.Struct, frozen=True, kw_only=True):
    """One message; a forwarded bundle is followed by its parts."""

    items: tuple[Message, ...] = ()


def message_path(message_id: MessageId) -> str:
    """Return the path of one message."""
    return f"{MESSAGES}/{segment(message_id, 'message_id')}"


def message_create(
    receive_id: str, content: Content, *, receive_id_type: ReceiverType = "chat_id", uuid: str
) -> Call[Message]:
    """Send a message to a chat or a person. The same `uuid` sends at most one within an hour."""
    checks.idempotency_key(uuid)
    if not receive_id:
        raise ValueError("receive_id must name a chat or a person")
    body = {
        "receive_id": receive_id,
        "msg_type": content.msg_type,
        "content": content.checked("message_create"),
        "uuid": uuid,
    }
    return Call(
        operation="message_create",
        method="POST",
        path=MESSAGES,
        query=parameters(receive_id_type=receive_id_type),
        body=body,
        answer=Message,
        limited_chat=receive_id,
        people=() if receive_id_type == "chat_id" else (receive_id,),
    )


def message_reply(
    message_id: MessageId,
    content: Content,
    *,
    chat_id: ChatId,
    uuid: str,
    reply_in_thread: bool = False,
) -> Call[Message]:
    """Answer a message. `chat_id` is where it stands: replies count against that chat's limit."""
    checks.idempotency_key(uuid)
    body: dict[str, object] = {
        "msg_type": content.msg_type,
        "content": content.checked("message_reply"),
        "uuid": uuid,
    }
    if reply_in_thread:
        body["reply_in_thread"] = True
    return Call(
        operation="message_reply",
        method="POST",
        path=f"{message_path(message_id)}/reply",
        body=body,
        answer=Message,
        limited_chat=chat_id,
    )


def message_update(message_id: MessageId, content: Content) -> Call[Message]:
    """Edit one of the bot's own texts or posts, at most 20 times and within the tenant's window."""
    if content.msg_type not in ("text", "post"):
        raise ValueError(
            f"only text and post can be edited, not {content.msg_type}; a card is replaced by message_patch"
        )
    return Call(
        operation="message_update",
        method="PUT",
        path=message_path(message_id),
        body={"msg_type": content.msg_type, "content": content.checked("message_update")},
        answer=Message,
    )


def message_patch(message_id: MessageId, card: Mapping[str, Any]) -> Call[None]:
    """Replace one of the bot's cards by the complete new one, within 14 days. Both need `update_multi: true`."""
    return Call(
        operation="message_patch",
        method="PATCH",
        path=message_path(message_id),
        body={"content": Content.card(card).checked("message_patch")},
        answer=type(None),
        limited_message=message_id,
    )


def message_delete(message_id: MessageId) -> Call[None]:
    """Recall a message: the bot's own, or others' where it is owner or manager."""
    return Call(operation="message_delete", method="DELETE", path=message_path(message_id), answer=type(None))


def message_get(message_id: MessageId, *, card_as_sent: bool = False) -> Call[MessageItems]:
    """Read one message. `card_as_sent` returns a card's JSON instead of a simplified form."""
    return Call(
        operation="message_get",
        method="GET",
        path=message_path(message_id),
        query=parameters(card_msg_content_type=_card_form(card_as_sent)),
        answer=MessageItems,
    )


def message_list(
    container_id: str,
    *,
    container_id_type: Literal["chat", "thread"] = "chat",
    start_time: int | None = None,
    end_time: int | None = None,
    sort_type: MessageSort | None = None,
    card_as_sent: bool = False,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Call[Page[Message]]:
    """Read the messages of a chat (of threads only their first one) or a thread.

    `start_time` and `end_time` are Unix *seconds* and not for threads. In groups the app needs the
    scope `im:message.group_msg` too; without it this is `MissingScope`.
    """
    checks.page_size(page_size, limits.MESSAGE_PAGE)
    if container_id_type == "thread" and (start_time is not None or end_time is not None):
        raise ValueError("a thread is not read by time")
    return Call(
        operation="message_list",
        method="GET",
        path=MESSAGES,
        query=parameters(
            container_id_type=container_id_type,
            container_id=container_id,
            start_time=start_time,
            end_time=end_time,
            sort_type=sort_type,
            page_size=page_size,
            page_token=page_token,
            card_msg_content_type=_card_form(card_as_sent),
        ),
        answer=Page[Message],
    )


def _card_form(card_as_sent: bool) -> str | None:
    return "user_card_content" if card_as_sent else None
