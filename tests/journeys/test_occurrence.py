"""The same problem again and again: after its end, in quick turns, for a moment only, a hundred at once."""

from datetime import timedelta

import pytest

from tests.journeys.scene import Group, JsonObject, Scene, has_full_group
from tests.journeys.senders import Alertmanager
from tests.journeys.stage import PUBLIC_URL, TEAM, OpenStage, Stage, open_id_of
from tests.journeys.test_direct_messages import direct, shown


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


WAITING = TEAM.replace("chat: {countdown: 1h", "chat: {wait: 2m, countdown: 1h")


def heads_ups(scene: Scene, who: str) -> list[JsonObject]:
    """What somebody was told in their direct chat while there was no group."""
    return [message for message in direct(scene, who) if "立即建群" in shown(message)]


async def test_what_fires_for_a_moment_only_never_has_a_group(a_stage: OpenStage) -> None:
    async with a_stage(team=WAITING) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(lambda scene: scene.status == "triage")
        await stage.pass_time(minutes=1, seconds=50)
        await stage.rest()
        await sender.resolve()
        await stage.until(lambda scene: scene.is_over)

        scene = await stage.scene()
        assert (scene.status, scene.groups) == ("closed", [])
        happened = await stage.happened()
        assert [what for what in happened if what != "paged"] == [
            *("opened", "alerts", "alerts", "resolved", "closing", "closed")
        ]


async def test_while_it_waits_those_on_call_are_told_in_their_direct_chats_and_can_take_it_there(
    a_stage: OpenStage,
) -> None:
    async with a_stage(team=WAITING) as stage:
        await stage.alertmanager().fire()
        (told,) = await stage.until(lambda scene: heads_ups(scene, "alice"))
        assert await stage.until(lambda scene: heads_ups(scene, "bob"))

        assert "仍触发则建群" in shown(told)
        scene = await stage.scene()
        assert (scene.status, scene.groups, scene.calls("message_urgent_app")) == ("triage", [], 0)
        toast = await stage.click("alice", "立即建群", told["message_id"])
        assert toast["type"] == "success", toast

        await stage.until(lambda scene: has_full_group(scene) and scene.status == "firing")
        assert len(heads_ups(await stage.scene(), "alice")) == 1


async def test_what_fires_longer_gets_its_group_then(a_stage: OpenStage) -> None:
    async with a_stage(team=WAITING) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.status == "triage")
        assert (await stage.scene()).incident["opens_at"]

        await stage.pass_time(minutes=2)
        await stage.until(has_full_group)

        scene = await stage.scene()
        assert scene.status == "firing"
        assert scene.group.people == {open_id_of("alice"), open_id_of("bob")}


@pytest.mark.parametrize(("verb", "status"), [("open", "firing"), ("ack", "acknowledged")])
async def test_an_operator_does_not_have_to_wait(a_stage: OpenStage, verb: str, status: str) -> None:
    async with a_stage(team=WAITING) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.status == "triage")

        assert await stage.post(f"/api/v1/incidents/1/{verb}", b"") == 200

        await stage.until(lambda scene: has_full_group(scene) and scene.status == status)


STORMY = f"{TEAM}  storm: {{above: 3, steady: 5m}}\n"


async def storm(stage: Stage, problems: int, *, first: int = 0, severity: str = "warning") -> list[Alertmanager]:
    """So many problems at once, each a group of its own."""
    senders = [stage.alertmanager(f"Down{number}") for number in range(first, first + problems)]
    for sender in senders:
        assert await sender.fire(severity=severity) == 200
    return senders


async def test_too_many_at_once_share_one_group_until_it_is_over(a_stage: OpenStage) -> None:
    async with a_stage(team=STORMY) as stage:
        senders = await storm(stage, 8)
        await stage.until(lambda scene: len([group for group in scene.living if group.pinned]) == 4)
        umbrella = await stage.play(lambda scene: of_storm(scene, "5 起，合并在此", "Down7"))

        assert "[storm]" in umbrella.name
        for sender in senders:
            await sender.resolve()
        await stage.until(lambda scene: sum(one["status"] == "resolved" for one in scene.incidents) == 8)
        await stage.play(lambda scene: scene.is_over)

        scene = await stage.scene()
        assert len(scene.groups) == 4
        assert len(scene.incidents) == 9


