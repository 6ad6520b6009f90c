"""An Alertmanager that does what a test tells it to: for failures, which the real one cannot be asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from alertbridge.upstream.client import Alertmanager, open_alertmanagers

NEVER = "never"
CUT = "cut"

Answer = tuple[int, Any] | str
"""Status and JSON (or text), or how it fails to answer."""


@dataclass
class Fake:
    """One that listens; each path has its answer, and the requests are kept."""

    url: str = ""
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    authorization: str | None = None
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    def says(self, method: str, path: str, status: int, body: Any = None) -> None:
        """Answer so from now on."""
        self.answers[method, f"/api/v2/{path}"] = status, body

    def fails(self, method: str, path: str, how: str) -> None:
        """Fail so from now on."""
        self.answers[method, f"/api/v2/{path}"] = how

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as told."""
        self.asked.append((request.method, request.path))
        self.authorization = request.headers.get("Authorization")
        if request.can_read_body:
            self.bodies.append(await request.json())
        answer = self.answers.get((request.method, request.path), (404, "not found"))
        if answer == NEVER:
            await self.is_over.wait()
        if isinstance(answer, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        status, body = answer
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers={"Location": "/login"} if status == 302 else {})
        return web.json_response(body, status=status)


@asynccontextmanager
async def fakes(count: int) -> AsyncIterator[list[Fake]]:
    """Some of them."""
    there: list[tuple[Fake, web.AppRunner]] = []
    for _ in range(count):
        fake, app = Fake(), web.Application()
        app.router.add_route("*", "/{path:.*}", fake.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        there.append((fake, runner))
    try:
        yield [fake for fake, _ in there]
    finally:
        for fake, runner in there:
            fake.is_over.set()
            await runner.cleanup()


@asynccontextmanager
async def asking(*urls: str, credential: str = "") -> AsyncIterator[Alertmanager]:
    """The client of a cluster."""
    async with open_alertmanagers({"default": credential}) as alertmanagers:
        yield alertmanagers.of("default", urls)
