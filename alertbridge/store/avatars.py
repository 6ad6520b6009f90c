"""Feishu's keys of the pictures we uploaded, so that each is uploaded once. They belong to one app."""

from alertbridge.store.connection import Connection
from alertbridge.store.keys import AVATARS


class Avatars:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, app_id: str) -> None:
        self._connection = connection
        self._key = AVATARS + app_id

    async def all(self) -> dict[str, str]:
        """Name of a picture -> Feishu's image key."""
        keys = await self._connection.call("HGETALL", self._key)
        return {name.decode(): key.decode() for name, key in keys.items()}

    async def remember(self, name: str, image_key: str) -> None:
        """Keep the key of an uploaded picture."""
        await self._connection.call("HSET", self._key, name, image_key)

    async def forget(self, name: str) -> None:
        """Drop the key of a picture that Feishu does not have any more."""
        await self._connection.call("HDEL", self._key, name)
