"""Rooms: what is said there is said once, in order, while it matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.core import action as act
from alertbridge.core.action import Outcome
from alertbridge.core.ids import ChatId, EntryId, MessageId, OpenId
from alertbridge.core.letter import LETTER_LIFE
from alertbridge.core.room import Answer, Room, is_room, person_room
from alertbridge.core.tending import RoomPlan, SendLetter, forget_late, observe, plan, record

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROOM = person_room(OpenId("ou_alice"))
SENT = act.Sent(message=MessageId("om_reply"), form="post")
LOST = act.AnswerLost(cause="no answer")
REFUSED = act.Failed(cause="230011 the message was recalled", is_refused=True)


def an_answer(name: str = "1", at: datetime = NOW) -> Answer:
    return Answer(
        id=EntryId(f"entry-{name}"),
        at=at,
        text={"zh": "好", "en": "Fine"},
        message=MessageId(f"om_{name}"),
        chat=ChatId("oc_alice"),
    )


def asked(*names: str) -> Room:
    """A room with answers to give."""
    room = Room(id=ROOM)
    for name in names:
        room = observe(room, an_answer(name))
    return room


def only(room: Room, now: datetime = NOW) -> SendLetter:
    """What is to be done now."""
    (action,) = plan(room, now).actions
    return action


def after(room: Room, outcome: Outcome, now: datetime = NOW) -> Room:
    """Do what is planned, with this outcome."""
    return record(room, only(room, now), outcome, now)


def test_rooms_are_told_from_incidents_by_their_names() -> None:
    assert is_room(ROOM)
    assert not is_room("01AAAAAAAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize("person", ["", "ou_1:2", 'ou_"', "ou_" + "x" * 80])
def test_what_is_no_id_names_no_room(person: str) -> None:
    with pytest.raises(ValueError, match="names no room"):
        person_room(OpenId(person))


def test_a_message_is_answered_once() -> None:
    room = asked("1")

    letter = only(room).letter
    assert (letter.reply_to, letter.chat, letter.text["en"]) == ("om_1", "oc_alice", "Fine")
    assert plan(after(room, SENT), NOW) == RoomPlan()


def test_answers_go_out_in_order() -> None:
    room = asked("1", "2")

    assert only(room).letter.reply_to == "om_1"
    assert only(after(room, SENT)).letter.reply_to == "om_2"


@pytest.mark.parametrize("outcome", [LOST, act.Failed(cause="busy")])
def test_an_answer_that_did_not_go_out_is_repeated_under_the_same_uuid_later_and_later(outcome: Outcome) -> None:
    room = asked("1")

    again = after(room, outcome)
    assert plan(again, NOW) == RoomPlan(wait_until=NOW + timedelta(seconds=1))
    soon = NOW + timedelta(seconds=1)
    assert only(again, soon).uuid == only(room).uuid
    third = after(again, outcome, soon)
    assert plan(third, soon) == RoomPlan(wait_until=soon + timedelta(seconds=2))


def test_waiting_for_the_quota_is_no_failure() -> None:
    room = after(asked("1"), act.Failed(cause="quota", wait_seconds=3, is_quota=True))

    assert plan(room, NOW) == RoomPlan(wait_until=NOW + timedelta(seconds=3))
    assert room.troubles[0].failures == 0


def test_an_answer_that_feishu_refuses_is_given_up_and_the_next_one_follows() -> None:
    room = after(asked("1", "2"), LOST)

    refused = after(room, REFUSED, NOW + timedelta(minutes=1))

    assert refused.troubles == ()
    assert only(refused).letter.reply_to == "om_2"


def test_an_answer_that_comes_too_late_is_not_given() -> None:
    """Feishu would not know its `uuid` any more, and nobody waits for it."""
    room = after(asked("1"), LOST)

    assert forget_late(room, NOW + LETTER_LIFE - timedelta(seconds=1)) is room
    assert forget_late(room, NOW + LETTER_LIFE) == replace(room, outbox=(), troubles=())
