"""The direct chat with the bot: who comes is greeted with what is theirs, and can act from there."""

import json
from typing import Any

from alertbridge.core.ids import ChatId, EntryId, MessageId, OpenId
from alertbridge.core.rooms.room import AskedMine, person_room
from tests.journeys.scene import JsonObject, Scene
from tests.journeys.stage import OpenStage, Stage, open_id_of

ON_SHIFT = """\
people:
  alice: {email: alice@example.com}
  bob: {email: bob@example.com}
  carol: {email: carol@example.com}
schedules:
  turns: {timezone: Asia/Shanghai, layers: [{people: [bob], starts: 2020-01-06}]}
  later: {timezone: Asia/Shanghai, layers: [{people: [carol, bob, carol], starts: 2020-01-06}]}
route:
  people: [alice]
  schedule: turns
"""
ACK = "认领"


def direct(scene: Scene, who: str) -> list[JsonObject]:
    """What the bot wrote to somebody, oldest first."""
    chats = [chat for chat in scene.feishu["chats"] if chat["chat_mode"] == "p2p"]
    theirs = [chat for chat in chats if any(member["id"] == open_id_of(who) for member in chat["members"])]
    return [one for chat in theirs for one in chat["messages"] if one["sender"]["id_type"] == "app_id"]


def welcomes(scene: Scene, who: str) -> list[JsonObject]:
    return [message for message in direct(scene, who) if "我是告警机器人" in shown(message)]


def lists(scene: Scene, who: str) -> list[JsonObject]:
    return [message for message in direct(scene, who) if "我的事件" in shown(message)]


def shown(message: JsonObject) -> str:
    return json.dumps(message["content"], ensure_ascii=False)


async def ask_mine(stage: Stage, who: str) -> JsonObject:
    """Let somebody ask what is theirs; the message that asked."""
    said = await stage.sandbox("POST", "message", open_id=f"{who}@example.com", text="…")
    asked = AskedMine(
        id=EntryId(said["message_id"]),
        at=stage.now(),
        message=MessageId(said["message_id"]),
        chat=ChatId(said["chat_id"]),
    )
    await stage.parts.feed.append_room(person_room(OpenId(open_id_of(who))), asked)
    return said


async def two_incidents(stage: Stage) -> None:
    for name in ("DiskFull", "CpuHot"):
        await stage.alertmanager(name).fire()
    await stage.until(lambda scene: len([one for one in scene.incidents if one.get("share_link")]) == 2)


async def test_who_opens_the_direct_chat_is_greeted_once_a_day_with_what_is_theirs(stage: Stage) -> None:
    await two_incidents(stage)

    await stage.act("alice", "open_p2p")
    (welcome,) = await stage.until(lambda scene: welcomes(scene, "alice"))

    assert "你现在：不值班，名下 2 起。" in shown(welcome)
    assert "You are off call with 2 open." in shown(welcome)
    assert "DiskFull" in shown(welcome)
    assert "CpuHot" in shown(welcome)
    await stage.act("alice", "open_p2p")
    await stage.pass_time(hours=1)
    await stage.rest()
    assert len(welcomes(await stage.scene(), "alice")) == 1
    await stage.pass_time(hours=24)
    await stage.act("alice", "open_p2p")
    assert await stage.until(lambda scene: len(welcomes(scene, "alice")) == 2)


async def test_who_is_on_call_is_told_so(a_stage: OpenStage) -> None:
    async with a_stage(team=ON_SHIFT) as stage:
        await stage.alertmanager().fire()
        await stage.until(lambda scene: scene.incident.get("share_link"))
        await stage.act("bob", "open_p2p")
        (welcome,) = await stage.until(lambda scene: welcomes(scene, "bob"))

    assert "You are on call with 1 open." in shown(welcome)


async def test_mine_lists_what_is_theirs_and_an_ack_there_counts_and_shows(stage: Stage) -> None:
    await two_incidents(stage)
    said = await ask_mine(stage, "bob")
    (card,) = await stage.until(lambda scene: lists(scene, "bob"))
    assert card["parent_id"] == said["message_id"]
    assert shown(card).count("open_url") == 2, "each opens its group"

    toast = await stage.click("bob", ACK, card["message_id"])

    assert toast["content"].startswith("已记录：你认领了 #")
    await stage.until(lambda scene: [one for one in scene.incidents if one["status"] == "acknowledged"])
    await stage.pass_time(seconds=2)
    (edited,) = await stage.until(lambda scene: [one for one in lists(scene, "bob") if "处理中" in shown(one)])
    assert edited["message_id"] == card["message_id"]
    assert len(lists(await stage.scene(), "bob")) == 1


async def test_who_has_nothing_open_is_told_so(stage: Stage) -> None:
    await ask_mine(stage, "dave")
    (card,) = await stage.until(lambda scene: lists(scene, "dave"))

    assert "你名下没有进行中的事件。" in shown(card)
    assert "下一班" not in shown(card)


async def test_a_list_speaks_only_for_what_is_its_readers(stage: Stage) -> None:
    await two_incidents(stage)
    await ask_mine(stage, "dave")
    (card,) = await stage.until(lambda scene: lists(scene, "dave"))
    room = next(
        chat
        for chat in (await stage.scene()).feishu["chats"]
        if any(message["message_id"] == card["message_id"] for message in chat["messages"])
    )
    value: dict[str, Any] = {"i": (await stage.scene()).incidents[0]["id"], "a": "ack", "r": 1}

    event = {
        "operator": {"open_id": open_id_of("dave"), "tenant_key": "sandbox_tenant"},
        "token": "c-1",
        "action": {"tag": "button", "value": value},
        "host": "im_message",
        "context": {"open_message_id": card["message_id"], "open_chat_id": room["chat_id"]},
    }
    header = {"event_id": "forged", "event_type": "card.action.trigger", "create_time": "1795368000000000"}
    body = {"schema": "2.0", "header": header | {"token": "", "app_id": "cli_sandbox"}, "event": event}
    async with stage.session.post(f"{stage.url}/feishu/events", data=json.dumps(body)) as response:
        answer = await response.json()

    assert answer["toast"]["type"] == "error"
    assert all(one["status"] == "firing" for one in (await stage.scene()).incidents)
