"""A shift change finds every open incident: people come, are told, go; nobody is woken who need not be."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.route import Route
from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.groups import planner, relief
from alertbridge.core.groups.relief import (
    ROTA_LOOK,
    STAY,
    follows_rota,
    schedules_of,
    shift_times,
    take_shift,
)
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.escalation import Called, call
from alertbridge.core.incidents.incident import Incident, OnCall, Status
from alertbridge.core.lifecycle import elapse, observe
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Way
from alertbridge.core.oncall.role import Role
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    a_command,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    minutes,
    quiet,
    recovered,
    spoke,
    wanted_of,
)

ROUTE: Route = a_route(schedule="payments")
END = after(60)
"""When the shift of Alice and Bob ends."""

FIRST = OnCall(
    names=("alice", "bob"), people=(ALICE, BOB), until=END, next_names=("carol", "dave"), next_people=(CAROL, DAVE)
)
SECOND = OnCall(names=("carol", "dave"), people=(CAROL, DAVE), until=after(600), next_names=(), next_people=())
NOBODY = OnCall(names=(), people=(DAVE,), until=after(600), next_names=("alice", "bob"), next_people=(ALICE, BOB))
FIRING = replace(a_settled_incident(ROUTE), on_call=FIRST)
HELD = quiet(acknowledged(FIRING, ALICE))


def changed(incident: Incident, seen: OnCall = SECOND, at: datetime = END) -> Change:
    return take_shift(incident, seen, at)


def said(incident: Incident, kind: SayingKind) -> list[Saying]:
    return [saying for saying in incident.outbox if saying.kind is kind]


def removed(incident: Incident, at: datetime) -> Iterable[OpenId]:
    actions = planner.plan(incident, wanted_of(incident), at).actions
    return [one for action in actions if isinstance(action, act.RemoveMembers) for one in action.people]


def newcomers(incident: Incident) -> tuple[OpenId, ...]:
    assert incident.chat is not None
    return incident.chat.newcomers


# -- nobody holds it ---------------------------------------------------------------------------------------------------


def test_who_comes_is_offered_what_nobody_holds_and_is_called() -> None:
    change = changed(FIRING)

    assert change.incident.responders == (CAROL, DAVE)
    assert [line.details for line in change.lines] == [{"to": CAROL}, {"to": DAVE}]
    (told,) = said(change.incident, SayingKind.HANDOVER)
    assert (told.who, told.to, told.people, told.details["by"]) == (ALICE, CAROL, (CAROL, DAVE), "shift")
    assert [page.person for page in change.incident.pages] == [CAROL, DAVE]
    wanted = wanted_of(change.incident)
    assert set(wanted.managers) == {CAROL, DAVE}


def test_who_was_asked_to_lead_and_never_did_is_relieved_of_it() -> None:
    assigned = quiet(observe(FIRING, a_command(Verb.ASSIGN, BOB, to=BOB)).incident)

    change = changed(assigned)

    assert change.incident.lead is None
    assert said(change.incident, SayingKind.HANDOVER)[0].who == BOB


def test_who_stays_on_call_is_told_nothing() -> None:
    seen = replace(SECOND, names=("bob", "carol"), people=(BOB, CAROL))

    change = changed(FIRING, seen)

    assert change.incident.responders == (BOB, CAROL)
    assert said(change.incident, SayingKind.HANDOVER)[0].people == (CAROL,)
    assert set(change.incident.relieved) == {ALICE}


def test_where_some_only_go_nobody_is_called() -> None:
    change = changed(FIRING, replace(SECOND, names=("bob",), people=(BOB,)))

    assert (change.incident.responders, change.incident.pages) == ((BOB,), ())
    assert [(line.what, line.text) for line in change.lines] == [(Happening.SHIFT_CHANGED, "nobody")]
    assert change.incident.outbox == ()


def test_where_the_next_shift_is_nobodys_the_fallback_is_offered_it() -> None:
    change = changed(FIRING, NOBODY)

    (gap,) = said(change.incident, SayingKind.NOBODY)
    assert (gap.people, gap.details) == ((DAVE,), {"schedule": "payments", "gap": "empty"})
    (told,) = said(change.incident, SayingKind.HANDOVER)
    assert (told.to, told.people) == (DAVE, ()), "one message mentions them"
    assert change.incident.responders == (DAVE,)
    assert [page.person for page in change.incident.pages] == [DAVE]


def test_schedules_that_the_policy_calls_first_count_as_well() -> None:
    first = Step(after_seconds=0, who=(Target(TargetKind.SCHEDULE, "db"), Target(TargetKind.FALLBACK)), via=(Way.CARD,))
    later = Step(after_seconds=300, who=(Target(TargetKind.SCHEDULE, "boss"),), via=(Way.CARD,))
    policy = Policy(name="loud", steps=(first, later))

    assert schedules_of(a_route(schedule="payments", escalation=policy)) == ("payments", "db")
    assert schedules_of(a_route(escalation=policy)) == ("db",)


# -- somebody holds it -------------------------------------------------------------------------------------------------


def test_a_holder_is_asked_before_their_shift_ends_and_only_once() -> None:
    assert lifecycle.next_due(HELD, after(49)) == after(50)
    early = elapse(HELD, after(49)).incident
    assert early.handover is None

    incident = elapse(HELD, after(50)).incident

    (told,) = said(incident, SayingKind.HANDOVER_ASK)
    assert (told.who, told.to, told.people, told.at) == (ALICE, CAROL, (ALICE,), END)
    assert incident.handover is not None
    assert incident.handover.ends_at == after(75)
    kept = observe(incident, a_command(Verb.ACK, ALICE, at=after(52))).incident
    assert kept.handover is None
    assert elapse(kept, after(53)).incident.handover is None
    at_the_end = changed(kept).incident
    assert at_the_end.handover is None
    assert at_the_end.lead == ALICE


def test_who_comes_while_somebody_holds_it_is_greeted_and_not_called() -> None:
    asked = elapse(HELD, after(50)).incident

    change = changed(asked)

    assert (change.incident.lead, change.incident.status) == (ALICE, Status.ACKNOWLEDGED)
    assert newcomers(change.incident) == (CAROL, DAVE)
    assert change.incident.pages == ()
    assert said(change.incident, SayingKind.HANDOVER) == []
    assert change.incident.handover is not None, "the question is still open"
    assert ALICE in wanted_of(change.incident).managers


def test_who_was_greeted_before_is_not_greeted_again() -> None:
    assert HELD.chat is not None
    known = replace(HELD, chat=replace(HELD.chat, greeted=frozenset({CAROL, DAVE})))

    assert newcomers(changed(known, at=after(20)).incident) == ()


def test_a_holder_who_hands_over_is_relieved_by_who_comes() -> None:
    asked = elapse(HELD, after(50)).incident
    offered = observe(asked, a_command(Verb.HANDOVER, ALICE, at=after(51))).incident
    assert offered.handover is not None
    assert offered.handover.to == (CAROL, DAVE)

    taken = observe(changed(offered).incident, a_command(Verb.ACK, DAVE, at=after(61))).incident

    assert (taken.lead, taken.handover) == (DAVE, None)


@pytest.mark.parametrize(
    "incident",
    [
        replace(HELD, on_call=replace(FIRST, until=None)),
        replace(HELD, on_call=replace(FIRST, next_names=(), next_people=(DAVE,))),
        replace(HELD, on_call=replace(FIRST, next_people=(ALICE, CAROL))),
        replace(HELD, lead=DAVE),
        replace(HELD, on_call=None),
        FIRING,
    ],
)
def test_who_has_nobody_to_hand_over_to_is_not_asked(incident: Incident) -> None:
    assert elapse(incident, after(55)).incident.handover is None


@pytest.mark.parametrize(
    "quiet_one",
    [
        replace(HELD, opening=replace(HELD.opening, is_umbrella=True)),
        replace(HELD, quiet_until=after(300)),
    ],
)
def test_for_an_umbrella_and_in_quiet_hours_people_change_and_nobody_is_asked(quiet_one: Incident) -> None:
    assert elapse(quiet_one, after(55)).incident.handover is None

    change = changed(quiet_one, at=after(55))

    assert (change.incident.handover, change.incident.responders) == (None, (CAROL, DAVE))


def test_a_change_that_nobody_could_know_of_is_asked_about_at_once() -> None:
    surprised = changed(HELD, at=after(20)).incident

    (told,) = said(surprised, SayingKind.HANDOVER_ASK)
    assert (told.to, told.at) == (CAROL, after(20))


def test_a_holder_who_goes_on_being_on_call_is_not_asked() -> None:
    change = changed(HELD, replace(SECOND, names=("alice", "carol"), people=(ALICE, CAROL)), after(20))

    assert change.incident.handover is None
    assert newcomers(change.incident) == (CAROL,)


def test_a_question_about_people_who_do_not_come_after_all_is_taken_back() -> None:
    asked = elapse(HELD, after(50)).incident
    override = replace(FIRST, next_names=("dave",), next_people=(DAVE,))

    change = changed(asked, override, after(55))

    assert change.incident.handover is None
    assert said(change.incident, SayingKind.HANDOVER_ASK) == []
    again = elapse(change.incident, after(55)).incident
    assert again.handover is not None
    assert again.handover.to == (DAVE,)


def test_an_override_just_before_the_end_decides_who_is_asked_about() -> None:
    asked = elapse(HELD, after(50)).incident

    change = changed(asked, replace(SECOND, names=("dave",), people=(DAVE,)), after(58))

    assert change.incident.responders == (DAVE,)
    assert change.incident.handover is not None
    assert change.incident.handover.to == (DAVE,)


def test_where_nobody_comes_those_before_remain_and_the_holder_is_not_disturbed() -> None:
    change = changed(HELD, NOBODY)

    assert (change.incident.responders, change.incident.handover) == (HELD.responders, None)
    assert change.lines == ()
    next_day = changed(change.incident, SECOND, after(600)).incident
    assert next_day.responders == (CAROL, DAVE)


def test_in_a_standing_room_nobody_is_greeted_or_let_go() -> None:
    assert HELD.chat is not None
    room = replace(HELD, chat=replace(HELD.chat, is_standing=True))

    change = changed(room, at=after(20))

    assert newcomers(change.incident) == ()
    assert elapse(change.incident, after(40)).incident.relieved == {}


def test_what_is_offered_by_hand_already_is_not_offered_twice() -> None:
    offered = quiet(observe(FIRING, a_command(Verb.HANDOVER, ALICE, to=DAVE, at=after(59))).incident)

    change = changed(offered)

    assert said(change.incident, SayingKind.HANDOVER) == []
    assert change.incident.handover == offered.handover


# -- who goes ----------------------------------------------------------------------------------------------------------


def test_who_goes_and_holds_nothing_leaves_a_while_after_somebody_holds_it() -> None:
    taken = quiet(observe(changed(FIRING).incident, a_command(Verb.ACK, CAROL, at=after(61))).incident)
    assert list(removed(taken, after(61))) == []

    gone = elapse(taken, END + STAY)

    assert sorted(removed(gone.incident, END + STAY)) == [ALICE, BOB]
    assert [(line.text, line.details) for line in gone.lines if line.what is Happening.LEFT] == [
        ("relieved", {"to": ALICE}),
        ("relieved", {"to": BOB}),
    ]
    assert gone.incident.relieved == {}


def test_as_long_as_nobody_holds_it_nobody_leaves() -> None:
    later = elapse(changed(FIRING).incident, END + STAY).incident

    assert list(removed(later, END + STAY)) == []
    assert later.relieved == {ALICE: END + 2 * STAY, BOB: END + 2 * STAY}


def test_who_holds_something_stays() -> None:
    scribe = observe(HELD, a_command(Verb.ROLE, ALICE, to=BOB, role=Role.SCRIBE, at=after(10))).incident

    later = elapse(quiet(changed(scribe).incident), END + STAY).incident

    assert list(removed(later, END + STAY)) == []
    assert set(later.relieved) == {ALICE, BOB}


@pytest.mark.parametrize("what", [a_command(Verb.NOTE, BOB, at=after(70), text="x"), spoke(after(70), BOB)])
def test_who_still_takes_part_stays_longer(what: Any) -> None:
    taken = observe(changed(FIRING).incident, a_command(Verb.ACK, CAROL, at=after(61))).incident

    incident = observe(taken, what).incident

    assert incident.relieved == {ALICE: END + STAY, BOB: after(70) + STAY}


def test_who_is_on_call_again_is_not_let_go() -> None:
    back = changed(changed(FIRING).incident, FIRST, after(62)).incident

    assert set(back.relieved) == {CAROL, DAVE}
    assert back.responders == (ALICE, BOB)


def test_who_was_let_go_is_called_like_anybody_else_whom_a_step_means() -> None:
    step = Step(after_seconds=0, who=(Target(TargetKind.SCHEDULE, "payments"),), via=(Way.APP,))
    route = a_route(schedule="payments", escalation=Policy(name="loud", steps=(step,)))
    held = quiet(acknowledged(replace(a_settled_incident(route), on_call=FIRST), CAROL))
    let_go = elapse(changed(held).incident, END + STAY).incident
    assert sorted(removed(let_go, END + STAY)) == [ALICE, BOB]
    back = observe(let_go, a_command(Verb.UNACK, CAROL, at=after(80))).incident

    incident = call(back, Called(people=(CAROL, ALICE)), after(80)).incident

    assert [page.person for page in incident.pages] == [CAROL, ALICE]
    assert list(removed(incident, after(80))) == [BOB]


def test_who_left_by_themselves_is_not_let_go_again() -> None:
    taken = observe(changed(FIRING).incident, a_command(Verb.ACK, CAROL, at=after(61))).incident
    assert taken.chat is not None
    without = replace(taken, chat=replace(taken.chat, members=taken.chat.members - {BOB}))

    gone = elapse(without, END + STAY)

    assert [line.details for line in gone.lines if line.what is Happening.LEFT] == [{"to": ALICE}]


def test_with_the_end_of_the_incident_nobody_has_to_go_any_more() -> None:
    over = recovered(changed(FIRING).incident, at=after(61))

    assert elapse(over, END + STAY).incident.relieved == {}


# -- when it is looked at ----------------------------------------------------------------------------------------------


def test_the_first_look_only_remembers() -> None:
    new = replace(FIRING, on_call=None)

    assert take_shift(new, SECOND, after(1)) == Change(replace(new, on_call=SECOND))


def test_the_same_people_until_another_time_are_only_remembered() -> None:
    longer = replace(FIRST, until=after(90))

    change = changed(FIRING, longer, after(5))

    assert change == Change(replace(FIRING, on_call=longer))


@pytest.mark.parametrize(
    ("incident", "follows"),
    [
        (FIRING, True),
        (HELD, True),
        (a_settled_incident(), False),
        (replace(FIRING, responders=None), False),
        (recovered(FIRING), False),
    ],
)
def test_only_open_incidents_of_a_schedule_follow_the_rota(incident: Incident, *, follows: bool) -> None:
    assert follows_rota(incident) is follows


def test_the_rota_is_looked_at_every_two_minutes_and_at_the_change() -> None:
    times = list(shift_times(replace(FIRING, relieved={DAVE: after(7)}), after(1)))

    assert times == [after(7), after(1) + ROTA_LOOK, END]
    assert list(shift_times(HELD, after(1))) == [after(1) + ROTA_LOOK, END, END - relief.NOTICE]
    late = list(shift_times(HELD, after(70)))
    assert min(late) == after(70)
    # Nobody could say who came: it is asked again soon, not at once and for ever.
    soon, later = END + minutes(1), END + relief.LATE_LOOKS
    assert list(shift_times(FIRING, soon)) == [soon + ROTA_LOOK, soon + relief.LATE_LOOK]
    assert list(shift_times(FIRING, later)) == [later + ROTA_LOOK]
    assert list(shift_times(replace(FIRING, on_call=None), after(1))) == [after(1) + ROTA_LOOK]
    assert list(shift_times(a_settled_incident(), after(1))) == []
    assert minutes(2) == ROTA_LOOK == timedelta(minutes=2)
