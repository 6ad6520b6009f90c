"""Whose turn it is to ask an Alertmanager, and what earlier looks found."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from alertbridge.core.ids import AlertKey, IncidentId
from alertbridge.core.incidents.upstream import Memory
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.errors import Unreadable
from alertbridge.store.keys import DOUBTS, LOOKS, SEEN
from alertbridge.store.turns import Turns

_KEPT: Final = timedelta(minutes=10)
"""A doubt of a look so long ago says nothing about the next one."""
_SEEN_KEPT: Final = timedelta(days=30)
"""That an Alertmanager had an alert stays true; this only clears away what nobody asks for any more."""
_MS: Final = timedelta(milliseconds=1)


class Looks:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._clock = Clock(connection)
        self._turns = Turns(connection, LOOKS)

    async def now(self) -> datetime:
        """The store's time."""
        return await self._clock.now()

    async def take_turn(self, integration: str, longest: timedelta) -> bool:
        """True for one of all workers, until it ends its turn; one that died has ended it after `longest`."""
        return await self._turns.take(integration, longest)

    async def end_turn(self, integration: str, *, pause: timedelta) -> None:
        """Let the next turn begin after this pause."""
        await self._turns.end(integration, pause=pause)

    async def memory(self, integration: str) -> Memory:
        """What the looks so far leave to the next one. Raises `Unreadable` too."""
        doubts, seen = await self._connection.together([("GET", DOUBTS + integration), ("GET", SEEN + integration)])
        try:
            return Memory(
                doubts=frozenset() if doubts is None else msgspec.json.decode(doubts, type=frozenset[str]),
                seen={} if seen is None else msgspec.json.decode(seen, type=dict[IncidentId, frozenset[AlertKey]]),
            )
        except msgspec.DecodeError as error:
            raise Unreadable(f"what looks at {integration} left: {error}") from error

    async def remember(self, integration: str, memory: Memory) -> None:
        """Leave it to the next look, whoever does it."""
        doubts, seen = msgspec.json.encode(sorted(memory.doubts)), msgspec.json.encode(memory.seen)
        await self._connection.together(
            [
                ("SET", DOUBTS + integration, doubts, "PX", _KEPT // _MS),
                ("SET", SEEN + integration, seen, "PX", _SEEN_KEPT // _MS),
            ]
        )
