"""A sandbox that also tells when each call came and went: a process of its own.

    python -m tests.bench.feishu '{"port": 8090, …}'

`GET /bench/calls` answers the calls since it was last asked, `GET /bench/under-way` those that have no answer yet.
Their times are those of the machine's monotonic clock, so they can be compared with those of every process here.
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


class Call(msgspec.Struct, kw_only=True, array_like=True):
    """One call under `/open-apis/`."""

    operation: str
    host: str
    """As the caller named us."""
    path: str
    began: float
    ended: float = 0.0
    """Seconds of the machine's monotonic clock; `ended` is when the answer was ready."""
    status: int = 0


def calls_of(url: str, which: str = "calls") -> list[Call]:
    """Ask for the calls that came since the last time, or for those `under-way`."""
    return msgspec.convert(get_json(f"{url}/bench/{which}"), list[Call])


async def serve(wish: Wish) -> None:
    """Serve until the process is ended."""
    app = build_sandbox(event_url=wish.events_url, quotas=wish.quotas, latency_seconds=wish.latency_seconds)
    contract = Contract.load()
    under_way: list[Call] = []
    answered: list[Call] = []

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            operation = contract.find(request.method, request.path).operation.id
        except Refused:
            return await handler(request)
        call = Call(operation=operation, host=request.host, path=request.path, began=time.monotonic())
        under_way.append(call)
        response = await handler(request)
        call.ended, call.status = time.monotonic(), response.status
        under_way.remove(call)
        answered.append(call)
        return response

    async def tell_answered(_: web.Request) -> web.Response:
        told = msgspec.json.encode(answered)
        answered.clear()
        return web.Response(body=told, content_type="application/json")

    async def tell_under_way(_: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(under_way), content_type="application/json")

    app.middlewares.append(note)
    app.router.add_get("/bench/calls", tell_answered)
    app.router.add_get("/bench/under-way", tell_under_way)
    async with serving(app, port=wish.port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(msgspec.json.decode(sys.argv[1], type=Wish)))
