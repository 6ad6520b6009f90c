"""Overrides that people made: kept for all processes, oldest first, each change counted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from alertbridge.core.oncall.override import KeptOverride, Override
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway
from alertbridge.store.keys import OVERRIDES
from alertbridge.store.oncall import Listed, Overrides
from tests.store_server import StoreServer

FIRST = KeptOverride(
    id="01A",
    schedule="payments",
    override=Override(
        people=("bob",),
        starts_at=datetime(2026, 1, 6, 10, tzinfo=UTC),
        ends_at=datetime(2026, 1, 6, 14, tzinfo=UTC),
        instead_of="alice",
    ),
    made_by="爱丽丝",
    made_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
)
SECOND = replace(FIRST, id="01B", schedule="platform")


async def test_what_is_kept_is_listed_oldest_first_and_each_change_counts(connection: Connection) -> None:
    overrides = Overrides(connection)
    assert await overrides.list() == Listed(0, (), ())

    assert await overrides.add(SECOND)
    assert await overrides.add(FIRST)

    assert await overrides.list() == Listed(2, (FIRST, SECOND), ())
    assert await overrides.number() == 2


async def test_an_override_is_kept_once(connection: Connection) -> None:
    overrides = Overrides(connection)
    await overrides.add(FIRST)

    assert not await overrides.add(replace(FIRST, made_by="somebody else"))
    assert (await overrides.list()).overrides == (FIRST,)


async def test_what_is_removed_is_gone(connection: Connection) -> None:
    overrides = Overrides(connection)
    await overrides.add(FIRST)

    assert await overrides.remove(["01A", "01Z"]) == 1
    assert await overrides.remove(["01A"]) == 0
    assert (await overrides.list()).overrides == ()
    assert await overrides.number() == 3


async def test_one_that_cannot_be_read_hides_no_other(connection: Connection, raw: Any) -> None:
    overrides = Overrides(connection)
    await overrides.add(FIRST)
    await raw.hset(OVERRIDES, "01C", '{"id": 1}')

    assert await overrides.list() == Listed(1, (FIRST,), ("01C",))


async def test_without_a_store_that_is_said(connection: Connection, store_server: StoreServer) -> None:
    store_server.kill()

    with pytest.raises(StoreAway):
        await Overrides(connection).list()
