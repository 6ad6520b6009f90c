"""Which ended incidents are safe in files, and forgetting those that ended long ago."""

from datetime import timedelta
from typing import Final

from alertbridge.core.ids import IncidentId
from alertbridge.store.clock import Clock
from alertbridge.store.codec import decode_earlier, to_ms
from alertbridge.store.connection import Command, Connection
from alertbridge.store.keys import ALERTS, ARCHIVE, CHATS, CLOSED, FOLDS, INCIDENT, LAST, NUMBERS, TIMELINE
from alertbridge.store.records import Records

_AT_ONCE: Final = 100


async def prune(connection: Connection, *, history: timedelta) -> tuple[IncidentId, ...]:
    """Delete the oldest incidents that ended more than `history` ago, at most 100; return which.

    One that is not exported yet stays, however old it is. Raises `StoreAway`, `TooNew`, `Unreadable`.
    """
    before = to_ms(await Clock(connection).now() - history)
    old = await connection.call("ZRANGE", CLOSED, "-inf", f"({before}", "BYSCORE")
    ids = [IncidentId(name.decode()) for name in old]
    exported = await connection.together([("HGET", INCIDENT + id_, "exported") for id_ in ids])
    pruned = tuple(id_ for id_, flag in zip(ids, exported, strict=True) if flag is not None)[:_AT_ONCE]
    for incident in pruned:
        await connection.together(await _forgetting(connection, incident))
    return pruned


async def not_exported(connection: Connection) -> tuple[IncidentId, ...]:
    """Find the ended incidents whose archive was never written as files. Raises `StoreAway`."""
    ended = [IncidentId(name.decode()) for name in await connection.call("ZRANGE", CLOSED, 0, -1)]
    found: list[IncidentId] = []
    for start in range(0, len(ended), _AT_ONCE):
        some = ended[start : start + _AT_ONCE]
        flags = await connection.together([("HGET", INCIDENT + id_, "exported") for id_ in some])
        found += (id_ for id_, flag in zip(some, flags, strict=True) if flag is None)
    return tuple(found)


async def _forgetting(connection: Connection, incident: IncidentId) -> list[Command]:
    stored = await Records(connection).get(incident)
    commands: list[Command] = [
        ("DEL", *(front + incident for front in (INCIDENT, ALERTS, TIMELINE, ARCHIVE, FOLDS))),
        ("ZREM", CLOSED, incident),
    ]
    if stored is not None:
        commands.append(("HDEL", NUMBERS, stored.number))
        last = await connection.call("HGET", LAST, stored.opening.group_key)
        if last is not None and decode_earlier(last).id == incident:
            commands.append(("HDEL", LAST, stored.opening.group_key))
        if stored.incident is not None and stored.incident.chat is not None:
            commands.append(("HDEL", CHATS, stored.incident.chat.id))
    return commands
