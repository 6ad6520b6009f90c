"""A shift ends while incidents are open: in each group the next people come in, are told, and take over."""

import asyncio
from datetime import timedelta

import pytest

from tests.journeys.processes import a_process
from tests.journeys.scene import Group, JsonObject, Scene
from tests.journeys.stage import OpenStage, Stage, open_id_of

TEAM = """\
people:
  alice: {email: alice@example.com}
  bob: {email: bob@example.com}
  carol: {email: carol@example.com}
  dave: {email: dave@example.com}
fallback: [dave]
schedules:
  hourly:
    timezone: Asia/Shanghai
    layers:
      - {rotation: hourly, handover: {time: "00:00"}, starts: 2026-01-05, people: [alice, carol]}
route:
  name: everything
  schedule: hourly
"""
OFFERED, ASKED = "Take over", "Hand over"
TURNS = ("alice", "carol")


async def five_past(stage: Stage) -> tuple[str, str]:
    """Wait until a shift is five minutes old; answers who has it, and who has the next."""
    now = stage.now()
    begins = now.replace(minute=5, second=0, microsecond=0)
    begins = begins if begins > now else begins + timedelta(hours=1)
    await stage.pass_time(seconds=(begins - now).total_seconds())
    await stage.alertmanager("Probe").fire()
    await stage.until(lambda scene: scene.living and scene.living[0].pinned)
    there = (await stage.scene()).living[0].people
    first = next(name for name in TURNS if open_id_of(name) in there)
    return first, next(name for name in TURNS if name != first)


async def change_team(stage: Stage, team: str) -> None:
    """Change the team file, and wait until the worker knows."""
    before = stage.of_worker.team.number
    await stage.change_team(team)

    async def is_known() -> bool:
        await asyncio.sleep(0.05)
        return stage.of_worker.team.number > before

    await stage.until_true(is_known)


def cards_with(group: Group, words: str) -> list[JsonObject]:
    return [card for card in group.countdowns if words in str(card["content"])]


def every_group_has(scene: Scene, person: str) -> bool:
    return all(open_id_of(person) in group.managers for group in scene.living)


async def test_two_open_incidents_are_handed_over_each_as_it_stands(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM) as stage:
        first, second = await five_past(stage)
        await stage.alertmanager("DiskFull").fire()
        await stage.until(lambda scene: len(scene.living) == 2 and all(group.pinned for group in scene.living))
        held, _ = (await stage.scene()).living
        await stage.click(first, "认领（我来处理）", held.card)
        await stage.until(lambda scene: any(one["status"] == "acknowledged" for one in scene.incidents))

        await stage.play(lambda scene: cards_with(scene.living[0], ASKED))
        assert not any(open_id_of(second) in group.people for group in (await stage.scene()).living)
        await stage.play(lambda scene: every_group_has(scene, second))

        held, _ = (await stage.scene()).living
        (card,) = await stage.until(lambda scene: cards_with(scene.living[1], OFFERED))
        assert f"<at id={open_id_of(second)}></at>" in str(card["content"])
        assert not cards_with(held, OFFERED)
        assert [one["lead"] for one in (await stage.scene()).incidents] == [open_id_of(first), None]
        await stage.click(second, "接手", str(card["message_id"]))
        await stage.until(lambda scene: scene.incidents[1]["lead"] == open_id_of(second))
        await stage.play(lambda scene: open_id_of(first) not in scene.living[1].people)
        assert open_id_of(first) in (await stage.scene()).living[0].people, "who holds it stays"


async def test_a_shift_that_changes_while_nobody_works_is_handed_over_late_and_once(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM) as stage:
        _, second = await five_past(stage)
        await stage.fault("im.message.receive_v1", "event_twice")
        await stage.fault("chat_members_add", "drop_answer")
        await stage.fault("message_create", "drop_answer")
        await stage.pass_time(minutes=57)

        await stage.until(lambda scene: every_group_has(scene, second))
        await stage.play(lambda scene: cards_with(scene.group, OFFERED))
        await stage.pass_time(minutes=3)
        await stage.rest()
        assert len(cards_with((await stage.scene()).group, OFFERED)) == 1
        assert (await stage.happened()).count("shift_changed") == 1


async def test_an_override_made_meanwhile_counts_for_what_is_open(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM) as stage:
        await five_past(stage)
        now = stage.now() + timedelta(hours=8)
        since, until = (now + timedelta(minutes=at) for at in (-10, 300))
        override = f"[{{from: {since:%Y-%m-%dT%H:%M}, to: {until:%Y-%m-%dT%H:%M}, people: [bob]}}]"
        await change_team(stage, TEAM.replace("    layers:", f"    overrides: {override}\n    layers:"))

        await stage.play(lambda scene: every_group_has(scene, "bob"), at_most=timedelta(minutes=3))

        (card,) = await stage.until(lambda scene: cards_with(scene.group, OFFERED))
        assert f"<at id={open_id_of('bob')}></at>" in str(card["content"])


async def test_where_nobody_comes_the_fallback_is_asked(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM) as stage:
        await five_past(stage)
        day = (stage.now() + timedelta(hours=8)).date()
        await change_team(stage, TEAM.replace("people: [alice, carol]}", f"ends: {day}, people: [alice, carol]}}"))

        await stage.play(lambda scene: every_group_has(scene, "dave"), at_most=timedelta(minutes=3))

        await stage.until(lambda scene: scene.group.said("此刻无人") and cards_with(scene.group, OFFERED))
        (card,) = cards_with((await stage.scene()).group, OFFERED)
        assert "<at id=" not in str(card["content"]), "one message mentions them"


@pytest.mark.parametrize("operation", ["chat_members_add", "message_create", "chat_managers_add"])
async def test_p4_a_hand_over_goes_on_although_its_worker_is_killed(a_stage: OpenStage, operation: str) -> None:
    async with a_stage(team=TEAM, has_worker=False) as stage, a_process("worker", stage.settings) as worker:
        _, second = await five_past(stage)
        before = (await stage.scene()).calls(operation)
        await stage.fault(operation, "slow", seconds=60)  # the work is done, the answer finds nobody
        await stage.pass_time(minutes=56)
        await stage.until(lambda scene: scene.calls(operation) > before)
        worker.kill()
        await worker.wait()
        await stage.clear_faults()

        await stage.start_worker()

        await stage.play(lambda scene: every_group_has(scene, second) and cards_with(scene.group, OFFERED))
        await stage.rest()
        assert len(cards_with((await stage.scene()).group, OFFERED)) == 1
        assert (await stage.happened()).count("shift_changed") == 1
