"""Calendars are read by one worker for all; the last good copy stays in force, and what is amiss is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from alertbridge.calendars.errors import Away
from alertbridge.config import CalendarSource, parse_team
from alertbridge.core.checkup import Health
from alertbridge.core.oncall.schedule import on_call
from alertbridge.flows.doctor.calendars import look_at_calendars
from alertbridge.flows.oncall.calendars import name_book
from alertbridge.flows.oncall.gaps import keep_looking_for_gaps
from alertbridge.flows.oncall.reach import keep_checking_people
from alertbridge.flows.oncall.read_calendars import keep_reading_calendars, read_one, read_what_is_due
from alertbridge.flows.rooms.lobbies import open_lobbies
from alertbridge.flows.rooms.lobby_reports import lobbies_of_schedule
from alertbridge.store.keys import CALENDAR_STATES, CALENDARS
from tests.store_server import StoreServer
from tests.web.service import ALICE, BOB, Product, a_team_file, an_alert, product_on

EVERY = timedelta(minutes=15)
TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  bob: {email: bob@example.com}
schedules:
  shared:
    timezone: Asia/Shanghai
    ical: {file: shared.ics}
  private:
    timezone: UTC
    ical: {secret: ops, names: {The Boss: bob}}
lobbies:
  ops: {people: [alice]}
  sales: {people: [alice]}
fallback: [alice]
route:
  lobby: sales
  routes: [{name: ops, matchers: [team="ops"], schedule: shared, lobby: ops}]
"""


