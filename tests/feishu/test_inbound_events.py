"""Events as values, from both envelopes; what Feishu may leave out is left out without harm."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.inbound.bodies import READERS
from alertbridge.feishu.inbound.envelope import Malformed, read_event, receive
from alertbridge.feishu.inbound.events import (
    AnyEvent,
    BotAdded,
    BotMenu,
    BotRemoved,
    CardClick,
    ChatDisbanded,
    ChatUpdated,
    InviteWithdrawn,
    Mention,
    MessageReceived,
    P2PCreated,
    P2PEntered,
    Person,
    Unknown,
    UsersAdded,
    UsersRemoved,
)
from alertbridge.feishu.inbound.moment import moment
from alertbridge.feishu.inbound.seal import Keys
from tests.feishu.contract import document

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)

ALICE_ID, BOB_ID, CAROL_ID, BOT = OpenId("ou_alice"), OpenId("ou_bob"), OpenId("ou_carol"), OpenId("ou_bot")
CHAT, DIRECT = ChatId("oc_1"), ChatId("oc_p2p")
MESSAGE, ROOT = MessageId("om_1"), MessageId("om_0")

ALICE = {"union_id": "on_a", "user_id": "e33", "open_id": ALICE_ID}
BOB = {"open_id": BOB_ID}


def envelope(event_type: str, body: object, **header: object) -> dict[str, Any]:
    head = {"event_id": "e1", "event_type": event_type, "create_time": "1700000000000", "token": "t", **header}
    return {"schema": "2.0", "header": head, "event": body}


def read(event_type: str, body: object) -> AnyEvent:
    return read_event(envelope(event_type, body), NOW)


IN_CHAT = {"chat_id": CHAT, "operator_id": ALICE, "external": False, "name": "group"}
PEOPLE = {
    **IN_CHAT,
    "users": [
        {"name": "Bob", "tenant_key": "x", "user_id": BOB},
        {"name": "no id", "user_id": {}},
        {"user_id": {"open_id": CAROL_ID}},
    ],
}
BOB_AND_CAROL = (Person(BOB_ID, "Bob"), Person(CAROL_ID, ""))


def test_every_documented_event_is_read() -> None:
    documented = set(document()["webhooks"]) - {"url_verification"}

    assert READERS.keys() == documented


@pytest.mark.parametrize(
    ("event_type", "event"),
    [
        ("im.chat.disbanded_v1", ChatDisbanded("e1", AT, CHAT, ALICE_ID)),
        ("im.chat.member.bot.added_v1", BotAdded("e1", AT, CHAT, ALICE_ID, "group")),
        ("im.chat.member.bot.deleted_v1", BotRemoved("e1", AT, CHAT, ALICE_ID)),
    ],
)
def test_what_happens_to_a_chat_names_the_chat_and_who_did_it(event_type: str, event: AnyEvent) -> None:
    assert read(event_type, IN_CHAT) == event


@pytest.mark.parametrize(
    ("event_type", "kind"),
    [
        ("im.chat.member.user.added_v1", UsersAdded),
        ("im.chat.member.user.deleted_v1", UsersRemoved),
        ("im.chat.member.user.withdrawn_v1", InviteWithdrawn),
    ],
)
def test_what_happens_to_people_names_those_who_have_an_id(
    event_type: str, kind: type[UsersAdded | UsersRemoved | InviteWithdrawn]
) -> None:
    event = read(event_type, PEOPLE)

    assert isinstance(event, kind)
    assert event.users == BOB_AND_CAROL


@pytest.mark.parametrize("operator", [{}, None, {"open_id": None}, {"open_id": ""}])
def test_an_app_as_operator_may_have_no_id(operator: object) -> None:
    event = read("im.chat.disbanded_v1", {"chat_id": CHAT, "operator_id": operator})

    assert isinstance(event, ChatDisbanded)
    assert event.operator is None


def test_a_changed_chat_tells_before_and_after() -> None:
    event = read(
        "im.chat.updated_v1",
        {
            **IN_CHAT,
            "before_change": {"name": "old", "owner_id": ALICE},
            "after_change": {"name": "new", "owner_id": BOB, "edit_permission": "unknown"},
            "moderator_list": {
                "added_member_list": [{"tenant_key": "x", "user_id": ALICE}],
                "removed_member_list": [{"user_id": BOB}],
            },
        },
    )

    assert isinstance(event, ChatUpdated)
    assert (event.before.name, event.before.owner) == ("old", ALICE_ID)
    assert (event.after.name, event.after.owner, event.after.edit_permission) == ("new", BOB_ID, "unknown")
    assert event.after.description is None, "it did not change"
    assert (event.moderators_added, event.moderators_removed) == ((ALICE_ID,), (BOB_ID,))


def test_a_changed_chat_may_tell_nothing_else() -> None:
    event = read("im.chat.updated_v1", {"chat_id": CHAT})

    assert isinstance(event, ChatUpdated)
    assert event.before == event.after
    assert event.moderators_added == ()


def test_the_first_direct_chat_comes_in_the_old_envelope() -> None:
    event = {
        "ts": "1700000000.5",
        "uuid": "u1",
        "token": "t",
        "type": "event_callback",
        "event": {
            "type": "p2p_chat_create",
            "app_id": "cli_1",
            "chat_id": DIRECT,
            "operator": {"open_id": ALICE_ID, "user_id": "x"},
            "tenant_key": "k",
            "user": {"name": "Alice", "open_id": ALICE_ID},
        },
    }
    keys = Keys(encrypt_key="", verification_token="t")

    created = receive({}, json.dumps(event).encode(), keys, NOW)
    assert created == P2PCreated(
        "u1",
        AT.replace(microsecond=500_000),
        DIRECT,
        ALICE_ID,
        Person(ALICE_ID, "Alice"),
    )


def test_a_direct_chat_that_is_entered_may_be_unnamed() -> None:
    named = {"chat_id": CHAT, "operator_id": ALICE, "last_message_id": MESSAGE}

    assert read("im.chat.access_event.bot_p2p_chat_entered_v1", named) == P2PEntered(
        "e1",
        AT,
        CHAT,
        ALICE_ID,
    )
    assert read("im.chat.access_event.bot_p2p_chat_entered_v1", {}) == P2PEntered("e1", AT, None, None)


def test_a_message_tells_who_wrote_what_where() -> None:
    event = read(
        "im.message.receive_v1",
        {
            "sender": {"sender_id": ALICE, "sender_type": "user", "tenant_key": "x"},
            "message": {
                "message_id": MESSAGE,
                "root_id": ROOT,
                "parent_id": None,
                "create_time": "1700000000000",
                "chat_id": CHAT,
                "chat_type": "group",
                "message_type": "text",
                "content": '{"text":"@_user_1 ack"}',
                "mentions": [
                    {"key": "@_user_1", "id": {"open_id": BOT}, "mentioned_type": "bot", "name": "alertbridge"},
                    {"key": "@_user_2", "id": BOB, "name": "Bob"},
                ],
            },
        },
    )

    assert event == MessageReceived(
        "e1",
        AT,
        message_id=MESSAGE,
        chat_id=CHAT,
        chat_type="group",
        open_id=ALICE_ID,
        sender_type="user",
        message_type="text",
        content='{"text":"@_user_1 ack"}',
        mentions=(
            Mention("@_user_1", BOT, "alertbridge", is_bot=True),
            Mention("@_user_2", BOB_ID, "Bob", is_bot=False),
        ),
        root_id=ROOT,
        parent_id=None,
        sent_at=AT,
    )


def test_a_message_of_an_odd_time_is_still_a_message() -> None:
    event = read("im.message.receive_v1", {"message": {"message_id": MESSAGE, "chat_id": CHAT, "create_time": {}}})

    assert isinstance(event, MessageReceived)
    assert event.sent_at is None
    assert event.open_id is None


def test_a_choice_in_the_bots_menu_tells_its_key() -> None:
    event = read("application.bot.menu_v6", {"operator": {"operator_id": ALICE}, "event_key": "mine", "timestamp": 1})

    assert event == BotMenu("e1", AT, ALICE_ID, "mine")


CLICK = {
    "operator": {"tenant_key": "k", "open_id": ALICE_ID},
    "token": "c-1",
    "action": {"value": {"do": "ack"}, "tag": "button"},
    "host": "im_top_notice",
    "context": {"open_message_id": MESSAGE, "open_chat_id": CHAT},
}


def test_a_click_tells_who_clicked_what() -> None:
    click = read("card.action.trigger", CLICK)

    assert isinstance(click, CardClick)
    assert (click.open_id, click.chat_id, click.message_id) == (ALICE_ID, CHAT, MESSAGE)
    assert (click.value, click.form, click.option) == ({"do": "ack"}, {}, None)
    assert (click.host, click.token, click.tag, click.name) == ("im_top_notice", "c-1", "button", "")


def test_a_form_and_a_choice_come_with_the_click() -> None:
    action = {
        "tag": "button",
        "name": "submit",
        "form_value": {"duration": "2h", "why": "deploy", "people": [BOB_ID]},
        "option": BOB_ID,
    }
    click = read("card.action.trigger", {**CLICK, "action": action})

    assert isinstance(click, CardClick)
    assert click.form == {"duration": "2h", "why": "deploy", "people": [BOB_ID]}
    assert (click.option, click.name, click.value) == (BOB_ID, "submit", {})


@pytest.mark.parametrize("value", ["ack", 3, None, ["ack"]])
def test_a_value_that_is_no_object_is_empty(value: object) -> None:
    click = read("card.action.trigger", {**CLICK, "action": {"tag": "button", "value": value}})

    assert isinstance(click, CardClick)
    assert click.value == {}


def test_a_click_without_a_person_is_malformed() -> None:
    with pytest.raises(Malformed, match=r"card\.action\.trigger"):
        read("card.action.trigger", {**CLICK, "operator": {}})


def test_a_click_that_is_nested_too_deeply_is_malformed() -> None:
    value: dict[str, Any] = {}
    for _ in range(900):
        value = {"": value}

    with pytest.raises(Malformed, match="deeply"):
        read("card.action.trigger", {**CLICK, "action": {"tag": "button", "value": value}})


def test_an_event_that_is_new_is_unknown_but_known_again() -> None:
    assert read("im.chat.renamed_v9", {"x": 1}) == Unknown("e1", AT, "im.chat.renamed_v9")


@pytest.mark.parametrize(
    "event",
    [
        {"schema": "2.0"},
        {"schema": "2.0", "header": {"event_id": "", "event_type": "x"}},
        {"schema": "2.0", "header": {"event_id": "e"}},
        {"schema": "2.0", "header": "x", "event": "y"},
        {"type": "event_callback", "event": {"type": "p2p_chat_create"}},
        {"type": "event_callback", "uuid": "u", "event": {}},
        {},
    ],
)
def test_an_event_without_type_or_id_is_malformed(event: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_event(event, NOW)


@pytest.mark.parametrize("event_type", sorted(READERS.keys() - {"im.chat.access_event.bot_p2p_chat_entered_v1"}))
def test_an_event_without_its_ids_is_malformed(event_type: str) -> None:
    with pytest.raises(Malformed, match="e"):
        read(event_type, {})


@pytest.mark.parametrize(
    ("digits", "at"),
    [
        ("1700000000", AT),
        ("1700000000.25", AT.replace(microsecond=250_000)),
        ("1700000000000", AT),
        ("1700000000000000", AT),
        ("", None),
        ("-1700000000", None),
        ("17000000000000000000", None),
        ("now", None),
        ("١٧٠٠٠٠٠٠٠٠", None),
    ],
)
def test_a_timestamp_is_read_in_any_of_its_units(digits: str, at: datetime | None) -> None:
    assert moment(digits) == at


@pytest.mark.parametrize("time", [None, "", "soon", 0])
def test_an_event_without_a_time_happened_now(time: object) -> None:
    assert read_event(envelope("x", {}, create_time=time), NOW).at == NOW


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(READERS)), JSON)
def test_any_body_is_an_event_or_malformed(event_type: str, body: object) -> None:
    with suppress(Malformed):
        assert read(event_type, body).event_id == "e1"
