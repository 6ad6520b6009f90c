"""The limiter: when a call to Feishu may go out, by windows that all workers share.

A refused call costs more than a planned one, so slots are reserved up to a second ahead and the rest is told when to
ask again. A 99991400 that comes all the same stops its buckets for everybody. Calls that ask at the same moment share
one script call.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from alertbridge.core.quota import CALLER, Priority, QuotaWait
from alertbridge.store.buckets import Bucket, buckets
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway
from alertbridge.store.scripts import load

_LIMIT = load("limit")
_BATCH = 128
"""Requests that one script decides: it must not keep the store busy for more than a few milliseconds."""

_ABREAST = 5
_ABREAST_SECONDS = 0.111
"""So many calls of one API leave a process within so long: 45 a second, evenly. Were they let go all at once each
second, any delay could bring two such swarms into one second of Feishu's. What a standstill delayed is not rushed."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call that asks for its time."""

    buckets: tuple[Bucket, ...]
    priority: Priority
    caller: str
    """Names the place in the queue. A caller that waits twice for one bucket has one place there."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The call has its slot."""

    after_ms: int


@dataclass(frozen=True, slots=True)
class Wait:
    """There is no slot soon enough. The caller's place is kept until shortly after `after_ms`."""

    after_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store decided for a batch."""

    now_ms: int
    decisions: tuple[Granted | Wait, ...]
    blocked: Mapping[str, int]
    """The buckets that are stopped by name, and for how many ms more."""


class _Asked:
    """A request that waits for the store's answer."""

    __slots__ = ("failure", "outcome", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.outcome: Granted | Wait | None = None
        self.failure: StoreAway | None = None


class Limiter:
    """Gives out the slots of all buckets; one for each process, so that its calls can ask together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self._asked: list[_Asked] = []
        self._blocked_until: dict[str, float] = {}
        self._left_at: dict[str, deque[float]] = {}

    async def take(self, operation: str, chat_id: str | None, message_id: str | None, priority: Priority) -> None:
        """Return when one call of `operation` may go out, after at most two seconds.

        Raises `QuotaWait` where its slot is more than a second ahead, `StoreAway` where the store does not answer.
        """
        wanted = buckets(operation, chat_id, message_id)
        request = Request(wanted, priority, CALLER.get() or uuid4().hex)
        while True:
            decision = await self._decide(request)
            if isinstance(decision, Wait):
                raise QuotaWait(decision.after_ms / 1000)
            await asyncio.sleep(decision.after_ms / 1000)
            await self._fall_in(wanted[0])
            if not self._is_blocked(wanted):
                return

    async def block(self, operation: str, seconds: float) -> None:
        """Stop `operation` in all workers for `seconds`: Feishu's gateway said that it comes too often."""
        stopped = (bucket for bucket in buckets(operation, None, None) if bucket.is_of_app)
        await self.ask([], blocks={bucket: round(seconds * 1000) for bucket in stopped})

    async def ask(self, requests: Sequence[Request], *, blocks: Mapping[Bucket, int] | None = None) -> Answer:
        """Stop the buckets of `blocks` for so many ms, then decide for each request, the first first."""
        stops = blocks or {}
        wanted = dict.fromkeys([*stops, *(bucket for request in requests for bucket in request.buckets)])
        numbers = {bucket: number for number, bucket in enumerate(wanted, start=1)}
        arguments: list[str | int] = [len(numbers)]
        for bucket in numbers:
            arguments += bucket.name, len(bucket.windows)
            for window in bucket.windows:
                arguments += window.limit, window.span_ms
        arguments.append(len(stops))
        for bucket, ms in stops.items():
            arguments += bucket.name, ms
        for request in requests:
            arguments += int(request.priority), request.caller, len(request.buckets)
            arguments += (numbers[bucket] for bucket in request.buckets)
        reply = await self._connection.run_beside(_LIMIT, *arguments)
        answer = _read(reply, len(requests))
        now = asyncio.get_running_loop().time()
        self._blocked_until = {name: now + ms / 1000 for name, ms in answer.blocked.items()}
        return answer

    async def _decide(self, request: Request) -> Granted | Wait:
        """Ask the store: whoever has the turn asks for everybody who came meanwhile."""
        mine = _Asked(request)
        self._asked.append(mine)
        try:
            async with self._turn:
                if mine.outcome is None:
                    await asyncio.sleep(0)  # the calls of one incident start side by side: let the others come
                while mine.outcome is None and mine.failure is None:
                    await self._ask_for_all()
        finally:
            if mine in self._asked:
                self._asked.remove(mine)
        if mine.outcome is None:
            raise mine.failure or AssertionError("an answered request has an outcome or a failure")
        return mine.outcome

    async def _ask_for_all(self) -> None:
        self._asked.sort(key=lambda asked: asked.request.priority)
        batch, self._asked = self._asked[:_BATCH], self._asked[_BATCH:]
        try:
            answer = await self.ask([asked.request for asked in batch])
        except StoreAway as failure:
            for asked in batch:
                asked.failure = failure
        except asyncio.CancelledError:
            self._asked[:0] = batch  # who has the next turn asks for the others
            raise
        else:
            for asked, outcome in zip(batch, answer.decisions, strict=True):
                asked.outcome = outcome

    async def _fall_in(self, bucket: Bucket) -> None:
        """Wait until there is room behind the calls that left before: see `_ABREAST`."""
        left_at = self._left_at.setdefault(bucket.name, deque(maxlen=_ABREAST))
        now = asyncio.get_running_loop().time()
        leaves_at = max(now, left_at[0] + _ABREAST_SECONDS) if len(left_at) == _ABREAST else now
        left_at.append(leaves_at)
        if leaves_at > now:
            await asyncio.sleep(leaves_at - now)

    def _is_blocked(self, wanted: tuple[Bucket, ...]) -> bool:
        now = asyncio.get_running_loop().time()
        return any(self._blocked_until.get(bucket.name, now) > now for bucket in wanted)


def _read(reply: list[int | bytes], requests: int) -> Answer:
    """Read the script's flat reply: now, a pair for each request, a pair for each blocked bucket."""
    pairs = list(zip(reply[1::2], reply[2::2], strict=True))
    decisions = [(Granted if is_granted else Wait)(int(after_ms)) for is_granted, after_ms in pairs[:requests]]
    blocked = {bytes(name).decode(): int(ms) for name, ms in pairs[requests:]}
    return Answer(int(reply[0]), tuple(decisions), blocked)