def text_of(*titles: str, at: datetime) -> bytes:
    """A calendar with an hour for each, one after the other."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART:{at + timedelta(hours=number):%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{at + timedelta(hours=number + 1):%Y%m%dT%H%M%SZ}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"
        for number, title in enumerate(titles)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n".encode()


class Served:
    """What the private calendar says."""

    def __init__(self) -> None:
        self.body: bytes | None = None

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=404) if self.body is None else web.Response(body=self.body)


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path, served: Served) -> AsyncIterator[Product]:
    """Give a product with lobbies and two calendars, one of them at an address that is a secret."""
    app = web.Application()
    app.router.add_get("/secret-4711.ics", served.answer)
    async with TestServer(app) as server:
        address = SecretStr(str(server.make_url("/secret-4711.ics")))
        file = a_team_file(tmp_path, TEAM)
        async with product_on(
            store_server.url, data_dir=tmp_path, config_file=file, calendars={"ops": address}
        ) as running:
            parts = running.parts
            await open_lobbies(parts.team.current, parts.team.number, parts.feed, parts.clock)
            await running.work()
            yield running


async def now_of(product: Product) -> datetime:
    return await product.runtime.looks.now()


async def who(product: Product, schedule: str) -> tuple[str, ...]:
    rota = product.runtime.rota
    await rota.refresh()
    return on_call(rota.schedules[schedule], await now_of(product)).people


async def posts(product: Product, lobby: str) -> list[str]:
    await product.work()
    state = await product.control("state", "GET")
    (chat,) = [chat for chat in state["chats"] if chat["name"].endswith(lobby)]
    return [
        json.dumps(message["content"], ensure_ascii=False)
        for message in chat["messages"]
        if message["msg_type"] == "post"
    ]


async def test_a_calendar_says_who_is_on_call(product: Product, tmp_path: Path, served: Served) -> None:
    at = await now_of(product)
    (tmp_path / "shared.ics").write_bytes(text_of("On Call - alice", at=at))
    served.body = text_of("the boss", at=at)

    assert await read_one("shared", product.runtime)
    assert await read_one("private", product.runtime)

    assert await who(product, "shared") == ("alice",)
    assert await who(product, "private") == ("bob",)
    assert await posts(product, "ops") == []


async def test_the_last_good_copy_stays_in_force_and_after_an_hour_that_is_told(
    product: Product, tmp_path: Path
) -> None:
    (tmp_path / "shared.ics").write_bytes(text_of("alice", "alice", "alice", at=await now_of(product)))
    await read_one("shared", product.runtime)
    (tmp_path / "shared.ics").write_bytes(b"<html>")

    assert not await read_one("shared", product.runtime)

    assert await who(product, "shared") == ("alice",)
    assert await posts(product, "ops") == []
    await product.later(hours=1, minutes=1)
    assert not await read_one("shared", product.runtime)
    assert not await read_one("shared", product.runtime)
    assert await who(product, "shared") == ("alice",)
    (said,) = await posts(product, "ops")
    assert "BEGIN:VCALENDAR is missing" in said
    assert "still counts" in said


async def test_a_calendar_that_was_never_read_is_told_at_once_and_without_its_address(
    product: Product,
) -> None:
    assert not await read_one("private", product.runtime)

    for lobby in ("ops", "sales"):  # no route uses this schedule: every lobby hears of it
        (said,) = await posts(product, lobby)
        assert "HTTP 404" in said
        assert "secret-4711" not in said
    state = (await product.runtime.calendars.states())["private"]
    assert (state.read_at, state.cause) == (None, "HTTP 404")
    assert await who(product, "private") == ()


async def test_whom_nobody_knows_is_named_in_the_lobby_once_a_day(product: Product, tmp_path: Path) -> None:
    (tmp_path / "shared.ics").write_bytes(text_of("Mallory", "alice", at=await now_of(product)))

    for _ in range(2):
        assert await read_one("shared", product.runtime)

    (said,) = await posts(product, "ops")
    assert "Mallory" in said
    assert (await product.runtime.calendars.states())["shared"].unknown == ("Mallory",)


async def test_one_worker_reads_each_calendar_when_it_is_its_time(product: Product, tmp_path: Path) -> None:
    (tmp_path / "shared.ics").write_bytes(text_of("alice", at=await now_of(product)))
    await read_what_is_due(product.runtime, every=EVERY)
    before = await product.runtime.calendars.states()
    (tmp_path / "shared.ics").write_bytes(text_of("bob", at=await now_of(product)))

    await read_what_is_due(product.runtime, every=EVERY)

    assert await product.runtime.calendars.states() == before
    assert await who(product, "shared") == ("alice",)


async def test_what_a_team_file_does_not_name_any_more_is_forgotten(product: Product, tmp_path: Path) -> None:
    (tmp_path / "shared.ics").write_bytes(text_of("alice", at=await now_of(product)))
    await read_what_is_due(product.runtime, every=EVERY)
    a_team_file(tmp_path, "people: {alice: {email: alice@example.com}}\nroute: {people: [alice]}\n")
    await product.parts.team.reload()

    await read_what_is_due(product.runtime, every=EVERY)

    assert await product.runtime.calendars.states() == {}
    assert await product.runtime.calendars.texts() == {}


async def test_what_a_newer_version_wrote_is_left_out(product: Product) -> None:
    connection = product.parts.connection
    await connection.call("HSET", CALENDARS, "shared", b"newer")
    await connection.call("HSET", CALENDAR_STATES, "of:shared", b"[]", "number", 7)

    assert await product.runtime.calendars.texts() == {}
    assert await product.runtime.calendars.states() == {}
    assert await who(product, "shared") == ()


async def test_doctor_reads_each_calendar_now(product: Product, tmp_path: Path) -> None:
    team, places, at = product.parts.team.current, product.runtime.places, await now_of(product)
    (tmp_path / "shared.ics").write_bytes(text_of("alice", "Mallory", at=at))

    found = await look_at_calendars(team, places, at, files_only=False)
    files = await look_at_calendars(team, places, at, files_only=True)

    assert [(one.name, one.health) for one in found] == [
        ("calendar:shared", Health.BAD),
        ("calendar:private", Health.BAD),
    ]
    assert "Mallory" in found[0].says["en"]
    assert "HTTP 404" in found[1].says["en"]
    assert files == found[:1]
    (tmp_path / "shared.ics").write_bytes(text_of("alice", at=at))
    assert [one.health for one in await look_at_calendars(team, places, at, files_only=True)] == [Health.GOOD]
    (tmp_path / "shared.ics").write_bytes(text_of("alice", at=at).replace(b"UID:0", b"RRULE:FREQ=NEVER"))
    (one,) = await look_at_calendars(team, places, at, files_only=True)
    assert one.health is Health.NOTE


async def test_an_address_that_no_setting_has_is_named(product: Product) -> None:
    with pytest.raises(Away, match="ALERTBRIDGE_CALENDARS has no address named 'other'"):
        await product.runtime.places.load(CalendarSource(secret="other"))


async def test_a_schedule_is_of_the_lobbies_whose_routes_use_it(product: Product) -> None:
    team = product.parts.team.current

    assert lobbies_of_schedule(team, "shared") == ("ops",)
    assert lobbies_of_schedule(team, "private") == ("sales", "ops")


async def test_whoever_the_calendar_names_is_in_the_group_of_an_incident(product: Product, tmp_path: Path) -> None:
    (tmp_path / "shared.ics").write_bytes(text_of("On Call - bob", at=await now_of(product)))
    await read_one("shared", product.runtime)

    chat = await product.chat(await product.fire(an_alert("Down", team="ops")))

    members = {member["id"] for member in chat["members"]}
    assert product.id(BOB) in members
    assert product.id(ALICE) not in members


async def test_a_calendar_that_another_team_file_takes_away_meanwhile_is_nobodys_failure(product: Product) -> None:
    assert await read_one("gone", product.runtime)
    assert await product.runtime.calendars.states() == {}


async def test_workers_keep_calendars_people_and_gaps_in_sight(product: Product, tmp_path: Path) -> None:
    (tmp_path / "shared.ics").write_bytes(text_of("alice", at=await now_of(product)))
    runtime = product.runtime

    working = [
        asyncio.create_task(loop)
        for loop in (
            keep_reading_calendars(runtime, every=EVERY),
            keep_checking_people(runtime),
            keep_looking_for_gaps(runtime),
        )
    ]
    async with asyncio.timeout(20):
        while not (await who(product, "shared") and (await product.parts.gauge.read()).gaps):  # noqa: ASYNC110 - a store
            await asyncio.sleep(0.05)

    for one in working:
        one.cancel()
    assert await runtime.reach.unreachable() == {}


def test_a_name_that_two_people_have_is_nobodys_and_keys_go_before_names() -> None:
    team = parse_team(
        """
people:
  a1: {name: Alex  Li, email: A1@example.com}
  a2: {name: alex li, email: a2@example.com}
  bob: {name: Bobby, email: b@example.com}
  bobby: {email: c@example.com}
route: {people: [a1]}
"""
    )

    book = name_book(team, CalendarSource(file="x.ics", names={"The  Boss": "a2"}, title="x"))

    assert dict(book.by_name) == {"bobby": "bobby", "a1": "a1", "a2": "a2", "bob": "bob", "the boss": "a2"}
    assert book.by_email["a1@example.com"] == "a1"
    assert book.title == "x"
