"""The key that makes the groups of this installation its own."""

from secrets import token_bytes

from alertbridge.store.connection import Connection
from alertbridge.store.keys import INSTALL

_BYTES = 32


async def install_key(connection: Connection) -> bytes:
    """Return the 32 random bytes that were made with the first call ever. Raises `StoreAway`."""
    _, key = await connection.together([("SET", INSTALL, token_bytes(_BYTES), "NX"), ("GET", INSTALL)])
    assert isinstance(key, bytes)
    return key
