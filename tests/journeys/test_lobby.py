"""A lobby: one card that lists what is open, made by the bot or chosen by the people of a group."""

import json
from dataclasses import dataclass

import pytest

from tests.journeys.life import ACK
from tests.journeys.scene import Group, JsonObject, Scene
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of

WITH_LOBBY = (
    TEAM
    + """
lobbies:
  ops: {title: 运维, people: [alice, carol]}
"""
)
LOBBY = "Incident lobby · 运维"
MAKE, NO = "设为大厅", "不用"


def lobby(scene: Scene) -> Group:
    """The living group that is the lobby."""
    (group,) = [group for group in scene.living if group.name == LOBBY]
    return group


@dataclass(frozen=True)
class Shown:
    """A digest as people see it."""

    message: JsonObject

    @property
    def text(self) -> str:
        return json.dumps(self.message["content"], ensure_ascii=False)


def digests(group: Group) -> list[Shown]:
    cards = [Shown(message) for message in group.messages if message["msg_type"] == "interactive"]
    return [card for card in cards if "open · " in card.text]


def digest(group: Group) -> str:
    """What the one digest of a group shows."""
    (shown,) = digests(group)
    return shown.text


def foreign(scene: Scene, chat: str) -> Group:
    return next(group for group in scene.groups if group.id == chat)


async def test_the_digest_follows_two_incidents_from_opening_to_end(a_stage: OpenStage) -> None:
    async with a_stage(team=WITH_LOBBY) as stage:
        made = await stage.until(lambda scene: digests(lobby(scene)) and lobby(scene))
        assert "0 open · 运维" in digest(made)
        assert "现在没有进行中的事件。" in digest(made)
        assert made.people == {open_id_of("alice"), open_id_of("carol")}
        first, second = stage.alertmanager("DiskFull"), stage.alertmanager("CpuHot")
        await first.fire()
        await second.fire()

        both = await stage.play(lambda scene: "2 open · 运维" in digest(lobby(scene)) and lobby(scene))
        await stage.until(lambda scene: lobby(scene).pinned)

        assert "DiskFull" in digest(both)
        assert "applink" in digest(both) or "](http" in digest(both), "whoever wants to join can"
        (live,) = [one for one in (await stage.scene()).living if "DiskFull" in one.name]
        await stage.click("alice", ACK, live.card)
        await stage.play(lambda scene: "处理中" in digest(lobby(scene)))
        await first.resolve()
        await stage.play(lambda scene: "1 open · 运维" in digest(lobby(scene)))
        await second.resolve()
        await stage.play(lambda scene: "0 open · 运维" in digest(lobby(scene)))
        await stage.play(lambda scene: scene.is_over)
        end = await stage.play(
            lambda scene: "上一起" in digest(lobby(scene)) and len(said(lobby(scene))) == 4 and lobby(scene)
        )

        assert lobby(await stage.scene()).is_living
        texts = said(end)
        assert len([text for text in texts if "P1 触发中" in text]) == 2
        assert len([text for text in texts if "已归档" in text]) == 2


def said(group: Group) -> list[str]:
    """The messages of a lobby beside its card."""
    posts = [message for message in group.messages if message["msg_type"] == "post"]
    return [json.dumps(message["content"], ensure_ascii=False) for message in posts]


async def test_what_is_no_p1_makes_no_message(a_stage: OpenStage) -> None:
    mild = WITH_LOBBY.replace("  name: everything", "  name: everything\n  severity: {map: {critical: P3}}")
    async with a_stage(team=mild) as stage:
        await stage.until(lambda scene: digests(lobby(scene)))
        await stage.alertmanager("DiskFull").fire()
        shown = await stage.play(lambda scene: "1 open · 运维" in digest(lobby(scene)) and lobby(scene))

    assert "P3" in digest(shown)
    assert said(shown) == []


@pytest.mark.parametrize("kind", ["drop_answer", "server_error"])
async def test_a_lobby_whose_answer_was_lost_is_made_once(a_stage: OpenStage, kind: str) -> None:
    async with a_stage(has_worker=False, team=WITH_LOBBY) as stage:
        await stage.fault("chat_create", kind)
        await stage.fault("message_create", kind)
        await stage.start_worker()
        await stage.play(lambda scene: digest(lobby(scene)))

        assert len((await stage.scene()).groups) == 1


async def test_a_group_becomes_the_lobby_when_its_people_choose_so(stage: Stage) -> None:
    await stage.alertmanager("DiskFull").fire()
    await stage.until(lambda scene: scene.incident.get("share_link"))
    chat = (await stage.act("bob", "create_chat", name="ops talk"))["chat_id"]
    offer = await stage.until(lambda scene: foreign(scene, chat).messages)
    assert "要用本群做「全部事件」的事件大厅吗？" in json.dumps(offer[0], ensure_ascii=False)

    toast = await stage.click("bob", MAKE, offer[0]["message_id"])

    assert toast["type"] == "success"
    await stage.play(lambda scene: "1 open" in digest(foreign(scene, chat)))
    edited = foreign(await stage.scene(), chat).messages[0]
    assert "现在是「全部事件」的事件大厅" in json.dumps(edited["content"], ensure_ascii=False).replace("&#", "&#")
    assert foreign(await stage.scene(), chat).name == "ops talk", "nothing but our messages is ours there"
    another = (await stage.act("bob", "create_chat", name="second"))["chat_id"]
    await stage.pass_time(minutes=1)
    await stage.rest()
    assert foreign(await stage.scene(), another).messages == [], "there is a lobby already"


