"""The store's time without asking each time: read now and then, kept going by a clock that nobody sets."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from alertbridge.store.clock import Clock
from alertbridge.store.errors import StoreAway

SYNC_SECONDS: Final = 2.0


class StoreClock:
    """What time it is for the product.

    Until the store answers for the first time the host's clock stands in; nothing can be stored then anyway.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - until the store has told its own
        self._read_at = time.monotonic()

    def now(self) -> datetime:
        """The store's time, to a few milliseconds."""
        return self._read + timedelta(seconds=time.monotonic() - self._read_at)

    async def start(self) -> None:
        """Read it once. Raises `StoreAway`."""
        asked_at = time.monotonic()
        self._read = await self._clock.now()
        self._read_at = (asked_at + time.monotonic()) / 2

    async def keep_in_step(self) -> None:
        """Read it again every two seconds, until cancelled; while the store is away our own clock carries on."""
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            try:
                await self.start()
            except StoreAway:
                continue
