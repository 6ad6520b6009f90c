"""Watchdogs: what is heard opens nothing; what is silent opens an incident, which ends when it is heard again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from alertbridge.core.alerts.watchdog import INTEGRATION
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.flows.watchdogs import keep_listening, keep_watch, watch
from alertbridge.store.clock import Clock
from alertbridge.store.keys import LISTENING, WATCHES
from alertbridge.store.watchdogs import Watchdogs
from tests.store_server import StoreServer
from tests.web.service import TEAM, Product, a_team_file, an_alert, product_on, push, webhook

WATCHED = TEAM + "watchdogs: {prometheus: {every: 5m}}\n"
SENT = "/webhooks/alertmanager"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a product that expects a watchdog, and whose door is open."""
    team_file = a_team_file(tmp_path, WATCHED)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=team_file) as running:
        await look(running)
        yield running


async def look(product: Product) -> None:
    """Look once with an open door, and do what comes of it."""
    await product.runtime.watchdogs.beat()
    await watch(product.runtime)
    await product.work()


async def pass_time(product: Product, by: timedelta) -> None:
    """Let time pass, and look."""
    await Clock(product.parts.connection).advance(by)
    await product.parts.clock.start()
    await look(product)


async def bark(product: Product, *others: object) -> None:
    """Let the watchdog be heard, with other alerts beside it."""
    status, said = await product.post(SENT, webhook("Watchdog", *others))
    assert status == 200, said


async def only_incident(product: Product) -> Incident:
    return await product.incident(await product.only())


async def test_a_watchdog_that_is_heard_opens_nothing(product: Product) -> None:
    for _ in range(3):
        await bark(product)
        await pass_time(product, 4 * MINUTE)

    assert await product.open() == ()


async def test_alerts_beside_it_are_stored(product: Product) -> None:
    await bark(product, "Down")
    await product.work()

    assert [alert.name for alert in (await only_incident(product)).alerts.values()] == ["Down"]


async def test_a_resolved_watchdog_is_no_sign_of_life(product: Product) -> None:
    await pass_time(product, 4 * MINUTE)
    await bark(product, an_alert("Watchdog", "resolved"))
    await product.post(SENT, webhook(an_alert("Watchdog", "resolved")))

    (standing,) = (await product.get("/api/v1/watchdogs"))[1]["watchdogs"]
    assert standing["quiet_seconds"] < 60
    assert await product.open() == ()


async def test_a_watchdog_that_never_comes_is_reported_after_an_interval(product: Product) -> None:
    await pass_time(product, 4 * MINUTE)
    assert await product.open() == ()

    await pass_time(product, MINUTE)

    incident = await only_incident(product)
    (alert,) = incident.alerts.values()
    assert alert.labels == {
        "alertname": "WatchdogSilent",
        "watchdog": "prometheus",
        "sender": "default",
        "severity": "critical",
    }
    assert "等了 5 分钟仍从未到达" in alert.annotations["summary"]
    assert incident.opening.integration == INTEGRATION
    assert incident.chat is not None, "its group is made like any other"


async def test_silence_is_an_incident_until_it_is_heard_again(product: Product) -> None:
    await bark(product)
    await pass_time(product, 6 * MINUTE)
    incident = await only_incident(product)
    assert incident.status is Status.FIRING
    assert "已 6 分钟没有消息" in next(iter(incident.alerts.values())).annotations["summary"]

    await pass_time(product, 3 * timedelta(hours=1))
    assert (await only_incident(product)).status is Status.FIRING, "telling it again opens nothing"

    await bark(product)
    await look(product)
    assert (await only_incident(product)).status is Status.RESOLVED

    await pass_time(product, 4 * MINUTE)
    assert (await only_incident(product)).status is Status.RESOLVED
    await pass_time(product, 2 * MINUTE)
    assert (await only_incident(product)).status is Status.FIRING, "the next silence reopens it while it cools"


async def test_a_silence_that_goes_on_opens_another_incident_after_the_first_is_closed(product: Product) -> None:
    await pass_time(product, 6 * MINUTE)
    for verb in ("resolve", "close"):
        assert (await product.post("/api/v1/incidents/1/" + verb))[0] == 200
        await product.work()
    await product.later(minutes=5)
    assert await product.open() == ()

    await pass_time(product, timedelta(hours=1))

    assert [stored.number for stored in await product.open()] == [2]


async def test_a_sender_of_another_name_is_not_heard_for_it(product: Product) -> None:
    team = WATCHED.replace("every: 5m", "every: 5m, senders: [eu, us]")
    (product.parts.settings.config_file or Path()).write_text(team, encoding="utf-8")
    await product.parts.team.reload()
    await look(product)

    await bark(product)  # of `default`: an alert like any other
    await product.work()
    assert [stored.number for stored in await product.open()] == [1]
    await pass_time(product, 6 * MINUTE)

    standings = (await product.get("/api/v1/watchdogs"))[1]["watchdogs"]
    assert [(one["sender"], one["is_silent"], one["heard_at"]) for one in standings] == [
        ("eu", True, None),
        ("us", True, None),
    ]
    assert len(await product.open()) == 3, "one for each sender"


