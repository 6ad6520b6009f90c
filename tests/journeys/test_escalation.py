"""Somebody is always called: steps come in their turn, over crashes and outages, until somebody acknowledges."""

from collections.abc import Callable

from tests.journeys.life import ACK
from tests.journeys.scene import JsonObject, Scene
from tests.journeys.stage import TEAM, OpenStage, open_id_of

ALICE, BOB, CAROL = (open_id_of(name) for name in ("alice", "bob", "carol"))
ESCALATE = "升级"

LADDER = (
    TEAM.replace("  people: [alice, bob]\n", "  schedule: duty\n  escalation: ladder\n")
    + """\
schedules:
  duty: {timezone: UTC, layers: [{starts: 2020-01-06, people: [alice]}]}
teams:
  backup: {people: [bob], manager: carol}
escalation_policies:
  ladder:
    steps:
      - {who: ["schedule:duty"], via: [card]}
      - {after: 5m, who: ["team:backup"], via: [card]}
      - {after: 10m, who: ["manager:backup", "fallback"], via: [card]}
    repeat: 2
    ack_expires: 1h
"""
)


def steps(scene: Scene, *words: str) -> list[JsonObject]:
    """The cards of steps on which all of these words stand."""
    cards = [card for card in scene.group.countdowns if "step" in str(card["content"])]
    return [card for card in cards if all(word in str(card["content"]) for word in words)]


def is_said(scene: Scene, words: str) -> bool:
    """Whether these words stand in any group."""
    return any(group.said(words) for group in scene.living)


def mentioned(person: str) -> str:
    return f"<at id={person}></at>"


def has_called(person: str) -> Callable[[Scene], bool]:
    """Whether a step has called somebody, who is in the group."""
    return lambda scene: bool(steps(scene, mentioned(person))) and person in scene.group.people


async def test_p4_steps_are_called_in_their_turn_and_nobody_after_the_acknowledgement(a_stage: OpenStage) -> None:
    async with a_stage(team=LADDER) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.pinned == scene.group.card)
        scene = await stage.scene()
        assert mentioned(ALICE) in str(scene.group.live_cards[0]) or ALICE in scene.group.people
        assert "前无人认领，卡片呼叫" in scene.group.shown
        assert not steps(scene)

        await stage.pass_time(minutes=5, seconds=1)
        await stage.until(has_called(BOB))
        (card,) = steps(await stage.scene())
        assert "第 2/3 步" in str(card["content"]).replace("&#47;", "/")

        toast = await stage.click("bob", ACK, card["message_id"])
        assert toast["type"] == "success"
        await stage.until(lambda scene: scene.status == "acknowledged" and not steps(scene, "Ack (I am on it)"))
        await stage.pass_time(minutes=30)
        await stage.rest()
        assert len(steps(await stage.scene())) == 1
        assert CAROL not in (await stage.scene()).group.people


async def test_p4_a_step_that_became_due_while_every_process_was_away_is_called_at_once_and_only_that_one(
    a_stage: OpenStage,
) -> None:
    async with a_stage(team=LADDER) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.pinned == scene.group.card)
        await stage.rest()
        await stage.stop()
        await stage.pass_time(minutes=40)

        await stage.start_web()
        await stage.start_worker()
        await stage.until(has_called(BOB))
        await stage.rest()

        assert len(steps(await stage.scene())) == 1
        await stage.pass_time(minutes=10, seconds=1)
        await stage.until(has_called(CAROL))


async def test_after_the_last_round_nobody_else_is_called_and_the_card_says_so(a_stage: OpenStage) -> None:
    async with a_stage(team=LADDER) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.pinned == scene.group.card)
        for minutes in (5, 10, 10, 5, 10):
            before = len(steps(await stage.scene()))
            await stage.pass_time(minutes=minutes, seconds=1)
            await stage.until(lambda scene, before=before: len(steps(scene)) == before + 1)

        await stage.until(lambda scene: "升级已走完，不再自动呼叫" in scene.group.shown)
        assert steps(await stage.scene(), "最后一步", "共 2 轮")
        assert steps(await stage.scene(), "2 轮已走完")


async def test_an_acknowledgement_that_nothing_is_heard_of_ends_and_the_next_step_is_called(a_stage: OpenStage) -> None:
    async with a_stage(team=LADDER) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.pinned == scene.group.card)
        await stage.click("alice", ACK, (await stage.scene()).group.card)
        await stage.until(lambda scene: scene.group.said("前无进展将恢复升级") and "认领到期" in scene.group.shown)

        await stage.pass_time(minutes=60, seconds=1)
        await stage.until(lambda scene: scene.status == "firing" and scene.group.said("认领已到期，升级从第 2 步继续"))
        await stage.pass_time(minutes=5, seconds=1)
        await stage.until(has_called(BOB))


async def test_the_button_calls_the_next_step_at_once_and_words_call_whom_they_name(a_stage: OpenStage) -> None:
    async with a_stage(team=LADDER) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.pinned == scene.group.card)

        toast = await stage.click("alice", ESCALATE, (await stage.scene()).group.card)
        assert toast["content"] == "正在呼叫下一步的人"
        await stage.until(has_called(BOB))

        await stage.ask("alice", f'升级 <at user_id="{CAROL}">Carol</at>')
        await stage.until(has_called(CAROL))
        assert steps(await stage.scene(), "呼叫", mentioned(CAROL))


async def test_where_the_schedule_names_nobody_the_fallback_is_called_and_it_is_said(a_stage: OpenStage) -> None:
    empty = LADDER.replace("starts: 2020-01-06", "starts: 2190-01-06")
    async with a_stage(team=empty) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.said("值班表「duty」此刻无人（排班空缺），已呼叫兜底"))

        assert CAROL in (await stage.scene()).group.people


async def test_where_there_is_nobody_at_all_it_is_said(a_stage: OpenStage) -> None:
    nobody = LADDER.replace("starts: 2020-01-06", "starts: 2190-01-06").replace("fallback: [carol]\n", "")
    nobody += "lobbies: {ops: {title: 值班大厅, people: [alice]}}\n"
    async with a_stage(team=nobody) as stage:
        await stage.alertmanager().fire()

        await stage.until(lambda scene: is_said(scene, "群内任何人都可认领。已通知 值班大厅。"))
        await stage.until(lambda scene: is_said(scene, "没有可呼叫的人：值班表与兜底都为空。"))


async def test_p4_while_feishu_cannot_name_anybody_the_step_waits_and_is_not_lost(a_stage: OpenStage) -> None:
    async with a_stage(team=LADDER, has_worker=False) as stage:
        await stage.fault("user_batch_get_id", "server_error", times=10_000)
        await stage.start_worker()
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.group.live_cards)
        await stage.clear_faults()

        await stage.pass_time(seconds=31)
        await stage.until(has_called(ALICE))
