"""Shifts that change hands in the chat: in an incident's group, in a direct chat, by whom it may be, and why not."""

from tests.journeys.stage import OpenStage, Stage, open_id_of
from tests.journeys.test_direct_words import replies, written_to
from tests.journeys.test_words import a_group, answers, told

ON_SHIFT = """\
people:
  alice: {email: alice@example.com}
  bob: {name: 李博, email: bob@example.com}
  dave: {email: dave@example.com}
schedules:
  turns: {timezone: Asia/Shanghai, layers: [{people: [dave], starts: 2020-01-06}]}
  nights: {timezone: Asia/Shanghai, layers: [{people: [dave], starts: 2020-01-06}]}
route:
  people: [alice, bob]
  schedule: turns
  chat: {restrict: members}
"""
ALL_DAY = "换班 dave@example.com bob@example.com 00:00-24:00"


async def told_directly(stage: Stage, who: str, text: str) -> str:
    message = await stage.tell(who, text)
    (answer,) = await stage.until(lambda scene: replies(scene, message))
    return answer


async def test_in_a_group_somebody_takes_the_shifts_of_another(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT) as stage:
        await a_group(stage)

        made = await told(stage, "alice", ALL_DAY)
        assert "由 李博 顶班。" in made
        assert "值班表：turns、nights。" in made
        assert "现在：李博" in await told(stage, "bob", "值班")
        assert "此前由 李博 顶的班" in await told(stage, "dave", "换班 我 alice@example.com 00:00-24:00")

        await stage.alertmanager("Another").fire()
        await stage.until(lambda scene: len(scene.living) == 2)
        newest = (await stage.until(lambda scene: scene.living if len(scene.living) == 2 else None))[-1]
        assert open_id_of("alice") in newest.people
        assert open_id_of("dave") not in newest.people


async def test_what_cannot_be_is_answered_with_why(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT) as stage:
        await a_group(stage)

        assert "没有班，没有改动。" in await told(stage, "alice", "换班 alice@example.com bob@example.com 18:00-22:00")
        assert await told(stage, "bob", "换班 dave@example.com dave@example.com 18:00-22:00") == "不能给自己顶班。"
        assert "erin@example.com 不在团队文件里" in await told(
            stage, "dave", "换班 erin@example.com bob@example.com 18:00-22:00"
        )
        await stage.pass_time(minutes=1)
        assert "换班 后面要 谁的班" in await told(stage, "alice", "换班 dave@example.com")


async def test_in_a_direct_chat_people_of_the_team_may(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT) as stage:
        await a_group(stage)

        assert "只有团队文件里的人可以换班。" in await told_directly(stage, "carol", ALL_DAY)
        assert "由 李博 顶班。" in await told_directly(stage, "dave", "换班 我 bob@example.com 00:00-24:00")
        assert "现在：李博" in await told_directly(stage, "alice", "值班")


async def test_a_route_can_leave_it_to_those_who_were_called(a_stage: OpenStage) -> None:
    restricted = ON_SHIFT.replace("restrict: members", "restrict: responders")
    async with a_stage(team=restricted) as stage:
        await a_group(stage)
        await stage.act("carol", "join", chat_id=(await stage.scene()).group.id)

        assert "换班需要" in await told(stage, "carol", ALL_DAY)
        message = await stage.ask("alice", ALL_DAY)
        assert "顶班" in (await stage.until(lambda scene: answers(scene, message)))[0]


async def test_those_whose_shifts_another_changes_are_told_directly(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT.replace("  nights", "  # nights")) as stage:
        await a_group(stage)
        await told(stage, "alice", ALL_DAY)

        await stage.until(lambda scene: "由你顶 dave（turns）" in written_to(scene, "bob"))
        await stage.until(lambda scene: "由 李博 顶你（turns）" in written_to(scene, "dave"))
        assert "换班" not in written_to(await stage.scene(), "alice"), "she knows"
