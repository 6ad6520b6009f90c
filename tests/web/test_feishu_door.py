"""Feishu's door: who may enter, what is answered, and what becomes of events."""

import time
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from pydantic import SecretStr

from alertbridge.core.incidents.incident import Status
from alertbridge.core.timeline import Happening
from alertbridge.feishu.inbound.conversation import NotTaken
from alertbridge.feishu.inbound.long_connection import LongConnection
from alertbridge.store.keys import PARKED
from alertbridge.web.feishu import take_from_connection
from alertbridge.web.room import BODY_BYTES
from tests.feishu.sealed import ENCRYPT_KEY, sealed, signed
from tests.store_server import StoreServer
from tests.web.service import ALICE, BOB, Product, Service, service_on, settings_for

DOOR = "/feishu/events"
A_CONNECTION = cast("LongConnection", SimpleNamespace(is_open=True))
"""One is there; nothing more is asked of it here."""
TOKEN = "verification token"
CHECK = {"type": "url_verification", "challenge": "abc", "token": TOKEN}
KEYS: dict[str, Any] = {"feishu_encrypt_key": SecretStr(ENCRYPT_KEY), "feishu_verification_token": SecretStr(TOKEN)}


@pytest.fixture
async def locked(store_server: StoreServer) -> AsyncIterator[Service]:
    """Give a web process with an Encrypt Key and a Verification Token."""
    async with service_on(store_server.url, settings_for(**KEYS)) as running:
        yield running


def an_event(kind: str, event_id: str = "event-1", token: str = TOKEN, **body: Any) -> dict[str, Any]:
    """An envelope of version 2."""
    header = {"event_id": event_id, "event_type": kind, "create_time": "1795365450602", "token": token}
    return {"schema": "2.0", "header": header, "event": body}


def disbanded(chat: str = "oc_unknown", event_id: str = "event-1") -> dict[str, Any]:
    return an_event("im.chat.disbanded_v1", event_id, chat_id=chat, operator_id={"open_id": "ou_x"})


def said_in(
    chat: str, event_id: str, sender: Any = None, chat_type: str = "group", kind: str = "text"
) -> dict[str, Any]:
    message = {"message_id": "om_1", "chat_id": chat, "chat_type": chat_type, "message_type": kind, "content": "{}"}
    sender = sender or {"sender_id": {"open_id": "ou_x"}, "sender_type": "user"}
    return an_event("im.message.receive_v1", event_id, message=message, sender=sender)


def clicked(chat: str, message: str, value: Any, event_id: str = "click-1", **action: Any) -> dict[str, Any]:
    return an_event(
        "card.action.trigger",
        event_id,
        operator={"open_id": "ou_x"},
        action={"tag": "button", "value": value} | action,
        context={"open_message_id": message, "open_chat_id": chat},
    )


async def tell(service: Service, event: Mapping[str, Any]) -> tuple[int, Any]:
    """Send an event as it is."""
    return await service.post(DOOR, msgspec.json.encode(event))


async def tell_sealed(service: Service, event: Mapping[str, Any]) -> tuple[int, Any]:
    """Send an event encrypted and signed."""
    body = sealed(event)
    return await service.post(DOOR, body, headers=signed(body, timestamp=str(int(time.time()))))


# -- while events come over the long connection ------------------------------------------------------------------------


async def test_the_door_is_shut_while_nothing_is_expected_there(store_server: StoreServer) -> None:
    async with service_on(store_server.url, settings_for(), long_connection=A_CONNECTION) as service:
        assert (await tell(service, disbanded()))[0] == 401
        assert (await service.post(DOOR, msgspec.json.encode(CHECK)))[0] == 401


async def test_what_is_signed_may_still_enter(store_server: StoreServer) -> None:
    async with service_on(store_server.url, settings_for(**KEYS), long_connection=A_CONNECTION) as service:
        assert await tell_sealed(service, disbanded()) == (200, {})
        assert (await tell(service, disbanded()))[0] == 401


async def test_what_cannot_be_stored_or_read_is_not_taken_from_the_connection(
    service: Service, store_server: StoreServer
) -> None:
    with pytest.raises(NotTaken):
        await take_from_connection(b"[]", service.state)
    store_server.kill()
    with pytest.raises(NotTaken):
        await take_from_connection(msgspec.json.encode(disbanded()), service.state)


# -- who may enter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [DOOR, DOOR + "/"])
async def test_the_url_check_is_answered_without_the_store(
    service: Service, store_server: StoreServer, path: str
) -> None:
    store_server.kill()

    assert await service.post(path, msgspec.json.encode(CHECK)) == (200, {"challenge": "abc"})


async def test_the_encrypted_url_check_is_answered_without_signature_and_store(
    locked: Service, store_server: StoreServer
) -> None:
    store_server.kill()

    assert await locked.post(DOOR, sealed(CHECK)) == (200, {"challenge": "abc"})


