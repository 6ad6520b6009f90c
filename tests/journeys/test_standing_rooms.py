"""A route may use a group that people have: card and messages go there, and nothing of the group is touched."""

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.life import ACK
from tests.journeys.scene import Group, JsonObject, Scene
from tests.journeys.stage import TEAM, Stage, open_id_of

PEOPLES_OWN = ("name", "description", "owner", "managers", "members", "announcement", "tabs", "menu", "moderation")
"""What alertbridge never changes in a room."""


async def a_room(stage: Stage, *, pin: bool = False, **settings: Any) -> str:
    """Let Alice and Dave have a group with the bot in it, and the team's route name it; answers its id."""
    chat = str((await stage.act("alice", "create_chat", name="Ops"))["chat_id"])
    await stage.act("alice", "add", chat_id=chat, target="dave@example.com")
    if settings:
        await stage.act("alice", "update", chat_id=chat, settings=settings)
    named = f"  chat: {{existing: {chat}, pin: {str(pin).lower()}, countdown: 1h}}\n"
    await stage.change_team(TEAM.replace("  chat: {countdown: 1h, talk_extends: 15m}\n", named))
    return chat


def cards(scene: Scene, room: str) -> list[JsonObject]:
    return group(scene, room).live_cards


def group(scene: Scene, chat: str) -> Group:
    (found,) = [one for one in scene.groups if one.id == chat]
    return found


def untouched(scene: Scene, room: str) -> JsonObject:
    seen = group(scene, room).seen
    return {name: seen[name] for name in PEOPLES_OWN}


async def test_an_incident_lives_in_the_room_and_leaves_it_as_it_was(stage: Stage) -> None:
    room = await a_room(stage)
    before = untouched(await stage.scene(), room)
    sender = stage.alertmanager()

    await sender.fire()
    await stage.until(lambda scene: cards(scene, room))
    scene = await stage.scene()
    (card,) = cards(scene, room)
    assert len(scene.groups) == 1, "no group was made"
    assert f"<at id={open_id_of('alice')}></at>" in str(card["content"]), "who is on call and in the room is called"
    assert f"<at id={open_id_of('bob')}></at>" not in str(card["content"]), "Bob is not in it"

    toast = await stage.click("alice", ACK, card["message_id"])
    assert toast["type"] == "success"
    await stage.until(lambda scene: scene.status == "acknowledged")
    await stage.play(lambda scene: group(scene, room).said("认领"), at_most=timedelta(minutes=1))
    (said,) = group(await stage.scene(), room).said("认领")
    assert said["parent_id"] == card["message_id"], "people see which incident it is about"

    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)
    scene = await stage.scene()
    assert untouched(scene, room) == before
    assert group(scene, room).is_living
    assert group(scene, room).pinned is None
    assert "已关闭" in group(scene, room).shown
    assert not any("解散" in str(message["content"]) for message in group(scene, room).messages)
    assert not {"chat_created", "locked", "archived", "disbanded"} & set(await stage.happened())


async def test_several_incidents_share_the_room_each_with_its_card(stage: Stage) -> None:
    room = await a_room(stage, pin=True)
    first, second = stage.alertmanager("DiskFull"), stage.alertmanager("Slow")
    await first.fire()
    await stage.until(lambda scene: len(cards(scene, room)) == 1)
    await second.fire()
    await stage.until(lambda scene: len(cards(scene, room)) == 2)
    await stage.until(lambda scene: group(scene, room).pinned == cards(scene, room)[1]["message_id"])

    await stage.talk("alice", "I am looking", room)
    one = cards(await stage.scene(), room)[0]
    await stage.click("alice", ACK, one["message_id"])
    await stage.until(lambda scene: [each["status"] for each in scene.incidents] == ["acknowledged", "firing"])

    await first.resolve()
    await stage.play(lambda scene: scene.incidents[0]["ended_at"])
    assert group(await stage.scene(), room).pinned == cards(await stage.scene(), room)[1]["message_id"]
    await second.resolve()
    await stage.play(lambda scene: scene.is_over)


async def test_a_public_room_is_joined_without_asking_anybody(stage: Stage) -> None:
    room = await a_room(stage, chat_type="public")
    await stage.act("alice", "remove_bot", chat_id=room)

    await stage.alertmanager().fire()
    await stage.until(lambda scene: cards(scene, room))

    scene = await stage.scene()
    assert scene.calls("chat_members_me_join") == 1
    assert len(scene.groups) == 1


@pytest.mark.parametrize("loss", ["remove_bot", "disband"])
async def test_p4_where_the_room_cannot_be_used_a_group_of_its_own_says_why(stage: Stage, loss: str) -> None:
    room = await a_room(stage)
    await stage.act("alice", loss, chat_id=room)
    sender = stage.alertmanager()

    await sender.fire()
    await stage.until(lambda scene: len(scene.groups) == 2 and scene.groups[1].said("机器人拉进那个群"))
    own = (await stage.scene()).groups[1]
    assert own.people >= {open_id_of("alice"), open_id_of("bob")}

    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)
    assert not (await stage.scene()).groups[1].is_living, "it ends as its route asks"


@pytest.mark.parametrize("loss", ["remove_bot", "disband"])
async def test_a_room_that_is_lost_meanwhile_is_replaced_once(stage: Stage, loss: str) -> None:
    room = await a_room(stage)
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(lambda scene: cards(scene, room))

    await stage.act("alice", loss, chat_id=room)
    await stage.until(lambda scene: len(scene.groups) == 2 and scene.groups[1].live_cards)

    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)
    assert len((await stage.scene()).groups) == 2


async def ask(stage: Stage, who: str, text: str, room: str) -> str:
    """Mention the bot in the room, with these words after it; answers what it replied, once it did."""
    wish = {"open_id": f"{who}@example.com", "chat_id": room, "text": text, "mention_bot": True}
    message = (await stage.sandbox("POST", "message", **wish))["message_id"]

    def replies(scene: Scene) -> list[JsonObject]:
        return [one for one in group(scene, room).messages if one["parent_id"] == message]

    (reply,) = await stage.until(replies)
    return str(reply["content"])


async def test_a_command_there_names_its_incident_unless_there_is_only_one(stage: Stage) -> None:
    room = await a_room(stage)
    for who in ("bob", "carol"):
        await stage.act("alice", "add", chat_id=room, target=f"{who}@example.com")
    first, second = stage.alertmanager("DiskFull"), stage.alertmanager("Slow")
    await first.fire()
    await stage.until(lambda scene: len(cards(scene, room)) == 1)
    assert "已认领" in await ask(stage, "alice", "认领", room)

    await second.fire()
    await stage.until(lambda scene: len(cards(scene, room)) == 2)
    assert "这里有 2 起，请在命令前写编号：#1, #2" in await ask(stage, "dave", "状态", room)
    assert "写编号" in await ask(stage, "bob", "#7 认领", room)
    assert "已认领" in await ask(stage, "carol", "#2 认领", room)
    await stage.until(lambda scene: [one["status"] for one in scene.incidents] == ["acknowledged"] * 2)

    await second.resolve()
    await stage.play(lambda scene: scene.incidents[1]["ended_at"])
    assert "这里是 #1" in await ask(stage, "dave", "#2 状态", room)
