"""The time that decides: the store's own, plus an offset that only tests and the demo set."""

from datetime import datetime, timedelta

from alertbridge.store.codec import from_ms
from alertbridge.store.connection import Connection
from alertbridge.store.keys import CLOCK

_MS = timedelta(milliseconds=1)


class Clock:
    """Reads the product's time, as the scripts do."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """Raises `StoreAway`."""
        (seconds, micros), offset = await self._connection.together([("TIME",), ("GET", CLOCK)])
        return from_ms(seconds * 1000 + micros // 1000 + int(offset or 0))

    async def advance(self, by: timedelta) -> None:
        """Play time: everything that waits becomes due sooner. Raises `StoreAway`."""
        await self._connection.call("INCRBY", CLOCK, by // _MS)
