"""A worker in a process of its own, for tests that kill it: `python -m tests.jobs.worker_process URL NAME`.

Its job notes `NAME` in the list `began`, works until the key `go` is there, and notes `NAME` in `ended`.
"""

import asyncio
import signal
import sys
from typing import Any

from arq.worker import func

from alertbridge.jobs.leases import Leases
from alertbridge.jobs.worker import open_worker
from tests.jobs.queueing import nothing_due


async def reconcile(ctx: dict[str, Any], incident: str) -> None:
    """Work as long as the test wants."""
    await ctx["redis"].rpush("began", ctx["name"])
    while not await ctx["redis"].exists("go"):  # noqa: ASYNC110 - another process sets it
        await asyncio.sleep(0.02)
    await ctx["redis"].rpush("ended", ctx["name"])


async def main(url: str, name: str) -> None:
    """Run until SIGTERM."""

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    functions = [func(reconcile, name="reconcile")]
    async with open_worker(
        url, functions, leases=Leases(), wake_due=nothing_due, context={"name": name}, max_jobs=10
    ) as worker:
        await worker.work(stopping)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
