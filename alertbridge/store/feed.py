"""The way into every inbox, for all waiting requests together.

A round trip costs more than a request, so what waits goes as one script call, at most two of them at a time; a request
that is alone goes at once. The script finds the incident, or opens it, and wakes its owner.

A call without an answer may have been done. Nothing is repeated here: the sender is told 503 and repeats, and digests,
body hashes and receipts make the second time harmless.
"""

import asyncio
from collections import deque
from typing import Any, Final

from alertbridge.core.ids import ChatId, IncidentId, RoomId
from alertbridge.core.incidents.command import Entry
from alertbridge.core.rooms.room import RoomEntry
from alertbridge.store.codec import SCHEMA, OpeningEncoder
from alertbridge.store.connection import Connection
from alertbridge.store.deliveries import Delivery, Outcome, Taken, pack_delivery, pack_entry
from alertbridge.store.errors import StoreAway
from alertbridge.store.scripts import load

_APPEND: Final = load("append")

_CALLS_IN_FLIGHT: Final = 2
_BATCH_ITEMS: Final = 256
_BATCH_BYTES: Final = 1 << 18
"""A quarter of what the store takes without a pause to be seen: while it works, there is something to parse."""


class _Item:
    """Something packed that waits to be sent, and the answer somebody waits for."""

    __slots__ = ("answer", "packed")

    def __init__(self, packed: bytes, answer: asyncio.Future[Any]) -> None:
        self.packed = packed
        self.answer = answer


class Feed:
    """One for each process, so that its requests can go together."""

    def __init__(self, connection: Connection, *, replicas: int = 0) -> None:
        self._connection = connection
        self._replicas = replicas
        self._encode_opening = OpeningEncoder()
        self._waiting: deque[_Item] = deque()
        self._senders: set[asyncio.Task[None]] = set()
        self._active = 0
        self._loop: asyncio.AbstractEventLoop | None = None  # asked for once: each time costs a system call

    async def deliver(self, delivery: Delivery) -> Taken:
        """Store what is new in a delivery. Raises `StoreAway`; repeating the delivery is then harmless."""
        parts = [self._put(part) for part in pack_delivery(delivery, self._encode_opening)]
        if len(parts) == 1:  # nearly always
            return Taken(*await parts[0])
        return Taken(*map(sum, zip(*await asyncio.gather(*parts), strict=True)))

    async def append(self, incident: IncidentId, entry: Entry, *, receipt: str | None = None) -> Outcome:
        """Put an entry into an incident's inbox, once for each `receipt`. Raises `StoreAway`.

        Its `at` becomes the store's time, whatever it was.
        """
        return _outcome(await self._put(pack_entry(entry, receipt, incident=incident)))

    async def append_by_chat(self, chat: ChatId, entry: Entry, *, receipt: str | None = None) -> Outcome:
        """Put an entry into the inbox of the incident that `chat` belongs to, else park it. As `append`."""
        return _outcome(await self._put(pack_entry(entry, receipt, chat=chat)))

    async def append_room(self, room: RoomId, entry: RoomEntry, *, receipt: str | None = None) -> Outcome:
        """Put an entry into a room's inbox; the first one makes the room. As `append`."""
        return _outcome(await self._put(pack_entry(entry, receipt, room=room)))

    def _put(self, packed: bytes) -> asyncio.Future[Any]:
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        item = _Item(packed, loop.create_future())
        self._waiting.append(item)
        if self._active < _CALLS_IN_FLIGHT:
            self._active += 1
            sender = loop.create_task(self._send_all())
            self._senders.add(sender)  # the loop itself does not keep its tasks
            sender.add_done_callback(self._senders.discard)
        return item.answer

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                await self._send(self._take_batch())
        finally:
            self._active -= 1

    def _take_batch(self) -> list[_Item]:
        batch = [self._waiting.popleft()]
        size = len(batch[0].packed)
        while self._waiting and len(batch) < _BATCH_ITEMS:
            size += len(self._waiting[0].packed)
            if size > _BATCH_BYTES:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _send(self, batch: list[_Item]) -> None:
        failure = "the process stops"
        try:
            packed = [item.packed for item in batch]
            answers = await self._connection.run(_APPEND, SCHEMA, *packed, replicas=self._replicas)
            for item, answer in zip(batch, answers, strict=True):
                if not item.answer.done():
                    item.answer.set_result(answer)
        except StoreAway as error:
            failure = str(error)
        finally:
            for item in batch:
                if not item.answer.done():
                    item.answer.set_exception(StoreAway(failure))


def _outcome(answer: bytes) -> Outcome:
    return Outcome(answer.decode())
