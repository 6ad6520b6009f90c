"""P2, P3: whoever is killed in whatever step, another one goes on where it stood."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from tests.journeys.life import CLOSE, OPERATIONS, RESOLVE, assert_nothing_is_double, live_through
from tests.journeys.processes import a_process, descendants
from tests.journeys.scene import has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage


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


@pytest.mark.parametrize("operation", ["chat_create", "message_create", "chat_menu_tree_create"])
async def test_p3_everything_is_killed_at_once_and_goes_on_where_it_stood(
    a_stage: OpenStage, operation: str, short_folder: Path
) -> None:
    temporary = str(short_folder)  # what is killed cannot take away its temporary files
    async with a_stage(has_web=False, has_worker=False) as stage:
        with_own_store = stage.settings.model_copy(update={"redis_url": None})
        async with a_process("serve", with_own_store, TMPDIR=temporary) as tree:
            await stage.until_ready()
            await stage.fault(operation, "slow", seconds=60)
            await stage.alertmanager().fire("db-1")
            await stage.until(lambda scene: scene.calls(operation))
            for pid in [tree.pid, *descendants(tree.pid)]:
                os.kill(pid, signal.SIGKILL)
            await tree.wait()
        await stage.sandbox("POST", "clock", advance_seconds=60)

        async with a_process("serve", with_own_store, TMPDIR=temporary):
            await stage.until_ready()
            await stage.until(lambda scene: has_full_group(scene) and not scene.troubles)
            assert_nothing_is_double(await stage.scene())
            await stage.click("alice", RESOLVE, (await stage.scene()).group.card)
            await stage.until(lambda scene: CLOSE in scene.group.shown)
            await stage.click("bob", CLOSE, (await stage.scene()).group.card)
            await stage.until(lambda scene: scene.is_over and not scene.living)
            assert len((await stage.scene()).groups) == 1


LOUD = (
    TEAM.replace("  people: [alice, bob]\n", "  schedule: duty\n  escalation: loud\n")
    + """\
schedules:
  duty: {timezone: UTC, layers: [{starts: 2020-01-06, people: [alice]}]}
escalation_policies:
  loud:
    steps:
      - {who: ["schedule:duty"], via: [app]}
      - {after: 5m, who: ["person:bob"], via: [sms]}
      - {after: 10m, who: ["person:carol"], via: [phone]}
    repeat: 1
"""
)
CALLS = ("message_urgent_app", "message_urgent_sms", "message_urgent_phone")


@pytest.mark.parametrize("killed_in", CALLS)
async def test_p4_everybody_is_called_in_their_turn_although_the_worker_is_killed_in_a_call(
    a_stage: OpenStage, killed_in: str
) -> None:
    async with a_stage(team=LOUD, has_worker=False) as stage, a_process("worker", stage.settings) as worker:
        await stage.fault(killed_in, "slow", seconds=60)
        killing = asyncio.create_task(_kill_at(killed_in, worker, stage))

        await stage.alertmanager().fire()
        for call, wait in zip(CALLS, (5, 10, 0), strict=True):
            await stage.until(lambda scene, call=call: scene.calls(call) == 1 + (call == killed_in))
            await stage.pass_time(minutes=wait, seconds=1)
        await killing
        await stage.rest()

        scene = await stage.scene()
        assert {call: scene.calls(call) for call in CALLS} == {call: 1 + (call == killed_in) for call in CALLS}
        told = [line for line in await stage.timeline() if line["what"] == "paged"]
        assert [line["text"] == "twice" for line in told] == [call == killed_in for call in CALLS]
