"""Which events are sent, to whom, in which form, and how often."""

import base64
import hashlib
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from alertbridge.sandbox import contract
from tests.sandbox.conftest import Listener
from tests.sandbox.feishu import ALICE, BOB, CAROL, Feishu, JsonObject
from tests.sandbox.test_chats import other_app

DOCUMENT = contract.load()


def check_form(event: JsonObject) -> None:
    """Hold an event to the document's webhook of its type."""
    event_type = event["header"]["event_type"] if "header" in event else event["event"]["type"]
    hook = DOCUMENT["webhooks"][event_type]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema = {**hook, "components": DOCUMENT["components"]}
    problems = [one.message for one in jsonschema_rs.Draft202012Validator(schema).iter_errors(event)]
    assert not problems, problems


async def listen(feishu: Feishu, listener: Listener, app_id: str = "cli_sandbox", **settings: Any) -> JsonObject:
    wish = {"event_url": listener.url, "verification_token": "vt", **settings}
    answer: JsonObject = await feishu.control("PUT", f"apps/{app_id}", wish)
    return answer


async def test_a_url_is_checked_when_it_is_set(feishu: Feishu, listener: Listener) -> None:
    answer = await listen(feishu, listener)
    assert (answer["verified"], answer["problem"]) == (True, None)
    (asked,) = listener.heard
    assert asked.body["type"] == "url_verification"
    assert asked.body["token"] == "vt"
    assert "X-Lark-Signature" not in asked.headers


async def test_a_url_that_does_not_echo_is_told(feishu: Feishu, listener: Listener) -> None:
    listener.answer = lambda _: (200, {"challenge": "x"})
    assert (await listen(feishu, listener))["problem"] == "did not echo the challenge"
    listener.answer = lambda _: (500, {})
    assert (await listen(feishu, listener))["problem"] == "answered 500"
    unreachable = await feishu.control("PUT", "apps/cli_sandbox", {"event_url": "http://127.0.0.1:9/x"})
    assert not unreachable["verified"]


async def test_a_check_is_encrypted_and_its_answer_plain(feishu: Feishu, listener: Listener) -> None:
    listener.answer = lambda heard: (200, {"challenge": decrypted(heard.body["encrypt"], "key")["challenge"]})
    assert (await listen(feishu, listener, encrypt_key="key"))["verified"]


def decrypted(text: str, key: str) -> JsonObject:
    """Open an envelope by the documented recipe."""
    raw = base64.b64decode(text)
    decryptor = Cipher(AES256(hashlib.sha256(key.encode()).digest()), CBC(raw[:16])).decryptor()
    padded = decryptor.update(raw[16:]) + decryptor.finalize()
    opened: JsonObject = msgspec.json.decode(padded[: -padded[-1]])
    return opened


