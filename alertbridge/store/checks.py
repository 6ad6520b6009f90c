"""Whether a Redis or Valkey keeps what it acknowledges, and what to change where it does not."""

from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import NoPermissionError

from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway

_OLDEST: Final = (6, 2)
_SETTINGS: Final = {
    "appendonly": ("yes", "what was acknowledged would be lost with the server's memory"),
    "appendfsync": ("always", "alerts of the last second would be lost when the machine fails"),
    "no-appendfsync-on-rewrite": ("no", "while the log is rewritten, nothing would be safe on disk"),
    "maxmemory-policy": ("noeviction", "a full server would delete open incidents to make room"),
}


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """Why this server cannot be relied on, and how to mend it."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: {self.mend}"


async def check_store(connection: Connection) -> list[StoreProblem]:
    """List what is wrong with the server behind `connection`; `[]`: alertbridge can rely on it. Raises `StoreAway`."""
    info: dict[str, Any] = await connection.call("INFO")
    problems = []
    version = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if version < _OLDEST:
        problems.append(
            StoreProblem(f"Redis {info['redis_version']} is too old", "use Redis 6.2 or later, or any Valkey")
        )
    if info.get("cluster_enabled"):
        problems.append(
            StoreProblem("this is a Redis Cluster", "use one primary, with Sentinel where it has to survive a machine")
        )
    if info["role"] != "master":
        problems.append(
            StoreProblem(
                "this is a replica, which takes no writes",
                "point ALERTBRIDGE_REDIS_URL at the primary, or at the sentinels (redis+sentinel://h1,h2/name/0)",
            )
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        problems.append(StoreProblem("the server cannot write its log", "look at its disk: full, or read-only?"))
    return problems + await _check_settings(connection)


async def _check_settings(connection: Connection) -> list[StoreProblem]:
    try:
        found = dict(zip(_SETTINGS, [await _setting(connection, name) for name in _SETTINGS], strict=True))
    except StoreAway as error:
        if not isinstance(error.__cause__, NoPermissionError):
            raise
        return [
            StoreProblem(
                "this user may not read the server's settings",
                "allow CONFIG GET, or make sure of " + ", ".join(f"{k} {v}" for k, (v, _) in _SETTINGS.items()),
            )
        ]
    return [
        StoreProblem(f"{name} is {found[name] or 'unknown'}, so {harm}", f"set `{name} {wanted}` in its configuration")
        for name, (wanted, harm) in _SETTINGS.items()
        if found[name] != wanted
    ]


async def _setting(connection: Connection, name: str) -> str:
    return str((await connection.call("CONFIG GET", name)).get(name, ""))
