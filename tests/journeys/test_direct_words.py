"""Direct messages to the bot: about one's own incidents, by number or without; about others nothing is told."""

import json

from tests.journeys.scene import Scene
from tests.journeys.stage import OpenStage, Stage, open_id_of

STAYING = """\
people:
  alice: {email: alice@example.com}
fallback: [alice]
route:
  people: [alice]
  chat: {countdown: 1h, on_close: keep}
"""
ON_SHIFT = """\
people:
  alice: {email: alice@example.com}
  dave: {email: dave@example.com}
schedules:
  turns: {timezone: Asia/Shanghai, layers: [{people: [dave], starts: 2020-01-06}]}
route:
  people: [alice]
  schedule: turns
"""


def replies(scene: Scene, message: str) -> list[str]:
    """What was answered to a message, wherever it stands, in Chinese."""
    found = [one for chat in scene.feishu["chats"] for one in chat["messages"] if one["parent_id"] == message]
    return [json.dumps(one["content"].get("zh_cn", one["content"]), ensure_ascii=False) for one in found]


def written_to(scene: Scene, who: str) -> str:
    """Everything the bot wrote into somebody's direct chat."""
    chats = [chat for chat in scene.feishu["chats"] if chat["chat_mode"] == "p2p"]
    theirs = [chat for chat in chats if any(member["id"] == open_id_of(who) for member in chat["members"])]
    return json.dumps([chat["messages"] for chat in theirs], ensure_ascii=False)


def reactions(scene: Scene, message: str) -> list[str]:
    """The reactions on a message, wherever it stands."""
    messages = [one for chat in scene.feishu["chats"] for one in chat["messages"] if one["message_id"] == message]
    return [reaction["emoji_type"] for one in messages for reaction in one["reactions"]]


async def told(stage: Stage, who: str, text: str) -> str:
    """Ask something in a direct chat; answers what the bot replied, once it did."""
    message = await stage.tell(who, text)
    (answer,) = await stage.until(lambda scene: replies(scene, message))
    return answer


async def groups(stage: Stage, *names: str) -> None:
    for name in names:
        await stage.alertmanager(name).fire()
    await stage.until(lambda scene: sum(bool(one.get("share_link")) for one in scene.incidents) == len(names))


async def test_a_responder_acts_by_number_and_the_group_hears_of_it(stage: Stage) -> None:
    await groups(stage, "DiskFull", "CpuHot")

    assert "已记录：你认领了 #2。" in await told(stage, "alice", "#2 认领")
    await stage.until(lambda scene: scene.incidents[1]["lead"] == open_id_of("alice"))
    await stage.until(lambda scene: sum(len(group.said("alice 已认领")) for group in scene.groups) == 1)
    assert "bob" not in await told(stage, "bob", "#2 状态")


async def test_the_only_incident_of_somebody_needs_no_number(stage: Stage) -> None:
    await groups(stage, "DiskFull")

    assert "已记录：#1 级别。" in await told(stage, "bob", "sev P3")
    await stage.until(lambda scene: scene.incident["severity"] == "P3")
    note = await stage.tell("bob", "备注 换盘中")
    await stage.until(lambda scene: reactions(scene, note) == ["OK"])

    assert "noted" in await stage.happened()
    assert replies(await stage.scene(), note) == []  # the reaction says it


async def test_who_has_several_is_asked_which_one_and_nothing_happens(stage: Stage) -> None:
    await groups(stage, "DiskFull", "CpuHot")

    answer = await told(stage, "alice", "认领")

    assert "你有 2 起，请在命令前写编号" in answer
    assert "#1 DiskFull" in answer
    assert {one["status"] for one in (await stage.scene()).incidents} == {"firing"}


async def test_a_stranger_is_told_the_same_as_if_there_were_no_such_incident(stage: Stage) -> None:
    await groups(stage, "DiskFull")

    theirs, nobodys = await told(stage, "dave", "#1 认领"), await told(stage, "dave", "#99 认领")

    assert theirs.replace("#1", "#99") == nobodys
    assert "没有 #99，或你不在其中" in nobodys
    assert "你名下没有进行中的事件" in await told(stage, "dave", "状态")
    assert "acknowledged" not in await stage.happened()


async def test_who_came_on_call_since_may_act_although_nobody_called_them(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT.replace("[dave]", "[alice]")) as stage:
        await groups(stage, "DiskFull")
        assert "没有 #1" in await told(stage, "dave", "#1 认领")

        await stage.change_team(ON_SHIFT)

        assert "你认领了 #1" in await told(stage, "dave", "#1 认领")


async def test_what_is_about_no_incident_needs_none(stage: Stage) -> None:
    await stage.until_ready()

    assert "写编号和命令" in await told(stage, "dave", "帮助")
    assert "转派 @李四" in await told(stage, "dave", "help 转派")
    assert "没看懂「你好」" in await told(stage, "dave", "你好")
    assert "我的事件" in await told(stage, "dave", "我的")


async def test_in_a_group_that_is_no_incidents_the_bot_helps_and_does_nothing(stage: Stage) -> None:
    await groups(stage, "DiskFull")
    chat = (await stage.act("alice", "create_chat", name="our own"))["chat_id"]

    async def asked(text: str) -> str:
        wish = {"open_id": "alice@example.com", "chat_id": chat, "text": text, "mention_bot": True}
        message = str((await stage.sandbox("POST", "message", **wish))["message_id"])
        (answer,) = await stage.until(lambda scene: replies(scene, message))
        return answer

    assert "本群不是事件群" in await asked("#1 认领")
    assert "认领 — 我来处理" in await asked("帮助")
    assert "请私聊我发送" in await asked("我的")
    assert "alice、bob" in await asked("值班")
    assert (await stage.scene()).incident["status"] == "firing"


async def test_who_is_on_call_needs_no_incident(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT) as stage:
        answer = await told(stage, "bob", "值班？")

        assert "turns：" in answer
        assert "现在：dave（到 " in answer


async def test_the_bots_menu_asks_what_its_entries_are_called(stage: Stage) -> None:
    await groups(stage, "DiskFull")

    for entry in ("mine", "help", "ack", "nonsense"):
        await stage.act("alice", "click_bot_menu", event_key=entry)
    await stage.until(
        lambda scene: "我的事件" in written_to(scene, "alice") and "写编号和命令" in written_to(scene, "alice")
    )
    await stage.rest()

    assert (await stage.scene()).status == "firing"


async def test_a_direct_message_that_feishu_tells_twice_is_answered_once(stage: Stage) -> None:
    await groups(stage, "DiskFull")
    await stage.fault("im.message.receive_v1", "event_twice")

    message = await stage.tell("alice", "认领")
    await stage.until(lambda scene: replies(scene, message))
    await stage.pass_time(seconds=30)
    await stage.rest()

    assert len(replies(await stage.scene(), message)) == 1
    assert (await stage.happened()).count("acknowledged") == 1


async def test_whoever_talks_to_an_ended_incident_is_told_so(a_stage: OpenStage) -> None:
    async with a_stage(team=STAYING) as stage:
        sender = stage.alertmanager()
        await sender.fire()
        await stage.until(lambda scene: scene.incident.get("share_link"))
        await sender.resolve()
        await stage.play(lambda scene: scene.is_over)

        message = await stage.ask("alice", "认领")
        (answer,) = await stage.until(lambda scene: replies(scene, message))
        assert "#1 已于" in answer
        assert "https://alertbridge.example.com/incidents/" in answer
        assert "#1 已于" in await told(stage, "alice", "#1 重开")
        assert "已关闭" in await told(stage, "alice", "#1 状态")
