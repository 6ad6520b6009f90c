"""The control API as the page uses it, with a state and answers that a test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from alertbridge.sandbox.page import add_page
from tests.sandbox_page.builders import JsonObject, a_state


class FakeSandbox:
    """Serves `state`, announces changes, and keeps what the page posted to each path."""

    def __init__(self) -> None:
        self.url = ""
        self.state: JsonObject = a_state()
        self.is_failing = False
        self.toast: JsonObject | None = None
        self.callback_status = 200
        self.client_error: int | None = None
        self.posted: dict[str, list[Any]] = {}
        self._version = 0
        self._changed = asyncio.Event()

    def show(self, state: JsonObject) -> None:
        """Replace the state and tell every open page."""
        self.state = state
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def posts(self, path: str) -> list[Any]:
        """Return the bodies posted to a path, oldest first."""
        return self.posted.get(path, [])

    def app(self) -> web.Application:
        """Build the application."""
        app = web.Application()
        add_page(app)
        app.router.add_get("/sandbox/state", self._state)
        app.router.add_get("/sandbox/changes", self._changes)
        for path in ("/sandbox/click", "/sandbox/message", "/sandbox/act"):
            app.router.add_post(path, self._post)
        return app

    async def _state(self, _: web.Request) -> web.Response:
        if self.is_failing:
            return web.json_response({"error": "fault"}, status=503)
        return web.json_response(self.state)

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            changed = self._changed
            await response.write(f"data: {self._version}\n\n".encode())
            await changed.wait()

    async def _post(self, request: web.Request) -> web.Response:
        self.posted.setdefault(request.path, []).append(await request.json())
        if self.is_failing:
            return web.json_response({"error": "fault"}, status=503)
        if request.path == "/sandbox/click":
            body = {} if self.toast is None else {"toast": self.toast}
            return web.json_response({"status": self.callback_status, "body": body, "client_error": self.client_error})
        return web.json_response({})


@asynccontextmanager
async def running() -> AsyncIterator[FakeSandbox]:
    """Serve a fake sandbox on a free port of the loopback address."""
    sandbox = FakeSandbox()
    server = TestServer(sandbox.app())
    await server.start_server(shutdown_timeout=0)
    try:
        sandbox.url = str(server.make_url("/"))
        yield sandbox
    finally:
        await server.close()
