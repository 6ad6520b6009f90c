"""Connections that can be cancelled at any moment.

redis-py waits until a command is sent with `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that
comes in the same turn of the loop as the result: a job whose lease is over would act on, a loop told to stop would go
on for ever. Here the same time limit is kept with `asyncio.timeout`, which forgets nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio.connection import ConnectionPool
from redis.exceptions import TimeoutError as RedisTimeoutError


class _Cancellable:
    """Goes in front of one of redis-py's connections and takes its `socket_timeout` over."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._limit_seconds: float | None = self.socket_timeout
        self.socket_timeout: float | None = None

    async def send_packed_command(self, *args: Any, **options: Any) -> None:
        async with self._limited():
            await super().send_packed_command(*args, **options)  # type: ignore[misc]  # the connection behind us

    async def read_response(self, *args: Any, **options: Any) -> Any:
        if options.get("timeout") is not None:  # a listener that waits as long as it likes
            return await super().read_response(*args, **options)  # type: ignore[misc]  # as above
        async with self._limited():
            return await super().read_response(*args, **options)  # type: ignore[misc]  # as above

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limit_seconds):
                yield
        except TimeoutError as error:
            raise RedisTimeoutError(f"no answer within {self._limit_seconds} s") from error


def cancellable(pool: ConnectionPool) -> ConnectionPool:
    """Let the connections that `pool` will make be cancellable."""
    kind = pool.connection_class
    pool.connection_class = type(f"Cancellable{kind.__name__}", (_Cancellable, kind), {})
    return pool
