"""Memory for request bodies: how large one may be, and how many can be worked on at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from alertbridge.web.problems import Busy

BODY_BYTES: Final = 32 * 1024 * 1024
"""A larger body is 413. Alertmanager has no bound of its own; thousands of alerts are some MiB."""

EVENT_BYTES: Final = 4 * 1024 * 1024
"""The same for what Feishu tells, whose longest message has 150 KB: it is unpacked before anybody is known by it."""

BODIES_IN_FLIGHT_BYTES: Final = 256 * 1024 * 1024
"""More than this at once is 503: the sender tries again."""

READ_SECONDS: Final = 60.0
"""A body that takes longer to arrive is 503, so that nobody keeps his place by sending a byte now and then."""


class BodyRoom:
    """Memory for the bodies that are being worked on."""

    def __init__(self, *, bytes_at_once: int = BODIES_IN_FLIGHT_BYTES, read_seconds: float = READ_SECONDS) -> None:
        self._bytes_at_once = bytes_at_once
        self._read_seconds = read_seconds
        self._in_flight = 0

    @asynccontextmanager
    async def take(self, request: web.Request, *, most: int = BODY_BYTES) -> AsyncIterator[bytes]:
        """Read a body, unpacked, as long as there is room for it.

        What has arrived counts, not what is announced: else a few connections that say nothing would shut the door.
        Raises `Busy`; `HTTPRequestEntityTooLarge` is 413, however full it is: no later try would help.
        """
        if (announced := request.content_length or 0) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=announced)
        body = bytearray()
        try:
            if request.content.is_eof():  # nearly always: it came with the head, and there is nothing to wait for
                self._put(request.content.read_nowait(), body, most)
            else:
                await self._read(request, body, most)
            yield bytes(body)
        finally:
            self._in_flight -= len(body)

    async def _read(self, request: web.Request, body: bytearray, most: int) -> None:
        try:
            async with asyncio.timeout(self._read_seconds):
                async for chunk in request.content.iter_any():
                    self._put(chunk, body, most)
        except TimeoutError as error:
            raise Busy(f"the body did not arrive within {self._read_seconds:g} s") from error

    def _put(self, chunk: bytes, body: bytearray, most: int) -> None:
        body += chunk
        self._in_flight += len(chunk)
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
        if self._in_flight > self._bytes_at_once:
            raise Busy("too many large requests at once")
