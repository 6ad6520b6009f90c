"""The load: many connections that each post, wait for the answer, and post again. A process of its own.

    python -m tests.bench.load '{"port": 8080, "path": "/webhooks/alertmanager", "alerts": 1, …}'

prints what came of it as JSON. The clock runs after a warm-up; every post counts for what the store must hold.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from typing import Final, cast

import msgspec

from tests.bench.posts import requests

_CONNECT_SECONDS: Final = 10.0
_LAST_ANSWER_SECONDS: Final = 30.0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What to post, and for how long."""

    port: int
    path: str
    alerts: int
    connections: int = 128
    warm_up_seconds: float = 1.0
    seconds: float = 3.0


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    per_second: float
    """Posts answered with 200 while the clock ran."""
    p50_ms: float
    p99_ms: float
    answered: list[int]
    """Posts answered with 200 by connection, warm-up included."""
    failed: int
    """Posts with another answer, or none; the connection ends there."""


class Sender(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.answered = 0
        self.failed = 0
        self.latencies: list[float] = []
        self.done = asyncio.get_running_loop().create_future()
        self.is_stopping = False
        self._requests = requests
        self._transport: asyncio.Transport | None = None
        self._sent_at = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's
        self._post()

    def _post(self) -> None:
        assert self._transport is not None
        request = next(self._requests)
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take an answer once it is whole, and go on."""
        self._received += data
        if not _is_whole(self._received):
            return
        is_good = self._received.startswith(b"HTTP/1.1 200 ")
        self._received = b""
        self.latencies.append(time.perf_counter() - self._sent_at)
        if not is_good:
            self._end(failed=1)
            return
        self.answered += 1
        if self.is_stopping:
            self._end()
        else:
            self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the post that has no answer."""
        if not self.done.done():
            self._end(failed=1)

    def _end(self, failed: int = 0) -> None:
        self.failed = failed
        self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()


def _is_whole(answer: bytes) -> bool:
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank:
        return False
    _, named, rest = head.partition(b"Content-Length: ")
    assert named, "an answer without a length"
    return len(body) >= int(rest.partition(b"\r")[0])


async def post(wish: Wish) -> Answered:
    """Open the connections, post, and end each one after its last answer."""
    loop = asyncio.get_running_loop()
    senders: list[Sender] = []
    for number in range(wish.connections):
        sender = Sender(requests(wish.path, number, wish.alerts))
        async with asyncio.timeout(_CONNECT_SECONDS):
            await loop.create_connection(lambda sender=sender: sender, "127.0.0.1", wish.port)  # type: ignore[misc]
        senders.append(sender)
    await asyncio.sleep(wish.warm_up_seconds)
    before, started_at = [len(sender.latencies) for sender in senders], time.perf_counter()
    await asyncio.sleep(wish.seconds)
    after, seconds = [len(sender.latencies) for sender in senders], time.perf_counter() - started_at
    for sender in senders:
        sender.is_stopping = True
    async with asyncio.timeout(_LAST_ANSWER_SECONDS):
        await asyncio.gather(*(sender.done for sender in senders))
    timed = sorted(
        latency
        for sender, start, end in zip(senders, before, after, strict=True)
        for latency in sender.latencies[start:end]
    )
    return Answered(
        per_second=len(timed) / seconds,
        p50_ms=1000 * timed[len(timed) // 2],
        p99_ms=1000 * timed[len(timed) * 99 // 100],
        answered=[sender.answered for sender in senders],
        failed=sum(sender.failed for sender in senders),
    )


def main() -> None:
    """Do what the argument says."""
    import uvloop

    answered = uvloop.run(post(msgspec.json.decode(sys.argv[1], type=Wish)))
    sys.stdout.buffer.write(msgspec.json.encode(answered))


if __name__ == "__main__":
    main()
