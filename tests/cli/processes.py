"""`alertbridge` in processes of its own: run to the end, or kept running while a test talks to it."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientConnectionError, ClientSession

PATIENCE_SECONDS = 30


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's variables without those of alertbridge, and `changes`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ALERTBRIDGE_")}
    return own | {"ALERTBRIDGE_FEISHU_BASE_URL": "http://127.0.0.1:9"} | dict(changes)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def run(*arguments: str, **changes: str) -> Ended:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alertbridge",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(changes),
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass(slots=True)
class Running:
    """A command that listens on a port."""

    process: asyncio.subprocess.Process
    url: str
    session: ClientSession
    log: Any

    async def get(self, path: str) -> tuple[int, str]:
        """Get a path."""
        async with self.session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, body: bytes = b"") -> int:
        """Post a body; the status."""
        async with self.session.post(self.url + path, data=body) as answer:
            await answer.read()
            return answer.status

    async def answers(self, path: str = "/readyz", status: int = 200) -> None:
        """Return once `path` answers so."""
        while self.process.returncode is None:
            try:
                if (await self.get(path))[0] == status:
                    return
            except ClientConnectionError:
                pass
            await asyncio.sleep(0.05)
        raise AssertionError(f"it ended with {self.process.returncode}: {self.said()}")

    def said(self) -> str:
        """What it has logged so far."""
        self.log.seek(0)
        text: str = self.log.read().decode()
        return text

    async def says(self, words: str, times: int = 1) -> None:
        """Return once it has logged these words."""
        while self.said().count(words) < times:  # noqa: ASYNC110 - another process says it
            await asyncio.sleep(0.05)

    async def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return await self.process.wait()


@asynccontextmanager
async def running(command: str, changes: Mapping[str, str], *, is_ready: bool = True) -> AsyncIterator[Running]:
    """Keep `alertbridge COMMAND` running on a free port; at the end it is killed if it is still there."""
    port = free_port()
    async with _started([command], {"ALERTBRIDGE_PORT": str(port), **changes}, port) as one:
        if is_ready:
            await one.answers()
        yield one


@asynccontextmanager
async def running_sandbox(*options: str) -> AsyncIterator[Running]:
    """Keep `alertbridge sandbox` running on a free port."""
    port = free_port()
    async with _started(["sandbox", "--port", str(port), *options], {}, port) as one:
        yield one


@asynccontextmanager
async def _started(command: Sequence[str], changes: Mapping[str, str], port: int) -> AsyncIterator[Running]:
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "alertbridge",
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(changes),
        )
        try:
            async with ClientSession() as session, asyncio.timeout(PATIENCE_SECONDS):
                yield Running(process, f"http://127.0.0.1:{port}", session, log)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
