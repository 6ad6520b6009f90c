"""Every documented code becomes an error that tells the caller what to do."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from alertbridge.feishu import codes
from alertbridge.feishu.calls import chats, members, messages
from alertbridge.feishu.errors import (
    AnswerLost,
    CardExpired,
    ChatGone,
    FeishuError,
    MessageGone,
    Misconfigured,
    NotInChat,
    NotPermitted,
    Refused,
    Retryable,
    Uneditable,
    WrongAnnouncementKind,
)
from alertbridge.feishu.protocol import Call, read
from tests.feishu.contract import documented_errors
from tests.feishu.every_call import CHAT, EVERY_CALL, MESSAGE

CALLS = {call.operation: call for call in EVERY_CALL}

RETRIABLE = {
    *(99991400, 230020, 230047, 230048, 232019, 232068, 230049, 231015, 232073, 232096, 2200),
    *(1771001, 1771002, 1771003, 1771004, 1771005, 1771006, 40003),
}
"""What the documents call retriable."""

DEAD_ENDS = {
    *(230015, 230019, 230036, 230054, 230055, 230071, 230072, 230073, 230074, 230075, 230111),
    *(231006, 231017, 231204, 232003, 232008, 232018, 232029, 232050, 232057, 232061, 232062, 232063, 232065),
    *(232069, 232078, 232079, 232090, 234041, 234042, 1770010, 1770011, 1770012, 1770013, 1770015, 1770019),
    *(1770020, 1770021, 1770026, 1770027, 1770038, 1772001),
}
"""Codes for which nobody can do anything in particular: a plain refusal is right."""


def raised(call: Call[Any], code: int, status: int) -> FeishuError | None:
    try:
        read(call, status, {}, msgspec.json.encode({"code": code, "msg": "x"}))
    except FeishuError as error:
        return error
    return None


@pytest.mark.parametrize("operation", CALLS)
def test_every_documented_code_of_an_operation_has_a_meaning(operation: str) -> None:
    for name, entry in documented_errors():
        if name != operation:
            continue
        code, status = entry["code"], entry["http"] or 400
        error = raised(CALLS[operation], code, status)
        if code == codes.DONE_WITHOUT_ANSWER:
            assert error is None
            continue
        assert error is not None, f"{code} is a failure"
        assert isinstance(error, Retryable) == (code in RETRIABLE), f"{code} {type(error).__name__}"
        assert not isinstance(error, AnswerLost), f"{code}: Feishu has answered"
        assert type(error) is not Refused or code in DEAD_ENDS, f"{code} {entry['cause']} needs a meaning"


@pytest.mark.parametrize(
    ("operation", "code", "error"),
    [
        ("chat_managers_delete", 232024, Misconfigured),
        ("message_update", 230071, NotPermitted),
        ("message_reply", 230071, Refused),
        ("message_update", 230072, Uneditable),
        ("message_update", 230075, Uneditable),
        ("message_create", 230075, Refused),
        ("message_list", 230073, NotPermitted),
        ("message_patch", 230031, CardExpired),
        ("card_update_delayed", 200000, MessageGone),
        ("chat_announcement_get", 232097, WrongAnnouncementKind),
        ("docx_announcement_blocks_list", 1772006, WrongAnnouncementKind),
        ("docx_announcement_get", 1772003, NotInChat),
        ("pin_create", 230045, ChatGone),
    ],
)
def test_a_code_means_what_it_means_for_its_operation(operation: str, code: int, error: type[Refused]) -> None:
    assert codes.refusal(operation, code, names_people=True) is error


@pytest.mark.parametrize(
    "build",
    [
        lambda: chats.chat_update(CHAT, name="x"),
        lambda: chats.chat_disband(CHAT),
        lambda: members.chat_members_me_join(CHAT),
        lambda: messages.message_delete(MESSAGE),
    ],
)
def test_a_disbanded_chat_is_gone_for_every_call(build: Callable[[], Call[Any]]) -> None:
    assert isinstance(raised(build(), 232009, 400), ChatGone)
