"""Commands in words: everything that can be pressed can be said, and what cannot be understood is answered."""

import json

from alertbridge.core.chats.card import Button, Option
from alertbridge.core.incidents.command import Verb
from alertbridge.core.spoken.vocabulary import BY_WORD
from tests.journeys.scene import JsonObject, Scene
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of

RESTRICTED = """\
people:
  alice: {email: alice@example.com}
route:
  people: [alice]
  chat: {restrict: responders}
"""


async def a_group(stage: Stage) -> None:
    """Make the group of one incident."""
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.group.pinned == scene.group.card)


def answers(scene: Scene, message: str) -> list[str]:
    """What was answered to a message, in Chinese, a string for each answer."""
    replies = [one for one in scene.group.messages if one["parent_id"] == message]
    return ["\n".join(_words(line) for line in _lines(reply)) for reply in replies]


def _lines(message: JsonObject) -> list[list[JsonObject]]:
    content = message["content"]
    body = content.get("zh_cn", content)
    lines: list[list[JsonObject]] = body["content"]
    return lines


def _words(line: list[JsonObject]) -> str:
    return "".join(node.get("text", "") for node in line)


def receipts(scene: Scene, message: str) -> list[str]:
    """The reactions on a message."""
    (found,) = (one for one in scene.group.messages if one["message_id"] == message)
    return [reaction["emoji_type"] for reaction in found["reactions"]]


async def told(stage: Stage, who: str, text: str) -> str:
    """Ask something in the group; answers what the bot replied, once it did."""
    message = await stage.ask(who, text)
    (answer,) = await stage.until(lambda scene: answers(scene, message))
    return answer


def test_everything_that_can_be_pressed_can_be_said() -> None:
    elsewhere = {Button.SAVE_NOTE, Button.SAVE_UPDATE, Button.SAVE_SILENCE, Button.CANCEL, Button.ACK_ALL}
    elsewhere |= {Button.TAKE_OVER, Button.KEEP_LEAD, Button.HAND_OVER_TO}
    assert {button.value for button in set(Button) - elsewhere} <= {word.value for word in BY_WORD}
    assert {option.value.split("_")[0] for option in Option} <= {word.value for word in BY_WORD}
    assert set(Verb) <= BY_WORD.keys()


async def test_an_incident_from_its_card_to_its_end_by_words_alone(stage: Stage) -> None:
    await a_group(stage)

    assert await told(stage, "alice", "认领") == "alice 已认领，升级停止。"
    assert await told(stage, "bob", "级别P2") == "级别 P1 → P2（bob）。升级不变。"
    note = await stage.ask("bob", "备注：已切到备库")
    await stage.until(lambda scene: receipts(scene, note) == ["OK"])
    update = await stage.ask("alice", "update rolling back")
    await stage.until(lambda scene: receipts(scene, update) == ["OK"] and "rolling back" in scene.group.shown)
    assert (await told(stage, "bob", "状态")).startswith("P2 处理中，已 ")

    resolve = await stage.ask("alice", "resolve it was DNS")
    await stage.until(lambda scene: any(one["parent_id"] == resolve for one in scene.group.messages))
    await stage.pass_time(seconds=20)
    assert await told(stage, "bob", "保留 2小时") != ""
    await stage.pass_time(seconds=20)
    await stage.ask("alice", "关闭")
    await stage.play(lambda scene: scene.is_over)

    by_people = ["acknowledged", "severity_set", "noted", "updated", "resolved", "kept", "closing", "closing", "closed"]
    assert [kind for kind in await stage.happened() if kind in by_people] == by_people
    assert any("已切到备库" in text for text in await stage.archived((await stage.scene()).incident["id"]))


async def test_what_cannot_be_understood_is_answered_and_changes_nothing(stage: Stage) -> None:
    await a_group(stage)

    assert await told(stage, "alice", "认令") == "没看懂「认令」。是不是：认领、命令？"
    assert await told(stage, "bob", "重开") == ("现在是「触发中」，不能重开。可以：认领、状态、进展、备注、转派。")
    await stage.pass_time(seconds=20)
    assert await told(stage, "alice", "#99 认领") == "这里是 #1。#99 请到它的群或私聊我。"
    assert await told(stage, "bob", "转派 @李四") == "找不到 @李四，请 @ 本人或写公司邮箱。"
    await stage.pass_time(seconds=20)
    assert await told(stage, "alice", "恢复了吗？") != ""
    assert await told(stage, "bob", "保留 半天") == "请写 2h、30分钟 或 到09:00。"

    assert {"acknowledged", "resolved", "kept", "reopened", "refused"}.isdisjoint(await stage.happened())


async def test_who_may_not_is_told_who_can(a_stage: OpenStage) -> None:
    async with a_stage(team=RESTRICTED) as stage:
        await a_group(stage)
        group = (await stage.scene()).group.id
        await stage.act("dave", "join", chat_id=group)

        assert await told(stage, "dave", "恢复") == "恢复需要值班人或群管理员。可以请 alice 操作。"
        assert await told(stage, "dave", "认领") != ""
        await stage.until(lambda scene: scene.incident["lead"] == open_id_of("dave"))


