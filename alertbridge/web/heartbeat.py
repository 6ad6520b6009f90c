"""The outward heartbeat: a service outside is told, again and again, that the whole path works.

Each beat is a request to our own door, as a sender makes it. It is stored, a worker takes it up and asks Feishu for
something; only then the service outside is called. Where a part fails it is not, and somebody hears of our silence.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from ulid import ULID

from alertbridge.core.ids import EntryId
from alertbridge.flows import metrics
from alertbridge.flows.heartbeat import heartbeat_body
from alertbridge.store.errors import StoreAway
from alertbridge.store.heartbeats import Heartbeats

log = structlog.get_logger(__name__)

DOOR_SECONDS: Final = 10.0
WORKER_SECONDS: Final = 20.0
MONITOR_SECONDS: Final = 10.0
"""From asking for a connection to the last byte."""

_LOOK_SECONDS: Final = 0.1
_TURN_SECONDS: Final = 2.0
"""How often each process looks whether the turn is its own: so much later than wanted a beat may be."""

_NOT_STORED: Final = 503


class Part(StrEnum):
    """What a beat goes through, in its order."""

    DOOR = "door"
    STORE = "store"
    WORKER = "worker"
    FEISHU = "feishu"
    MONITOR = "monitor"


class Stopped(Exception):  # noqa: N818 - named for what it says, like all our errors
    """A beat did not get through."""

    def __init__(self, part: Part, cause: str) -> None:
        super().__init__(f"{part}: {cause}")
        self.part = part
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Who waits for the beats."""

    url: str
    """A secret: whoever knows it can say that we are well. Never logged whole."""
    method: str

    @property
    def host(self) -> str:
        """The part of the address that may be shown."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heart:
    """Sends beats from one process."""

    session: aiohttp.ClientSession
    door: str
    """Where this process listens for webhooks."""
    token: str
    """Shown at the door; empty: nobody asks for one."""
    monitor: Monitor
    heartbeats: Heartbeats
    worker_seconds: float = WORKER_SECONDS
    """How long a worker may take to answer."""

    async def keep_beating(self, every: timedelta) -> None:
        """Send a beat when it is time, one web process of all; runs until cancelled."""
        while True:
            await self.beat_in_turn(every)
            await asyncio.sleep(min(_TURN_SECONDS, every.total_seconds()))

    async def beat_in_turn(self, every: timedelta) -> None:
        """Send one, if it is the turn of this process; count it, and say what stopped it."""
        outcome = "sent"
        try:
            if not await self.heartbeats.take_turn(every):
                return
            await self.beat(EntryId(str(ULID())))
        except Stopped as stopped:
            outcome = self._say(stopped)
        except StoreAway as error:
            outcome = self._say(Stopped(Part.STORE, str(error)))
        metrics.HEARTBEATS.labels(outcome).inc()

    def _say(self, stopped: Stopped) -> Part:
        log.warning("heartbeat_stopped", part=stopped.part, cause=stopped.cause, monitor=self.monitor.host)
        return stopped.part

    async def beat(self, pulse: EntryId) -> None:
        """Go the whole way once. Raises `Stopped` and `StoreAway`."""
        await self._knock(pulse)
        await self._see_it_taken_up(pulse)
        await self._tell()

    async def _knock(self, pulse: EntryId) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with (
                asyncio.timeout(DOOR_SECONDS),
                self.session.post(
                    self.door, json=heartbeat_body(pulse), headers=headers, allow_redirects=False
                ) as answer,
            ):
                if answer.status != 200:
                    part = Part.STORE if answer.status == _NOT_STORED else Part.DOOR
                    raise Stopped(part, f"our own door answered {answer.status}: {await answer.text()}")
        except (aiohttp.ClientError, OSError) as error:  # a time-out is an OSError, too
            raise Stopped(Part.DOOR, _named(error, DOOR_SECONDS)) from error

    async def _see_it_taken_up(self, pulse: EntryId) -> None:
        try:
            async with asyncio.timeout(self.worker_seconds):
                cause = await self._answer_to(pulse)
        except TimeoutError as error:
            raise Stopped(Part.WORKER, f"no worker took it up within {self.worker_seconds:g} s") from error
        if cause:
            raise Stopped(Part.FEISHU, cause)

    async def _answer_to(self, pulse: EntryId) -> str:
        while True:
            cause = await self.heartbeats.answer_to(pulse)
            if cause is not None:
                return cause
            await asyncio.sleep(_LOOK_SECONDS)

    async def _tell(self) -> None:
        try:
            async with (
                asyncio.timeout(MONITOR_SECONDS),
                self.session.request(self.monitor.method, self.monitor.url, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    hint = ": write the address it leads to" if 300 <= answer.status < 400 else ""
                    raise Stopped(Part.MONITOR, f"it answered {answer.status}{hint}")
        except (aiohttp.ClientError, OSError) as error:
            raise Stopped(Part.MONITOR, _named(error, MONITOR_SECONDS)) from error


@asynccontextmanager
async def open_heart(
    *, door: str, token: str, monitor: Monitor, heartbeats: Heartbeats, worker_seconds: float = WORKER_SECONDS
) -> AsyncIterator[Heart]:
    """A heart with connections of its own."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Heart(
            session=session,
            door=door,
            token=token,
            monitor=monitor,
            heartbeats=heartbeats,
            worker_seconds=worker_seconds,
        )


def _named(error: Exception, seconds: float) -> str:
    """What went wrong, without the address: some errors of aiohttp show it whole."""
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        return os.strerror(error.os_error.errno) if error.os_error.errno else type(error.os_error).__name__
    return type(error).__name__
