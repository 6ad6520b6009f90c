"""P5: what people do to a group without our hearing of it is found by the next look, and mended twice at most."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.scene import Group, Scene, has_full_group
from tests.journeys.scopes import take_scopes
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of

ALL = ["事件 Incident", "面板 Dashboard", "手册 Runbook"]
MENU = ["事件", "排查"]


async def a_full_group(stage: Stage) -> Group:
    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    await stage.rest()
    return (await stage.scene()).group


async def looked(stage: Stage, calls: int = 1) -> None:
    """Let time pass until the group was looked at so often, and what followed is done."""
    before = (await stage.scene()).calls("chat_get")
    await stage.play(lambda scene: scene.calls("chat_get") >= before + calls)
    await stage.rest()


async def told(stage: Stage, what: str) -> list[str]:
    return [line["text"] for line in await stage.timeline() if line["what"] == what]


def tab_id(group: Group, name: str) -> str:
    return next(str(tab["tab_id"]) for tab in group.seen["tabs"] if tab["tab_name"] == name)


def blocks(group: Group) -> list[str]:
    """Ids of the announcement's lines, from the top."""
    (page,) = [block for block in group.seen["announcement"]["blocks"] if not block.get("parent_id")]
    return list(map(str, page["children"]))


# Each: what is done by hand, what the timeline calls it, and what the group has again afterwards.
Damage = Callable[[Stage, Group], Awaitable[Any]]
MENDED: dict[str, tuple[Damage, str, Callable[[Group], bool]]] = {
    "a tab is deleted": (
        lambda stage, group: stage.act("bob", "delete_tab", chat_id=group.id, tab_id=tab_id(group, ALL[1])),
        "tabs",
        lambda group: group.tabs == ALL,
    ),
    "a tab is renamed": (
        lambda stage, group: stage.act(
            "bob", "rename_tab", chat_id=group.id, tab_id=tab_id(group, ALL[1]), name="cats"
        ),
        "tabs",
        lambda group: group.tabs == ALL,
    ),
    "a tab is moved": (
        lambda stage, group: stage.act("bob", "move_tab", chat_id=group.id, tab_id=tab_id(group, ALL[0])),
        "tabs",
        lambda group: group.tabs == ALL,
    ),
    "a menu is deleted": (
        lambda stage, group: stage.act("bob", "delete_menu", chat_id=group.id, menu_id=group.seen["menu"][0]["id"]),
        "menu",
        lambda group: group.menu == MENU,
    ),
    "a menu is renamed": (
        lambda stage, group: stage.act(
            "bob", "rename_menu", chat_id=group.id, menu_id=group.seen["menu"][0]["id"], name="cats"
        ),
        "menu",
        lambda group: group.menu == MENU,
    ),
    "an entry of a menu is renamed": (
        lambda stage, group: stage.act(
            "bob", "rename_menu", chat_id=group.id, menu_id=group.seen["menu"][0]["children"][0]["id"], name="cats"
        ),
        "menu",
        lambda group: group.seen["menu"][0]["children"][0]["name"] == "事件页",
    ),
    "a manager is dismissed": (
        lambda stage, group: stage.act("bob", "dismiss", chat_id=group.id, target="alice@example.com"),
        "managers",
        lambda group: open_id_of("alice") in group.managers,
    ),
    "only the owner may write": (
        lambda stage, group: stage.act(
            "bob", "moderate", chat_id=group.id, settings={"moderation_setting": "only_owner"}
        ),
        "moderation",
        lambda group: not group.is_locked,
    ),
    "the description is changed": (
        lambda stage, group: stage.act("bob", "update", chat_id=group.id, settings={"description": "ours"}),
        "description",
        lambda group: "[ab1:" in group.seen["description"],
    ),
    "a line of the announcement is edited": (
        lambda stage, group: stage.act("bob", "edit_block", chat_id=group.id, block_id=blocks(group)[0], text="cats"),
        "announcement",
        lambda group: group.notes[0].startswith("#1"),
    ),
    "a line of the announcement is deleted": (
        lambda stage, group: stage.act("bob", "delete_block", chat_id=group.id, block_id=blocks(group)[3]),
        "announcement",
        lambda group: any("影响" in line for line in group.notes),
    ),
}


@pytest.mark.parametrize("what", MENDED)
async def test_p5_what_was_undone_is_mended_twice_and_then_left(stage: Stage, what: str) -> None:
    damage, thing, is_whole = MENDED[what]
    group = await a_full_group(stage)
    for _ in range(2):
        await damage(stage, group)
        await looked(stage)
        await stage.play(lambda scene: is_whole(scene.group), at_most=timedelta(minutes=5))
        group = (await stage.scene()).group
    assert (await told(stage, "repaired")).count(thing) == 2

    await damage(stage, group)
    await looked(stage)
    await stage.pass_time(minutes=2)
    await stage.rest()
    assert not is_whole((await stage.scene()).group)
    assert (await told(stage, "gave_way")) == [thing]
    assert (await stage.scene()).troubles == []


async def test_p5_people_s_own_tabs_menus_and_notes_stay_where_they_are(stage: Stage) -> None:
    group = await a_full_group(stage)
    await stage.act("bob", "write_announcement", chat_id=group.id, text="failover at 14:05")
    await stage.act("bob", "delete_block", chat_id=group.id, block_id=blocks(group)[3])
    await looked(stage)
    await stage.play(lambda scene: any("影响" in line for line in scene.group.notes), at_most=timedelta(minutes=5))

    assert (await stage.scene()).group.notes[-1] == "failover at 14:05"