async def test_a_url_check_with_another_token_is_401(locked: Service) -> None:
    status, _ = await locked.post(DOOR, sealed(CHECK | {"token": "guessed"}))

    assert status == 401


async def test_a_signed_event_is_taken(locked: Service) -> None:
    assert await tell_sealed(locked, disbanded()) == (200, {})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (sealed(disbanded()), {}),
        (sealed(disbanded()), signed(b"another body", timestamp="1795365450")),
        (sealed(disbanded(), key="another key"), {}),
        (msgspec.json.encode(disbanded()), {}),
        (b'{"encrypt": "%%%"}', {}),
    ],
    ids=["unsigned", "wrongly signed", "another key", "plain", "no base64"],
)
async def test_a_body_that_does_not_prove_itself_is_401_and_the_answer_says_no_more(
    locked: Service, body: bytes, headers: Mapping[str, str]
) -> None:
    status, said = await locked.post(DOOR, body, headers=headers)

    assert status == 401
    assert said["detail"] == "This does not prove that it comes from Feishu; why is in the log of alertbridge."


async def test_a_signature_over_what_is_no_unicode_is_401(locked: Service) -> None:
    body = sealed(disbanded())
    head = f"POST {DOOR} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"

    answer = await locked.raw(head.encode() + b"X-Lark-Request-Nonce: n\xff\r\nX-Lark-Signature: \xff\r\n\r\n" + body)

    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        b'{"schema": "2.0", "header": {"event_type": "im.chat.disbanded_v1"}}',
        msgspec.json.encode(an_event("im.chat.disbanded_v1")),
        b'{"type": "url_verification"}',
    ],
)
async def test_a_malformed_body_is_400(service: Service, body: bytes) -> None:
    status, said = await service.post(DOOR, body)

    assert status == 400
    assert said["detail"]


async def test_a_body_that_is_too_large_is_413(service: Service) -> None:
    assert (await service.post(DOOR, b" " * (BODY_BYTES + 1)))[0] == 413


# -- events ------------------------------------------------------------------------------------------------------------

IGNORED = [
    an_event("im.chat.member.bot.added_v1", chat_id="oc_1"),
    an_event("im.chat.updated_v1", chat_id="oc_1"),
    an_event("im.chat.member.user.added_v1", chat_id="oc_1"),
    an_event("im.chat.member.user.deleted_v1", chat_id="oc_1"),
    an_event("im.chat.member.user.withdrawn_v1", chat_id="oc_1"),
    an_event("im.chat.access_event.bot_p2p_chat_entered_v1"),
    an_event("application.bot.menu_v6", event_key="no word of ours"),
    an_event("calendar.event.changed_v4"),
    {"uuid": "u", "event": {"type": "p2p_chat_create", "chat_id": "oc_1"}},
    said_in("oc_1", "event-2", sender={"sender_id": {"open_id": "ou_x"}, "sender_type": "app"}),
    said_in("oc_1", "event-2", sender={"sender_type": "user"}),
    said_in("oc_1", "event-2", chat_type="p2p", kind="sticker"),
]


@pytest.mark.parametrize(
    "event", IGNORED, ids=lambda event: event.get("header", event["event"]).get("event_type", "p2p")
)
async def test_events_that_change_nothing_are_taken_even_without_the_store(
    service: Service, store_server: StoreServer, event: dict[str, Any]
) -> None:
    store_server.kill()

    assert await tell(service, event) == (200, {})


async def test_an_event_that_cannot_be_stored_is_503_so_that_feishu_tells_it_again(
    service: Service, store_server: StoreServer
) -> None:
    store_server.kill()
    assert (await tell(service, disbanded()))[0] == 503

    store_server.start()
    assert await tell(service, disbanded()) == (200, {})
    assert await service.parts.connection.call("ZCARD", PARKED) == 1


async def test_an_event_of_an_unknown_chat_waits_and_its_repeats_do_not(service: Service) -> None:
    for _ in range(3):
        assert (await tell(service, disbanded()))[0] == 200

    assert await service.parts.connection.call("ZCARD", PARKED) == 1


async def test_one_message_under_two_event_ids_is_one_entry(product: Product) -> None:
    incident = await product.fire("Down")
    chat = (await product.incident(incident)).chat
    assert chat is not None
    for event_id in ("event-1", "event-2"):
        assert (await tell(product, said_in(chat.id, event_id)))[0] == 200

    (stored,) = await product.open()
    assert stored.waiting == 1


