"""Looks up what is somebody's: their open incidents, and whether they are on call."""

from datetime import datetime

from alertbridge.core.ids import RoomId
from alertbridge.core.rooms.my_list import LIST_ROWS, ListKind, ListView, rows_of
from alertbridge.core.rooms.room import person_of
from alertbridge.flows.runtime import Runtime

_READ = 1000


async def look_up_list(room: RoomId, kind: ListKind, now: datetime, runtime: Runtime) -> ListView:
    """What the list of this direct chat shows now. Raises the store's errors."""
    person = person_of(room)
    stored = await runtime.records.list_open(_READ)
    rows = rows_of(person, [one.incident for one in stored if one.incident is not None])
    duty = await runtime.directory.duty(person, runtime.rota.team, now)
    return ListView(
        kind=kind,
        is_on_call=duty.is_on_call,
        next_shift_at=duty.next_shift_at,
        count=len(rows),
        rows=rows[:LIST_ROWS],
        timezone=runtime.team.chat.timezone,
    )
