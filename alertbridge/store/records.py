"""What is stored of incidents, to be looked at: nothing here changes anything, and nobody has to own what he reads."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alertbridge.core.ids import ChatId, IncidentId, RoomId
from alertbridge.core.incidents.command import Entry
from alertbridge.core.incidents.incident import Earlier, Incident, Opening
from alertbridge.core.rooms.room import Room, is_room
from alertbridge.core.timeline import TimelineLine
from alertbridge.store.codec import (
    check_schema,
    decode_earlier,
    decode_entry,
    decode_incident,
    decode_lines,
    decode_opening,
    decode_room,
    from_ms,
)
from alertbridge.store.connection import Command, Connection
from alertbridge.store.errors import Unreadable
from alertbridge.store.keys import ALERTS, CHATS, CLOSED, DUE, INBOX, INCIDENT, NUMBERS, STANDING, TIMELINE

_READ_AT_ONCE: Final = 50
_PEEKED_ENTRIES: Final = 256
_FIELDS: Final = ("schema", "number", "opened", "opening", "record", "ended", "earlier", "later")
_COMMANDS: Final = 3


@dataclass(frozen=True, slots=True)
class Later:
    """An incident that began after another one of its group key was closed."""

    id: IncidentId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An incident as it was last saved, and what waits for its owner."""

    id: IncidentId
    number: int
    opened_at: datetime
    opening: Opening
    incident: Incident | None
    """None: just opened, no owner has saved it yet."""
    waiting: int
    """Entries in its inbox."""
    ended_at: datetime | None
    """When it came to its end: closed, and nothing more to do."""
    earlier: Earlier | None = None
    """The incident that its group key opened before it."""
    later: Later | None = None
    """The one that it opened after it."""


class Records:
    """Every method raises `StoreAway`, `TooNew`, `Unreadable`.

    Given `on_unreadable`, lists leave out what is damaged and tell it there: one incident must not hide the others.
    """

    def __init__(
        self, connection: Connection, on_unreadable: Callable[[IncidentId, Unreadable], None] | None = None
    ) -> None:
        self._connection = connection
        self._on_unreadable = on_unreadable

    async def get(self, incident: IncidentId) -> Stored | None:
        """One incident; None where there is none."""
        answers = await self._connection.together(_reading(incident))
        return _stored(incident, answers)

    async def peek(self, incident: IncidentId) -> tuple[Stored, tuple[Entry, ...]] | None:
        """One incident and its inbox (the first 256 entries), read in one step: what its owner will see next."""
        waiting: Command = ("LRANGE", INBOX + incident, 0, _PEEKED_ENTRIES - 1)
        *answers, entries = await self._connection.together([*_reading(incident), waiting])
        stored = _stored(incident, answers)
        return None if stored is None else (stored, tuple(map(decode_entry, entries)))

    async def by_number(self, number: int) -> IncidentId | None:
        """Find the incident that people call `#number`."""
        return _id(await self._connection.call("HGET", NUMBERS, number))

    async def by_chat(self, chat: ChatId) -> IncidentId | None:
        """Find the incident whose group this is."""
        return _id(await self._connection.call("HGET", CHATS, chat))

    async def in_standing_room(self, chat: ChatId) -> tuple[IncidentId, ...]:
        """Find the incidents that have their card in a group that people have, the oldest first."""
        return tuple(
            sorted(IncidentId(name.decode()) for name in await self._connection.call("SMEMBERS", STANDING + chat))
        )

    async def list_open(self, limit: int) -> tuple[Stored, ...]:
        """The incidents that are not at their end; where there are more than `limit`, those that are due first."""
        names: list[bytes] = []
        for start in itertools.count(step=limit):
            some = await self._connection.call("ZRANGE", DUE, start, start + limit - 1)
            names += (name for name in some if not is_room(name.decode()))
            if len(some) < limit or len(names) >= limit:
                break
        return await self._all(names[:limit])

    async def list_closed(self, limit: int) -> tuple[Stored, ...]:
        """The incidents at their end, latest first."""
        return await self._all(await self._connection.call("ZRANGE", CLOSED, 0, limit - 1, "REV"))

    async def room(self, room: RoomId) -> Room:
        """A room as it was last saved; a fresh one where there is none."""
        schema, record = await self._connection.call("HMGET", INCIDENT + room, "schema", "record")
        if record is None:
            return Room(id=room)
        check_schema(int(schema))
        return decode_room(record)

    async def timeline(self, incident: IncidentId) -> tuple[TimelineLine, ...]:
        """What happened to it, oldest first; the newest 2000 lines."""
        return decode_lines(await self._connection.call("LRANGE", TIMELINE + incident, 0, -1))

    async def _all(self, names: Sequence[bytes]) -> tuple[Stored, ...]:
        ids = [IncidentId(name.decode()) for name in names]
        found: list[Stored] = []
        for start in range(0, len(ids), _READ_AT_ONCE):
            some = ids[start : start + _READ_AT_ONCE]
            answers = await self._connection.together([command for id_ in some for command in _reading(id_)])
            for place, id_ in enumerate(some):
                stored = self._readable(id_, answers[place * _COMMANDS : (place + 1) * _COMMANDS])
                if stored is not None:  # None: pruned since the list was read, or damaged
                    found.append(stored)
        return tuple(found)

    def _readable(self, incident: IncidentId, answers: Sequence[Any]) -> Stored | None:
        try:
            return _stored(incident, answers)
        except Unreadable as error:
            if self._on_unreadable is None:
                raise
            self._on_unreadable(incident, error)
            return None


def _reading(incident: IncidentId) -> list[Command]:
    return [
        ("HMGET", INCIDENT + incident, *_FIELDS),
        ("HGETALL", ALERTS + incident),
        ("LLEN", INBOX + incident),
    ]


def _stored(incident: IncidentId, answers: Sequence[Any]) -> Stored | None:
    (schema, number, opened, opening, record, ended, earlier, later), alerts, waiting = answers
    if schema is None:
        return None
    check_schema(int(schema))
    return Stored(
        id=incident,
        number=int(number),
        opened_at=from_ms(int(opened)),
        opening=decode_opening(opening),
        incident=record and decode_incident(record, opening, alerts),
        waiting=waiting,
        ended_at=ended and from_ms(int(ended)),
        earlier=earlier and decode_earlier(earlier),
        later=later and _later(later),
    )


def _later(stored: bytes) -> Later:
    incident, number = stored.decode().split(" ")
    return Later(IncidentId(incident), int(number))


def _id(answer: bytes | None) -> IncidentId | None:
    return None if answer is None else IncidentId(answer.decode())