async def test_who_asks_too_fast_is_answered_once(stage: Stage) -> None:
    await a_group(stage)

    assert await told(stage, "alice", "帮助") != ""
    again = await stage.ask("alice", "帮助")
    assert await told(stage, "bob", "帮助 认领") == "认领 — 我来处理\n也可以写：ack、认领、我来、接手"
    await stage.rest()

    assert answers(await stage.scene(), again) == []


async def test_a_message_that_feishu_tells_twice_is_obeyed_and_answered_once(stage: Stage) -> None:
    await a_group(stage)
    await stage.fault("im.message.receive_v1", "event_twice")
    message = await stage.ask("alice", "认领")
    await stage.until(lambda scene: answers(scene, message))
    await stage.pass_time(seconds=20)
    await stage.rest()

    assert answers(await stage.scene(), message) == ["alice 已认领，升级停止。"]
    assert (await stage.happened()).count("acknowledged") == 1


async def test_assigning_by_mention_adds_the_person_and_by_email_finds_people_of_the_team(stage: Stage) -> None:
    await a_group(stage)

    carol = open_id_of("carol")
    assert "转派给" in await told(stage, "alice", f'转派 <at user_id="{carol}">Carol</at>')
    await stage.until(lambda scene: carol in scene.group.people)
    assert (await stage.scene()).incident["lead"] == carol

    await told(stage, "bob", "assign Alice@example.com")
    await stage.until(lambda scene: scene.incident["lead"] == open_id_of("alice"))


async def test_who_gets_a_role_is_in_the_group_and_on_card_and_announcement(stage: Stage) -> None:
    await a_group(stage)

    carol = open_id_of("carol")
    answer = await told(stage, "alice", f'角色 记录人 <at user_id="{carol}">Carol</at>')

    assert answer.endswith("现在是记录人。")
    await stage.until(lambda scene: carol in scene.group.people and "记录" in scene.group.shown)
    assert (await stage.scene()).incident["roles"] == {"scribe": carol}
    await stage.pass_time(minutes=2)
    await stage.until(lambda scene: "记录人 Scribe" in "".join(scene.group.notes))


async def test_a_role_that_the_route_gives_is_there_from_the_start_and_can_be_passed_on(a_stage: OpenStage) -> None:
    scribed = TEAM.replace("  people: [alice, bob]", '  people: [alice, bob]\n  roles: {scribe: "person:carol"}')
    async with a_stage(team=scribed) as stage:
        await a_group(stage)
        carol, bob = open_id_of("carol"), open_id_of("bob")
        await stage.until(lambda scene: carol in scene.group.people and scene.incident["roles"] == {"scribe": carol})

        await told(stage, "alice", f'role scribe <at user_id="{bob}">Bob</at>')

        await stage.until(lambda scene: scene.incident["roles"] == {"scribe": bob})


async def test_questions_are_answered_with_links_people_and_the_last_lines(stage: Stage) -> None:
    await a_group(stage)

    assert await told(stage, "alice", "值班") == "现在：alice、bob。"
    links = await stage.ask("bob", "链接")
    await stage.until(lambda scene: answers(scene, links))
    (reply,) = (one for one in (await stage.scene()).group.messages if one["parent_id"] == links)
    assert "https://alertbridge.example.com/incidents/" in json.dumps(reply["content"])
    await stage.pass_time(seconds=20)
    assert "已建群" in await told(stage, "alice", "时间线")
    assert await told(stage, "bob", "我的") == "「我的」请私聊我发送。"


async def test_talk_about_the_bot_and_talk_without_it_is_left_alone(stage: Stage) -> None:
    await a_group(stage)
    group = (await stage.scene()).group
    before = len(group.messages)
    bot = next(app["open_id"] for app in (await stage.scene()).feishu["apps"])

    await stage.talk("alice", "认领", group.id)
    await stage.talk("bob", f'你问问 <at user_id="{bot}">bot</at> 吧', group.id)
    await stage.talk("bob", f'认领 <at user_id="{bot}">bot</at>', group.id)
    await stage.until(lambda scene: scene.status == "acknowledged")
    await stage.rest()

    assert len((await stage.scene()).group.messages) == before + 4
    assert (await stage.scene()).incident["lead"] == open_id_of("bob")


async def test_who_asks_to_leave_is_let_go_and_not_brought_back(stage: Stage) -> None:
    await a_group(stage)
    await stage.ask("alice", "认领")
    await stage.play(lambda scene: scene.status == "acknowledged")

    await stage.ask("alice", "leave")
    await stage.until(lambda scene: open_id_of("alice") not in scene.group.people)

    await stage.until(lambda scene: scene.status == "firing")
    await stage.pass_time(minutes=11)
    await stage.rest()
    assert open_id_of("alice") not in (await stage.scene()).group.people
    assert (await stage.happened()).count("brought_back") == 0
