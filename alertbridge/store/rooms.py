"""The owner's side of a room, as `mailbox` is of an incident: the same inbox, owner and fence, a shorter save.

A room has no number, alerts, group key or end. So it is claimed by the same script, and saved by one of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from alertbridge.core.ids import JobId, RoomId
from alertbridge.core.rooms.room import Room, RoomEntry
from alertbridge.store.codec import SCHEMA, decode_room, decode_room_entry, encode_room, from_ms, to_ms
from alertbridge.store.connection import Connection
from alertbridge.store.errors import TooNew
from alertbridge.store.mailbox import DeadEntry, Saved, decode_dead
from alertbridge.store.scripts import load

_CLAIM: Final = load("claim")
_SAVE: Final = load("save_room")
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomClaim:
    """A room in its owner's hands; see `mailbox.Claim`."""

    id: RoomId
    job: JobId
    revision: int
    now: datetime
    room: Room
    """As it was last saved; a fresh one at first."""
    entries: tuple[RoomEntry, ...]
    has_more: bool
    dead: DeadEntry | None


class Rooms:
    """Inboxes and owners of all rooms."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, room: RoomId, job: JobId) -> RoomClaim | None:
        """Take a room over; None when another job was made its owner. As `Mailbox.claim`."""
        reply = await self._run_claim(room, job)
        if reply is None:
            return None
        now, entries, more, revision, _, _, _, record, dead, *_ = reply
        return RoomClaim(
            id=room,
            job=job,
            revision=revision,
            now=from_ms(now),
            room=decode_room(record) if record else Room(id=room),
            entries=tuple(map(decode_room_entry, entries)),
            has_more=bool(more),
            dead=dead and decode_dead(dead),
        )

    async def read_on(self, claim: RoomClaim, *, in_hand: int) -> tuple[RoomEntry, ...] | None:
        """Read what the inbox holds behind the `in_hand` entries that are not saved as drained yet.

        None when the claim is over. Raises `StoreAway`, `TooNew`, `Unreadable`.
        """
        reply = await self._run_claim(claim.id, claim.job, claim.revision, in_hand)
        return None if reply is None else tuple(map(decode_room_entry, reply[1]))

    async def save(
        self, claim: RoomClaim, room: Room, *, due: datetime | None, drained: int, release: bool = False
    ) -> Saved:
        """Write `room` and take `drained` entries from the inbox. Raises `StoreAway`: then stop as if refused.

        `due` is when it is woken although nothing happened, at most an hour ahead; None: it need not be.
        """
        packed = {
            "room": claim.id,
            "job": claim.job,
            "revision": claim.revision,
            "schema": SCHEMA,
            "record": encode_room(room).decode(),
            "drained": drained,
            "due": None if due is None else to_ms(due),
            "release": release,
        }
        answer = await self._connection.run(_SAVE, _pack(packed))
        return Saved(answer.decode())

    async def _run_claim(self, room: RoomId, *arguments: Any) -> Any:
        job, *further = arguments
        reply = await self._connection.run(_CLAIM, room, job, SCHEMA, *further)
        if reply is not None and len(reply) == 1:
            raise TooNew(int(reply[0]), SCHEMA)
        return reply