async def test_events_are_signed_over_the_encrypted_body(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    listener.answer = lambda _: (200, {})
    await listen(feishu, listener, encrypt_key="key")
    await feishu.act(ALICE, "rename", chat, name="new")
    await listener.hears(2)
    heard = listener.heard[-1]
    stamp, nonce = heard.headers["X-Lark-Request-Timestamp"], heard.headers["X-Lark-Request-Nonce"]
    expected = hashlib.sha256(f"{stamp}{nonce}key".encode() + heard.raw).hexdigest()
    assert heard.headers["X-Lark-Signature"] == expected
    assert stamp == "1800000000"
    event = decrypted(heard.body["encrypt"], "key")
    check_form(event)
    assert event["header"]["token"] == "vt"
    assert event["header"]["create_time"] == "1800000000000"


async def test_what_people_do_in_a_chat_is_told(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE, BOB)
    await listen(feishu, listener)
    await feishu.act(ALICE, "rename", chat, name="new")
    await feishu.act(ALICE, "add", chat, target=CAROL)
    await feishu.act(ALICE, "withdraw", chat, target=CAROL)
    await feishu.act(BOB, "leave", chat)
    await feishu.act(ALICE, "join", chat)  # is inside already: nothing happens
    await feishu.act(ALICE, "disband", chat)
    renamed, added, withdrawn, left, disbanded = await listener.hears(5)
    for event in (renamed, added, withdrawn, left, disbanded):
        check_form(event)
    assert listener.types == [
        "im.chat.updated_v1",
        "im.chat.member.user.added_v1",
        "im.chat.member.user.withdrawn_v1",
        "im.chat.member.user.deleted_v1",
        "im.chat.disbanded_v1",
    ]
    assert renamed["event"]["before_change"] == {"name": "incident"}
    assert renamed["event"]["after_change"] == {"name": "new"}
    assert renamed["event"]["operator_id"]["open_id"] == feishu.id(ALICE)
    assert [one["user_id"]["open_id"] for one in added["event"]["users"]] == [feishu.id(CAROL)]
    assert left["event"]["operator_id"]["open_id"] == feishu.id(BOB)


async def test_own_changes_are_told_without_naming_the_bot(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    await feishu.ok("chat_update", chat, body={"name": "new", "owner_id": feishu.id(ALICE)})
    await feishu.ok("chat_moderation_update", chat, body={"moderation_setting": "only_owner"})
    listed = {"moderation_setting": "moderator_list", "moderator_added_list": [feishu.id(ALICE)]}
    await feishu.ok("chat_moderation_update", chat, body=listed)
    await feishu.ok("chat_moderation_update", chat, body={"moderation_setting": "all_members"})
    named, owned, closed, moderated, opened = await listener.hears(5)
    for event in (named, owned, closed, moderated, opened):
        check_form(event)
    assert opened["event"]["after_change"] == {"moderation_permission": "all_members"}
    assert named["event"]["operator_id"] == {"union_id": "", "user_id": "", "open_id": ""}
    assert owned["event"]["after_change"]["owner_id"]["open_id"] == feishu.id(ALICE)
    assert closed["event"]["after_change"] == {"moderation_permission": "only_owner"}
    assert len(moderated["event"]["moderator_list"]["added_member_list"]) == 1
    await feishu.switch(app_operator="bot")
    await feishu.ok("chat_update", chat, body={"name": "newer"})
    bot = (await feishu.ok("bot_info_get"))["bot"]["open_id"]
    assert (await listener.hears(6))[-1]["event"]["operator_id"]["open_id"] == bot


async def test_own_changes_can_be_silent(feishu: Feishu, listener: Listener) -> None:
    await feishu.switch(own_changes_raise_events=False)
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    await feishu.ok("chat_update", chat, body={"name": "silent"})
    await feishu.act(ALICE, "rename", chat, name="told")
    (event,) = await listener.hears(1)
    assert event["event"]["after_change"] == {"name": "told"}


async def test_creating_with_members_can_be_told(feishu: Feishu, listener: Listener) -> None:
    await listen(feishu, listener)
    await feishu.chat(ALICE)
    await feishu.switch(creation_raises_member_events=True)
    chat = await feishu.chat(BOB)
    (event,) = await listener.hears(1)
    assert event["event"]["chat_id"] == chat


async def test_only_the_removed_bot_hears_of_its_removal(feishu: Feishu, listener: Listener) -> None:
    await other_app(feishu, event_url=listener.url)
    chat = await feishu.chat(ALICE, bot_id_list=["cli_other"])
    await listen(feishu, listener)
    await feishu.act(ALICE, "remove_bot", chat, app_id="cli_sandbox")
    added, removed = await listener.hears(2)
    assert (added["header"]["app_id"], removed["header"]["app_id"]) == ("cli_other", "cli_sandbox")
    assert listener.types == ["im.chat.member.bot.added_v1", "im.chat.member.bot.deleted_v1"]
    check_form(removed)
    await feishu.act(ALICE, "add_bot", chat)
    back = (await listener.hears(4))[2:]  # a person adds a bot: every bot in the chat hears it
    assert {event["header"]["app_id"] for event in back} == {"cli_other", "cli_sandbox"}


async def test_chats_without_the_bot_are_silent(feishu: Feishu, listener: Listener) -> None:
    await other_app(feishu, event_url=listener.url)
    foreign, shared = await feishu.chat(ALICE), await feishu.chat(ALICE, bot_id_list=["cli_other"])
    await feishu.act(ALICE, "rename", foreign, name="x")
    await feishu.act(ALICE, "rename", shared, name="y")
    events = await listener.hears(2)
    assert {event["event"]["chat_id"] for event in events} == {shared}


async def test_only_subscribed_events_with_a_scope_are_sent(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener, subscriptions=["im.chat.updated_v1"])
    await feishu.act(ALICE, "add", chat, target=BOB)
    await feishu.act(ALICE, "rename", chat, name="x")
    await listener.hears(1)
    await listen(feishu, listener, subscriptions=None, scopes=["im:chat.members:read"])
    await feishu.act(ALICE, "rename", chat, name="y")
    await feishu.act(ALICE, "add", chat, target=CAROL)
    await listener.hears(2)
    assert listener.types == ["im.chat.updated_v1", "im.chat.member.user.added_v1"]


async def test_a_first_p2p_session_has_the_old_envelope(feishu: Feishu, listener: Listener) -> None:
    await listen(feishu, listener)
    await feishu.act(ALICE, "open_p2p")
    await feishu.act(ALICE, "open_p2p")
    await feishu.act(ALICE, "click_bot_menu", event_key="mine")
    created, entered, again, clicked = await listener.hears(4)
    for event in (created, entered, again, clicked):
        check_form(event)
    assert "schema" not in created
    assert created["type"] == "event_callback"
    assert created["event"]["user"]["open_id"] == feishu.id(ALICE)
    assert entered["event"]["chat_id"] == created["event"]["chat_id"]
    assert clicked["event"]["event_key"] == "mine"


async def write(feishu: Feishu, text: str, chat: str = "", **more: Any) -> JsonObject:
    wish = {"open_id": feishu.id(ALICE), "chat_id": chat, "text": text, **more}
    message: JsonObject = await feishu.control("POST", "message", wish)
    return message


async def test_a_message_is_told_with_its_mentions(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    root = await feishu.sent(chat)  # a bot does not hear itself
    await write(feishu, "ack please", chat, mention_bot=True, parent_id=root)
    (event,) = await listener.hears(1)
    check_form(event)
    message = event["event"]["message"]
    assert msgspec.json.decode(message["content"]) == {"text": "@_user_1 ack please"}
    bot = (await feishu.ok("bot_info_get"))["bot"]["open_id"]
    assert message["mentions"][0]["id"]["open_id"] == bot
    assert message["mentions"][0]["mentioned_type"] == "bot"
    assert (message["chat_type"], message["parent_id"]) == ("group", root)
    assert event["event"]["sender"]["sender_id"]["open_id"] == feishu.id(ALICE)


@pytest.mark.parametrize(
    ("scopes", "heard"),
    [
        (["im:message.group_at_msg"], ["mention"]),
        (["im:message.group_msg"], ["plain", "mention"]),
        (["im:message.p2p_msg"], ["direct"]),
        (["im:message.p2p_msg:readonly", "im:message.group_at_msg:readonly"], ["mention", "direct"]),
    ],
)
async def test_scopes_decide_which_messages_are_told(
    feishu: Feishu, listener: Listener, scopes: list[str], heard: list[str]
) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.act(ALICE, "open_p2p")
    await listen(feishu, listener, scopes=scopes, subscriptions=["im.message.receive_v1"])
    await write(feishu, "plain", chat)
    await write(feishu, "mention", chat, mention_bot=True)
    await write(feishu, "direct")
    events = await listener.hears(len(heard))
    await feishu.settled()
    texts = [msgspec.json.decode(event["event"]["message"]["content"])["text"] for event in events]
    assert sorted(text.removeprefix("@_user_1 ") for text in texts) == sorted(heard)


async def test_what_is_not_acknowledged_comes_again_four_times(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    listener.answer = lambda _: (500, {})
    await feishu.act(ALICE, "rename", chat, name="x")
    for number, seconds in enumerate((15, 300, 3600, 6 * 3600), start=1):
        await listener.hears(number)
        await feishu.settled()
        assert (await feishu.state())["deliveries"] == {"under_way": 0, "waiting": 1}
        await feishu.advance(seconds - 1)
        await feishu.settled()
        assert len(listener.events) == number
        await feishu.advance(1)
    events = await listener.hears(5)
    assert len({event["header"]["event_id"] for event in events}) == 1
    await feishu.settled()
    await feishu.advance(7 * 24 * 3600)
    await feishu.settled()
    assert len(listener.events) == 5
    assert (await feishu.state())["events"] == {}


async def test_an_acknowledged_event_is_counted_and_not_repeated(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    listener.answer = lambda _: (404, {})
    await feishu.act(ALICE, "rename", chat, name="x")
    await listener.hears(1)
    listener.answer = lambda _: (200, {})
    await feishu.settled()
    await feishu.advance(15)
    await listener.hears(2)
    await feishu.settled()
    await feishu.advance(24 * 3600)
    await feishu.settled()
    assert (await feishu.state())["events"] == {"im.chat.updated_v1": 1}
    assert len(listener.events) == 2


async def test_events_of_one_chat_arrive_in_order(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    names = [str(number) for number in range(20)]
    for name in names:
        await feishu.act(ALICE, "rename", chat, name=name)
    events = await listener.hears(20)
    assert [event["event"]["after_change"]["name"] for event in events] == names


@pytest.mark.parametrize(
    ("kind", "names"),
    [("event_twice", ["a", "a", "b"]), ("event_dropped", ["b"]), ("event_out_of_order", ["b", "a"])],
)
async def test_events_go_wrong_on_request(feishu: Feishu, listener: Listener, kind: str, names: list[str]) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    await feishu.fault("im.chat.updated_v1", kind)
    for name in ("a", "b"):
        await feishu.act(ALICE, "rename", chat, name=name)
    events = await listener.hears(len(names))
    assert [event["event"]["after_change"]["name"] for event in events] == names


async def test_an_event_can_come_late(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE)
    await listen(feishu, listener)
    await feishu.fault("*", "event_late", seconds=120)
    for name in ("a", "b"):
        await feishu.act(ALICE, "rename", chat, name=name)
    (first,) = await listener.hears(1)
    assert first["event"]["after_change"] == {"name": "b"}
    await feishu.advance(120)
    late = (await listener.hears(2))[1]
    assert late["event"]["after_change"] == {"name": "a"}
    assert late["header"]["create_time"] == "1800000000000"


async def test_a_person_who_resigns_leaves_every_chat(feishu: Feishu, listener: Listener) -> None:
    chat = await feishu.chat(ALICE, BOB)
    await listen(feishu, listener)
    await feishu.control("POST", "people", {"email": BOB, "status": "resigned"})
    (event,) = await listener.hears(1)
    assert event["header"]["event_type"] == "im.chat.member.user.deleted_v1"
    assert (await feishu.ok("chat_get", chat))["user_count"] == "1"
