"""P2, P5: whichever answer of Feishu's is lost on the way, nothing is there twice and nothing is missing."""

import pytest

from tests.journeys.life import OPERATIONS, live_through
from tests.journeys.scene import has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_p2_exactly_one_group_although_answers_are_lost(stage: Stage, operation: str, times: int) -> None:
    await stage.fault(operation, "drop_answer", times=times)

    await live_through(stage)

    assert (await stage.scene()).calls(operation), "the story never got there"


@pytest.mark.parametrize("operation", ["chat_top_notice_delete", "chat_update", "message_patch"])
async def test_a_group_is_locked_as_it_should_be_although_answers_are_lost(a_stage: OpenStage, operation: str) -> None:
    async with a_stage(team=TEAM.replace("countdown: 1h", "on_close: lock, countdown: 1h")) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(has_full_group)
        await sender.resolve()
        await stage.until(lambda scene: scene.status == "resolved")
        await stage.fault(operation, "drop_answer", times=2)
        await stage.play(lambda scene: scene.is_over)

        group = (await stage.scene()).group
        assert (group.is_locked, group.pinned, group.name) == (True, None, "[P1][closed] DiskFull (#1)")
        assert "不会再有动作" in group.shown
        assert len(group.said("已归档")) == 1


@pytest.mark.parametrize("operation", ["chat_announcement_get", "chat_announcement_patch"])
async def test_the_old_kind_of_announcement_is_written_once_although_answers_are_lost(
    stage: Stage, operation: str
) -> None:
    await stage.sandbox("PUT", "switches", announcement_kind="doc")
    await stage.fault(operation, "drop_answer", times=2)
    await live_through(stage)


async def test_people_are_added_once_although_the_answer_is_lost(a_stage: OpenStage) -> None:
    async with a_stage(has_worker=False) as stage:
        await stage.fault("user_batch_get_id", "server_error", times=5)
        await stage.fault("chat_members_add", "drop_answer", times=2)
        await stage.start_worker()

        await live_through(stage)
        assert (await stage.scene()).calls("chat_members_add") >= 2
