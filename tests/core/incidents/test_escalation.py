"""Somebody is always called: the ladder runs while nobody has it, and stops in the decision that takes it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.silence import SeenSilence
from alertbridge.core.chats import action as act
from alertbridge.core.chats.card import Button, NextKind
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.chats.outcome import Sent
from alertbridge.core.groups import facts
from alertbridge.core.groups.planner import plan
from alertbridge.core.ids import IncidentId, MessageId, OpenId
from alertbridge.core.incidents import escalation
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import Verb, Via
from alertbridge.core.incidents.escalation import Called, Gap
from alertbridge.core.incidents.foretelling import foretell, names_of, read_ways
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.obey import legal
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Variant, Way
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    T,
    a_bare_incident,
    a_command,
    a_finished_chat,
    a_policy,
    a_route,
    acknowledged,
    after,
    an_alert,
    an_incident,
    an_opening,
    joined,
    received,
    recovered,
    wanted_of,
)

ON_CALL = (Target(TargetKind.SCHEDULE, "payments"),)
FIRST = Step(after_seconds=0, who=ON_CALL, via=(Way.CARD, Way.APP))
SECOND = Step(after_seconds=300, who=ON_CALL, via=(Way.SMS, Way.PHONE))
THIRD = Step(after_seconds=600, who=(Target(TargetKind.FALLBACK),), via=(Way.PHONE,))
LADDER = Policy(name="p", steps=(FIRST, SECOND, THIRD), rounds=2)
NIGHTS = TimeInterval(timezone="UTC", times=((14 * 60, 15 * 60),))
"""In which everything begins in these tests: 14:01."""


def a_ladder(**changes: Any) -> Policy:
    return replace(LADDER, **changes)


def fires(ladder: Policy | None = LADDER, *, severity: str = "critical", **route: Any) -> Incident:
    """One that has just begun; nobody was called yet."""
    return an_incident(a_route(escalation=ladder, **route), an_alert(labels={"severity": severity}))


def call(incident: Incident, *people: OpenId, at: datetime = T, **changes: Any) -> Incident:
    """Call the step that is due; by default Alice is meant."""
    return escalation.call(incident, Called(people=people or (ALICE,), **changes), at).incident


def called(ladder: Policy = LADDER, **changes: Any) -> Incident:
    """The first step was called, as far as somebody was wanted, and the group is as it should be."""
    incident = fires(ladder, **changes)
    if escalation.due(incident, T) is not None:
        incident = call(incident, foreseen=(BOB,))
    return replace(incident, chat=a_finished_chat(incident), pages=())


def due_at(incident: Incident) -> datetime | None:
    return escalation.calls_at(incident)


def pass_time(incident: Incident, at: datetime) -> Incident:
    return lifecycle.elapse(incident, at).incident


def give(incident: Incident, verb: Verb, by: OpenId | None = ALICE, *, at: datetime, **changes: Any) -> Incident:
    return lifecycle.observe(incident, a_command(verb, by, at=at, **changes)).incident


def said(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


def next_kind(incident: Incident) -> NextKind:
    card = wanted_of(incident).card
    assert card is not None
    return card.next.kind


# -- the ladder --------------------------------------------------------------------------------------------------------


def test_the_first_step_is_due_when_the_incident_opens() -> None:
    due = escalation.due(fires(), T)

    assert due is not None
    assert (due.step, due.number, due.of) == (FIRST, 1, 3)
    assert (due.then, due.then_at) == (SECOND, after(5))


def test_who_is_called_first_is_mentioned_by_the_first_card_and_nobody_twice() -> None:
    incident = call(fires())

    assert wanted_of(incident).mention == (ALICE,)
    assert incident.outbox == ()
    assert [(page.person, page.todo) for page in incident.pages] == [(ALICE, (Way.APP,))]


def test_each_step_is_counted_from_when_the_one_before_was_really_called() -> None:
    late = call(called(), at=after(9))

    assert due_at(called()) == after(5)
    assert due_at(late) == after(19)


def test_a_call_that_comes_late_knows_since_when_it_was_due() -> None:
    late = call(called(), BOB, at=after(9))
    ordered = call(give(called(), Verb.ESCALATE, at=after(1)), BOB, at=after(1))

    assert {page.at for page in late.pages if page.person == BOB} == {after(5)}
    assert {page.at for page in ordered.pages if page.person == BOB} == {after(1)}


def test_who_has_left_for_good_is_not_named_as_the_next_unless_there_is_nobody_else() -> None:
    incident = called()
    assert incident.ladder is not None
    incident = replace(incident, ladder=replace(incident.ladder, foreseen=(BOB, CAROL)))
    assert incident.chat is not None
    without_bob = replace(incident, chat=replace(incident.chat, away=frozenset({BOB})))
    alone = replace(incident, chat=replace(incident.chat, away=frozenset({BOB, CAROL})))

    assert escalation.foreseen(without_bob) == (CAROL,)
    assert escalation.foreseen(alone) == (BOB, CAROL)
    assert escalation.foreseen(replace(incident, ladder=None)) == ()


def test_a_route_without_a_policy_calls_nobody() -> None:
    incident = fires(None)

    assert escalation.due(incident, after(60)) is None
    assert next_kind(incident) is NextKind.WAIT_ACK
    assert wanted_of(replace(incident, responders=(ALICE,))).mention == (ALICE,)


def test_after_its_last_step_the_ladder_begins_anew_until_all_rounds_are_over() -> None:
    incident = called()
    for minute, due in ((5, 15), (15, 25), (25, 30), (30, 40)):
        incident = call(incident, at=after(minute))
        assert due_at(incident) == after(due)
    incident = call(incident, at=after(40))

    assert due_at(incident) is None
    assert escalation.due(incident, after(600)) is None
    assert next_kind(incident) is NextKind.CALLED_ALL
    assert incident.outbox[-1].kind is SayingKind.STEP_LAST
    assert incident.outbox[-1].at is None


def test_between_two_rounds_the_card_says_when_it_starts_over() -> None:
    incident = call(call(called(), at=after(5)), at=after(15))

    assert next_kind(incident) is NextKind.ROUND
    assert (incident.outbox[-1].kind, incident.outbox[-1].at) == (SayingKind.STEP_LAST, after(25))


def test_a_round_of_one_step_leaves_people_some_time_before_the_next() -> None:
    incident = call(fires(a_ladder(steps=(FIRST,))))

    assert due_at(incident) == after(5)


def test_a_step_says_whom_it_calls_how_and_what_comes_then() -> None:
    incident = call(called(), BOB, at=after(5), foreseen=(CAROL,))
    (saying,) = incident.outbox

    assert (saying.kind, saying.people, saying.count, saying.at) == (SayingKind.STEP, (BOB,), 2, after(15))
    assert saying.details == {"of": "3", "via": "sms,phone", "rounds": "2", "next": "3", "next_via": "phone"}
    assert saying.then == (CAROL,)
    assert BOB in wanted_of(incident).members


def test_the_steps_of_a_round_are_chosen_when_it_begins() -> None:
    evening = TimeInterval(timezone="UTC", times=((14 * 60 + 20, 15 * 60),))
    policy = a_ladder(steps=(FIRST, SECOND), variants=(Variant(steps=(THIRD,), intervals=(evening,)),))
    incident = call(called(policy), at=after(5))
    assert due_at(incident) == after(10)

    due = escalation.due(incident, after(20))

    assert due is not None
    assert due.step == THIRD


def test_by_severity_other_people_are_called() -> None:
    policy = a_ladder(variants=(Variant(steps=(THIRD,), severities=frozenset({Severity.P3})),))
    due = escalation.due(fires(policy, severity="warning"), after(10))

    assert due is not None
    assert due.step == THIRD


def test_an_edited_policy_does_not_change_an_open_incident() -> None:
    incident = called()

    assert incident.opening.route.escalation == LADDER


# -- nobody to call ----------------------------------------------------------------------------------------------------


def test_an_empty_schedule_is_told_together_with_the_fallback() -> None:
    gap = Gap(schedule="payments", cause="empty")
    incident = call(called(), DAVE, at=after(5), gaps=(gap,))

    assert said(incident) == [SayingKind.NOBODY, SayingKind.STEP]
    assert incident.outbox[0].people == (DAVE,)
    assert incident.outbox[0].details == {"schedule": "payments", "gap": "empty"}


def test_before_there_is_a_group_the_gap_waits_to_be_told_there() -> None:
    incident = call(fires(), DAVE, gaps=(Gap(schedule="payments", cause="empty"),))

    assert said(incident) == [SayingKind.NOBODY]


def test_where_there_is_nobody_at_all_it_is_said_once_a_round_and_the_ladder_goes_on() -> None:
    nobody = Called(people=())
    first = escalation.call(called(), nobody, after(5))
    second = escalation.call(first.incident, nobody, after(15))

    assert said(second.incident) == [SayingKind.NOBODY_AT_ALL]
    assert first.lines[0].what is Happening.NOBODY
    assert due_at(second.incident) == after(25)


def test_people_whom_feishu_does_not_know_are_on_the_timeline_once() -> None:
    unknown = Called(people=(ALICE,), unreachable={"rita": "left"})
    first = escalation.call(called(), unknown, after(5))
    second = escalation.call(first.incident, unknown, after(15))

    assert [line.text for line in first.lines if line.what is Happening.TROUBLE] == ["rita: left"]
    assert [line for line in second.lines if line.what is Happening.TROUBLE] == []


def test_a_step_whose_people_cannot_be_named_is_put_off_and_not_lost() -> None:
    incident = escalation.put_off(called(), after(6))

    assert due_at(incident) == after(6)
    assert escalation.due(incident, after(5)) is None


# -- acknowledged ------------------------------------------------------------------------------------------------------


def test_an_acknowledgement_stops_it_in_the_same_decision() -> None:
    waiting = call(called(), BOB, at=after(5))
    incident = acknowledged(waiting, at=after(6))

    assert escalation.due(incident, after(600)) is None
    assert said(incident) == [SayingKind.ACK]
    assert incident.outbox[0].details == {"escalation": "stopped"}
    assert incident.pages == ()
    assert next_kind(incident) is NextKind.STOPPED


def test_who_was_called_before_the_first_card_is_not_mentioned_once_somebody_has_it() -> None:
    assert wanted_of(acknowledged(call(fires()))).mention == ()


def test_given_back_it_goes_on_where_it_stood_and_at_once_where_that_time_is_over() -> None:
    held = acknowledged(called(), at=after(2))

    soon, late = (give(held, Verb.UNACK, at=after(minute)) for minute in (3, 60))

    assert (due_at(soon), due_at(late)) == (after(5), after(60))
    assert (soon.outbox[-1].kind, soon.outbox[-1].count) == (SayingKind.UNACK, 2)


def test_given_back_after_the_last_round_it_begins_anew() -> None:
    policy = a_ladder(rounds=1, steps=(FIRST,))
    held = acknowledged(called(policy), at=after(2))
    incident = give(held, Verb.UNACK, at=after(3))

    assert due_at(incident) == after(3)
    assert incident.outbox[-1].count == 1


def test_taken_in_triage_and_given_back_it_begins() -> None:
    waiting = a_bare_incident(a_route(escalation=LADDER, policy=a_policy(wait_seconds=300)))
    held = acknowledged(lifecycle.observe(waiting, received(an_alert())).incident)
    assert held.ladder is None

    assert due_at(give(held, Verb.UNACK, at=after(1))) == after(1)


def test_who_is_asked_to_take_over_has_as_long_as_the_next_step_waits() -> None:
    assigned = give(called(), Verb.ASSIGN, at=after(4), to=CAROL)

    assert due_at(assigned) == after(9)
    assert (assigned.outbox[-1].kind, assigned.outbox[-1].at) == (SayingKind.ASSIGN, after(9))


def test_triage_ends_and_the_ladder_begins() -> None:
    waiting = a_bare_incident(a_route(escalation=LADDER, policy=a_policy(wait_seconds=300)))
    waiting = lifecycle.observe(waiting, received(an_alert())).incident
    assert due_at(waiting) is None

    assert due_at(pass_time(waiting, after(5))) == after(5)


# -- acknowledgements that end -----------------------------------------------------------------------------------------

EXPIRING = a_ladder(ack_expires={Severity.P1: 1800})


def test_an_acknowledgement_without_progress_ends_and_the_holder_has_a_while_to_renew_it() -> None:
    held = acknowledged(called(EXPIRING), at=after(2))
    assert (held.ack_ends_at, held.outbox[-1].at) == (after(32), after(32))
    assert next_kind(held) is NextKind.ACK_ENDS
    assert lifecycle.next_due(held, after(31)) <= after(32)

    over = pass_time(held, after(32))

    assert (over.status, over.lead) == (Status.FIRING, ALICE)
    assert (over.outbox[-1].kind, over.outbox[-1].to, over.outbox[-1].count) == (SayingKind.ACK_EXPIRED, ALICE, 2)
    assert due_at(over) == after(37)
    assert acknowledged(over, at=after(33)).status is Status.ACKNOWLEDGED


@pytest.mark.parametrize("verb", [Verb.NOTE, Verb.UPDATE])
def test_a_note_or_an_update_is_progress(verb: Verb) -> None:
    held = acknowledged(called(EXPIRING), at=after(2))

    assert give(held, verb, BOB, at=after(20), text="rolling back").ack_ends_at == after(50)


def test_the_operators_acknowledgement_ends_without_a_name() -> None:
    held = give(called(EXPIRING), Verb.ACK, None, at=after(2), via=Via.CLI)
    over = lifecycle.elapse(held, after(32))

    assert over.lines[-1].what is Happening.ACK_EXPIRED
    assert over.lines[-1].details == {}


def test_what_is_resolved_or_closed_has_no_acknowledgement_left_to_end() -> None:
    held = acknowledged(called(EXPIRING), at=after(2))

    assert recovered(held, at=after(3)).ack_ends_at is None


def test_a_fold_of_a_storm_keeps_its_acknowledgement() -> None:
    folded = replace(fires(EXPIRING, severity="warning"), folded_in=IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HB"))

    assert acknowledged(folded).ack_ends_at is None


# -- silences, quiet hours, storms -------------------------------------------------------------------------------------


def silenced(incident: Incident) -> Incident:
    """Somebody silenced all of it in Alertmanager."""
    return replace(incident, silenced_upstream=dict.fromkeys(incident.alerts, "s1"))


def test_nobody_is_called_while_it_is_silenced_and_then_it_goes_on() -> None:
    quiet = pass_time(silenced(called()), after(4))
    assert escalation.due(quiet, after(60)) is None
    assert lifecycle.next_due(quiet, after(60)) > after(60)

    loud = pass_time(replace(quiet, silenced_upstream={}), after(60))

    assert due_at(loud) == after(60)


def test_the_end_of_a_silence_says_who_is_called_now() -> None:
    incident = pass_time(silenced(called()), after(4))
    until = after(30)
    incident = replace(incident, silences_upstream={"s1": SeenSilence(author="dave", until=until, comment="")})
    over = pass_time(incident, until)

    (saying,) = (one for one in over.outbox if one.kind is SayingKind.SILENCE_END)
    assert (saying.at, saying.then, saying.details["next"]) == (until, (BOB,), "2")


def test_in_quiet_hours_nobody_is_called_for_p3_and_the_ladder_begins_at_their_end() -> None:
    incident = fires(severity="warning", quiet_hours=(NIGHTS,))
    assert escalation.due(incident, after(10)) is None
    assert incident.quiet_until == after(59)
    assert next_kind(incident) is NextKind.QUIET
    assert wanted_of(incident).mention == ()

    awake = pass_time(incident, after(59))

    assert due_at(awake) == after(59)
    assert awake.quiet_until is None


def test_quiet_hours_that_never_end_do_not_change_the_card_with_each_look() -> None:
    incident = pass_time(fires(severity="warning", quiet_hours=(TimeInterval(),)), after(1))

    assert incident.quiet_until is not None
    assert pass_time(incident, after(2)) == incident


def test_a_group_does_not_end_in_quiet_hours_and_says_so_at_their_end() -> None:
    policy = a_policy(countdown_seconds=1800)
    over = recovered(called(severity="warning", quiet_hours=(NIGHTS,), policy=policy), at=after(1))
    waiting = pass_time(over, after(21))

    assert waiting.closes_at == after(69)
    assert SayingKind.COUNTDOWN not in said(waiting)
    assert SayingKind.COUNTDOWN in said(pass_time(waiting, after(59)))
    assert pass_time(pass_time(waiting, after(59)), after(69)).is_closing


def test_what_a_person_ends_in_quiet_hours_ends() -> None:
    over = recovered(called(severity="warning", quiet_hours=(NIGHTS,)), at=after(1))
    closed = give(over, Verb.CLOSE, at=after(2), via=Via.CHAT, reply_to=MessageId("om_asked"))

    assert pass_time(closed, after(3)).closes_at == after(4)
    assert pass_time(closed, after(4)).is_closing


def test_what_has_no_group_disturbs_nobody_by_its_end() -> None:
    over = recovered(replace(fires(severity="warning", quiet_hours=(NIGHTS,)), chat=None), at=after(1))

    assert pass_time(replace(over, closes_at=after(5)), after(5)).is_closing


def test_who_comes_in_quiet_hours_is_greeted_at_their_end() -> None:
    later = TimeInterval(timezone="UTC", times=((14 * 60 + 5, 15 * 60),))
    incident = called(severity="warning", quiet_hours=(later,))
    came = lifecycle.observe(incident, joined(after(10), DAVE)).incident

    assert SayingKind.GREETING not in said(pass_time(came, after(11)))
    assert SayingKind.GREETING in said(pass_time(pass_time(came, after(11)), after(59)))


def test_p1_is_never_quiet() -> None:
    assert due_at(fires(quiet_hours=(NIGHTS,))) == T


def test_quiet_hours_that_begin_stop_the_ladder_at_its_next_step() -> None:
    later = TimeInterval(timezone="UTC", times=((14 * 60 + 4, 15 * 60),))
    incident = pass_time(called(severity="warning", quiet_hours=(later,)), after(5))

    assert escalation.due(incident, after(5)) is None
    assert incident.quiet_until == after(59)


@pytest.mark.parametrize("is_quiet", [True, False])
def test_an_acknowledgement_does_not_end_while_nobody_would_be_called_for_it(*, is_quiet: bool) -> None:
    policy = a_ladder(ack_expires={Severity.P3: 1800})
    later = TimeInterval(timezone="UTC", times=((14 * 60 + 10, 15 * 60),))
    hours = (later,) if is_quiet else ()
    held = acknowledged(called(policy, severity="warning", quiet_hours=hours), at=after(2))

    over = pass_time(held if is_quiet else silenced(held), after(32))

    assert over.status is Status.ACKNOWLEDGED
    assert over.ack_ends_at == (after(59) if is_quiet else after(62))


def test_what_is_folded_calls_nobody_until_it_has_its_own_group() -> None:
    folded = replace(
        a_bare_incident(a_route(escalation=LADDER)), folded_in=IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HB"), ladder=None
    )
    folded = lifecycle.observe(folded, received(an_alert(labels={"severity": "warning"}))).incident
    assert folded.ladder is None
    assert Verb.ESCALATE not in legal(folded)

    assert due_at(give(folded, Verb.UNFOLD, at=after(2))) == after(2)


def test_an_umbrella_escalates_as_one() -> None:
    umbrella = a_bare_incident(opening=an_opening(a_route(escalation=LADDER), is_umbrella=True))

    assert due_at(pass_time(umbrella, T)) == T
    assert Verb.ESCALATE in legal(umbrella)


# -- reopened, another severity ----------------------------------------------------------------------------------------


def test_what_fires_again_is_called_from_the_first_step_on() -> None:
    over = recovered(call(called(), at=after(5)), at=after(6))
    again = lifecycle.observe(over, received(an_alert(starts_at=after(7)), at=after(7))).incident
    due = escalation.due(again, after(7))

    assert due is not None
    assert due.number == 1


def test_what_flaps_is_not_called_from_the_first_step_each_time() -> None:
    over = replace(recovered(call(called(), at=after(5)), at=after(6)), is_flapping=True, flips=(after(6),) * 4)
    again = lifecycle.observe(over, received(an_alert(starts_at=after(7)), at=after(7))).incident

    assert due_at(again) == after(17)


def test_worse_than_before_it_begins_anew_and_says_so() -> None:
    incident = give(called(severity="warning"), Verb.SEVERITY, BOB, at=after(2), level=Severity.P1)

    assert due_at(incident) == after(2)
    assert incident.outbox[-1].details == {"escalation": "restarts"}


def test_less_bad_than_before_it_goes_on() -> None:
    incident = give(called(), Verb.SEVERITY, BOB, at=after(2), level=Severity.P2)
    again = give(incident, Verb.SEVERITY, BOB, at=after(3), level=Severity.P1)

    assert (due_at(incident), due_at(again)) == (after(5), after(5))
    assert incident.outbox[-1].details == {"escalation": "unchanged"}


def test_worse_in_quiet_hours_it_begins() -> None:
    quiet = fires(severity="warning", quiet_hours=(NIGHTS,))

    assert due_at(give(quiet, Verb.SEVERITY, BOB, at=after(2), level=Severity.P1)) == after(2)


def test_the_holder_hears_that_it_is_worse_and_nobody_else_is_called() -> None:
    held = acknowledged(called(severity="warning"), at=after(2))
    by_person = give(held, Verb.SEVERITY, BOB, at=after(3), level=Severity.P1)
    worse = received(an_alert("Other", labels={"severity": "critical"}), at=after(3))
    by_labels = lifecycle.observe(held, worse).incident

    for incident in (by_person, by_labels):
        assert incident.outbox[-1].to == ALICE
        assert incident.outbox[-1].details == {"escalation": "unchanged"}
        assert due_at(incident) is None
    assert give(held, Verb.SEVERITY, ALICE, at=after(3), level=Severity.P1).outbox[-1].to is None
    assert give(held, Verb.SEVERITY, BOB, at=after(3), level=Severity.P4).outbox[-1].to is None


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_who_wants_the_next_step_gets_it_at_once() -> None:
    asked = give(called(), Verb.ESCALATE, CAROL, at=after(1))
    due = escalation.due(asked, after(1))
    assert due is not None
    assert due.number == 2

    change = escalation.call(asked, Called(people=(BOB,)), after(1))

    assert due_at(change.incident) == after(11)
    assert escalation.due(change.incident, after(1)) is None
    assert [(line.by, line.details["to"]) for line in change.lines] == [(CAROL, BOB)]


def test_two_people_who_want_the_next_step_get_one() -> None:
    asked = give(called(), Verb.ESCALATE, CAROL, at=after(1))

    assert lifecycle.observe(asked, a_command(Verb.ESCALATE, DAVE, at=after(1))).answer is Answer.ALREADY_SO


def test_who_is_at_work_gets_help_and_keeps_it() -> None:
    held = acknowledged(called(), at=after(1))
    asked = give(held, Verb.ESCALATE, ALICE, at=after(2), via=Via.CHAT, reply_to=MessageId("om_asked"))

    incident = call(asked, BOB, at=after(2))

    assert incident.status is Status.ACKNOWLEDGED
    assert escalation.due(incident, after(600)) is None
    assert (incident.outbox[-1].kind, incident.outbox[-1].at) == (SayingKind.STEP, None)
    assert incident.outbox[-1].reply_to == MessageId("om_asked")
    assert [page.person for page in incident.pages] == [BOB]


def test_the_last_step_for_somebody_at_work_does_not_say_that_it_starts_over() -> None:
    held = acknowledged(call(called(), at=after(5)), at=after(6))
    incident = call(give(held, Verb.ESCALATE, at=after(7)), BOB, at=after(7))

    assert incident.outbox[-1].kind is SayingKind.STEP


def test_after_the_last_round_a_person_has_it_begin_anew() -> None:
    over = call(fires(a_ladder(rounds=1, steps=(FIRST,))))
    asked = give(over, Verb.ESCALATE, at=after(30))
    due = escalation.due(asked, after(30))

    assert due is not None
    assert due.number == 1
    assert due.cause != "1.1.1", "a message of this name was said before"


def test_taken_in_triage_help_is_still_to_be_had() -> None:
    waiting = a_bare_incident(a_route(escalation=LADDER, policy=a_policy(wait_seconds=300)))
    held = acknowledged(lifecycle.observe(waiting, received(an_alert())).incident)
    asked = give(held, Verb.ESCALATE, at=after(1))
    due = escalation.due(asked, after(1))

    assert due is not None
    assert (due.number, due.then) == (1, None)


def test_an_order_is_forgotten_once_it_is_over_or_somebody_took_it() -> None:
    asked = give(called(), Verb.ESCALATE, CAROL, at=after(1))
    held = give(acknowledged(called(), at=after(1)), Verb.ESCALATE, CAROL, at=after(2))

    assert escalation.due(acknowledged(asked, at=after(1)), after(1)) is None
    assert escalation.due(recovered(held, at=after(3)), after(3)) is None


def test_somebody_who_is_named_is_called_and_the_ladder_goes_its_way() -> None:
    incident = give(called(), Verb.ESCALATE, CAROL, at=after(1), to=DAVE)

    assert due_at(incident) == after(5)
    assert (incident.outbox[-1].kind, incident.outbox[-1].people) == (SayingKind.CALLED, (DAVE,))
    assert incident.outbox[-1].details == {"via": "sms,phone"}
    assert [(page.person, page.todo) for page in incident.pages] == [(DAVE, (Way.SMS, Way.PHONE))]
    assert DAVE in wanted_of(incident).members


def test_without_a_ladder_who_is_named_gets_a_buzz() -> None:
    waiting = a_bare_incident(a_route(escalation=LADDER, policy=a_policy(wait_seconds=300)))
    held = acknowledged(lifecycle.observe(waiting, received(an_alert())).incident)

    assert [page.todo for page in give(held, Verb.ESCALATE, at=after(1), to=DAVE).pages] == [(Way.APP,)]


def test_the_button_is_there_while_it_fires_and_while_somebody_is_at_work() -> None:
    card, held = wanted_of(called()).card, wanted_of(acknowledged(called())).card

    assert card is not None
    assert held is not None
    assert card.buttons == (Button.ACK, Button.ESCALATE, Button.RESOLVE, Button.ASSIGN)
    assert held.buttons == (Button.RESOLVE, Button.ESCALATE, Button.ASSIGN)


# -- in words ----------------------------------------------------------------------------------------------------------


def test_what_comes_next_is_told_with_names_where_they_are_known() -> None:
    view = wanted_of(called()).card
    unknown = wanted_of(call(fires())).card
    assert view is not None
    assert unknown is not None

    def named(person: OpenId | None) -> dict[str, str]:
        return dict.fromkeys(("zh", "en"), str(person))

    assert foretell(view.next, "14:06", named, {})["zh"] == "14:06 前无人认领，短信、电话呼叫 ou_bob"
    assert foretell(unknown.next, "14:06", named, {})["en"] == "if not acknowledged by 14:06: step 2 is called"
    assert names_of([OpenId(str(number)) for number in range(7)], named)["en"] == "0, 1, 2, 3, 4 and 2 more"
    assert read_ways("sms,phone") == (Way.SMS, Way.PHONE)
    assert read_ways("") == ()


# -- the card of a step ------------------------------------------------------------------------------------------------


def sent(incident: Incident, message: str, at: datetime) -> Incident:
    """The oldest message of the outbox is out."""
    (say,) = (one for one in plan(incident, wanted_of(incident), at).actions if isinstance(one, act.Say))
    return facts.record(incident, say, Sent(message=MessageId(message), form="interactive"), at).incident


def test_the_newest_card_of_a_step_says_who_took_it() -> None:
    incident = sent(call(called(), at=after(5)), "om_2", after(5))
    incident = sent(call(incident, at=after(15)), "om_3", after(15))
    assert incident.chat is not None
    assert [old.message for old in incident.chat.old_cards] == ["om_2"]

    held = acknowledged(incident, BOB, at=after(16))

    (edit,) = (one for one in held.outbox if one.kind is SayingKind.STEP_TAKEN)
    assert (edit.edits, edit.who, edit.text) == ("om_3", BOB, "step_last")


def test_the_card_of_a_step_that_went_out_too_late_says_it_as_well() -> None:
    ready = call(called(), at=after(5))
    (say,) = (one for one in plan(ready, wanted_of(ready), after(5)).actions if isinstance(one, act.Say))
    held = acknowledged(ready, BOB, at=after(5))

    late = facts.record(held, say, Sent(message=MessageId("om_2"), form="interactive"), after(5)).incident

    assert SayingKind.STEP_TAKEN in said(late)


def test_the_card_of_a_step_is_an_old_one_once_it_is_over() -> None:
    incident = recovered(sent(call(called(), at=after(5)), "om_2", after(5)), at=after(6))

    assert incident.chat is not None
    assert incident.chat.step is None
    assert [old.message for old in incident.chat.old_cards] == ["om_2"]


def test_p4_help_that_was_asked_for_while_nobody_could_be_named_comes_later_and_is_not_forgotten() -> None:
    asked = give(acknowledged(called(), ALICE), Verb.ESCALATE, at=after(2))

    later = escalation.put_off(asked, after(3))

    assert escalation.due(later, after(2)) is None
    assert lifecycle.next_due(replace(later, refreshed=9), after(2)) == after(3)
    assert escalation.due(pass_time(later, after(3)), after(3)) is not None


def test_who_left_for_good_is_called_only_where_nobody_else_is() -> None:
    incident = called()
    assert incident.chat is not None
    away = replace(incident, chat=replace(incident.chat, away=frozenset({BOB})))

    both, alone = call(away, BOB, CAROL, at=after(5)), call(away, BOB, at=after(5))

    assert both.outbox[-1].people == (CAROL,)
    assert alone.outbox[-1].people == (BOB,)
    assert alone.chat is not None
    assert alone.chat.away == frozenset()


def test_it_is_looked_at_again_when_something_is_due() -> None:
    assert lifecycle.next_due(replace(called(), refreshed=9), after(4)) == after(5)
    quiet = fires(severity="warning", quiet_hours=(TimeInterval(timezone="UTC", times=((840, 843),)),))

    assert lifecycle.next_due(quiet, after(1)) == after(2)
