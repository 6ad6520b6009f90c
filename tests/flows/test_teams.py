"""The team in force: the file of a process, the text that all of them follow, and what is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alertbridge.config import ConfigError
from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.flows.teams import CurrentTeam
from alertbridge.store.connection import Connection
from alertbridge.store.errors import StoreAway
from alertbridge.store.keys import TEAM
from alertbridge.store.teams import Teams
from tests.store_server import StoreServer

CHAT = ChatPolicy(timezone="Europe/Berlin")


def a_file(folder: Path, name: str, raw: bytes | None = None) -> Path:
    file = folder / "team.yaml"
    file.write_bytes(f"route: {{name: {name}}}".encode() if raw is None else raw)
    return file


def current(connection: Connection, file: Path | None = None) -> CurrentTeam:
    return CurrentTeam(Teams(connection), file=file, chat=CHAT)


@asynccontextmanager
async def following(team: CurrentTeam) -> AsyncIterator[Callable[[str], "asyncio.Future[None]"]]:
    """Let a process follow the others; gives a wait for a route's name."""

    async def until(name: str) -> None:
        async with asyncio.timeout(20):
            while team.current.routes.route.name != name:  # noqa: ASYNC110 - the store says it
                await asyncio.sleep(0.02)

    task = asyncio.create_task(team.keep_following())
    yield lambda name: asyncio.ensure_future(until(name))
    assert not task.done()
    task.cancel()


async def test_without_a_file_there_is_one_catch_all_route_with_the_settings_chat(connection: Connection) -> None:
    team = current(connection)
    await team.start()

    assert team.current.routes.route.name == "default"
    assert team.current.routes.route.chat == CHAT
    assert await Teams(connection).number() == 0


async def test_the_file_of_a_process_is_accepted_for_all(connection: Connection, tmp_path: Path) -> None:
    first, second = current(connection, a_file(tmp_path, "mine")), current(connection)
    await first.start()
    await second.start()

    assert first.current.routes.route.name == second.current.routes.route.name == "mine"
    assert first.current.routes.route.chat == CHAT


async def test_the_same_file_in_every_process_is_accepted_once(connection: Connection, tmp_path: Path) -> None:
    file = a_file(tmp_path, "mine")
    for team in [current(connection, file) for _ in range(3)]:
        await team.start()
        await team.reload()

    assert await Teams(connection).number() == 1


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
async def test_a_file_with_a_byte_order_mark_is_understood_by_all(
    connection: Connection, tmp_path: Path, mark: bytes
) -> None:
    first = current(connection, a_file(tmp_path, "", mark + "route: {name: 值班}".encode()))
    second = current(connection)
    await first.start()
    await second.start()

    assert first.current.routes.route.name == second.current.routes.route.name == "值班"


@pytest.mark.parametrize("raw", [b"", b"route: [", b"rout: {}", b"\xff\xfe", b"route: {people: [nobody]}"])
async def test_a_bad_file_is_refused_and_the_old_team_stays(connection: Connection, tmp_path: Path, raw: bytes) -> None:
    team = current(connection, a_file(tmp_path, "mine"))
    await team.start()
    a_file(tmp_path, "", raw)

    with pytest.raises(ConfigError) as caught:
        await team.reload()

    assert all(problem.source.endswith("team.yaml") for problem in caught.value.problems)
    assert team.current.routes.route.name == "mine"
    assert await Teams(connection).number() == 1


async def test_a_file_that_is_gone_is_refused_and_the_old_team_stays(connection: Connection, tmp_path: Path) -> None:
    file = a_file(tmp_path, "mine")
    team = current(connection, file)
    await team.start()
    file.unlink()

    with pytest.raises(FileNotFoundError):
        await team.reload()
    assert team.current.routes.route.name == "mine"


@pytest.mark.parametrize("raw", [b"route: [", None], ids=["broken", "gone"])
async def test_a_process_that_starts_while_the_file_is_no_good_goes_on_with_the_accepted_team(
    connection: Connection, tmp_path: Path, raw: bytes | None
) -> None:
    file = a_file(tmp_path, "mine")
    await current(connection, file).start()
    if raw is None:
        file.unlink()
    else:
        file.write_bytes(raw)

    team = current(connection, file)
    await team.start()

    assert team.current.routes.route.name == "mine"
    assert await Teams(connection).number() == 1


async def test_a_process_follows_what_another_accepts(connection: Connection, tmp_path: Path) -> None:
    first, second = current(connection, a_file(tmp_path, "old")), current(connection)
    await first.start()
    await second.start()
    async with following(second) as until:
        a_file(tmp_path, "new")
        await first.reload()
        await until("new")


async def test_a_newer_text_that_is_not_understood_is_left_alone_until_there_is_a_better_one(
    connection: Connection, tmp_path: Path
) -> None:
    team = current(connection, a_file(tmp_path, "mine"))
    await team.start()
    async with following(team) as until:
        await Teams(connection).accept("route: {of_the_future: true}")
        await asyncio.sleep(1.5)
        assert team.current.routes.route.name == "mine"
        await Teams(connection).accept("route: {name: better}")
        await until("better")


async def test_a_process_that_starts_on_a_text_it_does_not_understand_has_the_catch_all(
    connection: Connection,
) -> None:
    await Teams(connection).accept("route: {of_the_future: true}")
    team = current(connection)
    await team.start()

    assert team.current.routes.route.name == "default"


async def test_while_the_store_is_away_the_team_stays_and_following_goes_on(
    connection: Connection, store_server: StoreServer, tmp_path: Path
) -> None:
    team = current(connection, a_file(tmp_path, "mine"))
    await team.start()
    async with following(team) as until:
        store_server.kill()
        with pytest.raises(StoreAway):
            await team.reload()
        await asyncio.sleep(1.2)
        assert team.current.routes.route.name == "mine"
        store_server.start()
        await connection.call("HSET", TEAM, "text", "route: {name: after}", "number", 9)
        await until("after")


async def test_a_reload_says_what_came_of_it(connection: Connection, tmp_path: Path) -> None:
    file = a_file(tmp_path, "first")
    team = current(connection, file)

    with capture_logs() as said:
        await team.reload()
        await team.reload()
        a_file(tmp_path, "second")
        await team.reload()

    assert [line["event"] for line in said] == ["team_in_force", "team_unchanged", "team_in_force"]
