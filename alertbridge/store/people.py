"""Who somebody of the team file is in Feishu. Open ids belong to one app, so what is kept here does too."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from alertbridge.core.ids import OpenId
from alertbridge.store.connection import Connection
from alertbridge.store.keys import PEOPLE


class People:
    """A cache: what it does not know is to be asked for again. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection, app_id: str) -> None:
        self._connection = connection
        self._front = f"{PEOPLE}{app_id}:"

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
