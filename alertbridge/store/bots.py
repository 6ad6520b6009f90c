"""Who our bot is, so that a process that cannot reach Feishu yet knows when it is mentioned."""

from alertbridge.core.ids import OpenId
from alertbridge.store.connection import Connection
from alertbridge.store.keys import BOT


class Bots:
    """The bot of one app. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, app_id: str) -> None:
        self._connection = connection
        self._key = BOT + app_id

    async def get(self) -> OpenId | None:
        """Its open id, once any process has learnt it."""
        known = await self._connection.call("GET", self._key)
        return None if known is None else OpenId(known.decode())

    async def name(self) -> str:
        """What it is called; "" while no process has learnt it."""
        known: bytes | None = await self._connection.call("GET", f"{self._key}:name")
        return "" if known is None else known.decode()

    async def remember(self, bot: OpenId, name: str) -> None:
        """Keep its open id, and what it is called."""
        await self._connection.together([("SET", self._key, bot), ("SET", f"{self._key}:name", name)])
