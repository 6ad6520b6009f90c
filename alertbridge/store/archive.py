"""What was said in a group, kept because disbanding the group deletes it in Feishu."""

import zlib
from collections.abc import Sequence
from typing import Final

import msgspec

from alertbridge.core.chats.archive import ArchivedMessage
from alertbridge.core.ids import IncidentId
from alertbridge.store.connection import Connection
from alertbridge.store.errors import Unreadable
from alertbridge.store.keys import ARCHIVE, INCIDENT

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(tuple[ArchivedMessage, ...]).decode


class Archive:
    """The messages of each incident's groups, page by page. Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, incident: IncidentId, page: Sequence[ArchivedMessage]) -> None:
        """Keep a page. It may be a page that is kept already, or overlap one: a message counts once."""
        if page:
            # A page of the chat and one of a thread may begin alike: neither may take the other's place.
            name = f"{page[0].id} {page[-1].id} {len(page)}"
            await self._connection.call("HSET", ARCHIVE + incident, name, zlib.compress(_encode(page)))

    async def messages(self, incident: IncidentId) -> tuple[ArchivedMessage, ...]:
        """Read everything back, oldest first. Raises `Unreadable`."""
        pages = await self._connection.call("HVALS", ARCHIVE + incident)
        try:
            found = {message.id: message for page in pages for message in _decode(zlib.decompress(page))}
        except (zlib.error, msgspec.DecodeError) as error:
            raise Unreadable(f"the archive of {incident}: {error}") from error
        return tuple(sorted(found.values(), key=lambda message: (message.at, message.id)))

    async def mark_exported(self, incident: IncidentId) -> None:
        """The archive's files were written and read back: the store may forget the incident in time."""
        await self._connection.call("HSET", INCIDENT + incident, "exported", 1)
