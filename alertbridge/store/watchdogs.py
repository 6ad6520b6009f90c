"""What was heard of dead man's switches, and whether anybody could have heard them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from alertbridge.core.alerts.watchdog import Listening, Watch
from alertbridge.store.codec import from_ms, to_ms
from alertbridge.store.connection import Connection
from alertbridge.store.keys import CLOCK, HEARD, LISTENING, WATCH_TURN, WATCHES

log = structlog.get_logger(__name__)

BEAT_SECONDS: Final = 5.0
"""How often a door that is open says so."""

_PAUSE_MS: Final = 20_000
"""Without such a sign for so long no door was open."""

_MS: Final = timedelta(milliseconds=1)

Post = tuple[str, str]
"""A watchdog's name, and the sender of whom it is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """What is known at one moment."""

    now: datetime
    listening: Listening | None
    """None: no door is open, so nobody can be heard."""
    heard: Mapping[Post, datetime]
    watches: Mapping[Post, Watch]


class Watchdogs:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hear(self, posts: Iterable[Post], at: datetime) -> None:
        """Keep that they were heard."""
        told = [part for post in posts for part in (_field(post), to_ms(at))]
        await self._connection.call("HSET", HEARD, *told)

    async def beat(self) -> None:
        """Keep that senders can reach us. Pauses are real ones: time that is only played is none."""
        (seconds, micros), offset, stored = await self._connection.together(
            [("TIME",), ("GET", CLOCK), ("HMGET", LISTENING, "beat", "since", "total")]
        )
        real = seconds * 1000 + micros // 1000
        beat, since, total = (None if value is None else int(value) for value in stored)
        if beat is None or since is None or real - beat > _PAUSE_MS:
            since = real + int(offset or 0)
        else:
            total = (total or 0) + max(0, real - beat)
        await self._connection.call("HSET", LISTENING, "beat", real, "since", since, "total", total or 0)

    async def take_turn(self, every: timedelta) -> bool:
        """True for one of all workers, once in that time."""
        return await self._connection.call("SET", WATCH_TURN, 1, "PX", max(1, every // _MS), "NX") is not None

    async def look_out(self) -> Lookout:
        """Read everything. What is damaged is left out, so that it is expected anew."""
        (seconds, micros), offset, listening, heard, watches = await self._connection.together(
            [
                ("TIME",),
                ("GET", CLOCK),
                ("HMGET", LISTENING, "beat", "since", "total"),
                ("HGETALL", HEARD),
                ("HGETALL", WATCHES),
            ]
        )
        real = seconds * 1000 + micros // 1000
        return Lookout(
            now=from_ms(real + int(offset or 0)),
            listening=_listening(listening, real),
            heard={_post(field): from_ms(int(at)) for field, at in heard.items()},
            watches=dict(_readable(watches)),
        )

    async def keep(self, post: Post, watch: Watch) -> None:
        """Keep what is known of one."""
        await self._connection.call("HSET", WATCHES, _field(post), msgspec.json.encode(watch))

    async def forget(self, post: Post) -> None:
        """Nobody expects it any more."""
        await self._connection.together([("HDEL", WATCHES, _field(post)), ("HDEL", HEARD, _field(post))])


def _listening(stored: list[bytes | None], real: int) -> Listening | None:
    beat, since, total = (None if value is None else int(value) for value in stored)
    if beat is None or since is None or real - beat > _PAUSE_MS:
        return None
    return Listening(since=from_ms(since), total=timedelta(milliseconds=total or 0))


def _field(post: Post) -> bytes:
    return msgspec.json.encode(post)


def _post(field: bytes) -> Post:
    post: Post = msgspec.json.decode(field, type=Post)
    return post


def _readable(stored: Mapping[bytes, bytes]) -> Iterator[tuple[Post, Watch]]:
    for field, written in stored.items():
        try:
            yield _post(field), msgspec.json.decode(written, type=Watch)
        except msgspec.DecodeError as error:
            log.error("watchdog_unreadable", watchdog=field.decode(errors="replace"), cause=str(error))
