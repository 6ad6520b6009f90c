"""A webhook that falls silent: what the store saw without waking anybody counts, and the group is asked once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alertbridge.core.incidents.incident import Status
from tests.store_server import StoreServer
from tests.web.service import TEAM, Product, a_team_file, product_on, webhook


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a product whose groups are asked after an hour without a word."""
    file = a_team_file(tmp_path, f"{TEAM}  chat: {{stale_after: 1h}}\n")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as running:
        yield running


async def shown(product: Product) -> str:
    """Names and messages of all groups."""
    return str([(chat["name"], chat["messages"]) for chat in (await product.control("state", "GET"))["chats"]])


async def repeat(product: Product) -> None:
    """The sender says once more what it said."""
    assert (await product.post("/webhooks/alertmanager", webhook("Down")))[0] == 200
    await product.work()


async def test_a_copy_that_says_nothing_new_is_heard_all_the_same(product: Product) -> None:
    await product.fire("Down")
    await product.later(minutes=40)
    await repeat(product)

    await product.later(minutes=40)
    assert "还在发生吗" not in await shown(product)

    await product.later(minutes=21)
    assert "还在发生吗" in await shown(product)
    assert "[stale]" in await shown(product)


async def test_a_copy_brings_a_stale_incident_back_at_once(product: Product) -> None:
    await product.fire("Down")
    incident = await product.only()
    await product.later(minutes=61)
    assert (await product.incident(incident)).stale_at is not None

    await repeat(product)

    assert (await product.incident(incident)).stale_at is None
    await product.later(minutes=2)
    assert "[stale]" not in await shown(product)


async def test_without_a_word_and_without_an_answer_it_is_over_and_a_copy_reopens_it(product: Product) -> None:
    await product.fire("Down")
    incident = await product.only()
    await product.later(minutes=61)
    await product.later(minutes=61)
    assert (await product.incident(incident)).status is Status.RESOLVED
    assert "按策略视为已恢复" in await shown(product)

    await repeat(product)

    assert (await product.incident(incident)).status is Status.FIRING
