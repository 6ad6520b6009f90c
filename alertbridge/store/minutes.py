"""Who was called within the last minute: nobody is called twice in one, unless by a louder way."""

from datetime import datetime
from typing import Final

from alertbridge.core.ids import OpenId
from alertbridge.core.oncall.policy import Way
from alertbridge.store.codec import from_ms
from alertbridge.store.connection import Connection
from alertbridge.store.scripts import load

_TAKE: Final = load("take_minute")
_LOUDNESS: Final = {way: place for place, way in enumerate(Way)}


class Minutes:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, person: OpenId, way: Way, caller: str, *, is_for_all: bool = False) -> datetime | None:
        """Take the minute for a call; None: it may be made. Else when the next one may.

        Who had it before goes on with it. After a refusal the minute waits for the one who calls `is_for_all`.
        """
        answer = await self._connection.run(_TAKE, person, _LOUDNESS[way], caller, int(is_for_all))
        return from_ms(answer) if answer else None
