"""P2, P5: whichever answer of Feishu's is lost on the way, nothing is there twice and nothing is missing."""

import pytest

from tests.journeys.life import OPERATIONS, live_through
from tests.journeys.stage import Stage


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_p2_exactly_one_group_although_answers_are_lost(stage: Stage, operation: str, times: int) -> None:
    await stage.fault(operation, "drop_answer", times=times)

    await live_through(stage)

    assert (await stage.scene()).calls(operation), "the story never got there"
