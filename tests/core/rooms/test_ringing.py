"""Somebody who has to be called for several incidents is called once a minute, by a list that names them all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertbridge.core.chats.action import Buzz
from alertbridge.core.chats.card import State
from alertbridge.core.chats.outcome import (
    AnswerLost,
    Buzzed,
    BuzzRefused,
    ChatGone,
    Done,
    Failed,
    Hurdle,
    Outcome,
    Sent,
)
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.oncall.policy import Way
from alertbridge.core.quota import Priority
from alertbridge.core.rooms.letter import LETTER_LIFE
from alertbridge.core.rooms.my_list import ListKind, ListRow, ListView, waiting_rows
from alertbridge.core.rooms.ringing import GATHER, LIST_PATIENCE, RETRY, note_ring, put_off, recover_ring
from alertbridge.core.rooms.room import AskedMine, Called, Pressed, Room, person_room
from alertbridge.core.rooms.tending import (
    EditList,
    SendLetter,
    forget_late,
    observe,
    plan,
    record,
    show,
    wants_list,
)
from alertbridge.core.severity import Severity
from tests.builders import ALICE, a_settled_incident, acknowledged, an_incident

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MINUTE = NOW + timedelta(minutes=1)
ROOM = person_room(ALICE)
LIST = MessageId("om_list")


def called(name: str, way: Way = Way.APP, *, at: datetime = NOW, message: str | None = "om_group") -> Called:
    return Called(
        id=EntryId(f"called-{name}"),
        at=at,
        incident=IncidentId(name),
        way=way,
        message=None if message is None else MessageId(message),
        until=MINUTE,
    )


def a_view(*waiting: str, others: int = 0) -> ListView:
    rows = tuple(
        ListRow(
            incident=IncidentId(name),
            number=7,
            version=1,
            severity=Severity.P1,
            state=State.FIRING,
            title=name,
            opened_at=NOW,
            can_ack=True,
            link="",
        )
        for name in waiting
    )
    kept = len(rows) - others
    return ListView(
        kind=ListKind.CALLS,
        is_on_call=True,
        next_shift_at=None,
        count=len(rows),
        rows=rows[:kept],
        timezone="UTC",
        others=rows[kept:],
    )


def gathered(*entries: Called) -> Room:
    room = Room(id=ROOM)
    for entry in entries or (called("A"), called("B")):
        room = observe(room, entry)
    return room


def out(room: Room | None = None, *waiting: str) -> Room:
    """The list is out."""
    room = show(room or gathered(), a_view(*(waiting or ("A", "B"))), NOW)
    (letter,) = plan(room, NOW).actions
    return record(room, letter, Sent(message=LIST, form="interactive", chat=ChatId("oc_alice")), NOW)


def seen(room: Room | None = None, *waiting: str, at: datetime = MINUTE) -> Room:
    """The minute is over, and it was looked at who still waits."""
    room = room or out()
    assert wants_list(room, at) is ListKind.CALLS
    return show(room, a_view(*(waiting or ("A", "B"))), at)


def the_call(room: Room, at: datetime = MINUTE) -> Buzz:
    (buzz,) = plan(room, at).actions
    assert isinstance(buzz, Buzz)
    return buzz


def after(room: Room, outcome: Outcome, at: datetime = MINUTE) -> Room:
    return record(room, the_call(room, at), outcome, at)


def refused(room: Room, at: datetime = MINUTE) -> Room:
    return after(room, BuzzRefused(why=Hurdle.QUOTA, cause="230024"), at)


# -- the list ----------------------------------------------------------------------------------------------------------


def test_the_list_goes_out_at_once_before_everything_else() -> None:
    asked = AskedMine(id=EntryId("mine"), at=NOW, message=None, chat=None)
    room = observe(observe(Room(id=ROOM), asked), called("A"))

    assert wants_list(room, NOW) is ListKind.CALLS
    (letter,) = plan(show(room, a_view("A"), NOW), NOW).actions

    assert isinstance(letter, SendLetter)
    assert (letter.letter.list_kind, letter.priority) == (ListKind.CALLS, Priority.PAGE)


def test_one_list_names_all_that_come_until_it_is_out() -> None:
    room = gathered(called("A"), called("B"), called("A", Way.PHONE))

    assert len(room.outbox) == 1
    assert [(call.incident, call.way) for call in room.calls] == [("B", Way.APP), ("A", Way.PHONE)]


def test_what_comes_after_that_is_added_by_an_edit() -> None:
    room = observe(out(), called("C", at=NOW + timedelta(seconds=10)))
    first = NOW + timedelta(seconds=10) + GATHER[0]

    assert plan(room, NOW).wait_until == first
    assert wants_list(room, first) is ListKind.CALLS
    room = show(room, a_view("A", "B", "C"), first)

    (edit,) = plan(room, first).actions
    assert edit == EditList(message=LIST, view=a_view("A", "B", "C"))
    assert plan(record(room, edit, Done(), first), first).actions == ()


def test_what_was_acknowledged_before_the_list_was_out_needs_none() -> None:
    room = show(gathered(), a_view(), NOW)

    assert (room.outbox, room.calls, room.ring) == ((), (), None)


# -- the call ----------------------------------------------------------------------------------------------------------


def test_the_call_waits_for_its_minute_and_for_a_look() -> None:
    room = out()

    assert plan(room, NOW).wait_until == MINUTE
    assert plan(room, MINUTE).actions == ()
    assert the_call(seen()) == Buzz(message=LIST, people=(OpenId(ALICE),), way=Way.APP, cause="", is_direct=True)


def test_it_is_as_loud_as_the_loudest_that_was_asked_for() -> None:
    assert the_call(seen(out(gathered(called("A"), called("B", Way.PHONE))))).way is Way.PHONE
    assert the_call(seen(out(gathered(called("A", Way.CARD)), "A"), "A")).way is Way.APP


def test_the_list_is_brought_to_the_present_before_somebody_is_called_on_it() -> None:
    room = seen(out(), "B")

    (edit,) = plan(room, MINUTE).actions
    assert edit == EditList(message=LIST, view=a_view("B"))
    assert the_call(record(room, edit, Done(), MINUTE)).message == LIST


def test_p4_nobody_is_called_for_what_was_acknowledged_meanwhile() -> None:
    room = show(out(), a_view(), MINUTE)

    assert (room.calls, room.ring) == ((), None)
    (edit,) = plan(room, MINUTE).actions
    assert isinstance(edit, EditList)


def test_once_they_are_called_nothing_is_left_to_do() -> None:
    room = after(seen(), Buzzed())

    assert (room.calls, room.ring) == ((), None)
    assert plan(room, MINUTE).actions == ()
    assert record(room, the_call(seen()), Buzzed(), MINUTE) == room


def test_a_list_that_was_used_after_the_call_is_still_kept_up_to_date() -> None:
    room = observe(after(seen(), Buzzed()), Pressed(id=EntryId("p"), at=MINUTE, message=LIST))
    soon = MINUTE + timedelta(seconds=1)

    assert wants_list(room, soon) is ListKind.CALLS
    (edit,) = plan(show(room, a_view("B"), soon), soon).actions
    assert edit == EditList(message=LIST, view=a_view("B"))


def test_a_call_just_made_for_something_else_puts_it_off() -> None:
    later = MINUTE + timedelta(seconds=30)

    room = put_off(seen(), later)

    assert plan(room, MINUTE).actions == ()
    assert plan(room, MINUTE).wait_until == later
    assert the_call(seen(room, at=later), later).message == LIST
    assert put_off(Room(id=ROOM), later) == Room(id=ROOM)


# -- refused, lost -----------------------------------------------------------------------------------------------------


def test_a_refused_way_is_replaced_by_the_next_until_the_list_has_to_do() -> None:
    room = refused(seen())
    ways = [Way.APP]
    while room.ring is not None:
        room = seen(room)
        ways.append(the_call(room).way)
        room = refused(room)

    assert ways == [Way.APP, Way.SMS, Way.PHONE]
    assert room.calls == ()


@pytest.mark.parametrize("outcome", [ChatGone(), Buzzed(outside=frozenset({ALICE}))])
def test_a_call_that_reaches_nobody_counts_as_refused(outcome: Outcome) -> None:
    room = after(seen(), outcome)

    assert the_call(seen(room)).way is Way.SMS


@pytest.mark.parametrize(
    ("failed", "wait"),
    [(Failed(cause="busy"), RETRY), (Failed(cause="ours", wait_seconds=2, is_quota=True), timedelta(seconds=2))],
)
def test_a_call_that_could_not_be_made_is_made_again_after_another_look(failed: Failed, wait: timedelta) -> None:
    room = after(seen(), failed)

    assert plan(room, MINUTE).wait_until == MINUTE + wait
    assert the_call(seen(room, at=MINUTE + wait), MINUTE + wait).way is Way.APP


def test_a_call_without_an_answer_is_repeated_once() -> None:
    lost = AnswerLost(cause="timeout")
    once = after(seen(), lost)
    again = seen(once, at=MINUTE + RETRY)
    assert the_call(again, MINUTE + RETRY).way is Way.APP

    twice = after(again, lost, MINUTE + RETRY)

    assert the_call(seen(twice, at=MINUTE + 2 * RETRY), MINUTE + 2 * RETRY).way is Way.SMS


def test_a_call_whose_owner_died_counts_as_one_without_an_answer() -> None:
    died = recover_ring(note_ring(seen()))

    assert died.ring is not None
    assert (died.ring.lost, died.ring.is_calling, died.ring.is_seen) == (1, False, False)
    assert recover_ring(died) == died
    assert note_ring(Room(id=ROOM)) == recover_ring(Room(id=ROOM)) == Room(id=ROOM)


# -- without a list ----------------------------------------------------------------------------------------------------


def test_a_list_that_is_late_does_not_keep_the_call_waiting_for_long() -> None:
    room = show(gathered(), a_view("A", "B"), NOW)
    (letter,) = plan(room, NOW).actions
    assert isinstance(letter, SendLetter)
    room = record(room, letter, Failed(cause="quota", wait_seconds=99, is_quota=True), NOW)

    room = seen(room)
    assert plan(room, MINUTE).actions == ()
    late = the_call(room, MINUTE + LIST_PATIENCE)

    assert (late.message, late.is_direct) == ("om_group", False)


def given_up(*entries: Called) -> Room:
    room = show(gathered(*entries), a_view("A", "B"), NOW)
    (letter,) = plan(room, NOW).actions
    return record(room, letter, Failed(cause="230013", is_refused=True), NOW)


def test_who_cannot_be_written_to_is_called_in_the_newest_group() -> None:
    room = given_up(called("A", message="om_a"), called("B", message=None))

    assert the_call(seen(forget_late(room, NOW))).message == "om_a"


def test_where_there_is_no_group_either_it_is_given_up() -> None:
    room = forget_late(given_up(called("A", message=None)), NOW)

    assert (room.calls, room.ring) == ((), None)


def test_a_list_that_waits_for_too_long_is_written_anew() -> None:
    room = gathered(called("A", message=None))
    late = NOW + LETTER_LIFE

    (letter,) = forget_late(room, late).outbox

    assert (letter.at, letter.view) == (late, None)
    assert letter.key != room.outbox[0].key


def test_a_list_of_another_kind_is_no_message_to_call_on() -> None:
    asked = AskedMine(id=EntryId("mine"), at=NOW, message=None, chat=None)
    room = show(observe(Room(id=ROOM), asked), replace(a_view(), kind=ListKind.MINE), NOW)
    (letter,) = plan(room, NOW).actions

    room = record(room, letter, Sent(message=LIST, form="interactive"), NOW)

    assert room.ring is None


# -- what waits --------------------------------------------------------------------------------------------------------


def test_only_what_nobody_has_taken_waits_the_worst_first() -> None:
    firing: Any = a_settled_incident()
    worse = replace(an_incident(), severity=Severity.P1, number=9)
    less = replace(firing, severity=Severity.P3)

    rows = waiting_rows((less, acknowledged(firing), worse))

    assert [(row.number, row.can_ack) for row in rows] == [(9, True), (1423, True)]
