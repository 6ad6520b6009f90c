"""A person's minute: one call in it, unless a louder one comes; who comes too late is gathered with others."""

import asyncio
from datetime import timedelta

from alertbridge.core.ids import OpenId
from alertbridge.core.oncall.policy import Way
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.minutes import Minutes

ALICE, BOB = OpenId("ou_alice"), OpenId("ou_bob")


async def later(connection: Connection, seconds: float) -> None:
    await Clock(connection).advance(timedelta(seconds=seconds))


async def test_one_call_is_made_in_a_minute_and_the_next_is_told_when(connection: Connection) -> None:
    minutes = Minutes(connection)
    began = await Clock(connection).now()
    assert await minutes.take(ALICE, Way.APP, "A") is None

    until = await minutes.take(ALICE, Way.APP, "B")

    assert until is not None
    assert timedelta(seconds=59) < until - began < timedelta(seconds=62)
    assert await minutes.take(BOB, Way.APP, "B") is None


async def test_of_those_who_ask_together_one_calls(connection: Connection) -> None:
    minutes = Minutes(connection)

    answers = await asyncio.gather(*(minutes.take(ALICE, Way.APP, f"{number}") for number in range(20)))

    assert answers.count(None) == 1


async def test_who_has_the_minute_goes_on_with_it_and_does_not_make_it_longer(connection: Connection) -> None:
    minutes = Minutes(connection)
    await minutes.take(ALICE, Way.APP, "A")
    before = await minutes.take(ALICE, Way.APP, "B")

    assert await minutes.take(ALICE, Way.SMS, "A") is None
    assert await minutes.take(ALICE, Way.APP, "A") is None

    assert await minutes.take(ALICE, Way.SMS, "B") == before


async def test_a_louder_call_does_not_wait(connection: Connection) -> None:
    minutes = Minutes(connection)
    await minutes.take(ALICE, Way.APP, "A")

    assert await minutes.take(ALICE, Way.PHONE, "B") is None
    assert await minutes.take(ALICE, Way.SMS, "C") is not None


async def test_the_minute_after_is_for_those_who_were_gathered(connection: Connection) -> None:
    minutes = Minutes(connection)
    await minutes.take(ALICE, Way.APP, "A")
    await minutes.take(ALICE, Way.APP, "B")
    assert await minutes.take(ALICE, Way.APP, "all", is_for_all=True) is not None
    await later(connection, 61)

    now = await Clock(connection).now()
    refused = await minutes.take(ALICE, Way.APP, "C")
    assert refused is not None
    assert abs(refused - now) < timedelta(seconds=1)
    assert await minutes.take(ALICE, Way.APP, "all", is_for_all=True) is None

    assert await minutes.take(ALICE, Way.APP, "C") is not None


async def test_once_they_were_called_the_minute_is_anybodys_again(connection: Connection) -> None:
    minutes = Minutes(connection)
    await minutes.take(ALICE, Way.APP, "A")
    await minutes.take(ALICE, Way.APP, "B")
    await later(connection, 61)
    await minutes.take(ALICE, Way.APP, "all", is_for_all=True)
    await later(connection, 61)

    assert await minutes.take(ALICE, Way.APP, "C") is None


async def test_what_nobody_calls_for_any_more_does_not_keep_others_from_calling(connection: Connection) -> None:
    minutes = Minutes(connection)
    await minutes.take(ALICE, Way.PHONE, "A")
    await minutes.take(ALICE, Way.APP, "B")
    await later(connection, 361)

    assert await minutes.take(ALICE, Way.APP, "C") is None