async def test_a_group_that_does_not_want_to_is_left_in_peace(stage: Stage) -> None:
    chat = (await stage.act("bob", "create_chat", name="ops talk"))["chat_id"]
    offer = await stage.until(lambda scene: foreign(scene, chat).messages)

    assert (await stage.click("bob", NO, offer[0]["message_id"]))["type"] == "success"
    await stage.until(lambda scene: "chose no lobby" in json.dumps(foreign(scene, chat).messages[0]))
    await stage.alertmanager("DiskFull").fire()
    await stage.until(lambda scene: scene.incident.get("share_link"))
    await stage.pass_time(minutes=1)
    await stage.rest()

    assert len(foreign(await stage.scene(), chat).messages) == 1


async def test_a_lobby_that_was_disbanded_is_made_again_an_hour_later(a_stage: OpenStage) -> None:
    async with a_stage(team=WITH_LOBBY) as stage:
        first = await stage.until(lambda scene: digests(lobby(scene)) and lobby(scene))
        await stage.act("alice", "disband", chat_id=first.id)
        await stage.pass_time(minutes=30)
        await stage.rest()
        assert len((await stage.scene()).groups) == 1

        again = await stage.play(lambda scene: digests(lobby(scene)) and lobby(scene))

        assert again.id != first.id


async def test_in_a_quiet_lobby_only_the_bot_writes_until_the_file_says_otherwise(a_stage: OpenStage) -> None:
    quiet = WITH_LOBBY.replace("people: [alice, carol]}", "people: [alice, carol], quiet: true}")
    async with a_stage(team=quiet) as stage:
        await stage.until(lambda scene: digests(lobby(scene)) and lobby(scene).is_locked)

        await stage.change_team(WITH_LOBBY)

        assert await stage.until(lambda scene: not lobby(scene).is_locked)


async def test_a_digest_whose_uuid_feishu_refuses_the_second_time_is_found_and_kept(a_stage: OpenStage) -> None:
    async with a_stage(has_worker=False, team=WITH_LOBBY) as stage:
        await stage.sandbox("PUT", "switches", repeated_message_uuid="refused")
        await stage.fault("message_create", "drop_answer")
        await stage.start_worker()
        await stage.play(lambda scene: lobby(scene).pinned)

        await stage.alertmanager("DiskFull").fire()

        await stage.play(lambda scene: "1 open · 运维" in digest(lobby(scene)))


async def test_a_group_that_the_file_names_is_used_and_left_when_the_bot_is_thrown_out(a_stage: OpenStage) -> None:
    async with a_stage(team=WITH_LOBBY) as stage:
        await stage.until(lambda scene: digests(lobby(scene)))
        await stage.act("bob", "create_chat", name="ops talk")
        (chat,) = [group.id for group in (await stage.scene()).living if group.name == "ops talk"]
        await stage.change_team(TEAM + f"\nlobbies:\n  ops: {{title: 运维, chat: {chat}}}\n")

        await stage.until(lambda scene: digests(foreign(scene, chat)))
        assert len(foreign(await stage.scene(), chat).messages) == 1, "nobody was asked, the file has said it"
        await stage.act("bob", "remove_bot", chat_id=chat)
        await stage.alertmanager("DiskFull").fire()
        await stage.until(lambda scene: scene.incident.get("share_link"))
        await stage.pass_time(minutes=5)
        await stage.rest()
        assert "0 open" in digest(foreign(await stage.scene(), chat))

        await stage.act("bob", "add_bot", chat_id=chat)
        await stage.play(lambda scene: [one for one in digests(foreign(scene, chat)) if "1 open" in one.text])


async def test_a_lobby_that_the_file_does_not_name_any_more_is_left_as_it_is(a_stage: OpenStage) -> None:
    async with a_stage(team=WITH_LOBBY) as stage:
        made = await stage.until(lambda scene: digests(lobby(scene)) and lobby(scene))
        await stage.alertmanager("DiskFull").fire()
        await stage.play(lambda scene: "1 open · 运维" in digest(lobby(scene)))

        await stage.change_team(TEAM)
        await stage.until(lambda _: not stage.of_worker.team.current.lobbies)
        await stage.alertmanager("CpuHot").fire()
        await stage.until(lambda scene: len(scene.incidents) == 2 and scene.incidents[1].get("share_link"))
        await stage.pass_time(hours=2)
        await stage.rest()

        left = lobby(await stage.scene())
        assert left.id == made.id
        assert "1 open · 运维" in digest(left)
