"""The schedules in force: the team file's, and on top of them what people changed, in every process."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.core.oncall.override import KeptOverride, Override
from alertbridge.core.oncall.schedule import on_call
from alertbridge.flows.oncall.rota import Rota
from alertbridge.flows.teams import CurrentTeam
from alertbridge.store.calendars import Calendars
from alertbridge.store.connection import Connection
from alertbridge.store.keys import OVERRIDES
from alertbridge.store.oncall import Overrides
from alertbridge.store.teams import Teams
from tests.store_server import StoreServer

TEAM = """
people: {alice: {open_id: ou_alice}, bob: {open_id: ou_bob}, carol: {open_id: ou_carol}}
schedules:
  payments:
    timezone: UTC
    layers: [{starts: 2026-01-05, people: [alice]}]
    overrides: [{from: 2026-01-06T00:00, to: 2026-01-07T00:00, people: [bob]}]
route: {schedule: payments}
fallback: [alice]
"""
NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)
CAROL = KeptOverride(
    id="01A",
    schedule="payments",
    override=Override(people=("carol",), starts_at=NOON, ends_at=NOON + timedelta(hours=4)),
    made_by="bob",
    made_at=NOON - timedelta(hours=1),
)


async def a_rota(connection: Connection, folder: Path, text: str = TEAM) -> tuple[Rota, CurrentTeam]:
    file = folder / "team.yaml"
    file.write_text(text, encoding="utf-8")
    team = CurrentTeam(Teams(connection), file=file, chat=ChatPolicy())
    await team.start()
    return Rota(Overrides(connection), Calendars(connection), team), team


async def test_what_people_change_lies_on_top_of_the_file_in_every_process(
    connection: Connection, tmp_path: Path
) -> None:
    mine, _ = await a_rota(connection, tmp_path)
    other, _ = await a_rota(connection, tmp_path)
    assert on_call(mine.schedules["payments"], NOON).people == ("bob",)

    assert await mine.add(CAROL, NOON)
    assert not await mine.add(CAROL, NOON)
    await other.refresh()

    assert on_call(mine.schedules["payments"], NOON).people == ("carol",)
    assert on_call(other.schedules["payments"], NOON).people == ("carol",)
    assert other.kept == (CAROL,)


async def test_what_is_taken_back_counts_no_more(connection: Connection, tmp_path: Path) -> None:
    rota, _ = await a_rota(connection, tmp_path)
    await rota.add(CAROL, NOON)

    assert await rota.remove("01A")
    assert not await rota.remove("01A")
    assert on_call(rota.schedules["payments"], NOON).people == ("bob",)


async def test_a_new_team_file_keeps_the_overrides_of_those_whom_it_knows(
    connection: Connection, tmp_path: Path
) -> None:
    rota, team = await a_rota(connection, tmp_path)
    await rota.add(CAROL, NOON)
    await rota.add(replace(CAROL, id="01B", override=replace(CAROL.override, people=("carol", "bob"))), NOON)
    assert on_call(rota.schedules["payments"], NOON).people == ("carol", "bob")

    (tmp_path / "team.yaml").write_text(TEAM.replace(", carol: {open_id: ou_carol}", ""), encoding="utf-8")
    await team.reload()

    assert on_call(rota.schedules["payments"], NOON).people == ("bob",)
    await rota.remove("01B")
    assert on_call(rota.schedules["payments"], NOON).people == ("bob",), "the file's own: nobody knows carol any more"


async def test_overrides_that_are_long_over_are_forgotten(connection: Connection, tmp_path: Path) -> None:
    rota, _ = await a_rota(connection, tmp_path)
    later = replace(CAROL, id="01B", override=replace(CAROL.override, ends_at=NOON + timedelta(days=30)))
    await rota.add(CAROL, NOON)
    await rota.add(later, NOON)

    await rota.add(replace(later, id="01C"), NOON + timedelta(days=32))

    assert [one.id for one in rota.kept] == ["01B", "01C"]


async def test_one_that_cannot_be_read_is_told_and_hides_no_other(
    connection: Connection, tmp_path: Path, raw: Any
) -> None:
    rota, _ = await a_rota(connection, tmp_path)
    await raw.hset(OVERRIDES, "01Z", "?")

    with capture_logs() as said:
        await rota.add(CAROL, NOON)

    assert {"event": "overrides_unreadable", "overrides": ("01Z",), "log_level": "error"} in said
    assert on_call(rota.schedules["payments"], NOON).people == ("carol",)


async def test_a_process_follows_the_others_also_past_an_outage(
    connection: Connection, tmp_path: Path, store_server: StoreServer
) -> None:
    mine, _ = await a_rota(connection, tmp_path)
    other, _ = await a_rota(connection, tmp_path)
    store_server.kill()
    following = asyncio.create_task(other.keep_following())
    try:
        await asyncio.sleep(1.2)
        assert not following.done()
        store_server.start()
        await mine.add(CAROL, NOON)
        async with asyncio.timeout(20):
            while other.kept != (CAROL,):  # noqa: ASYNC110 - the store says it
                await asyncio.sleep(0.02)
    finally:
        following.cancel()
