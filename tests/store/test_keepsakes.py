"""Small things that are kept: people, pictures, the team file, the install's key, archives, the clock."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core.chats.archive import ArchivedMessage
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.store.archive import Archive
from alertbridge.store.avatars import Avatars
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway, Unreadable
from alertbridge.store.install import install_key
from alertbridge.store.keys import ARCHIVE, INCIDENT, TEAM
from alertbridge.store.people import People
from alertbridge.store.teams import Teams, TeamText
from tests.store.world import STARTED, A
from tests.store_server import StoreServer

DAY = timedelta(days=1)


async def test_people_are_remembered_for_a_while_and_by_app(connection: Connection, raw: Any) -> None:
    ours, theirs = People(connection, "cli_1"), People(connection, "cli_2")
    await ours.remember({"email:王@example.com": OpenId("ou_1"), "mobile:+86 1": OpenId("ou_2")}, keep=DAY)

    found = await ours.known(["email:王@example.com", "email:new@example.com"])

    assert found == {"email:王@example.com": "ou_1"}
    assert await theirs.known(["email:王@example.com"]) == {}
    (key, *_) = await raw.keys("ab:people:*")
    assert 86_000 < await raw.ttl(key) <= 86_400


async def test_nobody_needs_no_store(connection: Connection, store_server: StoreServer) -> None:
    store_server.kill()

    assert await People(connection, "cli_1").known([]) == {}
    await People(connection, "cli_1").remember({}, keep=DAY)
    await Archive(connection).add(A, [])


async def test_pictures_are_remembered_by_app(connection: Connection) -> None:
    await Avatars(connection, "cli_1").remember("p1", "img_v3")

    assert await Avatars(connection, "cli_1").all() == {"p1": "img_v3"}
    assert await Avatars(connection, "cli_2").all() == {}


async def test_the_installs_key_is_made_once(connection: Connection) -> None:
    keys = await asyncio.gather(*[install_key(connection) for _ in range(8)])

    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_an_accepted_team_file_gets_the_next_number_and_is_announced(connection: Connection, raw: Any) -> None:
    teams = Teams(connection)
    assert (await teams.number(), await teams.get()) == (0, None)
    async with raw.pubsub() as ears:
        await ears.subscribe(TEAM)
        await ears.get_message(timeout=5)
        assert await teams.accept("route: {name: 根}") == TeamText(1, "route: {name: 根}")
        assert (await ears.get_message(timeout=5))["channel"] == TEAM.encode()

    assert await teams.accept("route: {}") == TeamText(2, "route: {}")
    assert (await teams.number(), await teams.get()) == (2, TeamText(2, "route: {}"))


async def test_the_same_team_file_keeps_its_number(connection: Connection) -> None:
    teams = Teams(connection)
    await teams.accept("route: {}")

    assert await teams.accept("route: {}") == TeamText(1, "route: {}")


def a_message(n: int) -> ArchivedMessage:
    at = STARTED + timedelta(seconds=n)
    return ArchivedMessage(id=MessageId(f"om_{n}"), at=at, by="ou_1", kind="text", text=f"第 {n} 条")


async def test_p6_pages_that_overlap_or_come_twice_are_read_back_once_and_in_order(connection: Connection) -> None:
    archive = Archive(connection)
    messages = [a_message(n) for n in range(10)]
    await archive.add(A, messages[5:8])
    await archive.add(A, messages[:5])
    await archive.add(A, messages[:6])
    await archive.add(A, messages[7:])

    assert await archive.messages(A) == tuple(messages)


async def test_an_archive_of_nothing_is_empty(connection: Connection) -> None:
    assert await Archive(connection).messages(A) == ()


async def test_an_archive_takes_little_room(connection: Connection, raw: Any) -> None:
    await Archive(connection).add(A, [a_message(n) for n in range(50)])

    (page,) = await raw.hvals(ARCHIVE + A)
    assert len(page) < 50 * 20


async def test_a_damaged_page_is_told_as_such(connection: Connection, raw: Any) -> None:
    await raw.hset(ARCHIVE + A, "om_1", b"not compressed")

    with pytest.raises(Unreadable, match=A):
        await Archive(connection).messages(A)


async def test_an_export_is_noted(connection: Connection, raw: Any) -> None:
    await Archive(connection).mark_exported(A)

    assert await raw.hget(INCIDENT + A, "exported") == b"1"


async def test_the_clock_is_the_stores_and_can_be_played(connection: Connection, raw: Any) -> None:
    clock = Clock(connection)
    seconds, _ = await raw.time()
    before = await clock.now()
    assert abs(before.timestamp() - seconds) < 60

    await clock.advance(timedelta(hours=5))
    await clock.advance(timedelta(hours=5))

    assert timedelta(hours=10) <= await clock.now() - before < timedelta(hours=10, minutes=1)


async def test_without_a_store_nothing_is_made_up(connection: Connection, store_server: StoreServer) -> None:
    store_server.kill()

    for asked in (
        Clock(connection).now(),
        Teams(connection).get(),
        install_key(connection),
        People(connection, "cli_1").known(["email:a"]),
        Avatars(connection, "cli_1").all(),
        Archive(connection).messages(A),
    ):
        with pytest.raises(StoreAway):
            await asked
