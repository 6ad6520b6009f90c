"""The way to Redis: addresses, scripts that were forgotten, replicas, and what goes wrong."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.asyncio.connection import SSLConnection
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.exceptions import AuthenticationError, BusyLoadingError, OutOfMemoryError, ReadOnlyError, RedisError

from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.errors import BadUrl, StoreAway, StoreError, TooNew, translated
from alertbridge.store.feed import Feed
from alertbridge.store.keys import HELD
from alertbridge.store.scripts import load
from tests.store.world import World, a_delivery, an_alert
from tests.store_server import StoreServer, a_free_port, a_server

# -- addresses ---------------------------------------------------------------------------------------------------------


def test_a_plain_url_says_where() -> None:
    pool = open_pool("redis://user:p%40ss@db.example.com:6400/3", size=7)

    assert pool.max_connections == 7
    kwargs = pool.connection_kwargs
    assert (kwargs["host"], kwargs["port"], kwargs["db"]) == ("db.example.com", 6400, 3)
    assert (kwargs["username"], kwargs["password"]) == ("user", "p@ss")
    assert kwargs["socket_timeout"] == 2


def test_tls_and_sockets_are_understood() -> None:
    assert issubclass(open_pool("rediss://db", size=1).connection_class, SSLConnection)
    assert open_pool("unix:///run/redis.sock?db=2", size=1).connection_kwargs["path"] == "/run/redis.sock"


def test_a_sentinel_url_names_hosts_primary_and_database() -> None:
    pool = open_pool("redis+sentinel://user:p%3As@h1,h2:26400,[::1]:26500/main/4?sentinel_password=x", size=3)

    assert isinstance(pool, SentinelConnectionPool)
    asked: list[dict[str, Any]] = [s.connection_pool.connection_kwargs for s in pool.sentinel_manager.sentinels]
    assert [(one["host"], one["port"]) for one in asked] == [("h1", 26379), ("h2", 26400), ("::1", 26500)]
    assert {one["password"] for one in asked} == {"x"}
    assert pool.service_name == "main"
    kwargs = pool.connection_kwargs
    assert (kwargs["db"], kwargs["username"], kwargs["password"]) == (4, "user", "p:s")
    assert pool.max_connections == 3


def test_a_sentinel_url_without_database_or_credentials_takes_the_usual() -> None:
    kwargs = open_pool("rediss+sentinel://h1/main", size=3).connection_kwargs

    assert (kwargs["db"], kwargs["username"], kwargs["password"]) == (0, None, None)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://db", "redis://"),
        ("db:6379", "redis://"),
        ("redis+sentinel://h1,h2", "names its hosts and the primary"),
        ("redis+sentinel:///main/0", "names its hosts and the primary"),
        ("redis+sentinel://h1,,h2/main", "host is missing"),
        ("redis+sentinel://h1/main/first", "first"),
        ("redis+sentinel://h1:port/main", "port"),
        ("memcached+sentinel://h1/main", "memcached"),
        ("redis://db:port", "port"),
    ],
)
def test_an_address_that_is_none_is_told_how_to_write_one(url: str, says: str) -> None:
    with pytest.raises(BadUrl, match=says) as caught:
        open_pool(url, size=1)
    assert "ALERTBRIDGE_REDIS_URL" in str(caught.value)


# -- scripts -----------------------------------------------------------------------------------------------------------


async def test_forgotten_scripts_are_loaded_again(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    await raw.script_flush()

    taken = await asyncio.gather(*[world.deliver(an_alert(f"a{n}")) for n in range(50)])

    assert sum(one.changed for one in taken) == 50
    assert (await world.claim()).revision == 1


async def test_scripts_that_start_at_the_same_moment_go_together_and_each_gets_its_own_answer(
    connection: Connection, raw: Any
) -> None:
    limit, wake = load("limit"), load("wake_due")

    async def both() -> tuple[Any, Any, Any]:
        return await asyncio.gather(
            connection.run_beside(limit, 0, 0),
            connection.run_beside(limit, "nonsense"),
            connection.run_beside(wake, 0),
            return_exceptions=True,
        )

    for _ in ("a fresh server does not know them", "now it does"):
        now, failure, woken = await both()
        assert isinstance(now[0], int)
        assert isinstance(failure, StoreAway)
        assert not isinstance(woken, BaseException)
    before = (await raw.info("commandstats"))["cmdstat_evalsha"]["calls"]
    await both()
    assert (await raw.info("commandstats"))["cmdstat_evalsha"]["calls"] == before + 3


async def test_one_that_is_not_waited_for_any_more_does_not_disturb_the_others(connection: Connection) -> None:
    limit = load("limit")
    left = asyncio.create_task(connection.run_beside(limit, 0, 0))
    kept = asyncio.create_task(connection.run_beside(limit, 0, 0))
    await asyncio.sleep(0)
    left.cancel()

    assert isinstance((await kept)[0], int)


@pytest.mark.parametrize("name", ["append", "claim", "save", "wake_due"])
def test_a_script_is_the_keys_the_prelude_and_itself(name: str) -> None:
    script = load(name)

    assert "local BUSY = 'ab:busy'\n" in script.source
    assert "local function wake(" in script.source
    assert "'ab:" not in script.source.split("local call = redis.call")[1], "keys are named in keys.py alone"
    assert len(script.sha) == 40


# -- replicas ----------------------------------------------------------------------------------------------------------


async def test_too_few_replicas_are_no_success(connection: Connection) -> None:
    feed = Feed(connection, replicas=1)

    with pytest.raises(StoreAway, match="0 of 1 replicas"):
        await feed.deliver(a_delivery(an_alert()))


async def test_a_batch_is_acknowledged_by_the_replicas() -> None:
    first, second = a_free_port(), a_free_port()
    with a_server(first, *AT_ONCE) as primary, a_server(second, *replica_of(first)) as replica:
        await until(lambda: replica.info("replication")["master_link_status"] == "up")
        connection = Connection(open_pool(f"redis://127.0.0.1:{first}", size=2))
        feed = Feed(connection, replicas=1)

        opened = await feed.deliver(a_delivery(an_alert()))
        primary.script_flush()
        joined = await feed.deliver(a_delivery(an_alert("Other")))

        assert (opened.opened, joined.changed) == (1, 1)
        assert replica.hlen(HELD) == 2
        await connection.aclose()


async def test_the_sentinels_say_who_is_primary_and_a_failover_is_followed(tmp_path: Path) -> None:
    first, second, third = a_free_port(), a_free_port(), a_free_port()
    (tmp_path / "sentinel.conf").write_text(f"sentinel monitor main 127.0.0.1 {first} 1\n")
    with a_server(first, *AT_ONCE) as primary, a_server(second, *replica_of(first)) as replica:
        await until(lambda: replica.info("replication")["master_link_status"] == "up")
        with a_server(third, str(tmp_path / "sentinel.conf"), "--sentinel") as sentinel:
            connection = Connection(open_pool(f"redis+sentinel://127.0.0.1:{third}/main/0", size=2))
            world = World(connection)
            assert (await world.deliver(an_alert())).opened == 1
            assert primary.hlen(HELD) == 1
            await until(lambda: replica.hlen(HELD) == 1)
            replica.replicaof("NO", "ONE")
            primary.replicaof("127.0.0.1", second)
            sentinel.execute_command("SENTINEL", "REMOVE", "main")
            sentinel.execute_command("SENTINEL", "MONITOR", "main", "127.0.0.1", second, 1)

            taken = await eventually(lambda: world.deliver(an_alert("Other")))

            assert taken.changed + taken.unchanged == 1
            assert replica.hlen(HELD) == 2
            await connection.aclose()


AT_ONCE = ("--repl-diskless-sync-delay", "0")


def replica_of(port: int) -> tuple[str, ...]:
    return "--replicaof", f"127.0.0.1 {port}", *AT_ONCE


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        redis.ConnectionError("refused"),
        redis.TimeoutError(),
        ReadOnlyError("replica"),
        OutOfMemoryError("full"),
        BusyLoadingError("loading"),
        AuthenticationError("who?"),
        redis.ResponseError("MISCONF"),
        OSError("no route"),
        TimeoutError(),
    ],
)
def test_no_error_of_redis_leaves_the_package(error: Exception) -> None:
    with pytest.raises(StoreAway) as caught, translated():
        raise error
    assert isinstance(caught.value, StoreError)
    assert caught.value.__cause__ is error


async def test_every_way_to_ask_translates(store_server: StoreServer) -> None:
    connection = Connection(open_pool(store_server.url, size=2))
    store_server.kill()
    try:
        for ask in (
            lambda: connection.call("PING"),
            lambda: connection.together([("PING",)]),
            lambda: connection.run(load("append"), 1),
            lambda: connection.run(load("append"), 1, replicas=1),
            lambda: connection.run_beside(load("append"), 1),
        ):
            with pytest.raises(StoreAway):
                await ask()
    finally:
        await connection.aclose()


async def test_a_connection_that_is_known_to_be_closed_is_made_anew(
    connection: Connection, store_server: StoreServer
) -> None:
    await connection.call("SET", "a", "1")
    store_server.kill()
    store_server.start()
    for _ in range(3):
        await asyncio.sleep(0)  # the event loop hears of the end

    assert await connection.call("GET", "a") == b"1"


async def test_the_pool_is_waited_for_and_has_an_end(connection: Connection) -> None:
    answers = await asyncio.gather(*[connection.call("INCR", "n") for _ in range(100)])

    assert sorted(answers) == list(range(1, 101))
    clients = await connection.call("CLIENT LIST")
    assert len(clients) <= 6


def test_errors_say_what_to_do() -> None:
    assert "start the newer version" in str(TooNew(3, 1))
    assert not isinstance(StoreAway("x"), RedisError)


# -- patience ----------------------------------------------------------------------------------------------------------


async def until(is_so: Any) -> None:
    """Wait, at most the test's own time, until another server says `is_so()`."""
    while not is_so():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.02)


async def eventually(ask: Any) -> Any:
    """Ask until the store answers."""
    while True:
        try:
            return await ask()
        except StoreAway:
            await asyncio.sleep(0.02)
