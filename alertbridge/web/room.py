"""Memory for request bodies: how large one may be, and how many can be worked on at once."""

import asyncio
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

    def take(self, request: web.Request, *, most: int = BODY_BYTES) -> "_Taken":
        """Read a body, unpacked, as long as there is room for it: `async with room.take(request) as body`.

        What has arrived counts, not what is announced: else a few connections that say nothing would shut the door.
        Raises `Busy`; `HTTPRequestEntityTooLarge` is 413, however full it is: no later try would help.
        """
        return _Taken(self, request, most)

    async def read(self, request: web.Request, taken: "_Taken") -> bytes:
        """Read a body to its end; each chunk takes its room as it arrives."""
        if request.content.is_eof():  # nearly always: it came with the head, and there is nothing to wait for
            body = request.content.read_nowait()
            self._grow(taken, len(body))
            return body
        parts = bytearray()
        try:
            async with asyncio.timeout(self._read_seconds):
                async for chunk in request.content.iter_any():
                    self._grow(taken, len(chunk))
                    parts += chunk
        except TimeoutError as error:
            raise Busy(f"the body did not arrive within {self._read_seconds:g} s") from error
        return bytes(parts)

    def give_back(self, size: int) -> None:
        """Let others have the room."""
        self._in_flight -= size

    def _grow(self, taken: "_Taken", size: int) -> None:
        taken.size += size
        self._in_flight += size
        if taken.size > taken.most:
            raise web.HTTPRequestEntityTooLarge(max_size=taken.most, actual_size=taken.size)
        if self._in_flight > self._bytes_at_once:
            raise Busy("too many large requests at once")


class _Taken:
    """The room of one body, while it is worked on. A class, as a generator takes four times as long to enter."""

    __slots__ = ("_request", "_room", "most", "size")

    def __init__(self, room: BodyRoom, request: web.Request, most: int) -> None:
        self._room = room
        self._request = request
        self.most = most
        self.size = 0

    async def __aenter__(self) -> bytes:
        announced = self._request.content_length or 0
        if announced > self.most:
            raise web.HTTPRequestEntityTooLarge(max_size=self.most, actual_size=announced)
        try:
            return await self._room.read(self._request, self)
        except BaseException:  # a sender that hangs up too: nobody will leave what was not entered
            self._room.give_back(self.size)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._room.give_back(self.size)
