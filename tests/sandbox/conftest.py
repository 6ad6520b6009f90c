"""A sandbox on loopback whose clock stands still until a test moves it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from alertbridge.sandbox.app import WORLD, build_sandbox, serving
from alertbridge.sandbox.clock import SandboxClock
from tests.sandbox.feishu import Feishu

NOW_MS = 1_800_000_000_000


@pytest.fixture
async def feishu() -> AsyncIterator[Feishu]:
    app = build_sandbox(clock=SandboxClock(lambda: NOW_MS))
    async with serving(app) as url, aiohttp.ClientSession() as session:
        yield await Feishu(session, url, app[WORLD]).sign_in()


@dataclass(slots=True)
class Heard:
    """One request an app was sent."""

    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = msgspec.json.decode(self.raw)
        return body


@dataclass(slots=True)
class Listener:
    """An app's event URL: keeps what it is sent, answers with what `answer` returns (status, JSON body)."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Callable[[Heard], tuple[int, Any]] = lambda heard: (200, {"challenge": heard.body.get("challenge")})

    async def hears(self, number: int) -> list[dict[str, Any]]:
        """Return the events once there are `number` of them."""
        while len(self.events) < number:
            await self.arrived.wait()
            self.arrived.clear()
        return self.events

    async def handle(self, request: web.Request) -> web.Response:
        heard = Heard(dict(request.headers), await request.read())
        self.heard.append(heard)
        self.arrived.set()
        status, body = self.answer(heard)
        return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [heard.body for heard in self.heard if heard.body.get("type") != "url_verification"]

    @property
    def types(self) -> list[str]:
        return [event["header"]["event_type"] if "header" in event else event["event"]["type"] for event in self.events]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listening = Listener()
    app = web.Application()
    app.router.add_post("/events", listening.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    yield listening
    await runner.cleanup()