async def test_a_group_that_a_person_disbanded_is_made_anew_and_the_timeline_says_who(product: Product) -> None:
    incident = await product.fire("Down")
    before = (await product.incident(incident)).chat
    assert before is not None
    assert (
        await tell(
            product, disbanded(before.id) | {"event": {"chat_id": before.id, "operator_id": {"open_id": "ou_x"}}}
        )
    )[0] == 200
    await product.work()

    after = (await product.incident(incident)).chat
    assert after is not None
    assert after.id != before.id
    (line,) = [line for line in await product.parts.records.timeline(incident) if line.what is Happening.CHAT_LOST]
    assert (line.by, line.text) == ("ou_x", "disbanded")


async def test_a_bot_that_was_removed_makes_another_group(product: Product) -> None:
    incident = await product.fire("Down")
    before = (await product.incident(incident)).chat
    assert before is not None
    await product.control("act", open_id=ALICE, action="remove_bot", chat_id=before.id)
    event = an_event("im.chat.member.bot.deleted_v1", chat_id=before.id, operator_id={"open_id": "ou_x"})
    assert (await tell(product, event))[0] == 200
    await product.work()

    (line,) = [line for line in await product.parts.records.timeline(incident) if line.what is Happening.CHAT_LOST]
    assert line.text == "removed"


# -- clicks ------------------------------------------------------------------------------------------------------------


def told(answer: Any) -> tuple[str, str, str]:
    """A toast's type and its words in Chinese and English."""
    toast = answer["toast"]
    return toast["type"], toast["i18n"]["zh_cn"], toast["i18n"]["en_us"]


async def a_moment(product: Product) -> None:
    """Let so much time pass that a click is not taken for the one before it."""
    await product.control("clock", advance_seconds=60)


async def test_an_acknowledge_is_recorded_and_the_next_person_learns_who_was_first(product: Product) -> None:
    incident = await product.fire("Down")

    assert told(await product.click(incident, "ack")) == ("success", "已记录：你认领了 #1", "Recorded: you have #1")
    assert await product.click(incident, "ack") == {}, "the same click again, at once"
    await a_moment(product)
    assert told(await product.click(incident, "ack")) == ("info", "你已认领过", "Already yours")
    assert told(await product.click(incident, "ack", BOB)) == ("info", "爱丽丝 已先认领", "爱丽丝 was first")

    await product.work()
    assert (await product.incident(incident)).lead == product.id(ALICE)


async def test_somebody_without_a_known_name_is_a_member(product: Product) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    await tell(product, clicked(chat, card, {"i": incident, "a": "ack", "r": 0}))

    assert told(await product.click(incident, "ack", BOB))[1:] == ("群成员 已先认领", "a member was first")


async def test_assigning_names_the_person_who_was_picked(product: Product) -> None:
    incident = await product.fire("Down")

    answer = await product.click(incident, "assign", option=product.id(BOB))

    assert told(answer) == ("success", "已记录，卡片随后更新", "Recorded; card follows")
    await product.work()
    assert (await product.incident(incident)).lead == product.id(BOB)
    await a_moment(product)
    assert told(await product.click(incident, "assign", option=product.id(BOB)))[0] == "info"


async def test_resolving_says_when_the_group_is_disbanded(product: Product) -> None:
    incident = await product.fire("Down")

    kind, zh, en = told(await product.click(incident, "Resolve"))

    assert kind == "success"
    assert zh.startswith("已标记恢复 · ")
    assert zh.endswith(" 归档解散")
    assert en.startswith("Marked resolved · disbands ")
    await a_moment(product)
    assert told(await product.click(incident, "Resolve"))[0] == "info"


@pytest.mark.parametrize(("on_close", "en"), [("lock", "locks"), ("keep", "")])
async def test_resolving_says_what_becomes_of_a_group_that_stays(product: Product, on_close: str, en: str) -> None:
    file = product.parts.settings.config_file
    assert file is not None
    file.write_text(f"route: {{chat: {{on_close: {on_close}}}}}", encoding="utf-8")
    await product.parts.team.reload()
    incident = await product.fire("Down")
    chat, card = await places(product, incident)

    _, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "resolve", "r": 0}))

    said = told(answer)
    assert said[0] == "success"
    assert en in said[2]
    assert "disband" not in said[2]


async def test_what_is_on_the_resolved_card_is_recorded(product: Product) -> None:
    incident = await product.fire("Down")
    await product.click(incident, "Resolve")
    await product.later(seconds=30)

    assert told(await product.click(incident, "Keep"))[0] == "success"
    await a_moment(product)
    assert told(await product.click(incident, "Keep"))[0] == "info"
    assert told(await product.click(incident, "Close"))[0] == "success"


async def places(product: Product, incident: Any) -> tuple[str, str]:
    chat = (await product.incident(incident)).chat
    assert chat is not None
    return chat.id, await product.card(incident)


