"""P3: whatever comes while a group is being closed, nothing resolved is forgotten and nothing that fires is lost."""

from datetime import timedelta

import pytest

from tests.journeys.life import ACK, CLOSE, KEEP, REOPEN, RESOLVE
from tests.journeys.scene import has_full_group
from tests.journeys.senders import Alertmanager
from tests.journeys.stage import TEAM, OpenStage, Stage

ENDING = ("chat_moderation_update", "message_list")
"""The calls between the end of the countdown and the save of `closed`."""


async def a_resolved_incident(stage: Stage) -> Alertmanager:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    await sender.resolve()
    await stage.until(lambda scene: scene.group.said("已恢复，共"))
    return sender


async def the_card(stage: Stage) -> str:
    return (await stage.scene()).group.card


@pytest.mark.parametrize("operation", ENDING)
async def test_a_refire_while_the_group_is_being_closed_reopens_it(stage: Stage, operation: str) -> None:
    sender = await a_resolved_incident(stage)
    await stage.fault(operation, "slow", seconds=60)
    await stage.pass_time(hours=1, seconds=1)
    await stage.until(lambda scene: scene.calls(operation))

    assert await sender.fire() == 200
    await stage.sandbox("POST", "clock", advance_seconds=60)
    await stage.until(lambda scene: scene.status == "firing" and scene.group.said("再次触发"))
    await stage.play(lambda scene: not scene.group.is_locked and "[firing]" in scene.group.name)

    scene = await stage.scene()
    assert len(scene.groups) == len(scene.incidents) == 1
    assert scene.group.pinned == scene.group.card
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)
    assert (await stage.happened()).count("disbanded") == 1


async def test_a_refire_during_the_countdown_reopens_the_same_group(stage: Stage) -> None:
    sender = await a_resolved_incident(stage)
    await stage.play(lambda scene: scene.group.countdowns)
    await sender.fire()
    await stage.until(lambda scene: scene.status == "firing" and scene.group.said("再次触发"))
    await stage.play(lambda scene: "[firing]" in scene.group.name)
    assert len((await stage.scene()).groups) == 1

    await sender.resolve()
    await stage.until(lambda scene: scene.status == "resolved")
    await stage.play(lambda scene: len(scene.group.countdowns) == 2)
    await stage.play(lambda scene: scene.is_over)


async def test_a_refire_after_the_incident_is_closed_is_a_new_incident(stage: Stage) -> None:
    sender = await a_resolved_incident(stage)
    await stage.fault("chat_disband", "slow", seconds=60)
    await stage.pass_time(hours=1, seconds=1)
    await stage.until(lambda scene: scene.calls("chat_disband"))

    await sender.fire()
    await stage.sandbox("POST", "clock", advance_seconds=60)
    await stage.until(lambda scene: len(scene.incidents) == 2 and scene.living and scene.group.pinned)

    scene = await stage.scene()
    assert [incident["status"] for incident in scene.incidents] == ["closed", "firing"]
    assert len(scene.groups) == 2
    assert "(#2)" in scene.group.name


async def test_a_new_alert_while_the_group_is_being_closed_reopens_it(stage: Stage) -> None:
    sender = await a_resolved_incident(stage)
    await stage.fault("message_list", "slow", seconds=60)
    await stage.pass_time(hours=1, seconds=1)
    await stage.until(lambda scene: scene.calls("message_list"))

    await sender.fire("db-7")
    await stage.sandbox("POST", "clock", advance_seconds=60)
    await stage.until(lambda scene: scene.status == "firing" and has_full_group(scene))
    assert len((await stage.scene()).groups) == 1


async def test_talk_during_the_countdown_postpones_the_end(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.play(lambda scene: scene.group.countdowns)
    before = (await stage.scene()).incident["closes_at"]
    await stage.pass_time(minutes=9)
    await stage.talk("bob", "one moment please", (await stage.scene()).group.id)
    await stage.until(lambda scene: scene.incident["closes_at"] > before)
    await stage.until(lambda scene: "有人发言，改到" in str(scene.group.countdowns))

    await stage.pass_time(minutes=14)
    await stage.rest()
    assert (await stage.scene()).living
    await stage.play(lambda scene: scene.is_over, at_most=timedelta(minutes=10))
    assert "postponed" in await stage.happened()


async def test_p6_talk_while_the_group_is_archived_is_archived_too(stage: Stage) -> None:
    await a_resolved_incident(stage)
    chat = (await stage.scene()).group.id
    await stage.fault("chat_moderation_update", "refuse", times=1, code=232014)  # so that people may still write
    await stage.fault("message_list", "slow", seconds=60)
    await stage.pass_time(hours=1, seconds=1)
    await stage.until(lambda scene: scene.calls("message_list"))
    await stage.talk("bob", "the very last word", chat)
    await stage.until(lambda scene: scene.feishu["events"].get("im.message.receive_v1"))
    await stage.sandbox("POST", "clock", advance_seconds=60)
    await stage.play(lambda scene: scene.is_over)

    texts = await stage.archived((await stage.scene()).incident["id"])
    assert texts.count("the very last word") == 1


async def test_p6_answers_in_threads_are_archived_those_of_a_later_closing_too(stage: Stage) -> None:
    sender = await a_resolved_incident(stage)
    scene = await stage.scene()
    chat = scene.group.id

    async def answer(text: str) -> None:
        root = scene.group.card
        wish = {"open_id": "bob@example.com", "chat_id": chat, "text": text, "parent_id": root, "in_thread": True}
        await stage.sandbox("POST", "message", **wish)

    await answer("the first answer")
    await stage.fault("chat_moderation_update", "refuse", times=1, code=232014)  # so that people may still write
    await stage.fault("message_list", "slow", seconds=60)
    await stage.pass_time(hours=2)
    await stage.until(lambda scene: scene.calls("message_list"))
    await sender.fire()
    await stage.sandbox("POST", "clock", advance_seconds=60)
    await stage.until(lambda scene: scene.status == "firing")
    await answer("an answer in an old thread")
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)

    texts = await stage.archived((await stage.scene()).incident["id"])
    assert [text for text in texts if "answer" in text] == ["the first answer", "an answer in an old thread"]


