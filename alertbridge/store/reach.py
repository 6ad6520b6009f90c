"""What the last look at the people of the team file found, for all processes."""

from collections.abc import Mapping
from typing import Final

import msgspec

from alertbridge.core.oncall.reach import Unreachable
from alertbridge.store.connection import Connection
from alertbridge.store.keys import REACH

UNREACHABLE: Final = "unreachable"
"""Field of `REACH`."""
GAPS: Final = "gaps"
"""Field of `REACH`."""


class Reach:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep_unreachable(self, people: Mapping[str, Unreachable]) -> None:
        """Keep who cannot be called, by their key in the team file, in place of what was kept."""
        await self._connection.call("HSET", REACH, UNREACHABLE, msgspec.json.encode(people))

    async def keep_gaps(self, gaps: Mapping[str, int]) -> None:
        """Keep how many times are ahead when nobody can be called, by schedule, in place of what was kept."""
        await self._connection.call("HSET", REACH, GAPS, msgspec.json.encode(gaps))

    async def unreachable(self) -> dict[str, str]:
        """Who could not be called when that was looked at last, and why."""
        return decode_unreachable(await self._connection.call("HGET", REACH, UNREACHABLE))


def decode_unreachable(stored: bytes | None) -> dict[str, str]:
    """Read what was kept; a newer version may know more reasons than `Unreachable`."""
    return {} if stored is None else msgspec.json.decode(stored, type=dict[str, str])


def decode_gaps(stored: bytes | None) -> dict[str, int]:
    """Read what was kept."""
    return {} if stored is None else msgspec.json.decode(stored, type=dict[str, int])
