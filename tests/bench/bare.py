"""A bare HTTP client on kept-alive sockets: as little as can be between us and an answer."""

import asyncio
from typing import Self

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class BareClient:
    """Sends whole requests, each over a socket that is free or new."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Streams] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _reader, writer in self._free:
            writer.close()
            await writer.wait_closed()

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body."""
        reader, writer = streams = self._free.pop() if self._free else await self._connect()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.partition(b"Content-Length: ")[2].partition(b"\r")[0]
        body = await reader.readexactly(int(length))
        self._free.append(streams)
        return int(head[9:12]), body

    async def _connect(self) -> _Streams:
        return await asyncio.open_connection("127.0.0.1", self._port)