async def test_an_old_card_is_obeyed_where_that_still_means_something(product: Product) -> None:
    incident = await product.fire("Down")
    chat, _ = await places(product, incident)

    _, answer = await tell(product, clicked(chat, "om_old", {"i": incident, "a": "ack", "r": 0}))
    assert told(answer)[1:] == ("已记录（此卡已旧，看置顶）", "Recorded (old card, see pinned)")

    _, answer = await tell(product, clicked(chat, "om_old", {"i": incident, "a": "reopen", "r": 0}, "click-2"))
    assert told(answer) == ("warning", "此卡已旧，现在是「处理中」", "Old card; it is acked now")


async def test_a_closed_incident_says_so(product: Product) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    await product.click(incident, "Resolve")
    await product.later(seconds=30)
    await product.click(incident, "Close")
    await product.later(seconds=30)
    await product.later(seconds=30)
    assert await product.open() == ()

    _, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "ack", "r": 0}))

    assert told(answer) == ("warning", "#1 已关闭", "#1 is closed")


async def test_a_closed_incident_whose_group_is_not_gone_yet_says_so(product: Product) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    await product.fail("chat_disband", "server_error", times=99)
    await product.click(incident, "Resolve")
    await product.later(hours=2)
    await product.later(minutes=5)
    assert (await product.incident(incident)).status is Status.CLOSED
    assert len(await product.open()) == 1

    _, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "ack", "r": 0}))

    assert told(answer) == ("warning", "#1 已关闭", "#1 is closed")


async def test_a_repeated_click_gets_no_second_toast_and_is_stored_once(product: Product) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    event = clicked(chat, card, {"i": incident, "a": "ack", "r": 0})

    assert (await tell(product, event))[1] != {}
    assert await tell(product, event) == (200, {})

    (stored,) = await product.open()
    assert stored.waiting == 1


async def test_a_click_while_the_store_is_away_says_that_nothing_was_saved(
    product: Product, store_server: StoreServer
) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    store_server.kill()

    status, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "ack", "r": 0}))

    assert status == 200
    assert told(answer) == ("error", "没有记下，请再点一次", "Not saved, press again")


async def test_a_click_on_an_incident_of_a_newer_version_says_that_nothing_was_saved(product: Product) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    await product.parts.connection.call("HSET", f"ab:incident:{incident}", "schema", 99)

    _, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "ack", "r": 0}))

    assert told(answer)[0] == "error"


FORGED = [
    {},
    "text",
    {"a": "ack"},
    {"i": "incident", "a": ""},
    {"i": "incident", "a": "disband"},
    {"i": 7, "a": "ack"},
    {"i": ["incident"], "a": "ack"},
    {"i": "01NOTHERE", "a": "ack"},
    {"i": "incident", "a": "assign"},
]


@pytest.mark.parametrize("value", FORGED)
async def test_forged_values_change_nothing(product: Product, value: Any) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    if isinstance(value, dict) and value.get("i") == "incident":
        value = value | {"i": incident}

    status, answer = await tell(product, clicked(chat, card, value))

    assert status == 200
    assert told(answer) in (
        ("error", "此按钮已不可用，看置顶卡片", "Unknown button, see the pinned card"),
        ("error", "请先入群再操作", "Join the group first"),
    )
    (stored,) = await product.open()
    assert stored.waiting == 0


@pytest.mark.parametrize("option", ["all", "", "ou_x'></person><at id=all></at>", "alice@example.com"])
async def test_only_a_person_can_be_assigned(product: Product, option: str) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)
    value = {"i": incident, "a": "assign", "r": 0}

    _, answer = await tell(product, clicked(chat, card, value, tag="select_person", option=option))

    assert told(answer)[0] == "error"
    (stored,) = await product.open()
    assert stored.waiting == 0


async def test_a_card_speaks_only_for_the_group_it_stands_in(product: Product) -> None:
    incident = await product.fire("Down", groupKey="one")
    other = await product.fire("Other", groupKey="two")
    chat, card = await places(product, other)

    _, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "resolve", "r": 0}))

    assert told(answer)[0] == "error"
    assert [stored.waiting for stored in await product.open()] == [0, 0]


async def test_a_click_on_an_incident_that_has_no_group_yet_changes_nothing(product: Product) -> None:
    await product.post("/webhooks/alertmanager", b'{"alerts": [{"labels": {"alertname": "Down"}}]}')
    incident = await product.only()

    _, answer = await tell(product, clicked("oc_1", "om_1", {"i": incident, "a": "ack"}))

    assert told(answer)[0] == "error"


async def test_a_version_that_is_no_number_is_nothing_to_worry_about(product: Product) -> None:
    incident = await product.fire("Down")
    chat, card = await places(product, incident)

    _, answer = await tell(product, clicked(chat, card, {"i": incident, "a": "ack", "r": "x"}))

    assert told(answer)[0] == "success"
