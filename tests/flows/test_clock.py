"""The store's time, kept going between two looks."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.flows import clock
from alertbridge.flows.clock import StoreClock
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway
from tests.store_server import StoreServer

DAY = timedelta(days=1)


def host_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


async def test_before_the_store_answered_the_hosts_clock_stands_in(connection: Connection) -> None:
    await Clock(connection).advance(DAY)

    assert abs(StoreClock(Clock(connection)).now() - host_now()) < timedelta(hours=1)


async def test_then_it_is_the_stores_time_and_it_goes_on_by_itself(connection: Connection) -> None:
    await Clock(connection).advance(DAY)
    ours = StoreClock(Clock(connection))
    await ours.start()

    first = ours.now()
    assert abs(first - host_now() - DAY) < timedelta(hours=1)
    await asyncio.sleep(0.01)
    assert ours.now() > first


async def test_it_keeps_in_step_and_carries_on_while_the_store_is_away(
    connection: Connection, store_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "SYNC_SECONDS", 0.02)
    ours = StoreClock(Clock(connection))
    await ours.start()
    task = asyncio.create_task(ours.keep_in_step())
    store_server.kill()
    with pytest.raises(StoreAway):
        await ours.start()
    await asyncio.sleep(0.1)
    before = ours.now()
    assert abs(before - host_now()) < timedelta(hours=1)

    store_server.start()
    await Clock(connection).advance(DAY)
    async with asyncio.timeout(20):
        while ours.now() - before < DAY:  # noqa: ASYNC110 - the store says it
            await asyncio.sleep(0.02)
    task.cancel()
