"""One incident's life from the first alert to the end of its group, and what has to hold wherever one looks."""

from collections.abc import Callable

from tests.journeys.scene import Scene, has_full_group
from tests.journeys.stage import Stage, open_id_of

ACK = "认领（我来处理）"
RESOLVE = "恢复"
CLOSE = "关闭"
KEEP = "保留群"
REOPEN = "重开"
"""Buttons of the live card."""

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
    "chat_menu_item_patch",
    "chat_get",
    "chat_members_list",
    "chat_moderation_update",
    "message_list",
    "chat_disband",
)
"""Every call of that life, in about their order."""


async def live_through(stage: Stage) -> None:
    """Play the whole life, whatever goes wrong on the way; at each stop everything is there, and nothing twice."""
    sender = stage.alertmanager()
    await sender.fire("db-1")
    await _stop_at(stage, lambda scene: True)

    await stage.click("alice", ACK, (await stage.scene()).group.card)
    await sender.fire("db-2")
    await _stop_at(stage, lambda scene: "[acked]" in scene.group.name and "2 触发 / 2" in scene.group.shown)

    await sender.resolve()
    await _stop_at(stage, lambda scene: bool(scene.group.countdowns))

    await stage.play(lambda scene: scene.is_over)
    scene = await stage.scene()
    assert len(scene.groups) == 1
    assert not scene.living
    told = await stage.archived(scene.incident["id"])
    assert sum("已认领，升级停止" in text for text in told) == 1
    assert sum("已恢复，共" in text for text in told) == 1


async def _stop_at(stage: Stage, is_there: Callable[[Scene], bool]) -> None:
    await stage.play(lambda scene: has_full_group(scene) and not scene.troubles and is_there(scene))
    assert_nothing_is_double(await stage.scene())


def assert_nothing_is_double(scene: Scene) -> None:
    """One group with one of each, for one incident of the usual team."""
    assert len(scene.groups) == 1
    group = scene.group
    assert len(group.live_cards) == 1
    assert len(group.countdowns) <= 1
    assert len(group.said("已认领")) <= 1
    assert len(group.said("已恢复，共")) <= 1
    assert group.tabs == ["事件 Incident", "面板 Dashboard", "手册 Runbook"]
    assert group.menu == ["事件", "排查"]
    assert sum("以上由 alertbridge 更新" in line for line in group.notes) == 1
    # Others are in it once the escalation has called them.
    assert group.managers == {open_id_of("alice"), open_id_of("bob")} <= group.people
