"""Whoever is cancelled in the middle of a call to the store stops, at whatever moment it comes."""

import asyncio
import random
from typing import Any

import pytest

from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.errors import StoreAway


async def test_a_cancellation_is_never_forgotten(connection: Connection) -> None:
    chance = random.Random(1)
    finished = 0

    async def ask_often() -> None:
        nonlocal finished
        for _ in range(60):
            await connection.call("EXISTS", "nothing")
        finished += 1

    for _ in range(300):
        asking = asyncio.create_task(ask_often())
        for _ in range(chance.randrange(1, 40)):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])

    assert finished == 0


async def test_after_a_cancelled_call_the_next_one_gets_its_own_answer(connection: Connection) -> None:
    for number in range(100):
        asking = asyncio.create_task(connection.call("ECHO", "for nobody"))
        for _ in range(number % 20):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])

        assert await connection.call("ECHO", number) == str(number).encode()


async def test_a_store_that_does_not_answer_is_given_up(raw: Any, connection: Connection) -> None:
    await connection.call("PING")
    await raw.client_pause(60_000, all=False)  # writes only, or its end would wait too
    try:
        with pytest.raises(StoreAway, match="no answer within"):
            await connection.call("SET", "word", "lost")
    finally:
        await raw.execute_command("CLIENT", "UNPAUSE")


@pytest.mark.parametrize(
    "url",
    [
        "redis://host:6379/1",
        "rediss://host:6379/1",
        "unix:///run/valkey.sock",
        "redis+sentinel://one,two/name/0",
        "rediss+sentinel://one,two/name/0",
    ],
)
async def test_every_kind_of_connection_is_cancellable(url: str) -> None:
    pool = open_pool(url, size=1)

    connection: Any = pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py's own gap

    assert connection.socket_timeout is None, "redis-py's own limit would forget cancellations"
    assert connection._limit_seconds == 2
    await pool.aclose()
