"""P5: what a person or a lost answer does to a group is found out and mended, and it is said aloud."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.journeys.life import ACK, assert_nothing_is_double
from tests.journeys.scene import Scene, has_full_group
from tests.journeys.scopes import take_scopes
from tests.journeys.stage import TEAM, OpenStage, Stage, open_id_of

REMOVALS = ("disband", "remove_bot")


async def a_full_group(stage: Stage) -> str:
    """Make the usual group; answers its id."""
    await stage.alertmanager().fire()
    await stage.until(has_full_group)
    return (await stage.scene()).group.id


def has_moved(scene: Scene) -> bool:
    """True once a second group is complete."""
    usable = [group for group in scene.living if any(one["name"] == "alertbridge" for one in group.seen["members"])]
    return len(scene.groups) == 2 and bool(usable and usable[-1].pinned and usable[-1].said("接续原群"))


def has_moved_to(groups: int) -> Callable[[Scene], bool]:
    """Whether the last of so many groups says what it continues."""
    return lambda scene: len(scene.groups) == groups and bool(scene.groups[-1].said("接续原群"))


@pytest.mark.parametrize("removal", REMOVALS)
async def test_p5_a_group_that_is_taken_away_is_made_anew_with_the_same_people(stage: Stage, removal: str) -> None:
    chat = await a_full_group(stage)
    await stage.act("alice", "add", chat_id=chat, target="dave@example.com")
    await stage.click("alice", ACK, (await stage.scene()).group.card)
    await stage.until(lambda scene: scene.status == "acknowledged")

    await stage.act("bob", removal, chat_id=chat)
    await stage.play(has_moved, at_most=timedelta(minutes=1))

    scene = await stage.scene()
    new = scene.groups[-1]
    assert new.people >= {open_id_of("alice"), open_id_of("bob")}
    assert "[acked]" in new.name
    assert scene.status == "acknowledged"
    assert scene.incident["chat_id"] == new.id
    assert "chat_lost" in await stage.happened()


async def test_p5_a_group_that_people_take_away_a_third_time_is_left_to_them(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    for groups in (2, 3):
        await stage.act("bob", "disband", chat_id=(await stage.scene()).groups[-1].id)
        await stage.play(has_moved_to(groups))
    await stage.act("bob", "disband", chat_id=(await stage.scene()).groups[-1].id)
    await stage.until(lambda scene: scene.feishu["events"].get("im.chat.disbanded_v1") == 3)
    await stage.pass_time(hours=2)
    await stage.rest()

    scene = await stage.scene()
    assert (len(scene.groups), scene.status, scene.living) == (3, "firing", [])
    assert "gave_way" in await stage.happened()
    await sender.resolve()
    await stage.play(lambda scene: scene.is_over)


@pytest.mark.parametrize("removal", REMOVALS)
async def test_an_incident_whose_group_is_taken_away_while_it_cools_survives(stage: Stage, removal: str) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    await sender.resolve()
    await stage.until(lambda scene: scene.status == "resolved")
    await stage.act("bob", removal, chat_id=(await stage.scene()).group.id)
    await stage.until(lambda scene: scene.feishu["events"].get("im.chat.disbanded_v1", 0) or removal == "remove_bot")
    await stage.rest()
    assert (await stage.scene()).status == "resolved"

    await stage.play(lambda scene: scene.is_over)
    assert len((await stage.scene()).groups) == 1


async def test_a_refire_after_the_cooling_group_was_disbanded_makes_a_new_one(stage: Stage) -> None:
    sender = stage.alertmanager()
    await sender.fire()
    await stage.until(has_full_group)
    await sender.resolve()
    await stage.until(lambda scene: scene.status == "resolved" and scene.group.said("已恢复，共"))
    await stage.act("bob", "disband", chat_id=(await stage.scene()).group.id)
    await stage.until(lambda scene: scene.feishu["events"].get("im.chat.disbanded_v1"))
    await sender.fire()
    await stage.until(has_moved)

    assert (await stage.scene()).incident["number"] == 1


async def test_a_lost_group_is_found_out_although_the_event_never_comes(stage: Stage) -> None:
    chat = await a_full_group(stage)
    await stage.fault("im.chat.disbanded_v1", "event_dropped")
    await stage.act("bob", "disband", chat_id=chat)
    await stage.alertmanager("DiskFull").fire("db-9")
    await stage.play(has_moved, at_most=timedelta(minutes=10))


@pytest.mark.parametrize("kind", ["event_twice", "event_late", "event_out_of_order"])
async def test_events_that_come_badly_do_no_harm(stage: Stage, kind: str) -> None:
    chat = await a_full_group(stage)
    await stage.fault("im.chat.disbanded_v1", kind, seconds=30)
    await stage.act("bob", "disband", chat_id=chat)
    await stage.play(has_moved, at_most=timedelta(minutes=30))
    await stage.pass_time(minutes=30)
    await stage.rest()

    assert len((await stage.scene()).groups) == 2


@pytest.mark.parametrize("removal", REMOVALS)
async def test_an_event_that_is_faster_than_the_answer_of_the_create_counts(stage: Stage, removal: str) -> None:
    await stage.fault("chat_create", "slow", seconds=5)
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.living)
    chat = (await stage.scene()).group.id
    await stage.act("alice", removal, chat_id=chat)
    event = "im.chat.disbanded_v1" if removal == "disband" else "im.chat.member.bot.deleted_v1"
    await stage.until(lambda scene: scene.feishu["events"].get(event))

    await stage.sandbox("POST", "clock", advance_seconds=5)
    await stage.play(lambda scene: len(scene.groups) == 2 and scene.groups[-1].pinned, at_most=timedelta(minutes=2))
    await stage.play(lambda scene: not scene.troubles)
    assert (await stage.scene()).incident["chat_id"] != chat


async def test_p2_a_create_whose_answer_was_lost_for_hours_is_found_by_its_mark(stage: Stage) -> None:
    await stage.fault("chat_create", "drop_answer")
    await stage.fault("chat_create", "server_error", times=10_000)  # and then it does not work for a night
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.groups and scene.troubles)
    await stage.pass_time(hours=10)
    await stage.rest()
    await stage.clear_faults()
    await stage.play(lambda scene: has_full_group(scene) and not scene.troubles)

    assert_nothing_is_double(await stage.scene())
    assert (await stage.scene()).calls("chat_list")


async def test_p2_a_lost_create_that_made_nothing_is_made_after_hours(stage: Stage) -> None:
    await stage.fault("chat_create", "server_error", times=10_000)
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.troubles)
    await stage.pass_time(hours=10)
    await stage.rest()
    await stage.clear_faults()
    await stage.play(lambda scene: has_full_group(scene) and not scene.troubles)

    assert_nothing_is_double(await stage.scene())


async def test_p2_a_repeated_create_that_feishu_answers_with_an_error_is_found_by_its_mark(stage: Stage) -> None:
    await stage.sandbox("PUT", "switches", repeated_chat_uuid="refused")
    await stage.fault("chat_create", "drop_answer")
    await stage.alertmanager().fire()
    await stage.play(lambda scene: has_full_group(scene) and not scene.troubles)

    assert_nothing_is_double(await stage.scene())


async def test_p2_a_message_whose_answer_was_lost_for_hours_is_not_sent_twice(stage: Stage) -> None:
    await stage.fault("message_create", "drop_answer")
    await stage.fault("message_create", "server_error", times=10_000)
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.group.live_cards and scene.troubles)
    await stage.pass_time(hours=2)
    await stage.rest()
    await stage.clear_faults()
    await stage.play(lambda scene: has_full_group(scene) and not scene.troubles)

    assert_nothing_is_double(await stage.scene())


async def test_p2_a_repeated_message_that_feishu_answers_with_an_error_is_not_sent_twice(stage: Stage) -> None:
    await stage.sandbox("PUT", "switches", repeated_message_uuid="refused")
    await stage.fault("message_create", "drop_answer")
    await stage.alertmanager().fire()
    await stage.play(has_full_group)

    assert_nothing_is_double(await stage.scene())


async def test_a_recalled_card_is_sent_again(stage: Stage) -> None:
    await a_full_group(stage)
    card = (await stage.scene()).group.card
    await stage.act("alice", "recall", message_id=card)
    await stage.alertmanager("DiskFull").fire("db-9")
    await stage.play(lambda scene: scene.group.live_cards and scene.group.card != card, at_most=timedelta(minutes=10))
    await stage.until(lambda scene: scene.group.pinned == scene.group.card)


async def test_a_card_that_will_soon_be_too_old_is_replaced(stage: Stage) -> None:
    await a_full_group(stage)
    first = (await stage.scene()).group.card
    await stage.pass_time(days=13)
    await stage.play(lambda scene: scene.group.pinned not in (None, first))

    scene = await stage.scene()
    assert len(scene.groups) == 1
    assert await stage.click("alice", ACK, str(scene.group.pinned))


async def test_p5_a_card_that_may_not_be_looked_for_is_rather_there_twice_than_not_at_all(stage: Stage) -> None:
    await take_scopes(stage, "im:message.group_msg")
    await stage.fault("message_create", "drop_answer")
    await stage.fault("message_create", "server_error", times=10_000)
    await stage.alertmanager().fire()
    await stage.until(lambda scene: scene.group.live_cards and scene.troubles)
    await stage.pass_time(hours=2)
    await stage.rest()
    await stage.clear_faults()
    await stage.play(lambda scene: scene.group.pinned)

    scene = await stage.scene()
    assert len(scene.group.live_cards) == 2
    assert scene.group.pinned == scene.group.live_cards[-1]["message_id"]
    assert any("perhaps there twice" in line["text"] for line in await stage.timeline())


async def test_p5_a_bot_that_was_brought_back_before_it_noticed_stays_in_its_group(stage: Stage) -> None:
    chat = await a_full_group(stage)
    await stage.fault("im.chat.member.bot.deleted_v1", "event_late", seconds=30)
    await stage.act("bob", "remove_bot", chat_id=chat)
    await stage.act("bob", "add_bot", chat_id=chat)
    await stage.pass_time(minutes=1)
    await stage.until(lambda scene: scene.feishu["events"].get("im.chat.member.bot.deleted_v1"))
    await stage.rest()

    scene = await stage.scene()
    assert len(scene.groups) == 1
    assert "rejoined" in await stage.happened()
    assert scene.calls("chat_get"), "it looks at what was done meanwhile"


@pytest.mark.parametrize("removal", REMOVALS)
async def test_where_the_route_says_so_an_incident_ends_with_its_group(a_stage: OpenStage, removal: str) -> None:
    async with a_stage(team=TEAM.replace("countdown: 1h", "on_lost: close, countdown: 1h")) as stage:
        chat = await a_full_group(stage)
        await stage.act("bob", removal, chat_id=chat)
        await stage.play(lambda scene: scene.is_over)

        assert len((await stage.scene()).groups) == 1
        await stage.alertmanager().fire("db-1")
        await stage.until(lambda scene: len(scene.groups) == 2)
