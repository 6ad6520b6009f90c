"""D12: a server that could lose what it acknowledged is told apart, with how to mend it."""

from typing import Any

import pytest

from alertbridge.store.checks import check_store
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.errors import StoreAway
from tests.store_server import StoreServer, a_free_port, a_server


async def problems(port: int) -> str:
    """Every problem of the server on `port`, one a line."""
    connection = Connection(open_pool(f"redis://127.0.0.1:{port}", size=1))
    try:
        return "\n".join(map(str, await check_store(connection)))
    finally:
        await connection.aclose()


async def test_the_recommended_settings_are_no_problem(connection: Connection) -> None:
    assert await check_store(connection) == []


async def test_the_usual_settings_of_a_package_are_not_enough() -> None:
    port = a_free_port()
    with a_server(port, "--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru"):
        found = await problems(port)

    assert "appendonly is no" in found
    assert "set `appendonly yes`" in found
    assert "appendfsync is everysec, so alerts of the last second would be lost" in found
    assert "set `maxmemory-policy noeviction`" in found
    assert "rewrite" not in found


async def test_a_log_that_rests_while_it_is_rewritten_is_a_problem(connection: Connection) -> None:
    await connection.call("CONFIG", "SET", "no-appendfsync-on-rewrite", "yes")
    try:
        (problem,) = await check_store(connection)
    finally:
        await connection.call("CONFIG", "SET", "no-appendfsync-on-rewrite", "no")
    assert problem.what.startswith("no-appendfsync-on-rewrite is yes")


async def test_a_cluster_is_refused() -> None:
    port = a_free_port()
    with a_server(port, "--cluster-enabled", "yes", "--cluster-port", str(a_free_port())):
        assert "Redis Cluster: use one primary" in await problems(port)


async def test_a_replica_is_refused() -> None:
    port = a_free_port()
    with a_server(port, "--replicaof", f"127.0.0.1 {a_free_port()}"):
        found = await problems(port)
    assert "takes no writes" in found
    assert "redis+sentinel://" in found


async def test_a_server_that_hides_its_settings_is_asked_to_show_them(connection: Connection, raw: Any) -> None:
    await raw.acl_setuser("default", commands=["-config"], enabled=True)
    try:
        (problem,) = await check_store(connection)
    finally:
        await raw.acl_setuser("default", commands=["+config"], enabled=True)
    assert "may not read" in problem.what
    assert "appendfsync always" in problem.mend


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ({"redis_version": "6.0.16"}, "Redis 6.0.16 is too old"),
        ({"aof_last_write_status": "err"}, "look at its disk"),
    ],
)
async def test_what_a_server_tells_about_itself_is_read(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, info: dict[str, str], says: str
) -> None:
    told = connection.call

    async def call(*command: Any) -> Any:
        return await told(*command) | info if command == ("INFO",) else await told(*command)

    monkeypatch.setattr(connection, "call", call)

    (problem,) = await check_store(connection)
    assert says in str(problem)


async def test_without_a_server_there_is_nothing_to_check(connection: Connection, store_server: StoreServer) -> None:
    store_server.kill()

    with pytest.raises(StoreAway):
        await check_store(connection)
