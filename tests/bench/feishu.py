"""A sandbox that also tells when each call came and went: a process of its own.

    python -m tests.bench.feishu '{"port": 8090, …}'

`GET /bench/calls` answers the calls since it was last asked. Their times are those of the machine's monotonic clock, so
they can be compared with those of every process here.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from alertbridge.sandbox.app import build_sandbox, serving
from alertbridge.sandbox.openapi import Contract
from alertbridge.sandbox.refusals import Refused
from tests.bench.processes import get_json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the sandbox is like."""

    port: int
    events_url: str = ""
    latency_seconds: float = 0.05
    quotas: bool = True


class Call(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One call under `/open-apis/`."""

    operation: str
    host: str
    """As the caller named us."""
    path: str
    began: float
    ended: float
    """Seconds of the machine's monotonic clock; `ended` is when the answer was ready."""
    status: int


def calls_of(url: str) -> list[Call]:
    """Ask for the calls that came since the last time."""
    return msgspec.convert(get_json(f"{url}/bench/calls"), list[Call])


async def serve(wish: Wish) -> None:
    """Serve until the process is ended."""
    app = build_sandbox(event_url=wish.events_url, quotas=wish.quotas, latency_seconds=wish.latency_seconds)
    contract = Contract.load()
    calls: list[Call] = []

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.monotonic()
        response = await handler(request)
        try:
            operation = contract.find(request.method, request.path).operation.id
        except Refused:
            return response
        calls.append(
            Call(
                operation=operation,
                host=request.host,
                path=request.path,
                began=began,
                ended=time.monotonic(),
                status=response.status,
            )
        )
        return response

    async def tell(_: web.Request) -> web.Response:
        told = msgspec.json.encode(calls)
        calls.clear()
        return web.Response(body=told, content_type="application/json")

    app.middlewares.append(note)
    app.router.add_get("/bench/calls", tell)
    async with serving(app, port=wish.port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(msgspec.json.decode(sys.argv[1], type=Wish)))
