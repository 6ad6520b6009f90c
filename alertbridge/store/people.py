"""Who somebody of the team file is in Feishu. Open ids belong to one app, so what is kept here does too."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from alertbridge.core.ids import OpenId
from alertbridge.store.connection import Connection
from alertbridge.store.keys import NAMES, PEOPLE


class People:
    """A cache: what it does not know is to be asked for again. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, app_id: str) -> None:
        self._connection = connection
        self._front = f"{PEOPLE}{app_id}:"
        self._names = NAMES + app_id

    async def known(self, people: Collection[str]) -> dict[str, OpenId]:
        """Return the open ids of those that are known; a person is named by email, mobile number or Feishu id."""
        names = list(people)
        if not names:
            return {}
        found = await self._connection.call("MGET", *(self._front + name for name in names))
        return {name: OpenId(value.decode()) for name, value in zip(names, found, strict=True) if value is not None}

    async def remember(self, found: Mapping[str, OpenId], *, keep: timedelta) -> None:
        """Keep what Feishu answered."""
        seconds = int(keep.total_seconds())
        await self._connection.together(
            [("SET", self._front + name, id_, "EX", seconds) for name, id_ in found.items()]
        )

    async def names(self, people: Collection[OpenId]) -> dict[OpenId, str]:
        """Return what people are called, of those that any process has learnt of."""
        ids = list(people)
        if not ids:
            return {}
        found = await self._connection.call("HMGET", self._names, *ids)
        return {id_: value.decode() for id_, value in zip(ids, found, strict=True) if value is not None}

    async def remember_names(self, names: Mapping[OpenId, str]) -> None:
        """Keep what people are called, for all processes."""
        await self._connection.call("HSET", self._names, *(part for pair in names.items() for part in pair))
