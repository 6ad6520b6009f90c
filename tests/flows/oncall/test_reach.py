"""Who of the team file cannot be called is counted, and told to the lobbies that it concerns, once a day."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alertbridge.config import parse_team
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.flows.oncall.reach import check_people, find_unreachable
from alertbridge.flows.rooms.lobbies import open_lobbies
from alertbridge.flows.rooms.lobby_reports import lobbies_of_people
from tests.store_server import StoreServer
from tests.web.service import Product, a_team_file, product_on

TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  rita: {name: Rita, email: resigned@example.com}
  oscar: {email: outside@example.com}
  ghost: {open_id: ou_nobody}
schedules:
  weekly:
    timezone: UTC
    layers: [{rotation: weekly, handover: {day: monday, time: "09:00"}, starts: 2020-01-06, people: [rita]}]
lobbies:
  ops: {people: [alice]}
  sales: {people: [alice]}
fallback: [alice]
route:
  lobby: ops
  routes:
    - {name: sales, matchers: [team="sales"], people: [oscar], lobby: sales}
    - {name: weekly, matchers: [team="ops"], schedule: weekly}
"""


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a product whose lobbies are open."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, TEAM)) as running:
        parts = running.parts
        await open_lobbies(parts.team.current, parts.team.number, parts.feed, parts.clock)
        await running.work()
        yield running


async def posts(product: Product, lobby: str) -> list[str]:
    """What was said in a lobby, beside its card."""
    state = await product.control("state", "GET")
    (chat,) = [chat for chat in state["chats"] if chat["name"].endswith(lobby)]
    messages = [message for message in chat["messages"] if message["msg_type"] == "post"]
    return [json.dumps(message["content"], ensure_ascii=False) for message in messages]


async def test_who_left_or_is_out_of_range_is_found(product: Product) -> None:
    found = await find_unreachable(product.parts.feishu, product.parts.team.current)

    assert found == {
        "rita": Unreachable.RESIGNED,
        "oscar": Unreachable.UNKNOWN,
        "ghost": Unreachable.UNKNOWN,
    }


async def test_lobbies_are_told_of_the_people_whom_their_routes_call_once_a_day(product: Product) -> None:
    assert await check_people(product.runtime)
    await product.work()
    assert await check_people(product.runtime)
    await product.work()

    (ops,), (sales,) = await posts(product, "ops"), await posts(product, "sales")
    assert "Rita (left the company)" in ops
    assert "oscar" not in ops
    assert "oscar" in sales
    assert "Rita" not in sales
    assert "ghost" in ops, "whom no route names every lobby hears of"
    await product.later(days=1)
    assert await check_people(product.runtime)
    await product.work()
    assert len(await posts(product, "ops")) == 2


async def test_who_cannot_be_called_is_a_metric(product: Product) -> None:
    await check_people(product.runtime)

    _, text = await product.get("/metrics")

    assert 'alertbridge_people_unreachable{cause="resigned"} 1.0' in text
    assert 'alertbridge_people_unreachable{cause="unknown"} 2.0' in text
    assert 'alertbridge_people_unreachable{cause="frozen"} 0.0' in text
    assert await product.runtime.reach.unreachable() == {"rita": "resigned", "oscar": "unknown", "ghost": "unknown"}


async def test_without_feishu_nothing_is_concluded(product: Product) -> None:
    await check_people(product.runtime)
    await product.fail("user_batch_get_id", "refuse", code=99991672, times=10)

    assert not await check_people(product.runtime)

    assert await product.runtime.reach.unreachable() != {}


def test_a_lobby_that_nobody_needs_hears_nothing() -> None:
    team = parse_team("people: {alice: {email: a@example.com}}\nroute: {people: [alice]}\n")

    assert lobbies_of_people(team, []) == {}
    assert lobbies_of_people(team, ["alice"]) == {"main": ("alice",)}
