"""Looks at an Alertmanager: what it holds reaches the incidents; where it cannot be asked, nothing is concluded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.ids import AlertKey, IncidentId
from alertbridge.core.incidents.incident import Status
from alertbridge.core.incidents.upstream import Memory
from alertbridge.flows import look_upstream, metrics
from alertbridge.flows.look_upstream import keep_looking, look
from alertbridge.store.errors import Unreadable
from alertbridge.store.keys import DOUBTS, INCIDENT, SEEN
from alertbridge.store.looks import Looks
from alertbridge.upstream.errors import Away
from alertbridge.upstream.silences import marker
from tests.store_server import StoreServer
from tests.upstream.fake import CUT, NEVER, Fake, fakes
from tests.web.service import TEAM, Product, a_team_file, an_alert, product_on, webhook

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
SECOND = timedelta(seconds=1)


@pytest.fixture
async def replicas() -> AsyncIterator[list[Fake]]:
    """Give a cluster of two that has been up for long and holds nothing."""
    async with fakes(2) as cluster:
        for one in cluster:
            holds(one)
        yield cluster


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path, replicas: list[Fake]) -> AsyncIterator[Product]:
    """Give a product that knows it, and has an incident of two alerts."""
    team = f"{TEAM}alertmanagers: {{default: {{urls: {[one.url for one in replicas]}}}}}\n"
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, team)) as running:
        assert (await running.post("/webhooks/alertmanager", webhook(*ALERTS)))[0] == 200
        await running.work()
        yield running


ALERTS = [an_alert("Down", service="shop"), an_alert("Down", service="mill")]


def holds(alertmanager: Fake, *alerts: Any, started_at: str = LONG_AGO, silences: Any = ()) -> None:
    """Say what it holds."""
    alertmanager.says("GET", "status", 200, {"uptime": started_at})
    alertmanager.says("GET", "alerts", 200, list(alerts))
    alertmanager.says("GET", "silences", 200, list(silences))


async def held(product: Product, service: str, **status: Any) -> dict[str, Any]:
    """One of the alerts, as Alertmanager lists it."""
    incident = await product.incident(await product.only())
    return listed(next(alert for alert in incident.alerts.values() if alert.labels["service"] == service), **status)


def listed(alert: Alert, **status: Any) -> dict[str, Any]:
    """An alert as Alertmanager lists it."""
    return {
        "fingerprint": alert.fingerprint,
        "labels": alert.labels,
        "startsAt": alert.starts_at.isoformat(),
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []} | status,
    }


async def look_twice(product: Product) -> None:
    """Look twice, and let the incidents take what comes of it."""
    for _ in range(2):
        await look("default", product.runtime, resend_delay=SECOND)
        await product.work()


async def test_a_resolve_that_never_arrived_is_found_by_the_second_look(product: Product, replicas: list[Fake]) -> None:
    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))
    await look_twice(product)
    holds(replicas[0])

    await look("default", product.runtime, resend_delay=SECOND)
    await product.work()
    assert (await product.incident(await product.only())).status is Status.FIRING

    await look_twice(product)

    assert (await product.incident(await product.only())).status is Status.RESOLVED


async def test_alerts_of_another_alertmanager_behind_the_same_token_are_not_over(
    product: Product, replicas: list[Fake]
) -> None:
    holds(replicas[0], await held(product, "shop"))
    await look_twice(product)
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", service="pool")))
    await look("default", product.runtime, resend_delay=SECOND)  # what waits in an inbox is not compared
    await product.work()
    holds(replicas[0])

    await look_twice(product)

    assert (await alerts_of(product)) == {"shop": "resolved", "mill": "firing", "pool": "firing"}


async def test_alerts_that_are_held_are_not_over(product: Product, replicas: list[Fake]) -> None:
    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))
    before = await product.incident(await product.only())

    await look_twice(product)

    assert await product.incident(await product.only()) == before


async def test_an_alertmanager_that_was_just_started_is_passed_over(product: Product, replicas: list[Fake]) -> None:
    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))
    await look_twice(product)
    now = await product.runtime.looks.now()
    holds(replicas[0], started_at=now.isoformat())
    holds(replicas[1], await held(product, "shop"))

    await look_twice(product)
    assert (await alerts_of(product)) == {"shop": "firing", "mill": "resolved"}

    holds(replicas[1], started_at=now.isoformat())
    await look_twice(product)
    assert (await alerts_of(product))["shop"] == "firing", "nobody knows all alerts yet"


async def alerts_of(product: Product) -> dict[str, str]:
    incident = await product.incident(await product.only())
    return {alert.labels["service"]: alert.status.value for alert in incident.alerts.values()}


async def test_a_silence_made_there_is_told_in_the_group(product: Product, replicas: list[Fake]) -> None:
    quiet = {"state": "suppressed", "silencedBy": ["s9"]}
    alerts = [await held(product, "shop", **quiet), await held(product, "mill", **quiet)]
    holds(replicas[0], *alerts, silences=[await a_silence(product, id="s9", createdBy="bob", comment="维护")])

    await look_twice(product)

    state = await product.control("state", "GET")
    (chat,) = state["chats"]
    said = str(chat["messages"])
    assert "bob 在 Alertmanager 静默至" in said
    assert "维护。期间不呼叫。" in said
    assert "[silenced]" in chat["name"]


async def test_our_own_silence_is_known_by_its_mark(product: Product, replicas: list[Fake]) -> None:
    incident = await product.only()
    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))
    replicas[0].says("POST", "silences", 200, {"silenceID": "s1"})
    async with product.client.post("/api/v1/incidents/1/silence", json={"seconds": 3600}) as answer:
        assert answer.status == 200
    await product.work()
    there = await a_silence(product, id="s1", comment=marker(incident))
    suppressed = {"state": "suppressed", "silencedBy": ["s1"]}
    alerts = [await held(product, "shop", **suppressed), await held(product, "mill", **suppressed)]
    holds(replicas[0], *alerts, silences=[there])

    await look_twice(product)
    silence = (await product.incident(incident)).silence
    assert silence is not None
    assert silence.until == datetime.fromisoformat(there["endsAt"]), "somebody moved its end"

    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))
    await look_twice(product)
    assert (await product.incident(incident)).silence is None


async def a_silence(product: Product, **changes: Any) -> dict[str, Any]:
    """One of an hour and a half, as Alertmanager lists it."""
    now = await product.runtime.looks.now()
    return {
        "id": "s1",
        "status": {"state": "active"},
        "matchers": [],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(minutes=90)).replace(microsecond=0).isoformat(),
        "createdBy": "x",
        "comment": "x",
    } | changes


async def test_where_nobody_answers_nothing_is_concluded(product: Product, replicas: list[Fake]) -> None:
    for one in replicas:
        one.fails("GET", "alerts", CUT)

    with pytest.raises(Away):
        await look("default", product.runtime, resend_delay=SECOND)

    assert (await product.incident(await product.only())).status is Status.FIRING


async def test_without_an_incident_to_compare_nobody_is_asked(product: Product, replicas: list[Fake]) -> None:
    replicas[0].asked.clear()

    await look("elsewhere", product.runtime, resend_delay=SECOND)
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved", service="shop")))
    await look("default", product.runtime, resend_delay=SECOND)

    assert replicas[0].asked == [], "its inbox holds something: the next look compares"


# -- whose turn it is --------------------------------------------------------------------------------------------------


async def test_one_of_all_workers_looks_and_goes_on_when_nobody_answers(product: Product, replicas: list[Fake]) -> None:
    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))
    every = timedelta(milliseconds=20)
    workers = [asyncio.create_task(keep_looking(product.runtime, every=every, resend_delay=SECOND)) for _ in range(2)]

    await until_counted("done", 3)
    for one in replicas:
        one.fails("GET", "status", CUT)
    await until_counted("away", 2)
    holds(replicas[0])
    await until_counted("done", 1)

    for worker in workers:
        worker.cancel()


async def test_an_incident_that_cannot_be_read_is_left_out_and_told_once(
    product: Product, replicas: list[Fake]
) -> None:
    sound = await product.only()
    await product.post("/webhooks/alertmanager", webhook(an_alert("Slow"), groupKey="other"))
    await product.work()
    (damaged,) = [stored.id for stored in await product.open() if stored.id != sound]
    await product.parts.connection.call("HSET", INCIDENT + damaged, "record", "{")
    holds(replicas[0], *[listed(alert) for alert in (await product.incident(sound)).alerts.values()])
    before = damaged_ones()

    await look_twice(product)
    holds(replicas[0])
    with capture_logs() as logs:
        await look_twice(product)

    assert (await product.incident(sound)).status is Status.RESOLVED
    assert damaged_ones() == before + 1
    assert [line["incident"] for line in logs if line["event"] == "incident_unreadable"] == []


async def test_an_incident_of_a_newer_version_ends_no_loop(product: Product) -> None:
    incident: IncidentId = await product.only()
    await product.parts.connection.call("HSET", INCIDENT + incident, "schema", 99)

    every = timedelta(milliseconds=20)
    worker = asyncio.create_task(keep_looking(product.runtime, every=every, resend_delay=SECOND))
    await until_counted("failed", 2)

    worker.cancel()


async def test_an_alertmanager_that_hangs_keeps_no_other_waiting(
    store_server: StoreServer, tmp_path: Path, replicas: list[Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, sound = replicas
    hung.fails("GET", "status", NEVER)
    names = {"hung": hung.url, "sound": sound.url}
    team = f"{TEAM}alertmanagers: {{{', '.join(f'{name}: {{urls: [{url}]}}' for name, url in names.items())}}}\n"
    tokens = {name: SecretStr(f"{name}-token-of-length-16") for name in names}
    async with product_on(
        store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path, team), ingest_token=tokens
    ) as product:
        for name, token in tokens.items():
            headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
            body = webhook(an_alert(name), groupKey=name)
            assert (await product.post("/webhooks/alertmanager", body, headers=headers))[0] == 200
        await product.work()
        every = timedelta(milliseconds=20)
        worker = asyncio.create_task(keep_looking(product.runtime, every=every, resend_delay=SECOND))
        await until_counted("done", 3)
        assert count("away", "hung") == 0, "it is still waited for"

        worker.cancel()
        await asyncio.wait([worker])
        await Looks(product.parts.connection).end_turn("hung", pause=timedelta())
        monkeypatch.setattr(look_upstream, "LONGEST", timedelta(milliseconds=50))
        worker = asyncio.create_task(keep_looking(product.runtime, every=every, resend_delay=SECOND))
        await until_counted("away", 2)

        worker.cancel()


async def until_counted(outcome: str, more: int) -> None:
    """Wait for so many more looks that came out so."""
    before = count(outcome)
    async with asyncio.timeout(20):
        while True:
            if count(outcome) >= before + more:
                return
            await asyncio.sleep(0.01)


def damaged_ones() -> float:
    """How many damaged incidents were counted."""
    (metric,) = metrics.UNREADABLE.collect()
    return metric.samples[0].value


def count(outcome: str, integration: str | None = None) -> float:
    """How many looks came out so: all, or those at one Alertmanager."""
    (metric,) = metrics.LOOKS.collect()
    found = [
        sample.value
        for sample in metric.samples
        if sample.name.endswith("_total")
        and sample.labels["outcome"] == outcome
        and integration in (None, sample.labels["integration"])
    ]
    return sum(found)


@pytest.mark.parametrize("has_died", [True, False])
async def test_a_turn_is_taken_once_and_comes_again(product: Product, has_died: bool) -> None:
    looks, moment = Looks(product.parts.connection), timedelta(milliseconds=50)
    longest = moment if has_died else timedelta(hours=1)

    turns = await asyncio.gather(*(looks.take_turn("x", longest) for _ in range(5)))
    assert sorted(turns) == [False, False, False, False, True]
    if not has_died:
        await looks.end_turn("x", pause=moment)
    async with asyncio.timeout(20):
        while True:
            if await looks.take_turn("x", moment):
                break
            await asyncio.sleep(0.01)


async def test_what_earlier_looks_found_is_found_anew_where_it_is_damaged(
    product: Product, replicas: list[Fake]
) -> None:
    await product.parts.connection.call("SET", SEEN + "default", "{")
    holds(replicas[0], await held(product, "shop"), await held(product, "mill"))

    await look_twice(product)
    holds(replicas[0])
    await look_twice(product)

    assert (await product.incident(await product.only())).status is Status.RESOLVED


async def test_what_a_look_found_is_kept_for_whoever_looks_next(product: Product) -> None:
    looks = Looks(product.parts.connection)
    assert await looks.memory("x") == Memory()

    found = Memory(doubts=frozenset({"a", "b"}), seen={IncidentId("01"): frozenset({AlertKey("c")})})
    await looks.remember("x", found)
    assert await looks.memory("x") == found

    for key in (DOUBTS, SEEN):
        await looks.remember("x", found)
        await product.parts.connection.call("SET", key + "x", "{")
        with pytest.raises(Unreadable):
            await looks.memory("x")