async def test_everything_in_a_storm_is_acknowledged_with_one_press(a_stage: OpenStage) -> None:
    async with a_stage(team=STORMY) as stage:
        await storm(stage, 6)
        umbrella = await stage.play(lambda scene: of_storm(scene, "3 起，合并在此"))

        await stage.click("alice", "全部认领", umbrella.card)

        await stage.until(lambda scene: sum(one["status"] == "acknowledged" for one in scene.incidents) == 4)
        await stage.play(lambda scene: of_storm(scene, "**认领** 3") and not of_storm(scene, "全部认领"))


async def test_a_storm_is_unfolded_with_one_press(a_stage: OpenStage) -> None:
    async with a_stage(team=STORMY) as stage:
        await storm(stage, 6)
        umbrella = await stage.play(lambda scene: of_storm(scene, "3 起，合并在此"))

        await stage.click("alice", "全部展开", umbrella.card)

        await stage.until(lambda scene: len([group for group in scene.living if group.pinned]) == 7)
        scene = await stage.scene()
        assert not any(one["folded_in"] for one in scene.incidents)


async def test_one_in_a_storm_can_have_a_group_of_its_own_and_a_p1_has_one(a_stage: OpenStage) -> None:
    async with a_stage(team=STORMY) as stage:
        await storm(stage, 5)
        await stage.play(lambda scene: of_storm(scene, "2 起，合并在此"))
        (worst,) = await storm(stage, 1, first=5, severity="critical")
        await stage.until(lambda scene: [group for group in scene.living if "[P1]" in group.name])

        folded = [one for one in (await stage.scene()).incidents if one["folded_in"]]
        assert len(folded) == 2
        assert await stage.post(f"/api/v1/incidents/{folded[0]['number']}/unfold", b"") == 200
        await stage.until(lambda scene: [group for group in scene.living if f"(#{folded[0]['number']})" in group.name])
        await stage.play(lambda scene: of_storm(scene, "1 起，合并在此"))

        sender = stage.alertmanager("Down4")
        await sender.fire(severity="critical")
        await stage.until(lambda scene: len([group for group in scene.living if "[P1]" in group.name]) == 2)
        await worst.resolve()


async def test_in_a_storms_group_people_name_by_its_number_what_is_folded_there(a_stage: OpenStage) -> None:
    async with a_stage(team=STORMY) as stage:
        await storm(stage, 6)
        umbrella = await stage.play(lambda scene: of_storm(scene, "3 起，合并在此"))
        first, second, _ = [one["number"] for one in (await stage.scene()).incidents if one["folded_in"]]

        await ask(stage, f"#{first} ack", umbrella)
        await stage.until(lambda scene: scene.incidents[first - 1]["status"] == "acknowledged")
        await stage.play(lambda scene: said_in(scene, umbrella, f"#{first} 已记录"))
        await ask(stage, f"#{second} 展开", umbrella)
        await stage.until(lambda scene: [group for group in scene.living if f"(#{second})" in group.name])
        await stage.play(lambda scene: said_in(scene, umbrella, "正在为 1 起建群，约 2 秒"))
        await stage.play(lambda scene: of_storm(scene, "2 起，合并在此"))
        await ask(stage, "unfold all", umbrella)
        await stage.play(lambda scene: said_in(scene, umbrella, "正在为 2 起建群"))


async def test_what_begins_after_a_storm_has_a_group_again(a_stage: OpenStage) -> None:
    async with a_stage(team=STORMY) as stage:
        await storm(stage, 5)
        await stage.play(lambda scene: of_storm(scene, "2 起，合并在此"))
        await stage.pass_time(minutes=6)
        await stage.play(lambda scene: of_storm(scene, "等待恢复"))

        await storm(stage, 1, first=5)

        await stage.until(lambda scene: [group for group in scene.living if "Down5" in group.name])


def of_storm(scene: Scene, *words: str) -> Group | None:
    """The umbrella's group, once its card says all that."""
    groups = [group for group in scene.living if group.live_cards and "告警风暴" in group.shown]
    return next((group for group in groups if all(word in group.shown for word in words)), None)


def said_in(scene: Scene, there: Group, words: str) -> bool:
    """Whether something was said in a group."""
    return any(group.said(words) for group in scene.groups if group.id == there.id)


async def ask(stage: Stage, text: str, there: Group) -> None:
    """Mention the bot in a group; one person is answered once in ten seconds."""
    await stage.pass_time(seconds=11)
    wish = {"open_id": "alice@example.com", "chat_id": there.id, "text": text, "mention_bot": True}
    await stage.sandbox("POST", "message", **wish)
