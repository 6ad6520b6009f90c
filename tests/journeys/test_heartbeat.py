"""The outward heartbeat of the product as it runs: it stops when the worker does, and comes back with it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from alertbridge.settings import HeartbeatMethod
from alertbridge.store.keys import HEART_TURN
from tests.journeys.stage import OpenStage


@dataclass(slots=True)
class Watcher:
    """The service outside: how often it was called."""

    url: str = ""
    posts: int = 0

    async def take(self, _: web.Request) -> web.Response:
        """Note a call."""
        self.posts += 1
        return web.Response()


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    """Give a service that takes every call."""
    watcher = Watcher()
    app = web.Application()
    app.router.add_post("/ping", watcher.take)
    async with TestServer(app) as server:
        watcher.url = str(server.make_url("/ping"))
        yield watcher


async def test_a_service_outside_is_called_while_everything_works(a_stage: OpenStage, watcher: Watcher) -> None:
    settings = {
        "heartbeat_url": SecretStr(watcher.url),
        "heartbeat_method": HeartbeatMethod.POST,
        "ingest_token": {"prometheus": SecretStr("first secret")},
    }
    async with a_stage(**settings, has_worker=False) as stage:

        async def is_under_way() -> bool:
            return bool(await stage.parts.connection.call("EXISTS", HEART_TURN))

        await stage.until_true(is_under_way)
        assert watcher.posts == 0, "there is no worker yet"
        await stage.start_worker()

        async def was_called() -> bool:
            return watcher.posts == 1

        await stage.until_true(was_called)
        assert not (await stage.scene()).incidents
