"""Whose turn it is to ask an Alertmanager, and what the last look found missing."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.errors import Unreadable
from alertbridge.store.keys import DOUBTS, LOOKS

_KEPT: Final = timedelta(minutes=10)
"""A doubt of a look so long ago says nothing about the next one."""


class Looks:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._clock = Clock(connection)

    async def now(self) -> datetime:
        """The store's time."""
        return await self._clock.now()

    async def take_turn(self, integration: str, every: timedelta) -> bool:
        """True for one of all workers, once in that time."""
        ms = max(1, every // timedelta(milliseconds=1))
        return await self._connection.call("SET", LOOKS + integration, 1, "PX", ms, "NX") is not None

    async def doubts(self, integration: str) -> frozenset[str]:
        """What the last look found missing. Raises `Unreadable` too."""
        stored = await self._connection.call("GET", DOUBTS + integration)
        if stored is None:
            return frozenset()
        try:
            return msgspec.json.decode(stored, type=frozenset[str])
        except msgspec.DecodeError as error:
            raise Unreadable(f"doubts about {integration}: {error}") from error

    async def keep_doubts(self, integration: str, doubts: frozenset[str]) -> None:
        """Leave them to the next look, whoever does it."""
        ms = _KEPT // timedelta(milliseconds=1)
        await self._connection.call("SET", DOUBTS + integration, msgspec.json.encode(sorted(doubts)), "PX", ms)
