"""Buzzes: a message of the bot made urgent, in the app, by SMS or by phone.

Asking twice buzzes twice, and who was buzzed cannot be looked up.
"""

from collections.abc import Sequence

import msgspec

from alertbridge.core.ids import MessageId, OpenId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.messages import message_path
from alertbridge.feishu.protocol import Call, parameters


class Buzzed(msgspec.Struct, frozen=True, kw_only=True):
    """Who was *not* buzzed, most often because they are not in the chat."""

    invalid_user_id_list: tuple[OpenId, ...] = ()


def message_urgent_app(message_id: MessageId, user_id_list: Sequence[OpenId]) -> Call[Buzzed]:
    """Buzz people in the app."""
    return _buzz("message_urgent_app", "urgent_app", message_id, user_id_list)


def message_urgent_sms(message_id: MessageId, user_id_list: Sequence[OpenId]) -> Call[Buzzed]:
    """Buzz people in the app and by SMS. Uses the tenant's paid quota."""
    return _buzz("message_urgent_sms", "urgent_sms", message_id, user_id_list)


def message_urgent_phone(message_id: MessageId, user_id_list: Sequence[OpenId]) -> Call[Buzzed]:
    """Buzz people in the app and call them. Uses the tenant's paid quota."""
    return _buzz("message_urgent_phone", "urgent_phone", message_id, user_id_list)


def _buzz(operation: str, way: str, message_id: MessageId, user_id_list: Sequence[OpenId]) -> Call[Buzzed]:
    checks.some(limits.BUZZ_USERS, "people per buzz", user_id_list)
    return Call(
        operation=operation,
        method="PATCH",
        path=f"{message_path(message_id)}/{way}",
        query=parameters(user_id_type="open_id"),  # marked as required, although a default is documented
        body={"user_id_list": user_id_list},
        answer=Buzzed,
        people=tuple(user_id_list),
    )
