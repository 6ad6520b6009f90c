"""From the first alert to the disbanded group."""

from tests.journeys.scene import has_full_group
from tests.journeys.stage import Stage


async def test_the_whole_life_of_an_incident(stage: Stage) -> None:
    sender = stage.alertmanager()
    assert await sender.fire("db-1") == 200
    await stage.until(has_full_group)
    scene = await stage.scene()
    group = scene.group
    assert group.people == {scene.id_of("alice"), scene.id_of("bob")}
    assert group.managers == group.people
    assert group.name == "[P1][firing] DiskFull (#1)"
    assert group.tabs == ["事件 Incident", "面板 Dashboard", "手册 Runbook"]

    toast = await stage.click("alice", "认领（我来处理）", group.card)
    assert toast["content"] == "已记录：你认领了 #1"
    await stage.play(lambda scene: "[acked]" in scene.group.name)

    await sender.fire("db-2")
    await stage.play(lambda scene: "2 触发 / 2" in scene.group.shown)
    await sender.resolve()
    await stage.until(lambda scene: scene.status == "resolved")
    await stage.play(lambda scene: scene.group.countdowns)
    await stage.play(lambda scene: scene.is_over)
    assert not (await stage.scene()).living
    assert (await stage.happened())[-3:] == ["archived", "closed", "disbanded"]
