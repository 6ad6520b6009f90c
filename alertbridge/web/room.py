"""Memory for request bodies: how large one may be, and how many can be worked on at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from alertbridge.web.problems import Busy

BODY_BYTES: Final = 32 * 1024 * 1024
"""A larger body is 413. Alertmanager has no bound of its own; thousands of alerts are some MiB."""

BODIES_IN_FLIGHT_BYTES: Final = 256 * 1024 * 1024
"""More than this at once is 503: the sender tries again."""


class BodyRoom:
    """Memory for the bodies that are being worked on."""

    def __init__(self) -> None:
        self._in_flight = 0

    @asynccontextmanager
    async def take(self, request: web.Request) -> AsyncIterator[bytes]:
        """Read a body as long as there is room for it. Raises `Busy`; `HTTPRequestEntityTooLarge` is 413."""
        size = request.content_length
        if size is None or "Content-Encoding" in request.headers:
            size = BODY_BYTES  # what will come out is not known before it is read
        elif size > BODY_BYTES:
            # Never `Busy`, however full it is: no later try would help.
            raise web.HTTPRequestEntityTooLarge(max_size=BODY_BYTES, actual_size=size)
        if self._in_flight + size > BODIES_IN_FLIGHT_BYTES:
            raise Busy("too many large requests at once")
        self._in_flight += size
        try:
            yield await request.read()
        finally:
            self._in_flight -= size
