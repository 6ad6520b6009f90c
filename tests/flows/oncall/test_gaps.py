"""Gaps ahead are counted, and told once a week to the lobbies whose routes call the schedule."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertbridge.core.oncall.reach import Unreachable
from alertbridge.flows.oncall.gaps import look_for_gaps
from alertbridge.flows.oncall.read_calendars import read_one
from alertbridge.flows.rooms.lobbies import open_lobbies
from alertbridge.store.clock import Clock
from tests.store_server import StoreServer
from tests.web.service import Product, a_team_file, product_on

WEDNESDAY = datetime(2026, 7, 1, 4, tzinfo=UTC)
TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  bob: {email: bob@example.com}
schedules:
  office:
    timezone: Asia/Shanghai
    layers: [{starts: 2020-01-06, people: [alice], only: [{days: workdays}]}]
  round:
    timezone: Asia/Shanghai
    layers: [{starts: 2020-01-06, people: [alice, bob]}]
lobbies:
  ops: {people: [alice]}
  sales: {people: [alice]}
fallback: [alice]
escalation_policies:
  loud: {steps: [{after: 0s, who: ["schedule:round"], via: [card]}]}
route:
  lobby: sales
  escalation: loud
  links: {on_call: "https://wiki.example/oncall"}
  routes: [{name: ops, matchers: [team="ops"], schedule: office, lobby: ops}]
"""


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a product with lobbies, on a Wednesday at noon."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, TEAM)) as running:
        parts, clock = running.parts, Clock(running.parts.connection)
        await clock.advance(WEDNESDAY - await clock.now())
        await parts.clock.start()
        await open_lobbies(parts.team.current, parts.team.number, parts.feed, parts.clock)
        await running.work()
        yield running


async def posts(product: Product, lobby: str) -> list[str]:
    await product.work()
    state = await product.control("state", "GET")
    (chat,) = [chat for chat in state["chats"] if chat["name"].endswith(lobby)]
    return [
        json.dumps(message["content"], ensure_ascii=False)
        for message in chat["messages"]
        if message["msg_type"] == "post"
    ]


async def test_gaps_are_told_once_a_week_to_the_lobbies_that_they_concern(product: Product) -> None:
    for _ in range(2):
        await look_for_gaps(product.runtime)

    (said,) = await posts(product, "ops")
    assert "2 gaps on call in the next 14 days: office 07-04 00:00 (UTC+8) to 07-06 00:00 (UTC+8), office 07-11" in said
    assert "https://wiki.example/oncall" in said
    assert await posts(product, "sales") == []
    await product.later(days=4, hours=21)  # Monday, 09:00
    await look_for_gaps(product.runtime)
    assert len(await posts(product, "ops")) == 1
    await product.later(hours=2)
    await look_for_gaps(product.runtime)
    assert len(await posts(product, "ops")) == 2


async def test_shifts_of_people_who_cannot_be_called_are_gaps(product: Product) -> None:
    await product.runtime.reach.keep_unreachable({"bob": Unreachable.RESIGNED})

    await look_for_gaps(product.runtime)

    (said,) = await posts(product, "sales")
    assert "round" in said
    assert "(bob cannot be called)" in said


async def test_gaps_are_a_metric(product: Product) -> None:
    await look_for_gaps(product.runtime)

    _, text = await product.get("/metrics")

    assert 'alertbridge_schedule_gaps{schedule="office"} 2.0' in text
    assert 'alertbridge_schedule_gaps{schedule="round"} 0.0' in text


async def test_where_no_gap_is_ahead_nothing_is_said(product: Product, tmp_path: Path) -> None:
    a_team_file(tmp_path, TEAM.replace(", only: [{days: workdays}]", ""))
    await product.parts.team.reload()

    await look_for_gaps(product.runtime)

    assert await posts(product, "ops") == await posts(product, "sales") == []


async def test_a_calendar_that_was_never_read_is_no_gap_yet(product: Product, tmp_path: Path) -> None:
    layers = "layers: [{starts: 2020-01-06, people: [alice], only: [{days: workdays}]}]"
    a_team_file(tmp_path, TEAM.replace(layers, "ical: {file: office.ics}"))
    await product.parts.team.reload()

    await look_for_gaps(product.runtime)

    assert await posts(product, "ops") == []
    (tmp_path / "office.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    before = product.runtime.rota.version
    await read_one("office", product.runtime)
    await look_for_gaps(product.runtime)
    assert product.runtime.rota.version != before
    assert len(await posts(product, "ops")) == 1
