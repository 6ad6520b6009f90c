"""Puts jobs into a store as the store's own scripts do, and looks at what is left of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from arq.worker import Function

from alertbridge.core.ids import JobId
from alertbridge.jobs.leases import Leases
from alertbridge.jobs.worker import WakeWorker, open_worker
from alertbridge.store.keys import ARQ_JOB, ARQ_QUEUE, BUSY, WAKE

PATIENCE_SECONDS = 30
HOUR_MS = 3_600_000

_counter = iter(range(1, 1_000_000))


async def queue(
    raw: Any,
    incident: str = "01INCIDENT",
    *,
    body: bytes | None = None,
    function: str = "reconcile",
    publish: bool = True,
) -> JobId:
    """Make a new job the owner of `incident`, as the Lua function `wake` does."""
    job = JobId(f"reconcile:{incident}:{next(_counter)}")
    seconds, _ = await raw.time()
    written = json.dumps({"t": None, "f": function, "a": [incident], "k": {}, "et": seconds * 1000})
    await raw.hset(BUSY, incident, job)
    await raw.psetex(ARQ_JOB + job, 24 * HOUR_MS, body if body is not None else written)
    await raw.zadd(ARQ_QUEUE, {job: seconds * 1000 - HOUR_MS})
    if publish:
        await raw.publish(WAKE, job)
    return job


async def is_left(raw: Any, job: JobId) -> bool:
    """Whether arq would still find `job`, or anything of it is stored."""
    keys = [ARQ_JOB + job, f"arq:in-progress:{job}", f"arq:retry:{job}", f"arq:result:{job}"]
    return bool(await raw.exists(*keys)) or await raw.zscore(ARQ_QUEUE, job) is not None


async def until(holds: Callable[[], Awaitable[Any] | Any]) -> None:
    """Return when `holds` is true; fail after half a minute."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = holds()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.01)


async def nothing_due() -> float | None:
    """A `wake_due` that finds nothing."""
    return None


@asynccontextmanager
async def a_worker(
    url: str, *functions: Function, wake_due: Callable[[], Awaitable[float | None]] = nothing_due, max_jobs: int = 10
) -> AsyncIterator[WakeWorker]:
    """Run a worker in this process."""
    stopping = asyncio.Event()
    async with open_worker(url, functions, leases=Leases(), wake_due=wake_due, context={}, max_jobs=max_jobs) as worker:
        working = asyncio.create_task(worker.work(stopping))
        try:
            yield worker
        finally:
            stopping.set()
            await working
