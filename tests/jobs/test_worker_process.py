"""Workers in processes of their own, killed and stopped in the middle of a job."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from alertbridge.core.ids import JobId
from tests.jobs.queueing import is_left, queue, until
from tests.store_server import StoreServer


@asynccontextmanager
async def a_worker_process(url: str, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.jobs.worker_process", url, name)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_after_kill_9_in_mid_job_another_worker_does_it_again(store_server: StoreServer, raw: Any) -> None:
    async with a_worker_process(store_server.url, "first") as first:
        job = await queue(raw)
        await until(lambda: raw.exists("began"))
        async with a_worker_process(store_server.url, "second"):
            first.kill()
            await first.wait()
            await until(lambda: has(raw, "began", 2))
            await raw.set("go", 1)
            await until(lambda: is_over(raw, job))

    assert await raw.lrange("began", 0, -1) == [b"first", b"second"]
    assert await raw.lrange("ended", 0, -1) == [b"second"]


async def test_a_process_that_stands_still_does_not_go_on_where_another_has_taken_over(
    store_server: StoreServer, raw: Any
) -> None:
    async with a_worker_process(store_server.url, "first") as first:
        job = await queue(raw)
        await until(lambda: raw.exists("began"))
        os.kill(first.pid, signal.SIGSTOP)
        async with a_worker_process(store_server.url, "second"):
            await until(lambda: has(raw, "began", 2))
            os.kill(first.pid, signal.SIGCONT)
            await asyncio.sleep(1)
            assert await raw.exists(f"arq:in-progress:{job}"), "the key is the second one's"
            await raw.set("go", 1)
            await until(lambda: is_over(raw, job))

    assert await raw.lrange("began", 0, -1) == [b"first", b"second"]
    assert await raw.lrange("ended", 0, -1) == [b"second"]


async def test_sigterm_lets_the_running_job_end_and_exits_cleanly(store_server: StoreServer, raw: Any) -> None:
    async with a_worker_process(store_server.url, "first") as first:
        job = await queue(raw)
        await until(lambda: raw.exists("began"))
        first.terminate()
        await asyncio.sleep(0.2)
        waiting = await queue(raw, "01NEXT")
        await raw.set("go", 1)

        assert await first.wait() == 0

    assert await raw.lrange("ended", 0, -1) == [b"first"]
    assert not await is_left(raw, job)
    assert await is_left(raw, waiting)


async def test_sigterm_cancels_a_job_that_does_not_end_and_leaves_it_to_another_worker(
    store_server: StoreServer, raw: Any
) -> None:
    async with a_worker_process(store_server.url, "first") as first:
        job = await queue(raw)
        await until(lambda: raw.exists("began"))
        first.terminate()
        assert await first.wait() == 0

    assert not await raw.exists(f"arq:in-progress:{job}")
    async with a_worker_process(store_server.url, "second"):
        await raw.set("go", 1)
        await until(lambda: is_over(raw, job))

    assert await raw.lrange("ended", 0, -1) == [b"second"]


async def is_over(raw: Any, job: JobId) -> bool:
    return bool(await raw.exists("ended")) and not await is_left(raw, job)


async def has(raw: Any, name: str, length: int) -> bool:
    return bool(await raw.llen(name) >= length)
