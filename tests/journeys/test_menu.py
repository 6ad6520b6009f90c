"""The menu of the live card: what can be undone, from the severity to the acknowledgement."""

import re

from tests.journeys.life import ACK
from tests.journeys.stage import Stage
from tests.journeys.test_clicks import a_full_group


async def test_somebody_sets_the_severity_and_labels_do_not_move_it_any_more(stage: Stage) -> None:
    card = await a_full_group(stage)
    assert "设为 P1" not in (await stage.scene()).group.shown, "it is one already"

    assert (await stage.click("alice", "设为 P3", card))["content"] == "已记录，卡片随后更新"
    await stage.play(lambda scene: "[P3][firing]" in scene.group.name and "[P3]" in scene.group.shown)
    scene = await stage.scene()
    assert scene.group.said("级别 P1 → P3（alice）")
    assert scene.incident["severity"] == "P3"

    await stage.alertmanager("DiskFull").fire("another")
    await stage.rest()
    assert (await stage.scene()).incident["severity"] == "P3"


async def test_who_acknowledged_by_mistake_takes_it_back(stage: Stage) -> None:
    card = await a_full_group(stage)
    await stage.click("alice", ACK, card)
    await stage.play(lambda scene: "取消认领" in scene.group.shown)

    assert (await stage.click("alice", "取消认领", card))["type"] == "success"
    await stage.play(lambda scene: "[firing]" in scene.group.name and "无人认领" in scene.group.shown)
    scene = await stage.scene()
    assert scene.incident["lead"] is None
    assert scene.group.said("alice 已取消认领")


async def test_an_entry_that_the_menu_does_not_have_does_nothing(stage: Stage) -> None:
    card = await a_full_group(stage)
    await stage.rest()
    scene = await stage.scene()
    shown = re.search(r"'a': 'menu', 'r': (\d+)", scene.group.shown)
    assert shown is not None
    value = {"i": scene.incident["id"], "a": "menu", "r": int(shown[1])}
    for option in ("drop_everything", "timeline", "ack\u200b"):
        click = {"open_id": "alice@example.com", "message_id": card, "value": value, "option": option}
        answer = await stage.sandbox("POST", "click", **click)
        assert answer["body"]["toast"]["type"] == "error"

    await stage.rest()
    assert (await stage.scene()).status == "firing"
