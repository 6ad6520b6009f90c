"""`demo`: the whole story on this machine, against the sandbox, told as it happens.

Everything is real but Feishu: an embedded Valkey, web and worker processes, requests over HTTP. What the summary
counts, the sandbox counted.
"""

import asyncio
import contextlib
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from pathlib import Path
from typing import Final

import aiohttp
import click
import msgspec

from alertbridge.cli.hands import Grounds, Hands, StoryStuck
from alertbridge.cli.processes import Child, run_tree, stop_on_signals
from alertbridge.cli.story import Story
from alertbridge.logs import configure_logs
from alertbridge.sandbox.app import build_sandbox, serving
from alertbridge.settings import PREFIX, VARIABLES
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.embedded import EmbeddedStoreError, embedded_store

SANDBOX_PORT: Final = 8090
WEB_PORT: Final = 8080
_METRICS: Final = "PROMETHEUS_MULTIPROC_DIR"


PAUSE_SECONDS: Final = 5.0
"""Between two scenes, so that a person can look; headless there is none."""


def play(*, is_headless: bool) -> int:
    """Play it; 0 where everything came as told. Headless, the summary is the last line of stdout."""
    configure_logs()
    try:
        return asyncio.run(_play(is_headless=is_headless))
    except EmbeddedStoreError as error:
        click.echo(str(error), err=True)
        return 1


async def _play(*, is_headless: bool) -> int:
    started = time.monotonic()
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    pause_seconds = 0.0 if is_headless else PAUSE_SECONDS

    def tell(text: str) -> None:
        click.echo(text, err=is_headless)

    async with contextlib.AsyncExitStack() as stack:
        story = await stack.enter_async_context(_stage(pause_seconds, tell, stack, stopping))
        acting = asyncio.create_task(story.play())
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait([acting, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not acting.done():
            acting.cancel()
            tell("\nStopped.")
            return 130
        problem = acting.exception()
        if problem is not None and not isinstance(problem, StoryStuck):
            raise problem
        if problem is not None:
            tell(f"\n✗ {problem}")
        summary = await story.summary(is_ok=problem is None, seconds=time.monotonic() - started)
        if is_headless:
            click.echo(msgspec.json.encode(summary).decode())
        elif problem is None:
            tell(
                f"\nThat was the story. Look around at {story.hands.sandbox_url} as long as you like.\n"
                "For a group whose buttons are yours, send an alert from another terminal:\n"
                f"  .venv/bin/alertbridge replay --to {story.hands.url} tests/samples/am_life1_firing.json\n"
                "Ctrl-C ends everything."
            )
            await stopping.wait()
            tell("\nEnding.")
        return 0 if problem is None else 1


@contextlib.asynccontextmanager
async def _stage(
    pause_seconds: float, tell: Callable[[str], None], stack: contextlib.AsyncExitStack, stopping: asyncio.Event
) -> AsyncIterator[Story]:
    """Start everything: sandbox, store, web, worker."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="alertbridge-demo-")))
    web_port, sandbox_port = _port(WEB_PORT), _port(SANDBOX_PORT)
    url = f"http://127.0.0.1:{web_port}"
    encrypt_key, verification_token = secrets.token_hex(16), secrets.token_hex(16)
    sandbox = build_sandbox(
        event_url=f"{url}/feishu/events", encrypt_key=encrypt_key, verification_token=verification_token
    )
    sandbox_url = await stack.enter_async_context(serving(sandbox, port=sandbox_port))
    redis_url = await stack.enter_async_context(embedded_store(folder / "store"))
    team = files("alertbridge.cli").joinpath("demo.yaml").read_text(encoding="utf-8")
    (folder / "team.yaml").write_text(team, encoding="utf-8")
    counters = folder / "counters"
    counters.mkdir()
    environment = {
        "REDIS_URL": redis_url,
        "CONFIG_FILE": str(folder / "team.yaml"),
        "PORT": str(web_port),
        "PUBLIC_URL": url,
        "DATA_DIR": str(folder),
        "FEISHU_BASE_URL": sandbox_url,
        "FEISHU_APP_ID": "cli_sandbox",
        "FEISHU_APP_SECRET": "sandbox-secret",
        "FEISHU_ENCRYPT_KEY": encrypt_key,
        "FEISHU_VERIFICATION_TOKEN": verification_token,
        "LOG_LEVEL": "error",
    }
    # What the shell holds for a real install is not meant for the story; an empty variable counts as not set.
    prefixed = dict.fromkeys(VARIABLES, "") | {PREFIX + name: value for name, value in environment.items()}
    prefixed[_METRICS] = str(counters)
    children = [Child(["web"], prefixed), Child(["worker"], prefixed)]
    store = Connection(open_pool(redis_url, size=1))
    grounds = Grounds(
        url=url, sandbox_url=sandbox_url, store=store, team_file=folder / "team.yaml", environment=prefixed
    )
    ended = asyncio.Event()
    tree = asyncio.create_task(run_tree(children, ended))
    tell("alertbridge demo: an incident from the first alert to the end of its group.")
    tell(f"  the groups, live: {sandbox_url}   (open it now)")
    tell(f"  the incidents:    {url}\n")
    timeout = aiohttp.ClientTimeout(total=30)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield Story(Hands(session, grounds, tell, pause_seconds, stopping))
    finally:
        await store.aclose()
        ended.set()
        await tree


def _port(wanted: int) -> int:
    """The wanted port, or a free one where somebody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    sys.exit("no port of 127.0.0.1 is free")
