"""The calendars that fill schedules: what each said when it could be read last, and how reading it went since."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from alertbridge.core.oncall.calendar import CalendarText
from alertbridge.store.connection import Command, Connection
from alertbridge.store.keys import CALENDAR_STATES, CALENDARS

_NUMBER: Final = b"number"
_FRONT: Final = "of:"
"""Before the name of a schedule: no schedule can be called `number` then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarState:
    """How reading one calendar went."""

    source: str
    """Which calendar it was; not its address."""
    read_at: datetime | None = None
    """When it was read last; None: never."""
    failed_at: datetime | None = None
    """Since when it cannot be read; None: it could at the last try."""
    cause: str = ""
    """Why not; or, where it could, why part of it was left out."""
    appointments: int = 0
    """How many it had when it was read last."""
    unknown: tuple[str, ...] = ()
    """What its appointments said that name nobody of the team file, then."""


class Calendars:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def number(self) -> int:
        """How often what they say has changed."""
        return int(await self._connection.call("HGET", CALENDAR_STATES, _NUMBER) or 0)

    async def texts(self) -> dict[str, CalendarText]:
        """What each said last, by schedule. What a newer version wrote is left out."""
        stored = await self._connection.call("HGETALL", CALENDARS)
        read = {schedule.decode(): _text(packed) for schedule, packed in stored.items()}
        return {schedule: text for schedule, text in read.items() if text is not None}

    async def states(self) -> dict[str, CalendarState]:
        """How reading each went, by schedule."""
        return decode_states(await self._connection.call("HGETALL", CALENDAR_STATES))

    async def keep(self, schedule: str, state: CalendarState, text: CalendarText | None) -> None:
        """Keep how reading it went, and what it says; None: what it said before."""
        commands: list[Command] = [("HSET", CALENDAR_STATES, _FRONT + schedule, msgspec.json.encode(state))]
        if text is not None:
            packed = zlib.compress(msgspec.json.encode(text))
            if packed != await self._connection.call("HGET", CALENDARS, schedule):
                commands += [("HSET", CALENDARS, schedule, packed), ("HINCRBY", CALENDAR_STATES, _NUMBER, 1)]
        await self._connection.together(commands)

    async def forget(self, schedule: str) -> None:
        """Drop what is kept of a calendar that the team file does not name any more."""
        await self._connection.together(
            [
                ("HDEL", CALENDARS, schedule),
                ("HDEL", CALENDAR_STATES, _FRONT + schedule),
                ("HINCRBY", CALENDAR_STATES, _NUMBER, 1),
            ]
        )


def decode_states(stored: dict[bytes, bytes]) -> dict[str, CalendarState]:
    """Read a whole hash. What a newer version wrote is left out."""
    read = {field.decode().removeprefix(_FRONT): _state(value) for field, value in stored.items() if field != _NUMBER}
    return {schedule: state for schedule, state in read.items() if state is not None}


def _state(value: bytes) -> CalendarState | None:
    try:
        return msgspec.json.decode(value, type=CalendarState)
    except msgspec.DecodeError:
        return None


def _text(packed: bytes) -> CalendarText | None:
    try:
        return msgspec.json.decode(zlib.decompress(packed), type=CalendarText)
    except (msgspec.DecodeError, zlib.error):
        return None