async def test_p5_somebody_on_call_whose_leaving_was_not_heard_is_brought_back(stage: Stage) -> None:
    group = await a_full_group(stage)
    await stage.fault("im.chat.member.user.deleted_v1", "event_dropped")
    await stage.act("bob", "leave", chat_id=group.id)
    await looked(stage)
    await stage.until(lambda scene: open_id_of("bob") in scene.group.people)

    assert "brought_back" in await stage.happened()
    assert (await stage.scene()).group.said("已请回") == [], "nobody waits for that any more"


async def test_p5_a_banner_that_was_taken_away_is_put_there_again_twice_at_most(stage: Stage) -> None:
    group = await a_full_group(stage)
    for minutes in (11, 70):
        await stage.act("bob", "delete_top_notice", chat_id=group.id)
        await stage.pass_time(minutes=minutes)
        await stage.play(lambda scene: scene.group.pinned == scene.group.card, at_most=timedelta(minutes=65))
    await stage.act("bob", "delete_top_notice", chat_id=group.id)
    await looked(stage, 2)

    assert (await stage.scene()).group.pinned is None


async def test_a_group_is_looked_at_every_ten_minutes_and_later_every_hour(stage: Stage) -> None:
    await a_full_group(stage)
    calls = []
    for _ in range(12):
        await stage.pass_time(minutes=10)
        await stage.rest()
        calls.append((await stage.scene()).calls("chat_get"))

    assert calls[:5] == [1, 2, 3, 4, 5]
    assert calls[-1] in (6, 7)
    assert {"repaired", "gave_way", "left", "renamed"}.isdisjoint(await stage.happened()), "nothing was wrong"


async def test_the_route_says_how_often_a_group_is_looked_at(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM.replace("countdown: 1h", "look_every: 5m, countdown: 1h")) as stage:
        await a_full_group(stage)
        await stage.pass_time(minutes=5)
        await stage.until(lambda scene: scene.calls("chat_get") == 1)


async def test_p5_a_look_that_may_not_see_everything_mends_what_it_sees(stage: Stage) -> None:
    group = await a_full_group(stage)
    await stage.fault("chat_moderation_get", "refuse", times=5, code=232034)
    await stage.act("bob", "delete_tab", chat_id=group.id, tab_id=tab_id(group, ALL[0]))
    await looked(stage)
    await stage.play(lambda scene: scene.group.tabs == ALL, at_most=timedelta(minutes=5))


async def test_p5_a_group_that_vanished_unheard_is_found_out_by_the_look(stage: Stage) -> None:
    group = await a_full_group(stage)
    await stage.fault("im.chat.disbanded_v1", "event_dropped")
    await stage.act("bob", "disband", chat_id=group.id, keep_history=True)
    await stage.play(lambda scene: len(scene.groups) == 2 and scene.groups[-1].pinned, at_most=timedelta(minutes=15))


async def test_p5_a_bot_that_was_removed_unheard_is_found_out_by_the_look(stage: Stage) -> None:
    group = await a_full_group(stage)
    await stage.fault("im.chat.member.bot.deleted_v1", "event_dropped")
    await stage.act("bob", "remove_bot", chat_id=group.id)
    await stage.play(lambda scene: len(scene.groups) == 2 and scene.groups[-1].pinned, at_most=timedelta(minutes=15))


async def test_an_old_announcement_is_looked_at_and_mended_too(stage: Stage) -> None:
    await stage.sandbox("PUT", "switches", announcement_kind="doc")
    await a_full_group(stage)
    await looked(stage, 2)

    assert await told(stage, "repaired") == [], "nothing was wrong"
    assert (await stage.scene()).calls("chat_announcement_get") >= 2


async def test_without_the_right_to_look_nothing_follows(stage: Stage) -> None:
    await a_full_group(stage)
    await take_scopes(stage, "im:chat.announcement:read")
    await looked(stage)

    assert has_no_damage(await stage.scene())
    assert await told(stage, "repaired") == []


def has_no_damage(scene: Scene) -> bool:
    return has_full_group(scene) and scene.group.tabs == ALL and scene.group.menu == MENU


async def test_in_a_big_group_only_those_on_call_may_write_and_the_buttons_work_for_all(a_stage: OpenStage) -> None:
    async with a_stage(team=TEAM.replace("countdown: 1h", "quiet_above: 3, countdown: 1h")) as stage:
        group = await a_full_group(stage)
        for who in ("carol", "dave"):
            await stage.act(who, "join", chat_id=group.id)
        await stage.until(lambda scene: scene.group.seen["moderation"]["setting"] == "moderator_list")
        await stage.until(lambda scene: scene.group.said("只有值班的人与负责人可以发言"))
        assert set((await stage.scene()).group.seen["moderation"]["moderators"]) == {
            open_id_of("alice"),
            open_id_of("bob"),
        }

        await stage.click("dave", "认领（我来处理）", group.card)
        await stage.until(lambda scene: open_id_of("dave") in scene.group.seen["moderation"]["moderators"])
        await looked(stage, 2)
        assert await told(stage, "repaired") == []
        assert len((await stage.scene()).group.said("只有值班的人与负责人可以发言")) == 1
