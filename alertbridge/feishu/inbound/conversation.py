"""What is said over one open long connection: pings and pongs, events and what became of them."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import aiohttp
import msgspec
import structlog

from alertbridge.feishu.inbound.endpoint import Pace
from alertbridge.feishu.inbound.envelope import Malformed
from alertbridge.feishu.inbound.frame import Frame, Method, decode, encode
from alertbridge.feishu.inbound.pieces import Pieces
from alertbridge.feishu.lenient import read_as

Take = Callable[[bytes], Awaitable[Mapping[str, Any]]]
"""Takes the JSON of an event or click in, and returns the JSON to answer with. Raises `NotTaken`."""

PONG_SECONDS: Final = 30.0
"""A connection on which nothing comes for so long after a ping is dead, though nobody has closed it."""

AT_ONCE: Final = 100
"""Events that are worked on at a time; the others wait in the socket."""

_LEAST_SECONDS: Final = 1.0
"""Between two pings, whatever Feishu says."""

_TAKEN: Final = 200
_NOT_TAKEN: Final = 500

log = structlog.get_logger(__name__)


class NotTaken(Exception):  # noqa: N818 - named for what Feishu is told
    """The event could not be stored: Feishu shall give it again."""


class Conversation:
    """One connection from its first frame to its last."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        *,
        service: int,
        pace: Pace,
        take: Take,
        pong_seconds: float = PONG_SECONDS,
    ) -> None:
        self.pace = pace
        """As Feishu last set it."""
        self._socket = socket
        self._service = service
        self._take = take
        self._pong_seconds = pong_seconds
        self._pieces = Pieces()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._heard_at = time.monotonic()

    async def hold(self) -> None:
        """Answer what comes until the connection has ended."""
        async with asyncio.TaskGroup() as group:
            pinging = group.create_task(self._keep_pinging())
            async for message in self._socket:
                self._heard_at = time.monotonic()
                if message.type is not aiohttp.WSMsgType.BINARY:
                    continue
                try:
                    frame = decode(message.data)
                    body = self._read(frame)
                except Malformed as error:
                    log.warning("long_connection_frame_refused", reason=str(error))
                    continue
                if body is not None:
                    await self._room.acquire()
                    group.create_task(self._answer(frame, body))
            pinging.cancel()

    def _read(self, frame: Frame) -> bytes | None:
        """Return the event of a frame that completes one, and take note of a pong. Raises `Malformed`."""
        kind = frame.header("type")
        if frame.method == Method.CONTROL:
            if kind == "pong" and frame.payload:
                self.pace = _pace(frame.payload)
            return None
        if frame.method != Method.DATA or kind != "event":
            return None
        try:
            count, index = int(frame.header("sum") or 1), int(frame.header("seq") or 0)
        except ValueError as error:
            raise Malformed("a frame does not number its piece") from error
        return self._pieces.add(
            frame.header("message_id"), count=count, index=index, piece=frame.payload, now=time.monotonic()
        )

    async def _answer(self, frame: Frame, body: bytes) -> None:
        started = time.perf_counter()
        answer: dict[str, Any] = {"code": _TAKEN}
        try:
            if said := await self._take(body):
                answer["data"] = base64.b64encode(msgspec.json.encode(said)).decode()
        except NotTaken:
            answer["code"] = _NOT_TAKEN
        except Exception:  # the outermost place of an event, like a request's: the connection goes on
            log.exception("event_broken", message_id=frame.header("message_id"))
            answer["code"] = _NOT_TAKEN
        finally:
            self._room.release()
        took_ms = round((time.perf_counter() - started) * 1000)
        await self._send(frame.answered(msgspec.json.encode(answer), ("biz_rt", str(took_ms))))

    async def _keep_pinging(self) -> None:
        while True:
            pinged_at = time.monotonic()
            await self._send(Frame(method=Method.CONTROL, service=self._service, headers=(("type", "ping"),)))
            interval = max(_LEAST_SECONDS, self.pace.ping_interval)
            patience = min(self._pong_seconds, interval)
            await asyncio.sleep(patience)
            if self._heard_at < pinged_at:
                log.warning("long_connection_silent", seconds=patience)
                await self._socket.close()
                return
            await asyncio.sleep(interval - patience)

    async def _send(self, frame: Frame) -> None:
        # Where the connection has just ended, Feishu gives the event again and its receipt is known.
        with suppress(aiohttp.ClientError, ConnectionError):
            await self._socket.send_bytes(encode(frame))


def _pace(payload: bytes) -> Pace:
    try:
        return read_as(Pace, msgspec.json.decode(payload))
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise Malformed(f"the pace in a pong: {error}") from error
