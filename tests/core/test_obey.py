"""Commands: what people ask for, what it does, and what they are answered when it means nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.change import Answer, Change
from alertbridge.core.chat import Saying, SayingKind
from alertbridge.core.command import Verb
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incident import Archive, Incident, Status
from alertbridge.core.lifecycle import observe
from alertbridge.core.obey import CLICK_EDIT_DELAY, LEGAL
from alertbridge.core.timeline import Happening, TimelineLine
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    a_command,
    a_settled_incident,
    acknowledged,
    after,
    an_incident,
    recovered,
)

FIRING = a_settled_incident()
ACKED = acknowledged(a_settled_incident(), ALICE)
COOLING = recovered(ACKED, at=after(5))
KEPT = observe(COOLING, a_command(Verb.KEEP, BOB, at=after(6))).incident
CLOSING = observe(COOLING, a_command(Verb.CLOSE, BOB, at=after(6))).incident
CLOSED = replace(COOLING, status=Status.CLOSED, closes_at=None)

STATES = {
    "firing": FIRING,
    "acked": ACKED,
    "cooling": COOLING,
    "kept": KEPT,
    "closing": CLOSING,
    "closed": CLOSED,
}

ANSWERS = {
    Verb.ACK: ("done", "already_yours", "not_now", "not_now", "not_now", "closed"),
    Verb.ASSIGN: ("done", "done", "not_now", "not_now", "not_now", "closed"),
    Verb.RESOLVE: ("done", "done", "already_so", "already_so", "already_so", "closed"),
    Verb.REOPEN: ("not_now", "not_now", "done", "done", "done", "closed"),
    Verb.KEEP: ("not_now", "not_now", "done", "already_so", "done", "closed"),
    Verb.CLOSE: ("not_now", "not_now", "done", "done", "already_so", "closed"),
}


def give(incident: Incident, verb: Verb, by: OpenId | None = ALICE, to: OpenId | None = None) -> Change:
    return observe(incident, a_command(verb, by, at=after(10), to=to))


def newest(incident: Incident) -> Saying:
    return incident.outbox[-1]


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize(("state", "column"), [(name, number) for number, name in enumerate(STATES)])
def test_every_command_has_its_answer_in_every_state(verb: Verb, state: str, column: int) -> None:
    incident = STATES[state]

    change = give(incident, verb, to=CAROL if verb is Verb.ASSIGN else None)

    assert change.answer is Answer(ANSWERS[verb][column])
    if change.answer is Answer.DONE:
        assert change.incident.version > incident.version
        assert change.incident.hold_edits_until == after(10) + CLICK_EDIT_DELAY
        assert change.lines
    else:
        assert change.incident == incident


def test_what_is_legal_covers_every_status() -> None:
    assert set(LEGAL) == set(Status)


@pytest.mark.parametrize(("incident", "verb"), [(FIRING, Verb.REOPEN), (COOLING, Verb.RESOLVE), (CLOSED, Verb.KEEP)])
def test_a_command_that_does_not_apply_is_on_the_timeline(incident: Incident, verb: Verb) -> None:
    assert give(incident, verb, BOB).lines == (
        TimelineLine(at=after(10), what=Happening.REFUSED, by=BOB, text=verb.value),
    )


def test_a_command_that_asks_for_what_is_so_leaves_no_trace() -> None:
    assert give(ACKED, Verb.ACK, BOB).lines == ()


# -- acknowledge, assign -----------------------------------------------------------------------------------------------


def test_who_acknowledges_leads() -> None:
    change = give(FIRING, Verb.ACK, BOB)

    assert (change.incident.status, change.incident.status_at) == (Status.ACKNOWLEDGED, after(10))
    assert change.incident.lead == BOB
    assert newest(change.incident).kind is SayingKind.ACK
    assert newest(change.incident).who == BOB
    assert change.lines == (TimelineLine(at=after(10), what=Happening.ACKNOWLEDGED, by=BOB),)


def test_the_operator_can_acknowledge_without_a_name() -> None:
    change = give(FIRING, Verb.ACK, None)

    assert (change.incident.status, change.incident.lead) == (Status.ACKNOWLEDGED, None)
    assert give(change.incident, Verb.ACK, BOB).answer is Answer.ALREADY_TAKEN


def test_the_second_to_acknowledge_hears_who_was_first() -> None:
    change = give(ACKED, Verb.ACK, BOB)

    assert change == Change(ACKED, answer=Answer.ALREADY_TAKEN)


def test_who_is_assigned_has_to_acknowledge() -> None:
    change = give(ACKED, Verb.ASSIGN, BOB, to=CAROL)

    assert (change.incident.status, change.incident.lead) == (Status.FIRING, CAROL)
    assert (newest(change.incident).who, newest(change.incident).to) == (BOB, CAROL)
    assert change.lines == (TimelineLine(at=after(10), what=Happening.ASSIGNED, by=BOB, details={"to": CAROL}),)
    assert give(change.incident, Verb.ACK, CAROL).incident.status is Status.ACKNOWLEDGED


@pytest.mark.parametrize("to", [ALICE, None])
def test_assigning_the_lead_again_or_nobody_changes_nothing(to: OpenId | None) -> None:
    assert give(ACKED, Verb.ASSIGN, BOB, to=to) == Change(ACKED, answer=Answer.ALREADY_SO)


# -- resolve, reopen ---------------------------------------------------------------------------------------------------


def test_a_person_can_resolve() -> None:
    change = give(ACKED, Verb.RESOLVE, BOB)

    incident = change.incident
    assert (incident.status, incident.resolved_by, incident.closes_at) == (Status.RESOLVED, BOB, after(70))
    assert newest(incident).kind is SayingKind.RESOLVED
    assert newest(incident).who == BOB
    assert change.lines == (TimelineLine(at=after(10), what=Happening.RESOLVED, by=BOB),)


def test_the_alerts_stay_what_their_source_says() -> None:
    assert give(ACKED, Verb.RESOLVE).incident.alerts == ACKED.alerts


def test_a_person_can_reopen() -> None:
    change = give(COOLING, Verb.REOPEN, BOB)

    incident = change.incident
    assert (incident.status, incident.closes_at, incident.reopened) == (Status.FIRING, None, 1)
    assert (newest(incident).kind, newest(incident).who, newest(incident).to) == (SayingKind.REOPENED, BOB, ALICE)
    assert change.lines == (TimelineLine(at=after(10), what=Happening.REOPENED, by=BOB),)


def test_reopening_takes_back_a_countdown_that_is_not_out() -> None:
    waiting = Saying(kind=SayingKind.COUNTDOWN, cause="1", at=after(65))
    incident = replace(COOLING, outbox=(waiting,))

    assert [saying.kind for saying in give(incident, Verb.REOPEN).incident.outbox] == [SayingKind.REOPENED]


def test_each_cooling_has_a_countdown_card_of_its_own() -> None:
    assert COOLING.chat is not None
    incident = replace(COOLING, chat=replace(COOLING.chat, countdown=MessageId("om_2")))

    reopened = give(incident, Verb.REOPEN).incident

    assert reopened.chat is not None
    assert reopened.chat.countdown is None


def test_reopening_without_a_group_says_nothing() -> None:
    cooling = recovered(an_incident())

    reopened = give(cooling, Verb.REOPEN).incident

    assert (reopened.status, reopened.outbox, reopened.chat) == (Status.FIRING, (), None)


def test_reopening_after_the_group_is_gone_asks_for_a_new_one() -> None:
    assert COOLING.chat is not None
    incident = replace(COOLING, chat=replace(COOLING.chat, is_gone=True, members=frozenset({ALICE, BOB, CAROL})))

    reopened = give(incident, Verb.REOPEN).incident

    assert (reopened.chat, reopened.generation, reopened.invited) == (None, 1, (CAROL,))
    assert [saying.kind for saying in reopened.outbox] == [SayingKind.MOVED]


# -- keep, close -------------------------------------------------------------------------------------------------------


def test_keep_stops_the_countdown() -> None:
    change = give(COOLING, Verb.KEEP, BOB)

    assert (change.incident.closes_at, change.incident.kept_by) == (None, BOB)
    assert change.incident.status is Status.RESOLVED
    assert change.lines == (TimelineLine(at=after(10), what=Happening.KEPT, by=BOB),)


def test_keep_edits_the_countdown_card() -> None:
    assert COOLING.chat is not None
    incident = replace(COOLING, chat=replace(COOLING.chat, countdown=MessageId("om_2")))

    edit = newest(give(incident, Verb.KEEP, BOB).incident)

    assert (edit.kind, edit.edits, edit.who, edit.at) == (SayingKind.COUNTDOWN_KEPT, "om_2", BOB, None)


def test_keep_is_in_time_until_the_incident_is_closed() -> None:
    change = give(CLOSING, Verb.KEEP, BOB)

    assert (change.incident.is_closing, change.incident.closes_at) == (False, None)


def test_close_ends_the_countdown_at_once() -> None:
    change = give(COOLING, Verb.CLOSE, BOB)

    assert (change.incident.is_closing, change.incident.closes_at) == (True, after(10))
    assert change.lines == (TimelineLine(at=after(10), what=Happening.CLOSING, by=BOB),)


def test_what_is_kept_closes_by_command() -> None:
    change = give(KEPT, Verb.CLOSE, ALICE)

    assert (change.incident.is_closing, change.incident.kept_by) == (True, None)


def test_each_closing_archives_anew() -> None:
    incident = replace(KEPT, archive=Archive(messages=3, is_complete=True, refused="no scope"))

    assert give(incident, Verb.CLOSE).incident.archive == Archive(messages=3)


def test_a_clicks_own_edit_waits_for_its_toast() -> None:
    assert timedelta(milliseconds=500) == CLICK_EDIT_DELAY
