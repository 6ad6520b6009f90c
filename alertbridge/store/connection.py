"""One way to Redis or Valkey: the URL, the pool, and three ways to ask.

Nothing is repeated here: a call whose answer was lost may have been done; only its caller knows what twice would mean.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import BlockingConnectionPool, ConnectionPool
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.exceptions import NoScriptError

from alertbridge.store.cancelling import cancellable
from alertbridge.store.errors import BadUrl, StoreAway, translated
from alertbridge.store.scripts import Script

Arg = str | bytes | int | float
Command = tuple[Arg, ...]

_ANSWER_SECONDS: Final = 2.0
_FREE_CONNECTION_SECONDS: Final = 2
_ACKNOWLEDGE_MS: Final = 1000
_SENTINEL_PORT: Final = 26379
_TURNS: Final = 3
"""Of the event loop, in which scripts that start at the same moment find each other: some ten microseconds."""


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """A pool that asks the sentinels who is primary, and waits for a free connection instead of failing."""

    async def aclose(self) -> None:
        await super().aclose()
        for sentinel in self.sentinel_manager.sentinels:
            await sentinel.aclose()


def open_pool(url: str, *, size: int) -> ConnectionPool:
    """Make a pool of at most `size` connections, none of them open yet.

    `url` is `redis://`, `rediss://` (TLS), `unix://`, or `redis+sentinel://h1,h2:26379/name/0` (TLS: `rediss+sentinel://`),
    with `?sentinel_username=…&sentinel_password=…` where the sentinels want them. Raises `BadUrl`.
    """
    limits: dict[str, Any] = {
        "max_connections": size,
        "timeout": _FREE_CONNECTION_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        "socket_connect_timeout": _ANSWER_SECONDS,
    }
    try:
        parts = urlsplit(url)
        if parts.scheme.endswith("+sentinel"):
            return cancellable(_sentinel_pool(parts, limits))
        return cancellable(BlockingConnectionPool.from_url(url, **limits))
    except ValueError as error:
        raise BadUrl(f"ALERTBRIDGE_REDIS_URL: {error}; write redis://host:6379/0") from error


def _sentinel_pool(parts: SplitResult, limits: dict[str, Any]) -> ConnectionPool:
    """Raises ValueError where the URL is none of a sentinel."""
    if parts.scheme not in ("redis+sentinel", "rediss+sentinel"):
        raise ValueError(f"no scheme is called {parts.scheme!r}")
    credentials, _, hosts = parts.netloc.rpartition("@")
    name, _, database = parts.path.strip("/").partition("/")
    if not hosts or not name:
        raise ValueError("a sentinel URL names its hosts and the primary: redis+sentinel://h1,h2/name/0")
    sentinels = [
        (host.hostname, host.port or _SENTINEL_PORT) for host in (urlsplit(f"//{h}") for h in hosts.split(","))
    ]
    if not all(host for host, _ in sentinels):
        raise ValueError(f"a host is missing in {hosts!r}")
    username, _, password = credentials.partition(":")
    tls = {"ssl": True} if parts.scheme == "rediss+sentinel" else {}
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    manager = Sentinel(  # type: ignore[no-untyped-call]  # redis-py's own gap
        sentinels,
        sentinel_kwargs={
            "username": asked.get("sentinel_username"),
            "password": asked.get("sentinel_password"),
            "socket_timeout": _ANSWER_SECONDS,
            "socket_connect_timeout": _ANSWER_SECONDS,
            **tls,
        },
    )
    return _SentinelPool(  # type: ignore[no-untyped-call]  # redis-py's own gap
        name,
        manager,
        db=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
        **tls,
        **limits,
    )


class _Beside:
    """A script that waits to be run together with others."""

    __slots__ = ("answer", "args", "script")

    def __init__(self, script: Script, args: tuple[Arg, ...]) -> None:
        self.script = script
        self.args = args
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Connection:
    """The store's door: commands in, answers out, `StoreAway` where there is none."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._redis: Any = Redis(connection_pool=pool)
        self._pool = pool
        self._beside: list[_Beside] = []
        self._running: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        """Close every connection of the pool."""
        await self._pool.aclose()

    async def call(self, *command: Arg) -> Any:
        """Do one command."""
        with translated():
            return await self._redis.execute_command(*command)

    async def together(self, commands: Sequence[Command]) -> list[Any]:
        """Do several commands as one step (MULTI), in one round trip."""
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                answers: list[Any] = await pipe.execute()
                return answers

    async def run(self, script: Script, *args: Arg, replicas: int = 0) -> Any:
        """Run a script; with `replicas`, answer only once so many of them have what it wrote."""
        with translated():
            try:
                return await self._evaluate(("EVALSHA", script.sha, 0, *args), replicas)
            except NoScriptError:  # nothing was done: the server was restarted or its scripts were flushed
                await self._redis.script_load(script.source)
                return await self._evaluate(("EVALSHA", script.sha, 0, *args), replicas)

    async def run_beside(self, script: Script, *args: Arg) -> Any:
        """As `run`, in one round trip with what is run beside it at the same moment: all share one disk write."""
        mine = _Beside(script, args)
        self._beside.append(mine)
        if len(self._beside) == 1:
            running = asyncio.create_task(self._run_together())
            self._running.add(running)  # the loop itself does not keep its tasks
            running.add_done_callback(self._running.discard)
        return await mine.answer

    async def _run_together(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        together, self._beside = self._beside, []
        failure = "the process stops"
        try:
            with translated():
                async with self._redis.pipeline(transaction=False) as pipe:
                    for one in together:
                        pipe.execute_command("EVALSHA", one.script.sha, 0, *one.args)
                    answers = await pipe.execute(raise_on_error=False)
            for one, answer in zip(together, answers, strict=True):
                await self._settle(one, answer)
        except StoreAway as error:
            failure = str(error)
        finally:
            for one in together:
                if not one.answer.done():
                    one.answer.set_exception(StoreAway(failure))

    async def _settle(self, one: _Beside, answer: Any) -> None:
        try:
            with translated():
                if isinstance(answer, NoScriptError):  # nothing was done
                    answer = await self.run(one.script, *one.args)
                if isinstance(answer, Exception):
                    raise answer
        except StoreAway as error:
            if not one.answer.done():
                one.answer.set_exception(error)
        else:
            if not one.answer.done():  # else nobody waits for it any more
                one.answer.set_result(answer)

    async def _evaluate(self, command: Command, replicas: int) -> Any:
        if not replicas:
            return await self._redis.execute_command(*command)
        async with self._redis.pipeline(transaction=False) as pipe:  # WAIT counts what its own connection wrote
            pipe.execute_command(*command)
            pipe.execute_command("WAIT", replicas, _ACKNOWLEDGE_MS)
            answer, acknowledged = await pipe.execute()
        if acknowledged < replicas:
            raise StoreAway(f"{acknowledged} of {replicas} replicas have the write: is one of them down?")
        return answer