async def test_an_archive_that_fails_keeps_the_group_until_it_is_whole(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.fault("message_list", "server_error", times=6)
    await stage.play(lambda scene: scene.group.said("归档未完成"))
    await stage.play(lambda scene: scene.is_over)

    assert not (await stage.scene()).living
    assert (await stage.happened()).count("archived") == 1


async def test_p3_an_incident_that_a_person_resolved_while_it_fires_is_reopened_by_the_next_notification(
    stage: Stage,
) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    toast = await stage.click("alice", RESOLVE, await the_card(stage))
    assert toast["content"].startswith("已标记恢复")
    await stage.until(lambda scene: scene.status == "resolved")

    await stage.pass_time(minutes=5)
    await sender.tell()
    await stage.until(lambda scene: scene.status == "firing" and scene.group.said("再次触发"))
    assert len((await stage.scene()).groups) == 1


async def test_p3_a_kept_group_stays_until_somebody_closes_it(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.play(lambda scene: KEEP in scene.group.shown)
    await stage.click("bob", KEEP, await the_card(stage))
    await stage.until(lambda scene: scene.incident["closes_at"] is None)
    await stage.pass_time(hours=30)
    await stage.rest()
    assert (await stage.scene()).living

    await stage.play(lambda scene: "选择保留" in scene.group.shown)
    await stage.click("alice", CLOSE, await the_card(stage))
    await stage.until(lambda scene: scene.is_over)
    assert not (await stage.scene()).living


async def test_keep_on_the_countdown_card_is_taken(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.play(lambda scene: scene.group.countdowns)
    (countdown,) = (await stage.scene()).group.countdowns
    await stage.click("bob", KEEP, countdown["message_id"])
    await stage.play(lambda scene: "选择保留" in str(scene.group.countdowns))
    await stage.pass_time(hours=3)
    await stage.rest()

    assert (await stage.scene()).living


async def test_close_now_on_the_countdown_card_is_taken(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.play(lambda scene: scene.group.countdowns)
    (countdown,) = (await stage.scene()).group.countdowns
    await stage.click("bob", "现在关闭", countdown["message_id"])
    await stage.until(lambda scene: scene.is_over)


async def test_p4_a_refire_comes_to_every_route_although_one_of_them_kept_its_group(a_stage: OpenStage) -> None:
    routes = "".join(
        f"    - {{name: {name}, matchers: ['alertname=DiskFull'], continue: true}}\n" for name in ("first", "second")
    )
    async with a_stage(team=f"{TEAM}  routes:\n{routes}") as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(lambda scene: len([group for group in scene.living if group.pinned]) == 2)
        await sender.resolve()
        await stage.until(lambda scene: {incident["status"] for incident in scene.incidents} == {"resolved"})
        await stage.pass_time(seconds=5)
        await stage.rest()
        await stage.click("alice", KEEP, (await stage.scene()).living[0].card)
        await stage.play(lambda scene: len(scene.living) == 1)

        await sender.fire()
        await stage.play(lambda scene: len(scene.living) == 2)

        scene = await stage.scene()
        firing = [incident["route"] for incident in scene.incidents if incident["status"] == "firing"]
        assert sorted(firing) == ["first", "second"]
        assert len(scene.incidents) == 3


async def test_a_person_may_reopen(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.play(lambda scene: KEEP in scene.group.shown)
    await stage.click("bob", REOPEN, await the_card(stage))
    await stage.until(lambda scene: scene.status == "firing" and scene.group.said("bob 已重开"))
    await stage.pass_time(hours=5)
    await stage.rest()

    assert (await stage.scene()).status == "firing", "what a person reopened does not end by itself"


async def test_close_goes_on_after_an_outage(stage: Stage) -> None:
    await a_resolved_incident(stage)
    await stage.fault("*", "server_error", times=10_000)
    await stage.pass_time(hours=1, seconds=1)
    await stage.play(lambda scene: scene.troubles)
    await stage.clear_faults()
    await stage.play(lambda scene: scene.is_over, at_most=timedelta(minutes=10))

    assert not (await stage.scene()).living


async def test_an_incident_that_is_over_before_its_group_is_made_needs_none(stage: Stage) -> None:
    await stage.fault("chat_create", "server_error", times=10_000)
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(lambda scene: scene.troubles)
    await sender.resolve()
    await stage.until(lambda scene: scene.status == "resolved")
    await stage.clear_faults()
    await stage.play(lambda scene: scene.is_over)

    assert not (await stage.scene()).living
    assert len((await stage.scene()).groups) <= 1


async def test_an_acknowledged_incident_that_refires_keeps_its_lead(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    await stage.click("alice", ACK, await the_card(stage))
    await stage.until(lambda scene: scene.status == "acknowledged")
    lead = (await stage.scene()).incident["lead"]
    await sender.resolve()
    await stage.until(lambda scene: scene.status == "resolved")
    await sender.fire()
    await stage.until(lambda scene: scene.status == "firing" and scene.group.said("仍是负责人"))

    assert (await stage.scene()).incident["lead"] == lead
