"""A server that does what a test tells it to, request by request, and a quota that notes what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from alertbridge.core.quota import Priority, QuotaWait
from alertbridge.feishu.client import FeishuClient, connect
from alertbridge.feishu.transport import TimeLimits

TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def says(body: object, *, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(
            body, status=status, headers={name.replace("_", "-"): v for name, v in headers.items()}
        )

    return answer


def says_html(status: int, **headers: str) -> Answer:
    """Answer as something between us and Feishu would."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", status=status, content_type="text/html", headers=headers)

    return answer


async def cuts_before_the_answer(request: web.Request) -> web.StreamResponse:
    """Read the request, then close the connection."""
    await request.read()
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cuts_inside_the_answer(request: web.Request) -> web.StreamResponse:
    """Promise a hundred bytes, send ten, close the connection."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"code":0,')
    assert request.transport is not None
    request.transport.abort()
    return response


async def never_answers(_request: web.Request) -> web.StreamResponse:
    """Keep the caller waiting."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@dataclass
class Server:
    """What came in, and what is to be answered: one answer per request, the last one again and again."""

    answers: list[Answer]
    tokens: list[Answer] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    token_requests: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == TOKEN_PATH:
            self.token_requests += 1
            if self.tokens:
                return await self.tokens.pop(0)(request)
            return await says({"code": 0, "tenant_access_token": f"t-{self.token_requests}", "expire": 7200})(request)
        self.requests.append(request)
        self.bodies.append(await request.read())
        self.arrived.set()
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return await answer(request)


@dataclass
class NotingQuota:
    """Allows everything unless told to wait, and notes what it was asked."""

    taken: list[tuple[str, str | None, str | None, Priority]] = field(default_factory=list)
    blocked: list[tuple[str, float]] = field(default_factory=list)
    wait_seconds: float = 0

    async def take(self, operation: str, chat_id: str | None, message_id: str | None, priority: Priority) -> None:
        self.taken.append((operation, chat_id, message_id, priority))
        if self.wait_seconds:
            raise QuotaWait(self.wait_seconds)

    async def block(self, operation: str, seconds: float) -> None:
        self.blocked.append((operation, seconds))


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    """Serve on a free port of this machine."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


@dataclass
class Calls:
    """What the client reported about its calls."""

    seen: list[tuple[str, int | None]] = field(default_factory=list)

    def note(self, operation: str, code: int | None, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((operation, code))


@asynccontextmanager
async def talking(
    base_url: str,
    *,
    quota: NotingQuota | None = None,
    calls: Calls | None = None,
    time_limits: TimeLimits | None = None,
    app_id: str = "cli_1",
    app_secret: str = "app-secret",
) -> AsyncIterator[FeishuClient]:
    """Open a client for `base_url`."""
    async with connect(
        base_url=base_url,
        app_id=app_id,
        app_secret=app_secret,
        quota=quota or NotingQuota(),
        on_call=(calls or Calls()).note,
        time_limits=time_limits or TimeLimits(),
    ) as feishu:
        yield feishu
