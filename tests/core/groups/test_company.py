"""Who comes is greeted once, who is on call and leaves is brought back once, and our own doing is no news."""

from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.route import OnLeave
from alertbridge.core.chats import action as act
from alertbridge.core.chats.card import Update
from alertbridge.core.chats.chat import Chat, SayingKind
from alertbridge.core.chats.outcome import Done
from alertbridge.core.groups import facts, planner
from alertbridge.core.groups.company import GREETINGS_AN_HOUR
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents import escalation
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Entry, Verb
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Way
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    T,
    a_chat,
    a_command,
    a_finished_chat,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_incident,
    closing,
    joined,
    left,
    minutes,
    recovered,
    wanted_of,
)

OTHER = a_chat(id="oc_other").id


def observe(incident: Incident, entry: Entry) -> Change:
    return lifecycle.observe(incident, entry)


def chat_of(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def said(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


def told(change: Change) -> list[Happening]:
    return [line.what for line in change.lines]


# -- who comes ---------------------------------------------------------------------------------------------------------


def test_who_is_there_already_is_no_news() -> None:
    incident = a_settled_incident()

    assert observe(incident, joined(after(5), ALICE, BOB)) == Change(incident)


@pytest.mark.parametrize("entry", [joined(after(5), chat=OTHER), left(after(5), chat=OTHER)])
def test_what_happens_in_another_group_is_no_news(entry: Entry) -> None:
    incident = a_settled_incident()

    assert observe(incident, entry) == Change(incident)


@pytest.mark.parametrize("entry", [joined(), left()])
def test_without_a_group_nobody_comes_or_goes(entry: Entry) -> None:
    incident = an_incident()

    assert observe(incident, entry) == Change(incident)


def test_who_comes_is_noted_and_greeted_a_minute_later_with_those_who_follow() -> None:
    incident = acknowledged(a_settled_incident())
    incident = replace(incident, outbox=())

    change = observe(incident, joined(after(5), DAVE, DAVE))
    assert told(change) == [Happening.JOINED]
    incident = observe(change.incident, joined(after(5.5), CAROL)).incident
    assert lifecycle.next_due(incident, after(5.5)) == after(6)
    assert lifecycle.elapse(incident, after(5.9)).incident.outbox == ()
    incident = lifecycle.elapse(incident, after(6)).incident

    (greeting,) = incident.outbox
    assert (greeting.kind, greeting.people, greeting.to) == (SayingKind.GREETING, (DAVE, CAROL), ALICE)
    assert greeting.seconds == 360
    assert greeting.details == {"severity": "P1", "state": "acked"}
    assert chat_of(incident).greeted == {DAVE, CAROL}


def test_a_greeting_tells_the_newest_update() -> None:
    incident = replace(a_settled_incident(), update=Update(text="rolling back", at=after(2), by=ALICE))
    incident = lifecycle.elapse(observe(incident, joined(after(5))).incident, after(6)).incident

    assert incident.outbox[0].details["latest"] == "rolling back"


def test_nobody_is_greeted_twice() -> None:
    incident = lifecycle.elapse(observe(a_settled_incident(), joined(after(5))).incident, after(6)).incident
    incident = observe(incident, left(after(7), DAVE)).incident
    incident = observe(incident, joined(after(8))).incident

    assert chat_of(incident).newcomers == ()
    assert said(lifecycle.elapse(incident, after(10)).incident) == [SayingKind.GREETING]


def test_who_comes_while_the_group_is_made_or_is_on_call_is_not_greeted() -> None:
    incident = a_settled_incident()
    assert chat_of(observe(incident, joined(after(0.5))).incident).newcomers == ()

    without_bob = replace(incident, chat=replace(chat_of(incident), members=frozenset({ALICE})))
    change = observe(without_bob, joined(after(5), BOB))
    assert chat_of(change.incident).newcomers == ()
    assert BOB in chat_of(change.incident).members


def test_who_left_before_the_greeting_is_not_greeted() -> None:
    incident = observe(a_settled_incident(), joined(after(5))).incident
    incident = observe(incident, left(after(5.5), DAVE)).incident
    incident = lifecycle.elapse(incident, after(6)).incident

    assert incident.outbox == ()
    assert chat_of(incident).greets_at is None


def test_the_seventh_greeting_of_an_hour_waits() -> None:
    incident = a_settled_incident()
    chat = replace(chat_of(incident), greetings=tuple(after(number) for number in range(GREETINGS_AN_HOUR)))
    incident = observe(replace(incident, chat=chat), joined(after(20))).incident

    incident = lifecycle.elapse(incident, after(21)).incident
    assert incident.outbox == ()
    assert chat_of(incident).greets_at == after(60)
    incident = lifecycle.elapse(incident, after(60)).incident
    assert said(incident) == [SayingKind.GREETING]
    assert chat_of(incident).greetings[-1] == after(60)


def test_nobody_is_greeted_in_a_group_that_is_being_closed() -> None:
    incident = closing()
    chat = replace(chat_of(incident), newcomers=(DAVE,), greets_at=after(60), members=frozenset({DAVE}))
    incident = replace(incident, chat=chat, outbox=())

    assert said(lifecycle.elapse(incident, after(61)).incident) == []


def test_who_comes_after_all_is_neither_refused_nor_away() -> None:
    incident = a_settled_incident()
    chat = replace(chat_of(incident), refused=frozenset({DAVE}), away=frozenset({CAROL}))
    incident = observe(replace(incident, chat=chat), joined(after(5), DAVE, CAROL)).incident

    assert chat_of(incident).refused == chat_of(incident).away == frozenset()


# -- who leaves --------------------------------------------------------------------------------------------------------


def test_p5_somebody_on_call_who_leaves_is_brought_back_once() -> None:
    incident = a_settled_incident()

    change = observe(incident, left(after(5), BOB))
    assert told(change) == [Happening.LEFT, Happening.BROUGHT_BACK]
    assert said(change.incident) == [SayingKind.LEFT]
    planned = planner.plan(change.incident, wanted_of(change.incident), after(5))
    assert act.AddMembers(chat=chat_of(incident).id, people=(BOB,)) in planned.actions

    back = replace(change.incident, chat=chat_of(incident), outbox=())
    back = replace(back, chat=replace(chat_of(back), undone=chat_of(change.incident).undone))
    again = observe(back, left(after(9), BOB, by=ALICE))
    assert told(again) == [Happening.LEFT, Happening.LEFT_AGAIN]
    assert said(again.incident) == [SayingKind.LEFT_AGAIN]
    assert chat_of(again.incident).away == {BOB}
    planned = planner.plan(again.incident, wanted_of(again.incident), after(9))
    assert not any(isinstance(action, act.AddMembers) for action in planned.actions)


LADDER = Policy(
    name="p",
    steps=(
        Step(after_seconds=0, who=(Target(kind=TargetKind.PERSON, name="bob"),), via=(Way.APP,)),
        Step(after_seconds=900, who=(Target(kind=TargetKind.PERSON, name="carol"),), via=(Way.APP,)),
    ),
    rounds=1,
)


def waits_for_bob(**changes: Any) -> Incident:
    """Bob was called at T; the next step is due a quarter of an hour later. He has left before."""
    fresh = an_incident(a_route(escalation=LADDER), responders=(BOB,))
    incident = escalation.call(fresh, escalation.Called(people=(BOB,)), T).incident
    chat = replace(a_finished_chat(incident), undone={f"member:{BOB}": 1})
    return replace(incident, chat=chat, pages=(), **changes)


def test_p4_where_somebody_on_call_leaves_for_good_the_next_are_called_at_once() -> None:
    incident = waits_for_bob()
    assert escalation.calls_at(incident) == after(15)

    change = observe(incident, left(after(5), BOB))

    assert escalation.calls_at(change.incident) == after(5)
    assert change.incident.outbox[-1].details == {"next": "now"}


def test_p4_what_somebody_held_who_leaves_for_good_is_given_back() -> None:
    held = acknowledged(waits_for_bob(), BOB)

    change = observe(held, left(after(5), BOB))

    assert (change.incident.status, change.incident.lead) == (Status.FIRING, None)
    assert escalation.calls_at(change.incident) == after(5)
    assert Happening.UNACKNOWLEDGED in told(change)


def test_who_leaves_while_somebody_else_is_at_work_calls_nobody() -> None:
    held = acknowledged(waits_for_bob(), ALICE)

    change = observe(held, left(after(5), BOB))

    assert (change.incident.status, change.incident.lead) == (Status.ACKNOWLEDGED, ALICE)


def test_where_leaving_is_accepted_the_next_are_called_as_well() -> None:
    accepting = a_route(escalation=LADDER, policy=a_policy(on_leave=OnLeave.ACCEPT))
    incident = waits_for_bob()
    incident = replace(incident, opening=replace(incident.opening, route=accepting))

    change = observe(incident, left(after(5), BOB))

    assert escalation.calls_at(change.incident) == after(5)
    assert change.incident.outbox == ()


@pytest.mark.parametrize("who", [CAROL, DAVE])
def test_anybody_else_who_leaves_is_only_recorded(who: OpenId) -> None:
    incident = a_settled_incident()
    incident = replace(incident, invited=(CAROL,))
    chat = replace(chat_of(incident), members=frozenset({ALICE, BOB, CAROL, DAVE}))

    change = observe(replace(incident, chat=chat), left(after(5), who))

    assert told(change) == [Happening.LEFT]
    assert change.incident.outbox == ()
    planned = planner.plan(change.incident, wanted_of(change.incident), after(5))
    assert not any(isinstance(action, act.AddMembers) for action in planned.actions)


def test_who_was_not_there_does_not_leave() -> None:
    incident = a_settled_incident()

    assert observe(incident, left(after(5), DAVE)) == Change(incident)


def test_in_a_room_of_their_own_people_come_and_go() -> None:
    incident = replace(a_settled_incident(), chat=a_chat(is_standing=True))

    came = observe(incident, joined(after(5)))
    left_again = observe(came.incident, left(after(6), BOB))

    assert came.lines == left_again.lines == ()
    assert chat_of(left_again.incident) == replace(chat_of(incident), members=frozenset({ALICE, DAVE}))


def test_where_the_route_accepts_it_who_is_on_call_may_leave() -> None:
    incident = a_settled_incident(a_route(policy=a_policy(on_leave=OnLeave.ACCEPT)))

    change = observe(incident, left(after(5), BOB))

    assert told(change) == [Happening.LEFT]
    assert chat_of(change.incident).away == {BOB}


def test_who_leaves_after_the_recovery_is_asked_back_only_if_it_fires_again() -> None:
    incident = recovered(a_settled_incident(), after(5))
    incident = observe(incident, left(after(6), BOB)).incident
    assert chat_of(incident).away == {BOB}

    incident = observe(incident, a_command(Verb.REOPEN, at=after(7))).incident

    assert chat_of(incident).away == frozenset()


def test_who_left_twice_stays_away_although_it_fires_again() -> None:
    incident = recovered(a_settled_incident(), after(5))
    chat = replace(chat_of(incident), away=frozenset({BOB}), undone={f"member:{BOB}": 1})

    incident = observe(replace(incident, chat=chat), a_command(Verb.REOPEN, at=after(7))).incident

    assert chat_of(incident).away == {BOB}


def test_who_left_is_asked_again_when_the_incident_is_given_to_them() -> None:
    incident = a_settled_incident()
    chat = replace(chat_of(incident), away=frozenset({DAVE}))

    incident = observe(replace(incident, chat=chat), a_command(Verb.ASSIGN, to=DAVE, at=after(5))).incident

    assert chat_of(incident).away == frozenset()


def test_an_invitation_that_was_taken_back_is_not_repeated() -> None:
    incident = a_settled_incident()

    change = observe(incident, left(after(5), BOB, by=ALICE, is_withdrawn=True))
    assert [(line.what, line.text) for line in change.lines] == [(Happening.LEFT, "withdrawn")]
    assert change.incident.outbox == ()
    assert chat_of(change.incident).away == {BOB}
    assert observe(change.incident, left(after(6), BOB, is_withdrawn=True)) == Change(change.incident)


def test_who_leaves_is_no_manager_any_more() -> None:
    change = observe(a_settled_incident(), left(after(5), BOB))

    assert BOB not in chat_of(change.incident).managers
    assert lifecycle.next_due(change.incident, after(5)) <= after(5) + minutes(60)


# -- who asks to be let go ---------------------------------------------------------------------------------------------


def leave(incident: Incident, who: OpenId) -> Change:
    return observe(incident, a_command(Verb.LEAVE, who, at=after(5)))


def test_who_asks_to_leave_is_taken_out_and_not_brought_back() -> None:
    change = leave(a_settled_incident(), BOB)
    assert told(change) == [Happening.LEFT]
    assert said(change.incident) == []
    planned = planner.plan(change.incident, wanted_of(change.incident), after(5))
    action = act.RemoveMembers(chat=chat_of(change.incident).id, people=(BOB,))
    assert action in planned.actions

    gone = facts.record(change.incident, action, Done(), after(5)).incident
    chat = chat_of(gone)
    assert BOB not in chat.members | chat.managers | chat.leaving
    planned = planner.plan(gone, wanted_of(gone), after(6))
    assert not any(isinstance(action, act.AddMembers | act.RemoveMembers) for action in planned.actions)


def test_who_asked_to_leave_and_goes_by_themselves_is_let_go() -> None:
    asked = leave(a_settled_incident(), BOB).incident

    change = observe(asked, left(after(6), BOB))

    assert told(change) == [Happening.LEFT]
    assert chat_of(change.incident).leaving == frozenset()
    assert chat_of(change.incident).away == {BOB}


def test_who_holds_the_incident_gives_it_back_by_leaving() -> None:
    change = leave(acknowledged(a_settled_incident(), ALICE), ALICE)

    assert (change.incident.status, change.incident.lead) == (Status.FIRING, None)
    assert told(change) == [Happening.LEFT, Happening.UNACKNOWLEDGED]
    assert said(change.incident)[-1] is SayingKind.UNACK


def test_who_is_not_there_or_going_already_has_left() -> None:
    going = leave(a_settled_incident(), BOB).incident

    assert leave(going, BOB) == Change(going, answer=Answer.ALREADY_SO)
    assert leave(going, DAVE) == Change(going, answer=Answer.ALREADY_SO)
    assert observe(going, a_command(Verb.LEAVE, None, at=after(5))).answer is Answer.ALREADY_SO


def test_who_is_given_the_incident_after_all_stays() -> None:
    going = leave(a_settled_incident(), BOB).incident

    change = observe(going, a_command(Verb.ASSIGN, ALICE, to=BOB, at=after(6)))

    assert not chat_of(change.incident).leaving
    planned = planner.plan(change.incident, wanted_of(change.incident), after(6))
    assert not any(isinstance(action, act.RemoveMembers) for action in planned.actions)


def test_out_of_peoples_own_group_nobody_is_taken() -> None:
    incident = a_settled_incident()
    room = replace(incident, chat=replace(chat_of(incident), is_standing=True))

    assert leave(room, BOB).answer is Answer.NOT_NOW
