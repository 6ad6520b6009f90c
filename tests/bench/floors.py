"""The floors of the ingest rows: bare aiohttp servers in one process, with the product's own server settings.

    python -m tests.bench.floors body|parse PORT

`body` reads the body and answers; `parse` also reads it into alerts, with the product's parser.
"""

import asyncio
import sys
from datetime import UTC, datetime

import uvloop
from aiohttp import web

from alertbridge.ingest import alertmanager

_NOW = datetime(2026, 1, 5, tzinfo=UTC)


async def read_body(request: web.Request) -> web.Response:
    """Answer once the body is there."""
    await request.read()
    return _answer()


async def read_alerts(request: web.Request) -> web.Response:
    """Answer once the alerts are read."""
    alertmanager.parse(await request.read(), _NOW)
    return _answer()


def _answer() -> web.Response:
    return web.Response(body=b'{"status":"ok"}', content_type="application/json")


async def serve(kind: str, port: int) -> None:
    """Serve until the process is ended."""
    app = web.Application(client_max_size=32 << 20)
    app.router.add_post("/webhooks/alertmanager", {"body": read_body, "parse": read_alerts}[kind])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
