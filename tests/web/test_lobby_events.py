"""Groups that are no incident's: who is asked, what a choice changes, and what is no invitation."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alertbridge.core.rooms.lobby import MAIN_LOBBY
from alertbridge.core.rooms.room import Room, lobby_room
from alertbridge.store.errors import StoreAway
from alertbridge.store.feed import Feed
from tests.store_server import StoreServer
from tests.web.service import ALICE, BOB, JsonObject, Product, a_team_file, product_on
from tests.web.test_feishu_door import an_event, tell

MAIN = lobby_room(MAIN_LOBBY)


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a product whose team file names no lobby."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as running:
        yield running


async def brought(product: Product, name: str = "talk", operator: str | None = ALICE) -> str:
    """Let somebody make a group with the bot; which one it is. The event is told by hand."""
    await product.fail("im.chat.member.bot.added_v1", "event_dropped")
    chat: str = (await product.control("act", open_id=ALICE, action="create_chat", name=name))["chat_id"]
    by = {"open_id": product.id(operator)} if operator else {"open_id": ""}
    event = an_event("im.chat.member.bot.added_v1", chat_id=chat, operator_id=by, name=name)
    event["header"]["event_id"] = f"added-{chat}"
    assert (await tell(product, event))[0] == 200
    await product.work()
    return chat


async def room(product: Product) -> Room:
    return await product.parts.records.room(MAIN)


async def messages(product: Product, chat: str) -> list[JsonObject]:
    state = await product.control("state", "GET")
    (found,) = [one for one in state["chats"] if one["chat_id"] == chat]
    listed: list[JsonObject] = found["messages"]
    return listed


async def choose(product: Product, chat: str, message: str, person: str = BOB, **value: Any) -> JsonObject:
    """Press a button of an offer."""
    event = an_event(
        "card.action.trigger",
        operator={"open_id": product.id(person), "tenant_key": "t"},
        token="c-1",
        action={"tag": "button", "value": {"l": MAIN_LOBBY, "a": "make_lobby"} | value},
        host="im_message",
        context={"open_message_id": message, "open_chat_id": chat},
    )
    status, answer = await tell(product, event)
    assert status == 200
    toast: JsonObject = answer.get("toast", {})
    return toast


async def test_a_person_who_brings_the_bot_is_asked_and_an_app_is_not(product: Product) -> None:
    chat, by_app = await brought(product), await brought(product, "made by an app", operator=None)

    assert len(await messages(product, chat)) == 1
    assert await messages(product, by_app) == []


async def test_a_choice_counts_once_and_only_where_it_was_asked(product: Product) -> None:
    chat, other = await brought(product), await brought(product, "other", operator=None)
    (asked,) = await messages(product, chat)

    assert (await choose(product, other, asked["message_id"]))["type"] == "error"
    assert (await choose(product, chat, asked["message_id"], l="nobody"))["type"] == "error"
    assert (await choose(product, chat, asked["message_id"], l=7))["type"] == "error"
    assert (await room(product)).lobby.chat is None
    assert (await choose(product, chat, asked["message_id"]))["type"] == "success"
    assert await choose(product, chat, asked["message_id"]) == {}, "Feishu tells it again"
    await product.work()

    lobby = (await room(product)).lobby.chat
    assert lobby is not None
    assert (lobby.id, lobby.is_ours) == (chat, False)


async def test_a_choice_that_cannot_be_stored_is_told(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = await brought(product)
    (asked,) = await messages(product, chat)

    async def away(*_: object, **__: object) -> None:
        raise StoreAway("no answer")

    monkeypatch.setattr(Feed, "append_room", away)

    assert (await choose(product, chat, asked["message_id"]))["i18n"]["en_us"] == "Not saved, press again"


async def test_the_group_of_an_incident_is_never_offered(product: Product) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]
    event = an_event("im.chat.member.bot.added_v1", chat_id=chat, operator_id={"open_id": product.id(ALICE)})

    assert (await tell(product, event))[0] == 200
    await product.work()

    assert await room(product) == Room(id=MAIN)


@pytest.mark.parametrize("kind", ["im.chat.disbanded_v1", "im.chat.member.bot.deleted_v1"])
async def test_a_lobby_that_is_lost_is_offered_anew_in_the_next_group(product: Product, kind: str) -> None:
    chat = await brought(product)
    (asked,) = await messages(product, chat)
    await choose(product, chat, asked["message_id"])
    await product.work()
    assert (await tell(product, an_event(kind, chat_id=chat, operator_id={"open_id": product.id(ALICE)})))[0] == 200
    await product.work()
    assert (await room(product)).lobby.chat is None

    assert len(await messages(product, await brought(product, "next"))) == 1


async def test_a_group_that_the_team_file_means_for_something_is_not_offered(
    store_server: StoreServer, tmp_path: Path
) -> None:
    text = """
lobbies: {given: {chat: oc_given}, free: {}}
fallback: [p]
people: {p: {email: alice@example.com}}
route: {lobby: given, routes: [{name: standing, chat: {existing: oc_standing}, lobby: free}]}
"""
    team = a_team_file(tmp_path, text)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=team) as product:
        for chat in ("oc_given", "oc_standing", "oc_foreign"):
            by = {"open_id": product.id(ALICE)}
            event = an_event("im.chat.member.bot.added_v1", f"added-{chat}", chat_id=chat, operator_id=by)
            assert (await tell(product, event))[0] == 200
        _, entries = await product.parts.connection.together(
            [("HGETALL", "ab:busy"), ("LRANGE", "ab:inbox:lobby:free", 0, -1)]
        )

    assert len(entries) == 1
    assert b"oc_foreign" in entries[0]
