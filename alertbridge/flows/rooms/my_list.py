"""Looks up what is somebody's: their open incidents, and whether they are on call."""

from datetime import datetime
from functools import reduce

from alertbridge.core.incidents.incident import Incident
from alertbridge.core.lifecycle import observe
from alertbridge.core.rooms.my_list import LIST_ROWS, ListKind, ListView, rows_of, waiting_rows
from alertbridge.core.rooms.room import Room, ShownList, person_of
from alertbridge.flows.runtime import Runtime

_READ = 1000


async def look_up_list(room: Room, kind: ListKind, now: datetime, runtime: Runtime) -> ListView:
    """What the list of this direct chat shows now. Raises the store's errors."""
    if kind is ListKind.CALLS:
        return await _look_up_calls(room, runtime)
    person = person_of(room.id)
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


async def _look_up_calls(room: Room, runtime: Runtime) -> ListView:
    """What somebody is called for, as its owners will see it: an acknowledgement counts once it is stored."""
    called = [call.incident for call in room.calls]
    shown = [row.incident for one in room.shown for row in (*one.view.rows, *one.view.others) if _is_of_calls(one)]
    known: list[Incident] = []
    for incident in dict.fromkeys((*shown, *called)):
        peeked = await runtime.records.peek(incident)
        if peeked is not None and peeked[0].incident is not None:
            known.append(reduce(lambda before, entry: observe(before, entry).incident, peeked[1], peeked[0].incident))
    rows = waiting_rows(known)
    return ListView(
        kind=ListKind.CALLS,
        is_on_call=True,
        next_shift_at=None,
        count=len(rows),
        rows=rows[:LIST_ROWS],
        others=rows[LIST_ROWS:],
        timezone=runtime.team.chat.timezone,
    )


def _is_of_calls(one: ShownList) -> bool:
    return one.view.kind is ListKind.CALLS
