"""The accepted team file, so that a reload on one process is a reload on all."""

from dataclasses import dataclass

from alertbridge.store.connection import Connection
from alertbridge.store.keys import TEAM


@dataclass(frozen=True, slots=True)
class TeamText:
    """A team file as it was written; the number rises with each that was accepted."""

    number: int
    text: str


class Teams:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def number(self) -> int:
        """The number of the present one; 0: none was ever accepted."""
        return int(await self._connection.call("HGET", TEAM, "number") or 0)

    async def get(self) -> TeamText | None:
        """The present one."""
        number, text = await self._connection.call("HMGET", TEAM, "number", "text")
        return None if number is None else TeamText(int(number), text.decode())

    async def accept(self, text: str) -> TeamText:
        """Make `text` the present one and tell everybody; what is the present one already keeps its number."""
        present = await self.get()
        if present is not None and present.text == text:
            return present
        number, *_ = await self._connection.together(
            [("HINCRBY", TEAM, "number", 1), ("HSET", TEAM, "text", text), ("PUBLISH", TEAM, "changed")]
        )
        return TeamText(number, text)
