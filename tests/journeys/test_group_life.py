"""P5: people come, leave and change things by hand; the group stays usable, and nobody is fought or greeted twice."""

import pytest

from tests.journeys.life import ACK
from tests.journeys.scene import has_full_group
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of


async def a_full_group(stage: Stage) -> str:
    """Make the usual group; answers its id."""
    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    return (await stage.scene()).group.id


async def an_old_group(stage: Stage) -> str:
    """One whose first minutes are over: who comes now missed the beginning."""
    chat = await a_full_group(stage)
    await stage.pass_time(minutes=2)
    await stage.rest()
    return chat


async def happens(stage: Stage, what: str, times: int = 1) -> None:
    """Wait until the timeline has so many lines of a kind."""
    await stage.until_true(lambda: _happened(stage, what, times))


async def _happened(stage: Stage, what: str, times: int) -> bool:
    return (await stage.happened()).count(what) >= times


async def test_p5_who_is_brought_in_is_greeted_once_together_with_those_who_follow(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.click("alice", ACK, (await stage.scene()).group.card)
    await stage.act("alice", "add", chat_id=chat, target="dave@example.com")
    await stage.act("carol", "join", chat_id=chat)
    await happens(stage, "joined", 2)
    await stage.play(lambda scene: scene.group.said("欢迎"))

    (greeting,) = (await stage.scene()).group.said("欢迎")
    words = str(greeting["content"])
    assert "赵大伟、carol" in words
    assert "P1，处理中" in words
    assert "负责：alice" in words
    assert "发「@alertbridge 帮助」看命令" in words
    assert "'tag': 'at'" not in words, "a greeting calls nobody"

    await stage.act("dave", "leave", chat_id=chat)
    await stage.act("alice", "add", chat_id=chat, target="dave@example.com")
    await happens(stage, "joined", 3)
    await stage.pass_time(minutes=3)
    await stage.rest()
    assert len((await stage.scene()).group.said("欢迎")) == 1


async def test_our_own_changes_come_back_as_events_and_change_nothing(stage: Stage) -> None:
    await an_old_group(stage)
    card = (await stage.scene()).group.card
    await stage.click("alice", ACK, card)
    await stage.click("alice", "转派给…", card, option=open_id_of("dave"))
    await stage.play(lambda scene: open_id_of("dave") in scene.group.people and scene.feishu["events"])
    await stage.pass_time(minutes=3)
    await stage.rest()

    happened = await stage.happened()
    assert not {"joined", "left", "renamed", "settings_changed"} & set(happened)
    assert (await stage.scene()).group.said("欢迎") == []


async def test_p5_somebody_on_call_who_leaves_is_brought_back_once(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.act("bob", "leave", chat_id=chat)
    await stage.until(lambda scene: scene.group.said("已请回"))
    await stage.until(lambda scene: open_id_of("bob") in scene.group.people)

    await stage.act("alice", "remove", chat_id=chat, target="bob@example.com")
    await stage.until(lambda scene: scene.group.said("不再请回"))
    await stage.rest()
    assert open_id_of("bob") not in (await stage.scene()).group.people
    assert (await stage.happened()).count("left") == 2


async def test_anybody_else_who_leaves_is_only_recorded(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.act("carol", "join", chat_id=chat)
    await stage.act("carol", "leave", chat_id=chat)
    await happens(stage, "left")
    await stage.rest()

    group = (await stage.scene()).group
    assert open_id_of("carol") not in group.people
    assert group.said("已请回") == []


async def test_p5_an_invitation_that_was_taken_back_is_not_repeated(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.act("alice", "withdraw", chat_id=chat, target="bob@example.com")
    await happens(stage, "left")
    await stage.alertmanager("Other").fire("db-7")
    await stage.rest()

    assert open_id_of("bob") not in (await stage.scene()).groups[0].people


async def test_where_the_route_accepts_it_people_on_call_may_leave(a_stage: OpenStage) -> None:
    team = TEAM.replace("countdown: 1h", "on_leave: accept, countdown: 1h")
    async with a_stage(team=team) as stage:
        chat = await an_old_group(stage)
        await stage.act("bob", "leave", chat_id=chat)
        await happens(stage, "left")
        await stage.rest()
        assert open_id_of("bob") not in (await stage.scene()).group.people


async def test_p5_a_name_given_by_hand_stays_until_the_state_changes(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.act("bob", "rename", chat_id=chat, name="war room")
    await happens(stage, "renamed")
    await stage.rest()
    assert (await stage.scene()).group.name == "war room"

    await stage.click("alice", ACK, (await stage.scene()).group.card)
    await stage.play(lambda scene: "[acked]" in scene.group.name)


async def test_p5_where_the_route_wants_its_own_name_it_is_restored_twice(a_stage: OpenStage) -> None:
    team = TEAM.replace("countdown: 1h", "keep_manual_name: false, countdown: 1h")
    async with a_stage(team=team) as stage:
        chat = await an_old_group(stage)
        for number in range(1, 4):
            await stage.act("bob", "rename", chat_id=chat, name="war room")
            await happens(stage, "renamed", number)
            if number < 3:
                await stage.play(lambda scene: "[firing]" in scene.group.name)
        await stage.pass_time(minutes=5)
        await stage.rest()
        assert (await stage.scene()).group.name == "war room"
        assert "gave_way" in await stage.happened()


async def test_a_new_owner_is_noticed_and_what_the_bot_cannot_do_then_is_said_once(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.act("alice", "transfer", chat_id=chat, target="bob@example.com")
    await stage.until(lambda scene: scene.group.said("群主已是 bob"))
    await stage.click("alice", ACK, (await stage.scene()).group.card)
    await stage.rest()

    assert len((await stage.scene()).group.said("群主已是")) == 1
    assert "owner_changed" in await stage.happened()


async def test_settings_that_people_change_are_respected_and_on_the_timeline(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.act("alice", "update", chat_id=chat, settings={"edit_permission": "all_members"})
    await happens(stage, "settings_changed")

    line = next(line for line in await stage.timeline() if line["what"] == "settings_changed")
    assert line["text"] == "edit_permission"


@pytest.mark.parametrize("operation", ["chat_members_add", "message_create"])
async def test_p5_a_failure_while_somebody_is_brought_back_only_delays_it(stage: Stage, operation: str) -> None:
    chat = await an_old_group(stage)
    await stage.fault(operation, "server_error", times=2)
    await stage.act("bob", "leave", chat_id=chat)
    await stage.play(lambda scene: open_id_of("bob") in scene.group.people and scene.group.said("已请回"))

    assert len((await stage.scene()).group.said("已请回")) == 1


async def test_an_event_that_comes_twice_is_heard_once(stage: Stage) -> None:
    chat = await an_old_group(stage)
    await stage.fault("im.chat.member.user.deleted_v1", "event_twice")
    await stage.act("bob", "leave", chat_id=chat)
    await stage.until(lambda scene: scene.feishu["events"].get("im.chat.member.user.deleted_v1", 0) == 2)
    await stage.rest()

    assert (await stage.happened()).count("left") == 1
    assert len((await stage.scene()).group.said("已请回")) == 1