async def test_a_push_is_heard_too(product: Product) -> None:
    await pass_time(product, 4 * MINUTE)
    assert (await product.post("/api/v2/alerts", push("Watchdog")))[0] == 200
    await pass_time(product, 2 * MINUTE)

    assert await product.open() == ()


async def test_a_watchdog_that_the_team_file_does_not_name_any_more_is_over(product: Product) -> None:
    await pass_time(product, 6 * MINUTE)
    assert (await only_incident(product)).status is Status.FIRING

    (product.parts.settings.config_file or Path()).write_text(TEAM, encoding="utf-8")
    await product.parts.team.reload()
    await look(product)

    assert (await only_incident(product)).status is Status.RESOLVED
    assert await product.parts.connection.call("HLEN", WATCHES) == 0
    assert (await product.get("/api/v1/watchdogs"))[1] == {"watchdogs": []}
    await bark(product)
    await product.work()
    assert len(await product.open()) == 2, "it is an alert like any other now"


# -- our own pauses ----------------------------------------------------------------------------------------------------


async def test_while_no_door_is_open_nobody_is_blamed_and_then_each_has_a_whole_interval(product: Product) -> None:
    connection = product.parts.connection
    await connection.call("HSET", LISTENING, "beat", 1)
    await Clock(connection).advance(timedelta(hours=2))
    await watch(product.runtime)
    assert await product.open() == ()

    await look(product)
    await pass_time(product, 4 * MINUTE)
    assert await product.open() == ()
    await pass_time(product, MINUTE)

    assert len(await product.open()) == 1


async def test_time_in_which_a_door_was_open_adds_up(product: Product) -> None:
    connection = product.parts.connection
    before = await product.runtime.watchdogs.look_out()
    assert before.listening is not None

    await connection.call("HINCRBY", LISTENING, "beat", -3000)
    await product.runtime.watchdogs.beat()

    after = await product.runtime.watchdogs.look_out()
    assert after.listening is not None
    assert after.listening.since == before.listening.since
    assert after.listening.total - before.listening.total >= timedelta(seconds=3)


async def test_an_alarm_outlives_whoever_raised_it_before_it_was_told(product: Product) -> None:
    """Killed between keeping the alarm and storing its alert: the next look tells it."""
    await Clock(product.parts.connection).advance(6 * MINUTE)
    await product.runtime.watchdogs.beat()
    lookout = await product.runtime.watchdogs.look_out()
    (post,) = lookout.watches
    await product.parts.connection.call(
        "HSET",
        WATCHES,
        b'["prometheus","default"]',
        b'{"since":"2026-11-22T09:00:00Z","alarm":{"began_at":"2026-11-22T09:05:00Z","last_heard_at":null,'
        b'"labels":{"alertname":"WatchdogSilent","watchdog":"prometheus"}}}',
    )
    assert post == ("prometheus", "default")

    await look(product)

    assert (await only_incident(product)).status is Status.FIRING
    await bark(product)
    await look(product)
    assert (await only_incident(product)).status is Status.RESOLVED


# -- whose turn it is --------------------------------------------------------------------------------------------------


async def test_one_whose_record_is_damaged_is_expected_anew_and_keeps_nobody_from_the_others(product: Product) -> None:
    await product.parts.connection.call("HSET", WATCHES, b'["prometheus","default"]', b"{")

    await watch(product.runtime)

    assert list((await product.parts.watchdogs.look_out()).watches) == [("prometheus", "default")]


async def test_one_of_all_workers_looks_again_and_again(product: Product) -> None:
    every = timedelta(milliseconds=20)
    loops = [asyncio.create_task(keep_watch(product.runtime, every=every)) for _ in range(2)]
    loops.append(asyncio.create_task(keep_listening(product.parts.watchdogs, product.parts.team)))

    await asyncio.sleep(0.1)
    await product.parts.connection.call("DEL", WATCHES)
    async with asyncio.timeout(20):
        while True:
            if await product.parts.connection.call("HLEN", WATCHES):
                break
            await asyncio.sleep(0.01)

    for loop in loops:
        loop.cancel()


async def test_a_turn_is_taken_once(product: Product) -> None:
    watchdogs = Watchdogs(product.parts.connection)

    turns = await asyncio.gather(*(watchdogs.take_turn(MINUTE) for _ in range(5)))

    assert sorted(turns) == [False, False, False, False, True]


# -- what is told of them ----------------------------------------------------------------------------------------------


async def test_metrics_say_how_long_each_is_quiet(product: Product) -> None:
    await pass_time(product, 2 * MINUTE)

    _, text = await product.get("/metrics")
    labels = '{sender="default",watchdog="prometheus"}'
    assert f"alertbridge_watchdog_silent{labels} 0.0" in text
    assert f"alertbridge_watchdog_last_heard_seconds{labels} 12" in text

    await pass_time(product, 4 * MINUTE)
    assert f"alertbridge_watchdog_silent{labels} 1.0" in (await product.get("/metrics"))[1]
