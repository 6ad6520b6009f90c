"""Entries of groups that no incident has: they wait half a minute for a group whose making is not saved yet."""

from alertbridge.core.ids import ChatId
from alertbridge.store.connection import Connection
from alertbridge.store.keys import PARKED


async def take_parked(connection: Connection, chat: ChatId) -> int:
    """Take away what waits for `chat`, and return how many entries that were. Raises `StoreAway`."""
    waiting = await connection.call("ZRANGE", PARKED, 0, -1)
    of_chat = [entry for entry in waiting if entry.startswith(f"{chat} ".encode())]
    return int(await connection.call("ZREM", PARKED, *of_chat)) if of_chat else 0
