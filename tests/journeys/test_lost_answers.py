"""P2, P5: whichever answer of Feishu's is lost on the way, nothing is there twice, and nothing is missing at the end."""

import pytest

from tests.journeys.scene import Scene, has_full_group
from tests.journeys.stage import Stage

OPERATIONS = (
    "chat_create",
    "message_create",
    "chat_top_notice_put",
    "chat_managers_add",
    "docx_announcement_block_children_create",
    "chat_tabs_create",
    "chat_menu_tree_create",
    "chat_link_create",
    "message_patch",
    "chat_update",
    "docx_announcement_blocks_batch_update",
    "chat_tabs_update",
    "chat_menu_tree_delete",
    "chat_moderation_update",
    "message_list",
    "chat_disband",
)
"""Every call of an incident's life, in about their order."""


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_p2_exactly_one_group_although_answers_are_lost(stage: Stage, operation: str, times: int) -> None:
    await stage.fault(operation, "drop_answer", times=times)
    sender = stage.alertmanager()

    await sender.fire("db-1")
    await stage.play(has_full_group)
    await stage.play(_is_settled)
    _assert_nothing_is_double(await stage.scene())

    card = (await stage.scene()).group.card
    await stage.click("alice", "认领（我来处理）", card)
    await sender.fire("db-2")
    await stage.play(lambda scene: "[acked]" in scene.group.name and "2 触发 / 2" in scene.group.shown)
    await stage.play(lambda scene: scene.group.said("已认领") and _is_settled(scene))
    _assert_nothing_is_double(await stage.scene())

    await sender.resolve()
    await stage.play(lambda scene: scene.group.countdowns and _is_settled(scene))
    _assert_nothing_is_double(await stage.scene())
    await stage.play(lambda scene: scene.is_over)

    scene = await stage.scene()
    assert len(scene.groups) == 1
    assert not scene.living
    assert scene.calls(operation), "the story never got there"
    told = await stage.archived(scene.incident["id"])
    assert sum("已认领" in text for text in told) == 1
    assert sum("已恢复，共" in text for text in told) == 1


def _is_settled(scene: Scene) -> bool:
    return has_full_group(scene) and not scene.troubles


def _assert_nothing_is_double(scene: Scene) -> None:
    assert len(scene.groups) == 1
    group = scene.group
    assert len(group.live_cards) == 1
    assert len(group.countdowns) <= 1
    assert len(group.said("已认领")) <= 1
    assert len(group.said("已恢复，共")) <= 1
    assert group.tabs == ["事件 Incident", "面板 Dashboard", "手册 Runbook"]
    assert group.menu == ["事件", "排查"]
    assert sum("以上由 alertbridge 更新" in line for line in group.notes) == 1
    assert group.people == group.managers == {scene.id_of("alice"), scene.id_of("bob")}
