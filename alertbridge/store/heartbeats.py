"""Whose turn it is to send the outward heartbeat, and what a worker says to one that is under way."""

from datetime import timedelta
from typing import Final

from alertbridge.core.ids import EntryId
from alertbridge.store.connection import Connection
from alertbridge.store.keys import HEART_TURN, PULSE

_KEPT_SECONDS: Final = 120
_MS: Final = timedelta(milliseconds=1)


class Heartbeats:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take_turn(self, every: timedelta) -> bool:
        """True for one of all web processes, once in that time."""
        return await self._connection.call("SET", HEART_TURN, 1, "PX", max(1, every // _MS), "NX") is not None

    async def answer(self, pulse: EntryId, cause: str) -> None:
        """Say that a worker took it up, and why Feishu could not be asked; `cause` is empty where it answered."""
        await self._connection.call("SET", PULSE + pulse, cause.encode(), "EX", _KEPT_SECONDS)

    async def answer_to(self, pulse: EntryId) -> str | None:
        """What was said; None: nobody has taken it up."""
        said = await self._connection.call("GET", PULSE + pulse)
        return None if said is None else str(said.decode())
