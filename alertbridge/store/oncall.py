"""Overrides that people made while the product runs, for all processes."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from alertbridge.core.oncall.override import KeptOverride
from alertbridge.store.connection import Connection
from alertbridge.store.keys import OVERRIDES, OVERRIDES_NUMBER


@dataclass(frozen=True, slots=True)
class Listed:
    """All overrides that are kept, oldest first."""

    number: int
    overrides: tuple[KeptOverride, ...]
    unreadable: tuple[str, ...]
    """Ids of those that are damaged, or of a newer version: one of them must not hide the others."""


class Overrides:
    """Every method raises `StoreAway`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def number(self) -> int:
        """How often they were changed."""
        return int(await self._connection.call("GET", OVERRIDES_NUMBER) or 0)

    async def list(self) -> Listed:
        """Read them all."""
        number, stored = await self._connection.together([("GET", OVERRIDES_NUMBER), ("HGETALL", OVERRIDES)])
        read = {field.decode(): _read(value) for field, value in stored.items()}
        readable = [kept for kept in read.values() if kept is not None]
        return Listed(
            number=int(number or 0),
            overrides=tuple(sorted(readable, key=lambda kept: (kept.made_at, kept.id))),
            unreadable=tuple(id_ for id_, kept in read.items() if kept is None),
        )

    async def add(self, kept: KeptOverride) -> bool:
        """Keep one; False: one of this id is kept already."""
        is_new, _ = await self._connection.together(
            [("HSETNX", OVERRIDES, kept.id, msgspec.json.encode(kept)), ("INCR", OVERRIDES_NUMBER)]
        )
        return bool(is_new)

    async def remove(self, ids: Collection[str]) -> int:
        """Forget some; returns how many of them were there."""
        removed, _ = await self._connection.together([("HDEL", OVERRIDES, *ids), ("INCR", OVERRIDES_NUMBER)])
        return int(removed)


def _read(stored: bytes) -> KeptOverride | None:
    try:
        return msgspec.json.decode(stored, type=KeptOverride)
    except msgspec.DecodeError:
        return None
