"""P2, P3: whoever is killed in whatever step, another one goes on where it stood."""

import asyncio
from asyncio.subprocess import Process

import pytest

from tests.journeys.life import OPERATIONS, live_through
from tests.journeys.processes import a_process
from tests.journeys.stage import OpenStage, Stage


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_p2_exactly_one_group_although_the_worker_is_killed(a_stage: OpenStage, operation: str) -> None:
    async with a_stage(has_worker=False) as stage, a_process("worker", stage.settings) as worker:
        await stage.fault(operation, "slow", seconds=60)  # the work is done, the answer finds nobody
        killing = asyncio.create_task(_kill_at(operation, worker, stage))

        await live_through(stage)

        assert killing.done(), "the story never got there"


async def _kill_at(operation: str, worker: Process, stage: Stage) -> None:
    await stage.until(lambda scene: scene.calls(operation))
    worker.kill()
    await worker.wait()
    await stage.start_worker()
