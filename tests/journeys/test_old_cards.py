"""Old cards answer with the present truth, and then show it."""

from datetime import timedelta

from tests.journeys.life import ACK, KEEP, RESOLVE
from tests.journeys.scene import Scene
from tests.journeys.stage import Stage
from tests.journeys.test_clicks import a_full_group

_FORTNIGHT = timedelta(days=14)


def shown(scene: Scene, message: str) -> str:
    """What a message shows."""
    return next(str(one["content"]) for one in scene.group.messages if one["message_id"] == message)


async def test_a_countdown_that_is_over_tells_how_it_stands_and_becomes_a_live_card(stage: Stage) -> None:
    card = await a_full_group(stage)
    await stage.click("alice", RESOLVE, card)
    await stage.play(lambda scene: bool(scene.group.countdowns))
    old = str((await stage.scene()).group.countdowns[0]["message_id"])
    await stage.click("alice", "重开", card)
    await stage.play(lambda scene: scene.status == "firing")

    toast = await stage.click("bob", KEEP, old)

    assert (toast["type"], toast["content"]) == ("warning", "此卡已旧，现在是「触发中」")
    await stage.play(lambda scene: ACK in shown(scene, old) and KEEP not in shown(scene, old))
    assert (await stage.click("bob", ACK, old))["content"] == "已记录：你认领了 #1"
    await stage.play(lambda scene: "处理中" in shown(scene, old) and "处理中" in shown(scene, card))


async def test_a_card_that_was_replaced_still_works(stage: Stage) -> None:
    old = await a_full_group(stage)
    await stage.play(lambda scene: scene.group.pinned not in (None, old), at_most=_FORTNIGHT)
    await stage.alertmanager("DiskFull").fire("db-2")
    await stage.rest()

    assert (await stage.click("bob", ACK, old))["content"] == "已记录（此卡已旧，看置顶）"
    await stage.play(lambda scene: scene.status == "acknowledged" and "处理中" in shown(scene, old))
