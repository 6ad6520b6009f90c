"""The outward heartbeat: sent while every part of the path works, and not when any of them does not."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import REGISTRY
from pydantic import SecretStr
from structlog.testing import capture_logs
from ulid import ULID

from alertbridge.core.ids import EntryId, JobId
from alertbridge.core.rooms.room import PULSE_ROOM
from alertbridge.flows.heartbeat import LABEL, answer_pulses, heartbeat_body, take_pulse
from alertbridge.flows.reconcile import NotOurs
from alertbridge.store.keys import BUSY, HEART_TURN, INBOX
from alertbridge.web.heartbeat import Heart, Monitor, open_heart
from tests.store_server import StoreServer
from tests.web.service import NOWHERE, Product, a_team_file, an_alert, product_on, settings_for, webhook

MINUTE = timedelta(minutes=1)
SECRET = "/ping/0123-secret-4567"


@dataclass(slots=True)
class Watcher:
    """The service outside: what it was called with, and what it answers."""

    answers: int = 200
    location: str = ""
    calls: list[str] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """Note a call."""
        self.calls.append(f"{request.method} {request.path}")
        return web.Response(status=self.answers, headers={"Location": self.location} if self.location else {})


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    """Give a service that takes every call."""
    watcher = Watcher()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", watcher.take)
    async with TestServer(app) as server:
        watcher.url = str(server.make_url(SECRET))
        yield watcher


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path, watcher: Watcher) -> AsyncIterator[Product]:
    """Give a product that it watches."""
    team_file = a_team_file(tmp_path)
    url = SecretStr(watcher.url)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=team_file, heartbeat_url=url) as running:
        yield running


@asynccontextmanager
async def a_heart(
    product: Product, *, door: str = "", token: str = "", url: str = "", method: str = "GET", patience: float = 10
) -> AsyncIterator[Heart]:
    """The heart of a product."""
    monitor = Monitor(url=url or product.parts.settings.heartbeat_url.get_secret_value(), method=method)
    door = door or str(product.client.make_url("/webhooks/alertmanager"))
    async with open_heart(
        door=door, token=token, monitor=monitor, heartbeats=product.parts.heartbeats, worker_seconds=patience
    ) as heart:
        yield heart


@asynccontextmanager
async def a_worker(product: Product) -> AsyncIterator[None]:
    """Work as long as the block lasts."""

    async def work() -> None:
        while True:
            await product.work()
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    yield
    working.cancel()


async def beat(heart: Heart) -> list[MutableMapping[str, Any]]:
    """Send one, whoever had the turn; what was logged of it."""
    await heart.heartbeats._connection.call("DEL", HEART_TURN)
    with capture_logs() as logged:
        await heart.beat_in_turn(MINUTE)
    return [line for line in logged if line["event"].startswith("heartbeat")]


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("alertbridge_heartbeats_total", {"outcome": outcome}) or 0


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_it_is_sent_after_it_went_the_whole_way(product: Product, watcher: Watcher, method: str) -> None:
    before = counted("sent")
    async with a_heart(product, method=method) as heart, a_worker(product):
        assert await beat(heart) == []

    assert watcher.calls == [f"{method} {SECRET}"]
    assert counted("sent") == before + 1
    assert await product.open() == (), "it is no incident"
    assert await product.parts.connection.call("LLEN", INBOX + PULSE_ROOM) == 0


async def test_one_of_all_processes_sends_it_once_in_its_time(product: Product, watcher: Watcher) -> None:
    async with a_heart(product) as heart, a_heart(product) as another, a_worker(product):
        await asyncio.gather(*(one.beat_in_turn(MINUTE) for one in (heart, another, heart)))

    assert len(watcher.calls) == 1


async def test_it_goes_on_by_itself(product: Product, watcher: Watcher) -> None:
    async with a_heart(product) as heart, a_worker(product):
        beating = asyncio.create_task(heart.keep_beating(timedelta(milliseconds=20)))
        async with asyncio.timeout(20):
            while True:
                if len(watcher.calls) >= 3:
                    break
                await asyncio.sleep(0.01)
        beating.cancel()


# -- not when a part is broken -----------------------------------------------------------------------------------------


async def test_not_without_a_worker(product: Product, watcher: Watcher) -> None:
    before = counted("worker")
    async with a_heart(product, patience=0.1) as heart:
        (line,) = await beat(heart)

    assert watcher.calls == []
    assert (line["part"], line["cause"]) == ("worker", "no worker took it up within 0.1 s")
    assert counted("worker") == before + 1


async def test_a_worker_that_comes_late_answers_only_the_newest(product: Product, watcher: Watcher) -> None:
    async with a_heart(product, patience=0.1) as heart:
        for _ in range(3):
            await beat(heart)
        before = (await product.control("state", "GET"))["operations"].get("bot_info_get", 0)
        await product.work()
        assert (await product.control("state", "GET"))["operations"]["bot_info_get"] == before + 1
    async with a_heart(product) as heart, a_worker(product):
        assert await beat(heart) == []

    assert len(watcher.calls) == 1


@pytest.mark.parametrize("kind", ["server_error", "rate_limited"])
async def test_not_while_feishu_does_not_answer(product: Product, watcher: Watcher, kind: str) -> None:
    await product.fail("bot_info_get", kind, times=10)
    async with a_heart(product) as heart, a_worker(product):
        (line,) = await beat(heart)
        assert watcher.calls == []
        assert line["part"] == "feishu"
        assert line["cause"]

        await product.control("faults", "DELETE")
        assert await beat(heart) == []
    assert len(watcher.calls) == 1


async def test_not_while_the_store_is_away(product: Product, watcher: Watcher, store_server: StoreServer) -> None:
    before = counted("store")
    async with a_heart(product) as heart:
        await heart.heartbeats._connection.call("DEL", HEART_TURN)
        store_server.kill()
        with capture_logs() as logged:
            await heart.beat_in_turn(MINUTE)

    assert watcher.calls == []
    assert [line["part"] for line in logged if line["event"] == "heartbeat_stopped"] == ["store"]
    assert counted("store") == before + 1


async def test_not_while_the_door_takes_nothing(product: Product, watcher: Watcher) -> None:
    async with a_heart(product, door=NOWHERE) as heart:
        (line,) = await beat(heart)
        assert (line["part"], line["cause"]) == ("door", "Connection refused")
    async with a_heart(product, door=str(product.client.make_url("/webhooks/alertmanager/nowhere"))) as heart:
        (line,) = await beat(heart)
        assert line["part"] == "door"
        assert "404" in line["cause"]
    assert watcher.calls == []


async def test_a_door_that_says_503_has_no_store(store_server: StoreServer, tmp_path: Path, watcher: Watcher) -> None:
    watcher.answers = 503
    team_file = a_team_file(tmp_path)
    async with (
        product_on(store_server.url, data_dir=tmp_path, config_file=team_file) as product,
        a_heart(product, door=watcher.url, url=watcher.url) as heart,
    ):
        (line,) = await beat(heart)

    assert line["part"] == "store"


async def test_the_token_is_shown_at_the_door(store_server: StoreServer, tmp_path: Path, watcher: Watcher) -> None:
    settings: dict[str, Any] = {
        "ingest_token": {"prometheus": SecretStr("first secret")},
        "heartbeat_url": SecretStr(watcher.url),
    }
    team_file = a_team_file(tmp_path)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=team_file, **settings) as product:
        async with a_heart(product, token="wrong") as heart:
            (line,) = await beat(heart)
            assert line["part"] == "door"
        async with a_heart(product, token="first secret") as heart, a_worker(product):
            assert await beat(heart) == []

    assert len(watcher.calls) == 1


# -- the service outside -----------------------------------------------------------------------------------------------


async def test_a_redirect_is_not_followed_and_the_address_is_never_logged(product: Product, watcher: Watcher) -> None:
    watcher.answers, watcher.location = 302, "/elsewhere"
    async with a_heart(product) as heart, a_worker(product):
        (line,) = await beat(heart)

    assert watcher.calls == [f"GET {SECRET}"]
    assert line["cause"] == "it answered 302: write the address it leads to"
    assert line["monitor"] == "127.0.0.1"
    assert "secret" not in str(line)


async def test_a_service_that_is_away_or_refuses_is_said(product: Product, watcher: Watcher) -> None:
    before = counted("monitor")
    async with a_heart(product, url=NOWHERE + SECRET) as heart, a_worker(product):
        (line,) = await beat(heart)
        assert (line["part"], line["cause"]) == ("monitor", "Connection refused")
    watcher.answers = 404
    async with a_heart(product) as heart, a_worker(product):
        (line,) = await beat(heart)
        assert line["cause"] == "it answered 404"

    assert counted("monitor") == before + 2


@pytest.mark.parametrize("path", ["http://", "ftp://host/x", "host/x"])
async def test_what_is_no_address_is_refused_at_the_start(path: str) -> None:
    with pytest.raises(ValueError, match="write a whole address"):
        settings_for(heartbeat_url=SecretStr(path))


# -- what is no heartbeat ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "alerts",
    [
        [an_alert("Down", **{LABEL: "no id"})],
        [an_alert("Down", **{LABEL: "0" * 26}), an_alert("Up")],
        [an_alert("Down")],
    ],
)
async def test_what_only_looks_like_one_is_an_alert(product: Product, alerts: list[object]) -> None:
    await product.post("/webhooks/alertmanager", webhook(*alerts))

    assert len(await product.open()) == 1


async def test_where_no_service_waits_nothing_is_a_heartbeat(store_server: StoreServer, tmp_path: Path) -> None:
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as product:
        body = heartbeat_body(EntryId(str(ULID())))
        async with product.client.post("/webhooks/alertmanager", json=body) as answer:
            assert answer.status == 200

        assert len(await product.open()) == 1


async def test_a_job_that_was_overtaken_answers_nothing(product: Product) -> None:
    await take_pulse(EntryId("0" * 26), product.parts.feed, product.parts.clock.now())
    assert await product.parts.connection.call("HEXISTS", BUSY, PULSE_ROOM)

    with pytest.raises(NotOurs):
        await answer_pulses(JobId("another"), product.runtime)

    assert await product.parts.heartbeats.answer_to(EntryId("0" * 26)) is None
