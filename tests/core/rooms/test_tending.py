"""Rooms: what is said there is said once, in order, while it matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.core.chats.outcome import AnswerLost, CardGone, ChatGone, Done, Failed, Outcome, Sent
from alertbridge.core.ids import ChatId, EntryId, MessageId, OpenId
from alertbridge.core.rooms.letter import LETTER_LIFE
from alertbridge.core.rooms.my_list import ListKind, ListView
from alertbridge.core.rooms.room import (
    PULSE_ROOM,
    Answer,
    AskedMine,
    Came,
    Pressed,
    Pulse,
    Room,
    ShownList,
    is_room,
    person_of,
    person_room,
)
from alertbridge.core.rooms.tending import (
    GREETING_GAP,
    LOOKS,
    SHOWN,
    EditList,
    RoomPlan,
    SendLetter,
    forget_late,
    observe,
    plan,
    record,
    show,
    wants_list,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROOM = person_room(OpenId("ou_alice"))
SENT = Sent(message=MessageId("om_reply"), form="post")
LOST = AnswerLost(cause="no answer")
REFUSED = Failed(cause="230011 the message was recalled", is_refused=True)


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
    assert isinstance(action, SendLetter)
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


@pytest.mark.parametrize("outcome", [LOST, Failed(cause="busy")])
def test_an_answer_that_did_not_go_out_is_repeated_under_the_same_uuid_later_and_later(outcome: Outcome) -> None:
    room = asked("1")

    again = after(room, outcome)
    assert plan(again, NOW) == RoomPlan(wait_until=NOW + timedelta(seconds=1))
    soon = NOW + timedelta(seconds=1)
    assert only(again, soon).uuid == only(room).uuid
    assert (only(room).is_repeat, only(again, soon).is_repeat) == (False, True)
    third = after(again, outcome, soon)
    assert plan(third, soon) == RoomPlan(wait_until=soon + timedelta(seconds=2))


def test_waiting_for_the_quota_is_no_failure() -> None:
    room = after(asked("1"), Failed(cause="quota", wait_seconds=3, is_quota=True))

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


# -- what is somebody's ------------------------------------------------------------------------------------------------

CAME = Came(id=EntryId("came"), at=NOW, chat=None)
ASKED = AskedMine(id=EntryId("asked"), at=NOW, message=MessageId("om_mine"), chat=ChatId("oc_alice"))
SHOWN_LIST = Sent(message=MessageId("om_list"), form="interactive")
NEWER = Sent(message=MessageId("om_newer"), form="interactive")


def a_view(kind: ListKind = ListKind.MINE, count: int = 0) -> ListView:
    return ListView(kind=kind, is_on_call=False, next_shift_at=None, count=count, rows=(), timezone="Asia/Shanghai")


def listed() -> Room:
    """A room whose list is out."""
    return after(show(observe(Room(id=ROOM), ASKED), a_view(), NOW), SHOWN_LIST)


def test_who_opens_the_direct_chat_is_greeted_once_a_day() -> None:
    room = observe(Room(id=ROOM), CAME)
    assert wants_list(room, NOW) is ListKind.WELCOME
    room = after(show(room, a_view(ListKind.WELCOME), NOW), SHOWN_LIST)

    again = observe(room, replace(CAME, id=EntryId("later"), at=NOW + GREETING_GAP - timedelta(seconds=1)))
    assert again is room
    next_day = observe(room, replace(CAME, id=EntryId("next day"), at=NOW + GREETING_GAP))
    assert wants_list(next_day, NOW) is ListKind.WELCOME


def test_a_direct_chat_that_is_not_known_yet_is_reached_through_the_person() -> None:
    action = only(show(observe(Room(id=ROOM), CAME), a_view(ListKind.WELCOME), NOW))

    assert (action.letter.chat, person_of(action.room)) == (None, "ou_alice")


def test_the_list_is_looked_up_once_and_answers_the_message_that_asked() -> None:
    room = observe(Room(id=ROOM), ASKED)
    assert wants_list(room, NOW) is ListKind.MINE
    ready = show(room, a_view(count=2), NOW)

    assert wants_list(ready, NOW) is None
    letter = only(ready).letter
    assert (letter.reply_to, letter.view) == ("om_mine", a_view(count=2))
    assert plan(after(ready, SHOWN_LIST), NOW) == RoomPlan()


PRESSED = Pressed(id=EntryId("press"), at=NOW, message=MessageId("om_list"))
LATER = NOW + LOOKS[-1]


def used() -> Room:
    """A room whose list was used, and has changed by now."""
    return show(observe(listed(), PRESSED), a_view(count=1), LATER)


def test_a_list_that_was_used_is_seen_again_and_edited_when_it_changed() -> None:
    room = observe(listed(), PRESSED)
    assert wants_list(room, NOW) is None
    assert plan(room, NOW) == RoomPlan(wait_until=NOW + LOOKS[0])

    first = NOW + LOOKS[0]
    assert wants_list(room, first) is ListKind.MINE
    same = show(room, a_view(), first)
    assert plan(same, first) == RoomPlan(wait_until=LATER)

    changed = show(same, a_view(count=1), LATER)
    (edit,) = plan(changed, LATER).actions
    assert edit == EditList(message=MessageId("om_list"), view=a_view(count=1))
    done = record(changed, edit, Done(), LATER)
    assert done.shown == (ShownList(message=MessageId("om_list"), view=a_view(count=1)),)
    assert plan(done, LATER) == RoomPlan()


def test_an_edit_that_fails_is_repeated_and_forgotten_with_what_it_was_for() -> None:
    (edit,) = plan(used(), LATER).actions

    failed = record(used(), edit, LOST, LATER)
    assert plan(failed, LATER) == RoomPlan(wait_until=LATER + timedelta(seconds=1))
    assert forget_late(failed, LATER) is failed
    assert forget_late(replace(failed, shown=()), LATER).troubles == ()


@pytest.mark.parametrize("outcome", [CardGone(), REFUSED, ChatGone()])
def test_a_list_that_cannot_be_edited_is_let_go(outcome: Outcome) -> None:
    (edit,) = plan(used(), LATER).actions

    gone = record(used(), edit, outcome, LATER)

    assert gone.shown == ()
    assert observe(gone, PRESSED) is gone


def test_the_list_that_was_used_is_the_one_that_follows() -> None:
    room = after(show(observe(listed(), replace(ASKED, id=EntryId("2"))), a_view(count=3), NOW), NEWER)
    room = observe(room, PRESSED)

    (edit,) = plan(show(room, a_view(count=4), LATER), LATER).actions

    assert edit == EditList(message=MessageId("om_list"), view=a_view(count=4))


def test_of_many_lists_the_newest_follow() -> None:
    room = listed()
    for number in range(SHOWN):
        room = show(observe(room, replace(ASKED, id=EntryId(str(number)))), a_view(), NOW)
        room = after(room, Sent(message=MessageId(f"om_{number}"), form="interactive"))

    assert [one.message for one in room.shown] == [f"om_{number}" for number in range(SHOWN)]


def test_a_letter_waits_for_its_own_kind_of_list() -> None:
    room = observe(observe(listed(), PRESSED), CAME)
    assert wants_list(room, LATER) is ListKind.WELCOME

    room = show(room, a_view(ListKind.WELCOME), LATER)

    assert wants_list(room, LATER) is ListKind.MINE
    assert wants_list(show(room, a_view(count=1), LATER), LATER) is None


def test_the_direct_chat_is_known_once_something_stands_there() -> None:
    room = show(observe(Room(id=ROOM), CAME), a_view(ListKind.WELCOME), NOW)
    greeted = after(room, replace(SHOWN_LIST, chat=ChatId("oc_new")))
    assert greeted.chat == "oc_new"

    again = observe(greeted, replace(CAME, chat=ChatId("oc_alice"), at=NOW + timedelta(hours=1)))
    assert (again.chat, again.outbox) == ("oc_alice", ())


def test_a_heartbeat_changes_nothing() -> None:
    room = Room(id=PULSE_ROOM)

    assert observe(room, Pulse(id=EntryId("1"), at=NOW)) is room
