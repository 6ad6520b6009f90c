"""Who our bot is: asked once, known to all processes, and until then nobody pretends to know."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu.inbound.events import BotRemoved, P2PEntered
from alertbridge.flows import our_bot
from alertbridge.flows.our_bot import BotUnknown, OurBot
from alertbridge.store.bots import Bots
from tests.web.service import Product


def process(product: Product) -> OurBot:
    """The bot as one more process knows it."""
    return OurBot(product.parts.feishu, Bots(product.parts.connection, "cli_sandbox"))


async def test_what_one_process_learns_all_know(product: Product) -> None:
    asking, other = process(product), process(product)
    with pytest.raises(BotUnknown):
        await other.open_id()

    await asking.find()

    state = await product.control("state", "GET")
    assert await other.open_id() == await asking.open_id() == state["apps"][0]["open_id"]
    assert await other.name() == await asking.name() == "alertbridge"


async def test_feishu_is_asked_until_it_answers(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(our_bot, "_RETRY_SECONDS", 0.01)
    await product.fail("bot_info_get", "server_error", times=3)
    bot = process(product)

    await bot.find()

    assert (await bot.open_id()).startswith("ou_")


async def test_what_our_own_bot_did_has_no_operator(product: Product) -> None:
    asking, other = process(product), process(product)
    chat, at = ChatId("oc_1"), datetime(2026, 11, 22, tzinfo=UTC)
    by_bob = BotRemoved(event_id="1", at=at, chat_id=chat, operator=OpenId("ou_bob"))
    assert await other.disown(by_bob) is by_bob, "nobody knows who the bot is"
    await asking.find()
    ours = replace(by_bob, operator=await asking.open_id())

    assert await other.disown(ours) == replace(by_bob, operator=None)
    assert await other.disown(by_bob) is by_bob
    entered = P2PEntered(event_id="2", at=at, chat_id=chat, operator=await asking.open_id())
    assert await other.disown(entered) is entered


async def test_a_message_for_somebody_waits_until_the_bot_is_known(product: Product) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]
    content = '{"text":"@_user_1 ack"}'
    mention = {"key": "@_user_1", "id": {"open_id": "ou_x"}, "name": "alertbridge", "mentioned_type": "bot"}
    event = {
        "schema": "2.0",
        "header": {"event_id": "e1", "event_type": "im.message.receive_v1", "create_time": "1795368000000"},
        "event": {
            "sender": {"sender_id": {"open_id": product.id("alice@example.com")}, "sender_type": "user"},
            "message": {
                "message_id": "om_1",
                "chat_id": chat,
                "chat_type": "group",
                "message_type": "text",
                "content": content,
                "mentions": [mention],
            },
        },
    }

    status, problem = await product.post("/feishu/events", msgspec.json.encode(event))

    assert status == 503
    assert "who the bot is" in problem["detail"]
