"""The long connections of an app: each message goes to one of them, at random, and waits for its acknowledgement."""

import asyncio
import base64
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from alertbridge.sandbox.app_answer import BAD_BODY, NO_CONNECTION, NOT_200, TIMED_OUT, AppAnswer
from alertbridge.sandbox.frames import DATA, Frame
from alertbridge.sandbox.ids import new_id

MOST_CONNECTIONS = 50


@dataclass(slots=True, eq=False)
class LongConnection:
    """One open socket, and who waits for what over it."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    service: int
    _waiting: dict[str, asyncio.Future[Frame]] = field(default_factory=dict)

    async def deliver(self, payload: bytes, *, part_bytes: int, seconds: float) -> AppAnswer:
        """Send an event or callback and return what the app made of it. `part_bytes` 0 sends it whole."""
        message_id = new_id("")
        self._waiting[message_id] = answered = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                for frame in self._frames(message_id, payload, part_bytes):
                    await self.socket.send_bytes(frame.pack())
                return _app_answer((await answered).payload)
        except TimeoutError:
            return AppAnswer(None, None, TIMED_OUT)
        except (aiohttp.ClientError, ConnectionError):
            return AppAnswer(None, None, NO_CONNECTION)
        finally:
            del self._waiting[message_id]

    def acknowledge(self, frame: Frame) -> None:
        """Take an acknowledgement; one that nobody waits for any more is dropped."""
        answered = self._waiting.get(frame.headers.get("message_id", ""))
        if answered is not None and not answered.done():
            answered.set_result(frame)

    def lost(self) -> None:
        """Tell all who wait that no answer will come."""
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(ConnectionResetError("the connection has ended"))

    def cut(self) -> None:
        """End the connection without a word, as networks do."""
        if self.transport is not None:
            self.transport.abort()

    async def close(self) -> None:
        """End the connection in order."""
        with suppress(ConnectionError):
            await self.socket.close()

    def _frames(self, message_id: str, payload: bytes, part_bytes: int) -> Iterator[Frame]:
        size = part_bytes or len(payload)
        parts = [payload[start : start + size] for start in range(0, len(payload), size)]
        trace_id = new_id("")
        for seq, part in enumerate(parts):
            headers = {"type": "event", "message_id": message_id, "trace_id": trace_id}
            yield Frame(DATA, self.service, headers | {"sum": str(len(parts)), "seq": str(seq)}, part)


@dataclass(slots=True)
class LongConnections:
    """All of one app."""

    is_used: bool = False
    """Whether there ever was one: an app without an event URL then gets its events over them, and waits for one."""
    _open: list[LongConnection] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[LongConnection]:
        return iter(tuple(self._open))

    def add(self, connection: LongConnection) -> None:
        """Use a connection from now on."""
        self.is_used = True
        self._open.append(connection)

    def remove(self, connection: LongConnection) -> None:
        """Use it no more."""
        self._open.remove(connection)
        connection.lost()

    async def deliver(self, payload: bytes, *, part_bytes: int, seconds: float) -> AppAnswer:
        """Send a message to one of them."""
        if not self._open:
            return AppAnswer(None, None, NO_CONNECTION)
        chosen = random.choice(self._open)  # noqa: S311 - no secret hangs on it
        return await chosen.deliver(payload, part_bytes=part_bytes, seconds=seconds)


def _app_answer(payload: bytes) -> AppAnswer:
    """Read `{"code": 200, "data": base64 of the JSON answer}`."""
    try:
        said: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        status = int(said["code"])
        body = msgspec.json.decode(base64.b64decode(said["data"])) if said.get("data") else None
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return AppAnswer(200, payload.decode(errors="replace"), BAD_BODY)
    return AppAnswer(status, body, None if status == 200 else NOT_200)
