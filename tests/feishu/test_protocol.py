"""How answers are read: `code` decides, whatever the HTTP status; what is unknown or missing does no harm."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu.calls import app, buzzes, chats, contacts, members, messages, pins, tabs
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.calls.words import ChatStatus, Who
from alertbridge.feishu.errors import (
    AnswerLost,
    BadMember,
    Busy,
    BuzzReason,
    BuzzRefused,
    CardRefused,
    ChatGone,
    FeishuError,
    InvalidRequest,
    Misconfigured,
    MissingScope,
    NotPermitted,
    RateLimited,
    Refused,
    Unauthorized,
)
from alertbridge.feishu.protocol import Call, read
from tests.feishu.every_call import ALICE, BOB, CARD, CHAT, MESSAGE


def answered(call: Call[Any], body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Any:
    return read(call, status, headers or {}, msgspec.json.encode(body))


def refused(call: Call[Any], code: int, *, status: int = 400, msg: str = "", **more: object) -> FeishuError:
    with pytest.raises(FeishuError) as caught:
        answered(call, {"code": code, "msg": msg, **more}, status=status)
    return caught.value


# -- success -----------------------------------------------------------------------------------------------------------


def test_the_answer_is_read_from_data() -> None:
    made = answered(chats.chat_create(uuid="u"), {"code": 0, "msg": "success", "data": {"chat_id": "oc_1"}})

    assert made.chat_id == "oc_1"
    assert made.owner_id is None, "a bot owns the chat"


@pytest.mark.parametrize("body", [{"code": 0}, {"code": 0, "data": {}}, {"code": 0, "data": None, "msg": "ok"}])
def test_an_action_needs_no_data(body: object) -> None:
    assert answered(chats.chat_disband(CHAT), body) is None


def test_the_token_and_the_bot_are_read_from_the_top_of_the_envelope() -> None:
    token = answered(
        app.auth_tenant_access_token_internal(app_id="a", app_secret="s"),
        {"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7199},
    )
    bot = answered(app.bot_info_get(), {"code": 0, "bot": {"open_id": "ou_bot", "activate_status": 2}})

    assert (token.tenant_access_token, token.expire) == ("t-1", 7199)
    assert (bot.open_id, bot.activate_status) == ("ou_bot", app.ActivateStatus.ENABLED)


def test_a_single_thing_is_taken_out_of_its_wrapping() -> None:
    pin = answered(
        pins.pin_create(MESSAGE), {"code": 0, "data": {"pin": {"message_id": "om_1", "create_time": "1615380573211"}}}
    )

    assert pin.create_time == 1615380573211


def test_numbers_may_be_strings_and_nulls_count_as_absent() -> None:
    chat = answered(
        chats.chat_get(CHAT), {"code": 0, "data": {"name": None, "user_count": "3", "bot_count": 1, "avatar": None}}
    )

    assert (chat.name, chat.user_count, chat.bot_count) == ("", 3, 1)


def test_a_word_that_feishu_writes_with_a_space_or_invents_later_is_understood() -> None:
    chat = answered(
        chats.chat_get(CHAT),
        {
            "code": 0,
            "data": {
                "edit_permission": "all members",
                "urgent_setting": "only_the_moon",
                "chat_status": "dissolved_save",
                "a_new_field": {"x": 1},
            },
        },
    )

    assert chat.edit_permission is Who.ALL_MEMBERS
    assert chat.urgent_setting is Who.UNKNOWN
    assert chat.chat_status is ChatStatus.DISSOLVED_SAVE


def test_a_list_may_come_without_items() -> None:
    page = answered(chats.chat_list(), {"code": 0, "data": {"items": None, "has_more": False, "page_token": ""}})

    assert page.items == ()


def test_an_app_status_that_is_new_is_unknown() -> None:
    bot = answered(app.bot_info_get(), {"code": 0, "bot": {"open_id": "ou_bot", "activate_status": 42}})

    assert bot.activate_status is app.ActivateStatus.UNKNOWN


def test_code_zero_is_success_whatever_the_status_says() -> None:
    assert answered(chats.chat_disband(CHAT), {"code": 0}, status=202) is None
    assert answered(chats.chat_disband(CHAT), {"code": "0"}) is None


def test_managers_that_were_changed_without_a_list_are_changed() -> None:
    changed = answered(members.chat_managers_add(CHAT, [ALICE]), {"code": 232039, "msg": "succeeded, but"}, status=400)

    assert changed.chat_managers is None


def test_a_message_tells_when_it_was_sent() -> None:
    message = answered(
        messages.message_create(CHAT, Content.text("x"), uuid="u"),
        {"code": 0, "data": {"message_id": "om_1", "create_time": "1615380573411", "body": {"content": "{}"}}},
    )

    assert message.created_at.isoformat() == "2021-03-10T12:49:33.411000+00:00"


# -- failure -----------------------------------------------------------------------------------------------------------


def test_a_code_is_a_failure_even_with_http_200() -> None:
    error = refused(chats.chat_update(CHAT, name="x"), 232009, status=200, msg="dissolved")

    assert isinstance(error, ChatGone)


def test_an_error_carries_what_support_asks_for() -> None:
    with pytest.raises(ChatGone) as caught:
        answered(
            chats.chat_update(CHAT, name="x"),
            {"code": 232009, "msg": "dissolved"},
            status=400,
            headers={"X-Tt-Logid": "20260101"},
        )

    failure = caught.value.failure
    assert (failure.operation, failure.code, failure.msg) == ("chat_update", 232009, "dissolved")
    assert (failure.log_id, failure.status) == ("20260101", 400)
    assert str(caught.value) == "chat_update: 232009 dissolved (HTTP 400, log id 20260101)"


@pytest.mark.parametrize("name", ["log_id", "logid"])
def test_the_log_id_may_be_in_the_body_under_two_names(name: str) -> None:
    assert refused(chats.chat_get(CHAT), 232006, error={name: "2026"}).failure.log_id == "2026"


@pytest.mark.parametrize("status", [429, 400, 200])
def test_a_full_window_says_how_long_to_wait_under_any_status(status: int) -> None:
    with pytest.raises(RateLimited) as caught:
        answered(
            chats.chat_get(CHAT),
            {"code": 99991400, "msg": "request trigger frequency limit"},
            status=status,
            headers={"x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": "7"},
        )
    assert caught.value.wait_seconds == 7
    assert caught.value.operation == "chat_get"


@pytest.mark.parametrize(("reset", "seconds"), [("", 1), ("soon", 1), ("-3", 1), ("0", 1), ("nan", 1), ("86400", 60)])
def test_an_odd_waiting_time_is_put_right(reset: str, seconds: float) -> None:
    with pytest.raises(RateLimited) as caught:
        read(chats.chat_get(CHAT), 429, {"x-ogw-ratelimit-reset": reset}, b"<html>slow down</html>")
    assert caught.value.wait_seconds == seconds


def test_a_code_that_is_unknown_is_a_refusal_below_500_and_a_wait_above() -> None:
    assert type(refused(chats.chat_get(CHAT), 424242)) is Refused
    assert isinstance(refused(chats.chat_get(CHAT), 424242, status=500), Busy)


def test_an_unknown_code_of_the_token_call_means_that_the_credentials_are_wrong_unless_feishu_is_in_trouble() -> None:
    call = app.auth_tenant_access_token_internal(app_id="a", app_secret="s")

    assert isinstance(refused(call, 10014), Unauthorized)
    assert isinstance(refused(call, 31415), Unauthorized)
    assert isinstance(refused(call, 2200), Busy)
    assert isinstance(refused(call, 31415, status=503), Busy)


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b"[]", b'{"msg":"x"}', b'{"code":"x"}', b"\xff"])
@pytest.mark.parametrize("status", [200, 408, 500, 502, 504])
def test_an_answer_that_is_not_feishus_leaves_open_what_was_done(status: int, body: bytes) -> None:
    with pytest.raises(AnswerLost) as caught:
        read(chats.chat_create(uuid="u"), status, {}, body)
    assert caught.value.failure.status == status
    assert caught.value.code is None


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404])
def test_a_stranger_at_the_base_url_is_a_matter_of_settings(status: int) -> None:
    with pytest.raises(Misconfigured):
        read(chats.chat_create(uuid="u"), status, {}, b"<html>nginx</html>")


def test_a_success_that_cannot_be_read_leaves_open_what_was_made() -> None:
    with pytest.raises(AnswerLost, match="chat_id"):
        answered(chats.chat_create(uuid="u"), {"code": 0, "data": {"name": "x"}})
    with pytest.raises(AnswerLost):
        answered(chats.chat_create(uuid="u"), {"code": 0, "data": ["oc_1"]})


def test_missing_scopes_are_named_whichever_field_has_them() -> None:
    violations = [{"type": "action_scope_required", "subject": "im:chat"}, {"scope": "im:chat:create"}, "odd", {}]
    error = refused(chats.chat_create(uuid="u"), 99991672, error={"permission_violations": violations})

    assert isinstance(error, MissingScope)
    assert error.scopes == ("im:chat", "im:chat:create")


def test_reading_a_group_without_the_sensitive_scope_says_which_one() -> None:
    error = refused(messages.message_list(CHAT), 230027)

    assert isinstance(error, MissingScope)
    assert error.scopes == ("im:message.group_msg",)


def test_unusable_people_are_those_that_the_refusal_names() -> None:
    call = members.chat_members_add(CHAT, [ALICE, BOB])
    by_text = refused(call, 99992351, msg=f"these open ids not existed: [{BOB}]")
    by_field = refused(call, 99992351, error={"field_violations": [{"field": "id_list", "value": ALICE}]})
    unnamed = refused(call, 232043)

    assert isinstance(by_text, BadMember)
    assert by_text.ids == (BOB,)
    assert isinstance(by_field, BadMember)
    assert by_field.ids == (ALICE,)
    assert isinstance(unnamed, BadMember)
    assert unnamed.ids == ()


def test_the_only_one_asked_for_is_the_one_that_is_meant() -> None:
    error = refused(contacts.user_get(ALICE), 41050)

    assert isinstance(error, BadMember)
    assert error.ids == (ALICE,)


def test_a_code_about_people_on_a_call_that_names_none_is_about_rights() -> None:
    assert isinstance(refused(chats.chat_top_notice_delete(CHAT), 232024), NotPermitted)
    assert isinstance(refused(chats.chat_create(uuid="u", user_id_list=[ALICE, BOB]), 232024), BadMember)


def test_a_wrong_receiver_is_a_chat_or_a_person() -> None:
    to_chat = messages.message_create(CHAT, Content.text("x"), uuid="u")
    to_alice = messages.message_create(ALICE, Content.text("x"), receive_id_type="open_id", uuid="u")

    assert isinstance(refused(to_chat, 230034), ChatGone)
    assert isinstance(refused(to_alice, 230034), BadMember)


def test_a_refused_card_tells_its_inner_code() -> None:
    call = messages.message_patch(MESSAGE, CARD)
    wrapped = refused(call, 230099, msg="Failed to create card content, ext=ErrCode: 100290; ErrMsg: id is invalid")
    silent = refused(call, 230099, msg="Failed to create card content")
    direct = refused(call, 200621)

    assert isinstance(wrapped, CardRefused)
    assert wrapped.inner_code == 100290
    assert isinstance(silent, CardRefused)
    assert silent.inner_code is None
    assert isinstance(direct, CardRefused)
    assert direct.inner_code == 200621


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (230012, BuzzReason.NOT_OUR_MESSAGE),
        (230023, BuzzReason.TOO_MANY_UNREAD),
        (230024, BuzzReason.QUOTA_SPENT),
        (230052, BuzzReason.FORBIDDEN),
        (230098, BuzzReason.FOLDED),
    ],
)
def test_a_refused_buzz_tells_why(code: int, reason: BuzzReason) -> None:
    error = refused(buzzes.message_urgent_phone(MESSAGE, [ALICE]), code)

    assert isinstance(error, BuzzRefused)
    assert error.reason is reason


def test_a_buzz_that_reaches_nobody_is_about_the_people() -> None:
    error = refused(buzzes.message_urgent_app(MESSAGE, [ALICE, BOB]), 230001)

    assert isinstance(error, BadMember)


def test_an_invalid_request_names_its_fields() -> None:
    fields = [{"field": "chat_tabs[0].tab_name", "description": "too long"}, {"field": 3}]
    error = refused(tabs.chat_tabs_list(CHAT), 99992402, error={"field_violations": fields})

    assert isinstance(error, InvalidRequest)
    assert error.fields == {"chat_tabs[0].tab_name": "too long", "": ""}


def test_an_error_body_of_an_odd_shape_is_still_an_error() -> None:
    assert isinstance(refused(chats.chat_get(CHAT), 99992402, error="broken"), InvalidRequest)
    assert isinstance(
        refused(chats.chat_get(ChatId("oc_1")), 99991672, error={"permission_violations": {}}), MissingScope
    )
    assert refused(chats.chat_get(CHAT), 232006, msg="").failure.msg == ""


def test_ids_that_the_platform_hands_out_can_be_used_in_paths() -> None:
    assert contacts.user_get("bb.zhang+x@example").path.endswith("/bb.zhang+x@example")
    assert members.chat_members_add(CHAT, [OpenId("ou_1")]).path.startswith("/open-apis/im/v1/chats/oc_")
