"""An incident passes from one person to the next: by word, by the card's menu, taken, declined, given back."""

from tests.journeys.scene import JsonObject, Scene
from tests.journeys.stage import Stage, open_id_of

TAKE_OVER, NOT_YET = "接手", "先不接"
OFFERED = "Take over"
"""Stands on a card that can still be answered."""
ALICE, CAROL = open_id_of("alice"), open_id_of("carol")


async def a_held_group(stage: Stage) -> None:
    """Make the group of one incident, which Alice has."""
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.group.pinned == scene.group.card)
    await stage.ask("alice", "认领")
    await stage.until(lambda scene: scene.status == "acknowledged")


def cards_with(scene: Scene, words: str) -> list[JsonObject]:
    """The small cards on which these words stand."""
    return [card for card in scene.group.countdowns if words in str(card["content"])]


async def offer_to_carol(stage: Stage) -> str:
    """Alice hands over by word; answers the card on which it is answered."""
    await stage.ask("alice", f'交接 <at user_id="{CAROL}">Carol</at>')
    (card,) = await stage.until(lambda scene: cards_with(scene, OFFERED))
    return str(card["message_id"])


async def test_who_takes_over_has_joined_manages_and_leads(stage: Stage) -> None:
    await a_held_group(stage)
    await stage.ask("bob", "备注 已重启 checkout")
    await stage.ask("bob", "备注 待办：通知客服")
    await stage.rest()

    card = await offer_to_carol(stage)

    await stage.until(lambda scene: CAROL in scene.group.managers)
    scene = await stage.scene()
    assert scene.incident["lead"] == ALICE
    (said,) = cards_with(scene, OFFERED)
    for words in ("已重启 checkout", "通知客服", f"<at id={CAROL}></at>"):
        assert words in str(said["content"]).replace("&#58;", ":")
    toast = await stage.click("carol", TAKE_OVER, card)
    assert toast["type"] == "success"
    await stage.until(lambda scene: scene.incident["lead"] == CAROL and not cards_with(scene, OFFERED))
    assert cards_with(await stage.scene(), "已接手")


async def test_who_declines_leaves_it_to_the_lead(stage: Stage) -> None:
    await a_held_group(stage)
    card = await offer_to_carol(stage)

    await stage.click("carol", NOT_YET, card)

    await stage.until(lambda scene: scene.group.said("仍是负责人") and not cards_with(scene, OFFERED))
    assert (await stage.scene()).incident["lead"] == ALICE


async def test_what_nobody_takes_in_time_waits_for_somebody_again(stage: Stage) -> None:
    await a_held_group(stage)
    await offer_to_carol(stage)

    await stage.pass_time(minutes=14)
    await stage.rest()
    assert (await stage.scene()).status == "acknowledged"
    await stage.play(lambda scene: scene.status == "firing")

    assert "handover_lapsed" in await stage.happened()
    await stage.until(lambda scene: cards_with(scene, "无人接手"))


async def test_the_menu_asks_for_the_person(stage: Stage) -> None:
    await a_held_group(stage)
    card = (await stage.scene()).group.card
    await stage.click("alice", "交接…", card)
    (form,) = await stage.until(lambda scene: cards_with(scene, "交接给"))

    await stage.click("alice", "交接给…", str(form["message_id"]), option=open_id_of("bob"))

    await stage.until(lambda scene: cards_with(scene, OFFERED) and not cards_with(scene, "交接给"))
