"""The same problem again and again: after its end, in quick turns, for a moment only, a hundred at once."""

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
