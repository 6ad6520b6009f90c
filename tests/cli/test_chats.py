"""`chats`: what an operator sees of the groups, and which of them can be disbanded."""

import asyncio
import json
import os
import pty
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from alertbridge.store.keys import INCIDENT, INSTALL
from tests.cli.processes import Ended, environment, free_port, run
from tests.store_server import StoreServer
from tests.web.service import ALICE, TEAM, Product, a_team_file, an_alert, product_on, webhook

KEEPING = TEAM + "  chat: {on_close: lock}\n"


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process, a worker and a Feishu."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, KEEPING)) as running:
        yield running


def variables_of(product: Product) -> dict[str, str]:
    """The environment of a worker."""
    return {
        "ALERTBRIDGE_REDIS_URL": product.parts.redis_url,
        "ALERTBRIDGE_FEISHU_BASE_URL": product.feishu_url,
        "ALERTBRIDGE_FEISHU_APP_ID": DEFAULT_APP_ID,
        "ALERTBRIDGE_FEISHU_APP_SECRET": DEFAULT_SECRET,
    }


async def ask(product: Product, *words: str, **changes: str) -> Ended:
    return await run("chats", *words, **variables_of(product) | changes)


async def listed(product: Product, *words: str) -> list[dict[str, Any]]:
    ended = await ask(product, *words, "--output", "json")
    assert ended.code == 0, ended.err
    found: list[dict[str, Any]] = json.loads(ended.out)
    return found


async def belongings(product: Product, *words: str) -> list[str]:
    return [one["belongs"] for one in await listed(product, *words)]


async def is_there(product: Product, chat: str) -> bool:
    state = await product.control("state", "GET")
    (found,) = [one for one in state["chats"] if one["chat_id"] == chat]
    return bool(found["status"] == "normal")


async def end(product: Product) -> None:
    """Let the problem end, and everything that follows happen."""
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()
    await product.later(hours=2)
    await product.later(minutes=10)


async def test_the_group_of_an_open_incident_is_listed_and_left_alone(product: Product) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]

    (one,) = await listed(product, "list")
    assert (one["chat_id"], one["belongs"], one["number"], one["incident"]) == (chat, "live", 1, incident)
    assert "Down" in (await ask(product, "list")).out
    assert (await ask(product, "orphans")).out == "There are no orphans.\n"
    refused = await ask(product, "disband", chat, "--yes", "--without-archive")
    assert refused.code == 1
    assert "Close #1 in its group" in refused.err
    assert await is_there(product, chat)


async def test_groups_can_be_found_by_a_part_of_their_name(product: Product) -> None:
    await product.fire("Down")
    await product.fire("Slow", groupKey="another")

    assert [one["number"] for one in await listed(product, "list", "--name", "Slow")] == [2]


async def test_a_kept_group_is_disbanded_once_its_archive_is_there(product: Product) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]
    await end(product)
    assert await belongings(product, "list") == ["kept"]
    assert await listed(product, "orphans") == []

    unasked = await ask(product, "disband", chat)
    assert (unasked.code, "--yes" in unasked.err) == (1, True)
    assert await is_there(product, chat)

    done = await ask(product, "disband", chat, "--yes")
    assert done.code == 0, done.err
    assert "is disbanded" in done.out
    assert not await is_there(product, chat)
    assert await listed(product, "list") == []


async def test_an_orphan_is_disbanded_only_when_its_history_may_be_lost(product: Product, raw: Redis) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]
    await raw.delete(INCIDENT + incident)

    (orphan,) = await listed(product, "orphans")
    assert (orphan["chat_id"], orphan["why"]) == (chat, "no incident in the store")
    refused = await ask(product, "disband", chat, "--yes")
    assert refused.code == 1
    assert "--without-archive" in refused.err
    assert await is_there(product, chat)

    assert (await ask(product, "disband", chat, "--yes", "--without-archive")).code == 0
    assert not await is_there(product, chat)


async def test_groups_of_another_installation_and_of_people_are_never_touched(product: Product, raw: Redis) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]
    lunch = await product.control("act", open_id=product.id(ALICE), action="create_chat", name="Lunch")
    await product.control("act", open_id=product.id(ALICE), action="add_bot", chat_id=lunch["chat_id"])
    await raw.delete(INSTALL)  # the key by which this installation knew its groups

    assert sorted(await belongings(product, "list")) == ["foreign", "unmarked"]
    assert await listed(product, "orphans") == []
    for one in (chat, lunch["chat_id"]):
        assert (await ask(product, "disband", one, "--yes", "--without-archive")).code == 1
        assert await is_there(product, one)


async def test_a_group_that_the_bot_is_not_in_is_told(product: Product) -> None:
    ended = await ask(product, "disband", "oc_nowhere", "--yes")

    assert ended.code == 1
    assert "in no group 'oc_nowhere'" in ended.err
    assert (await ask(product, "list")).out == "The bot is in no group.\n"


async def test_what_it_needs_is_said_where_it_is_missing(product: Product, tmp_path: Path) -> None:
    no_secret = await ask(product, "list", ALERTBRIDGE_FEISHU_APP_SECRET="")
    no_store = await ask(product, "list", ALERTBRIDGE_REDIS_URL="", ALERTBRIDGE_DATA_DIR=str(tmp_path / "none"))
    bad_store = await ask(product, "list", ALERTBRIDGE_REDIS_URL="http://x")
    assert [no_secret.code, no_store.code, bad_store.code] == [2, 2, 2]
    assert "ALERTBRIDGE_FEISHU_APP_SECRET" in no_secret.err
    assert "alertbridge serve" in no_store.err
    assert not (tmp_path / "none").exists()

    wrong = await ask(product, "list", ALERTBRIDGE_FEISHU_APP_SECRET="other")
    away = await ask(product, "list", ALERTBRIDGE_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert [wrong.code, away.code] == [1, 1]
    assert all("Traceback" not in ended.err for ended in (wrong, away, no_secret, no_store, bad_store))


async def at_a_terminal(product: Product, answer: str, *words: str) -> str:
    """Ask on a terminal, type an answer, and return what stood there at the end."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alertbridge",
        "chats",
        *words,
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(variables_of(product)),
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    try:
        said, _ = await process.communicate()
    finally:
        os.close(ours)
    return said.decode()


async def test_on_a_terminal_somebody_is_asked_first(product: Product) -> None:
    incident = await product.fire("Down")
    chat = (await product.chat(incident))["chat_id"]
    await end(product)

    said = await at_a_terminal(product, "n\n", "disband", chat)
    assert f"({chat}; its incident is closed" in said
    assert await is_there(product, chat)

    assert "is disbanded" in await at_a_terminal(product, "y\n", "disband", chat)
    assert not await is_there(product, chat)
