"""The same problem again and again: after its end, in quick turns, for a moment only, a hundred at once."""

from datetime import timedelta

from tests.journeys.scene import has_full_group
from tests.journeys.stage import PUBLIC_URL, Stage


async def test_what_fires_after_its_group_was_disbanded_links_the_incident_before(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)

    await sender.fire()
    await stage.until(lambda scene: scene.living and scene.group.said("同源"))

    scene = await stage.scene()
    before, after = scene.incidents
    (told,) = scene.group.said("结束的 #1 同源")
    assert f"{PUBLIC_URL}/incidents/{before['id']}?k=" in str(told["content"])
    assert after["earlier"] == {"id": before["id"], "number": 1}
    assert before["later"] == {"id": after["id"], "number": 2}
    assert "relinked" in await stage.happened(2)
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)


async def test_a_source_that_goes_to_and_fro_is_told_once_and_then_quiet_until_it_is_steady(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    for _ in range(2):
        await sender.resolve()
        await stage.until(lambda scene: scene.status == "resolved")
        await stage.pass_time(minutes=5)
        await sender.fire()
        await stage.until(lambda scene: scene.status == "firing")
        await stage.pass_time(minutes=5)
    await stage.until(lambda scene: scene.group.said("1 小时内反复 4 次"))
    for _ in range(3):
        await sender.resolve()
        await stage.play(lambda scene: "已恢复" in scene.group.shown)
        await sender.fire()
        await stage.play(lambda scene: "触发中" in scene.group.shown)

    scene = await stage.scene()
    assert "抖动" in scene.group.shown
    assert "[firing]" in scene.group.name
    assert len(scene.group.said("已恢复，共")) == 2
    assert len(scene.group.said("再次触发")) == 1
    assert len(scene.group.said("1 小时内反复")) == 1
    renamed = scene.calls("chat_update")

    await sender.resolve()
    await stage.play(lambda scene: len(scene.group.said("已恢复，共")) == 3, at_most=timedelta(minutes=31))
    await stage.play(lambda scene: "[resolved]" in scene.group.name and "抖动" not in scene.group.shown)
    assert (await stage.scene()).calls("chat_update") == renamed + 1
    await stage.play(lambda scene: scene.is_over)
