"""How the store is doing, in numbers that cost little: for metrics and readiness."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from arq.constants import in_progress_key_prefix

from alertbridge.core.incidents.incident import Status
from alertbridge.store.clock import Clock
from alertbridge.store.codec import from_ms
from alertbridge.store.connection import Connection
from alertbridge.store.keys import ARQ_JOB, ARQ_QUEUE, BUSY, DEAD, DUE, PARKED, REACH, STATUSES
from alertbridge.store.mailbox import DeadEntry, decode_dead
from alertbridge.store.reach import GAPS, UNREACHABLE, decode_gaps, decode_unreachable

_LOOKED_AT: Final = 100
_enqueued: Final = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Numbers of one moment."""

    by_status: dict[Status, int]
    """Incidents that are not at their end."""
    owned: int
    """Incidents and rooms that have an owner: being worked on, or about to be."""
    queued: int
    """arq jobs, running ones included."""
    oldest_queued: timedelta
    """How long the oldest job waits that nobody runs; zero: none waits."""
    most_overdue: timedelta
    """How late the wake is that is due longest; zero: none is late."""
    parked: int
    dead: int
    """Entries set aside, at most the newest 1000."""
    unreachable: Mapping[str, int]
    """People of the team file who cannot be called, by reason, as of the last look at them."""
    gaps: Mapping[str, int]
    """Times within two weeks when nobody can be called, by schedule, as of the last look at them."""


class Gauge:
    """Reads the numbers. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._clock = Clock(connection)

    async def read(self) -> Figures:
        """Count."""
        statuses, owned, queued, queue, due, parked, dead, reach, (seconds, _) = await self._connection.together(
            [
                ("HGETALL", STATUSES),
                ("HLEN", BUSY),
                ("ZCARD", ARQ_QUEUE),
                ("ZRANGE", ARQ_QUEUE, 0, _LOOKED_AT - 1),
                ("ZRANGE", DUE, 0, 0, "WITHSCORES"),
                ("ZCARD", PARKED),
                ("LLEN", DEAD),
                ("HMGET", REACH, UNREACHABLE, GAPS),
                ("TIME",),
            ]
        )
        now = await self._clock.now()
        return Figures(
            by_status={status: int(statuses.get(status.encode(), 0)) for status in Status},
            owned=owned,
            queued=queued,
            oldest_queued=await self._oldest(queue, from_ms(seconds * 1000)),
            most_overdue=max(timedelta(), now - from_ms(int(due[1]))) if due else timedelta(),
            parked=parked,
            dead=dead,
            unreachable=Counter(decode_unreachable(reach[0]).values()),
            gaps=decode_gaps(reach[1]),
        )

    async def dead_entries(self, limit: int) -> tuple[DeadEntry, ...]:
        """The entries set aside, newest first."""
        return tuple(map(decode_dead, await self._connection.call("LRANGE", DEAD, 0, limit - 1)))

    async def _oldest(self, jobs: list[bytes], now: datetime) -> timedelta:
        """`now` is the server's own time: it is what jobs are stamped with."""
        names = [job.decode() for job in jobs]
        running = [("EXISTS", in_progress_key_prefix + name) for name in names]
        bodies = [("GET", ARQ_JOB + name) for name in names]
        answers = await self._connection.together([*running, *bodies])
        waiting = [
            now - from_ms(_enqueued(body)["et"])
            for is_running, body in zip(answers[: len(names)], answers[len(names) :], strict=True)
            if not is_running and body is not None
        ]
        return max(timedelta(), *waiting) if waiting else timedelta()
