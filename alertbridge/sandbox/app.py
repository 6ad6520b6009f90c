"""The sandbox as an aiohttp application, and the coroutine that serves it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET, App
from alertbridge.sandbox.clock import SandboxClock
from alertbridge.sandbox.control import Control
from alertbridge.sandbox.faults import Faults
from alertbridge.sandbox.gateway import Gateway
from alertbridge.sandbox.openapi import Contract
from alertbridge.sandbox.outbound import Outbound
from alertbridge.sandbox.page import add_page
from alertbridge.sandbox.sockets import Sockets
from alertbridge.sandbox.world import World

WORLD = web.AppKey("world", World)
"""The world behind an application, for whoever runs the sandbox in its own process."""

_MAX_BODY_BYTES = 32 * 1024 * 1024
_FAREWELL_SECONDS = 1.0
"""How long calls under way may still take when the sandbox ends."""


def build_sandbox(
    *,
    event_url: str = "",
    encrypt_key: str = "",
    verification_token: str = "",
    quotas: bool = True,
    latency_seconds: float = 0.0,
    public_url: str = "",
    clock: SandboxClock | None = None,
) -> web.Application:
    """Build a Feishu with one app, `cli_sandbox`, that holds every scope.

    `event_url` and the two keys are that app's event settings; without a URL its events go over its long connections.
    `latency_seconds` is added to every call. `public_url` is how the sandbox itself is reached (for image links).
    """
    contract = Contract.load()
    world = World(clock, public_url=public_url, event_scopes=contract.event_scopes)
    world.quotas.enforced = quotas
    world.apps.add(
        App(
            DEFAULT_APP_ID,
            secret=DEFAULT_SECRET,
            name="alertbridge",
            event_url=event_url,
            encrypt_key=encrypt_key,
            verification_token=verification_token,
        )
    )
    faults = Faults()
    outbound = Outbound(world, faults)
    world.emit = outbound.emit

    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    app[WORLD] = world
    app.router.add_route("*", "/open-apis/{path:.*}", Gateway(world, contract, faults, latency_seconds).handle)
    Control(world, faults, outbound).add_routes(app.router)
    sockets = Sockets(world)
    sockets.add_routes(app.router)
    add_page(app)

    async def end_change_feeds(_: web.Application) -> None:
        world.changes.close()

    async def end_connections(_: web.Application) -> None:
        await sockets.close()

    async def send_events(_: web.Application) -> AsyncIterator[None]:
        await outbound.start()
        yield
        await outbound.close()

    app.on_shutdown.append(end_change_feeds)
    app.on_shutdown.append(end_connections)
    app.cleanup_ctx.append(send_events)
    return app


@asynccontextmanager
async def serving(app: web.Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve a sandbox while the block runs; yields its base URL (port 0 takes a free one)."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_FAREWELL_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        url = f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        app[WORLD].public_url = app[WORLD].public_url or url
        yield url
    finally:
        await runner.cleanup()


async def run_sandbox(
    host: str = "127.0.0.1",
    port: int = 8090,
    *,
    events_url: str = "",
    encrypt_key: str = "",
    verification_token: str = "",
    quotas: bool = True,
    latency_seconds: float = 0.0,
    listening: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve a sandbox until cancelled; `listening` hears its base URL. Raises OSError when the port is taken."""
    app = build_sandbox(
        event_url=events_url,
        encrypt_key=encrypt_key,
        verification_token=verification_token,
        quotas=quotas,
        latency_seconds=latency_seconds,
    )
    async with serving(app, host, port) as url:
        listening(url)
        await asyncio.Event().wait()
