"""Whose turn it is to do what one worker does for all."""

from datetime import timedelta
from typing import Final

from alertbridge.store.connection import Connection
from alertbridge.store.keys import TURNS

_MS: Final = timedelta(milliseconds=1)


class Turns:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, front: str = TURNS) -> None:
        self._connection = connection
        self._front = front

    async def take(self, what: str, longest: timedelta) -> bool:
        """True for one of all workers, until it ends its turn; one that died has ended it after `longest`."""
        return await self._connection.call("SET", self._front + what, 1, "PX", longest // _MS, "NX") is not None

    async def end(self, what: str, *, pause: timedelta) -> None:
        """Let the next turn begin after this pause."""
        await self._connection.call("PEXPIRE", self._front + what, max(1, pause // _MS))
