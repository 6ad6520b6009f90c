"""Pins: messages kept in the chat's list of pins. Not the top notice."""

import msgspec

from alertbridge.core.ids import ChatId, MessageId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.pages import Page
from alertbridge.feishu.protocol import Call, parameters, segment

_PINS = "/open-apis/im/v1/pins"


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A pinned message."""

    message_id: MessageId
    chat_id: ChatId | None = None
    operator_id: str = ""
    operator_id_type: str = ""
    """`open_id` or `app_id`."""
    create_time: int = 0
    """Unix milliseconds."""


def pin_create(message_id: MessageId) -> Call[Pin]:
    """Pin a message. Doing it twice returns the pin that is there."""
    if not message_id:
        raise ValueError("message_id must name a message")
    return Call(
        operation="pin_create",
        method="POST",
        path=_PINS,
        body={"message_id": message_id},
        answer=Pin,
        answer_at=("data", "pin"),
        limited_message=message_id,
    )


def pin_list(
    chat_id: ChatId,
    *,
    start_time: int | None = None,
    end_time: int | None = None,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Call[Page[Pin]]:
    """List the pins of a chat, newest first. `start_time` and `end_time` are Unix *milliseconds*."""
    checks.page_size(page_size, limits.MESSAGE_PAGE)
    if start_time is not None and end_time is not None and start_time >= end_time:
        raise ValueError(f"start_time {start_time} must be before end_time {end_time}")
    return Call(
        operation="pin_list",
        method="GET",
        path=_PINS,
        query=parameters(
            chat_id=chat_id, start_time=start_time, end_time=end_time, page_size=page_size, page_token=page_token
        ),
        answer=Page[Pin],
    )


def pin_delete(message_id: MessageId) -> Call[None]:
    """Unpin a message. Success also when it is not pinned."""
    return Call(
        operation="pin_delete",
        method="DELETE",
        path=f"{_PINS}/{segment(message_id, 'message_id')}",
        answer=type(None),
        limited_message=message_id,
    )
