"""Commands: what people ask for, what it does, and what they are answered when it means nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core.chats.card import Update
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import EntryId, MessageId, OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Verb, Via
from alertbridge.core.incidents.incident import Archive, Incident, Status
from alertbridge.core.incidents.obey import CLICK_EDIT_DELAY, LEGAL
from alertbridge.core.lifecycle import observe
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening, TimelineLine
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    a_command,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_alert,
    an_incident,
    received,
    recovered,
)

ASKED = MessageId("om_asked")

TRIAGE = an_incident(a_route(policy=a_policy(wait_seconds=120)))
FIRING = a_settled_incident()
ACKED = acknowledged(a_settled_incident(), ALICE)
COOLING = recovered(ACKED, at=after(5))
KEPT = observe(COOLING, a_command(Verb.KEEP, BOB, at=after(6))).incident
CLOSING = observe(COOLING, a_command(Verb.CLOSE, BOB, at=after(6))).incident
CLOSED = replace(COOLING, status=Status.CLOSED, closes_at=None)

STATES = {
    "triage": TRIAGE,
    "firing": FIRING,
    "acked": ACKED,
    "cooling": COOLING,
    "kept": KEPT,
    "closing": CLOSING,
    "closed": CLOSED,
}

ANSWERS = {
    Verb.OPEN: ("done", "already_so", "already_so", "not_now", "not_now", "not_now", "closed"),
    Verb.ACK: ("done", "done", "already_yours", "not_now", "not_now", "not_now", "closed"),
    Verb.UNACK: ("not_now", "not_now", "done", "not_now", "not_now", "not_now", "closed"),
    Verb.LEAVE: ("not_now", "done", "done", "done", "done", "done", "closed"),
    Verb.ESCALATE: ("not_now", "not_now", "not_now", "not_now", "not_now", "not_now", "closed"),
    Verb.SEVERITY: ("done", "done", "done", "not_now", "not_now", "not_now", "closed"),
    Verb.NOTE: ("done", "done", "done", "done", "done", "done", "closed"),
    Verb.UPDATE: ("done", "done", "done", "done", "done", "done", "closed"),
    Verb.ASSIGN: ("done", "done", "done", "not_now", "not_now", "not_now", "closed"),
    Verb.HANDOVER: ("not_now", "done", "done", "not_now", "not_now", "not_now", "closed"),
    Verb.DECLINE: ("not_now", "not_now", "not_now", "not_now", "not_now", "not_now", "closed"),
    Verb.ROLE: ("done", "done", "done", "not_now", "not_now", "not_now", "closed"),
    Verb.RESOLVE: ("done", "done", "done", "already_so", "already_so", "already_so", "closed"),
    Verb.REOPEN: ("not_now", "not_now", "not_now", "done", "done", "done", "closed"),
    Verb.KEEP: ("not_now", "not_now", "not_now", "done", "already_so", "done", "closed"),
    Verb.CLOSE: ("not_now", "not_now", "not_now", "done", "done", "already_so", "closed"),
    Verb.UNFOLD: ("not_now", "not_now", "not_now", "not_now", "not_now", "not_now", "closed"),
    Verb.SILENCE: ("no_alertmanager", "no_alertmanager", "no_alertmanager", "not_now", "not_now", "not_now", "closed"),
    Verb.UNSILENCE: ("already_so", "already_so", "already_so", "not_now", "not_now", "not_now", "closed"),
    Verb.STILL: ("already_so", "already_so", "already_so", "not_now", "not_now", "not_now", "closed"),
}


def give(incident: Incident, verb: Verb, by: OpenId | None = ALICE, **changes: Any) -> Change:
    return observe(incident, a_command(verb, by, at=after(10), **changes))


def typed(incident: Incident, verb: Verb, **changes: Any) -> Change:
    """The same as a message in the group."""
    return give(incident, verb, BOB, via=Via.CHAT, reply_to=ASKED, **changes)


def newest(incident: Incident) -> Saying:
    return incident.outbox[-1]


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize(("state", "column"), [(name, number) for number, name in enumerate(STATES)])
def test_every_command_has_its_answer_in_every_state(verb: Verb, state: str, column: int) -> None:
    incident = STATES[state]

    change = give(incident, verb, to=CAROL, level=Severity.P3, role=Role.SCRIBE, text="it is the cache")

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


def test_assigning_the_lead_again_changes_nothing() -> None:
    assert give(ACKED, Verb.ASSIGN, BOB, to=ALICE) == Change(ACKED, answer=Answer.ALREADY_SO)


@pytest.mark.parametrize(
    ("verb", "changes"),
    [(Verb.ASSIGN, {}), (Verb.SEVERITY, {}), (Verb.NOTE, {"text": " \n\u200b"}), (Verb.UPDATE, {})],
)
def test_a_command_that_lacks_what_it_needs_changes_nothing(verb: Verb, changes: dict[str, Any]) -> None:
    assert give(ACKED, verb, **changes) == Change(ACKED, answer=Answer.INCOMPLETE)


def test_who_takes_back_an_acknowledgement_leaves_it_to_nobody() -> None:
    change = give(ACKED, Verb.UNACK, BOB)

    assert (change.incident.status, change.incident.status_at, change.incident.lead) == (
        Status.FIRING,
        after(10),
        None,
    )
    assert (newest(change.incident).kind, newest(change.incident).who) == (SayingKind.UNACK, BOB)
    assert change.lines == (TimelineLine(at=after(10), what=Happening.UNACKNOWLEDGED, by=BOB),)


# -- severity ----------------------------------------------------------------------------------------------------------


def test_a_person_sets_the_severity_and_everybody_hears_it() -> None:
    change = give(FIRING, Verb.SEVERITY, BOB, level=Severity.P4)

    assert change.incident.severity is Severity.P4
    assert (newest(change.incident).kind, newest(change.incident).text) == (SayingKind.SEVERITY, "P1 → P4")
    assert change.lines == (TimelineLine(at=after(10), what=Happening.SEVERITY_SET, by=BOB, text="P1 → P4"),)


def test_labels_do_not_move_a_severity_that_a_person_set() -> None:
    incident = give(FIRING, Verb.SEVERITY, None, level=Severity.P4).incident

    worse = observe(incident, received(an_alert("Latency"), at=after(11))).incident

    assert worse.severity is Severity.P4


def test_the_severity_it_has_is_no_change() -> None:
    assert give(FIRING, Verb.SEVERITY, level=FIRING.severity) == Change(FIRING, answer=Answer.ALREADY_SO)


# -- notes, updates ----------------------------------------------------------------------------------------------------


def test_a_note_is_kept_on_the_timeline_and_nothing_is_said() -> None:
    change = give(FIRING, Verb.NOTE, BOB, text="  it is the cache\n")

    assert change.lines == (TimelineLine(at=after(10), what=Happening.NOTED, by=BOB, text="it is the cache"),)
    assert change.incident.outbox == FIRING.outbox
    assert change.incident.update is None


def test_a_long_note_is_cut() -> None:
    (line,) = give(FIRING, Verb.NOTE, text="x" * 600).lines

    assert line.text == "x" * 499 + "…"


def test_an_update_is_kept_for_everybody_to_see() -> None:
    change = give(COOLING, Verb.UPDATE, BOB, text="rolled back")

    assert change.incident.update == Update(text="rolled back", at=after(10), by=BOB)
    assert change.lines == (TimelineLine(at=after(10), what=Happening.UPDATED, by=BOB, text="rolled back"),)


@pytest.mark.parametrize("via", [Via.CHAT, Via.DIRECT])
@pytest.mark.parametrize("verb", [Verb.NOTE, Verb.UPDATE])
def test_a_message_that_is_written_down_gets_a_receipt(verb: Verb, via: Via) -> None:
    receipt = newest(give(FIRING, verb, text="rolled back", via=via, reply_to=ASKED).incident)

    assert (receipt.kind, receipt.reply_to) == (SayingKind.RECEIPT, ASKED)


# -- commands in words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("incident", "verb", "kind"),
    [
        (FIRING, Verb.ACK, SayingKind.ACK),
        (ACKED, Verb.UNACK, SayingKind.UNACK),
        (FIRING, Verb.ASSIGN, SayingKind.ASSIGN),
        (FIRING, Verb.SEVERITY, SayingKind.SEVERITY),
        (FIRING, Verb.RESOLVE, SayingKind.RESOLVED),
        (COOLING, Verb.REOPEN, SayingKind.REOPENED),
        (COOLING, Verb.KEEP, SayingKind.KEPT),
        (COOLING, Verb.CLOSE, SayingKind.COUNTDOWN),
    ],
)
def test_what_the_group_hears_quotes_the_message_that_asked(incident: Incident, verb: Verb, kind: SayingKind) -> None:
    answer = newest(typed(incident, verb, to=CAROL, level=Severity.P4).incident)

    assert (answer.kind, answer.reply_to) == (kind, ASKED)


def test_the_group_does_not_quote_a_direct_message() -> None:
    change = give(FIRING, Verb.ACK, via=Via.DIRECT, reply_to=ASKED)

    assert newest(change.incident).reply_to is None


def test_the_reason_of_a_resolve_is_on_the_timeline() -> None:
    (line,) = typed(FIRING, Verb.RESOLVE, text=" rolled back ").lines

    assert (line.what, line.text) == (Happening.RESOLVED, "rolled back")


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


def test_a_group_can_be_kept_for_a_while() -> None:
    assert COOLING.chat is not None
    incident = replace(COOLING, chat=replace(COOLING.chat, countdown=MessageId("om_2")))

    kept = typed(incident, Verb.KEEP, seconds=7200).incident

    assert (kept.closes_at, kept.kept_by) == (after(130), BOB)
    edit, answer = kept.outbox[-1], kept.outbox[-2]
    assert (answer.kind, answer.at) == (SayingKind.KEPT, after(130))
    assert (edit.kind, edit.edits, edit.at) == (SayingKind.COUNTDOWN_KEPT, "om_2", after(130))
    assert kept.chat is not None
    assert kept.chat.countdown is None, "the new end gets a card of its own"


def test_keeping_for_less_than_it_stays_anyway_changes_nothing() -> None:
    assert typed(COOLING, Verb.KEEP, seconds=60).answer is Answer.ALREADY_SO


@pytest.mark.parametrize("incident", [KEPT, CLOSING])
def test_what_is_kept_or_closing_can_be_given_an_end(incident: Incident) -> None:
    assert typed(incident, Verb.KEEP, seconds=60).incident.closes_at == after(11)


def test_keeping_without_a_group_has_nothing_to_say() -> None:
    cooling = recovered(an_incident())

    assert give(cooling, Verb.KEEP, seconds=7200).incident.outbox == ()


def test_closing_in_words_gives_the_others_two_minutes() -> None:
    change = typed(KEPT, Verb.CLOSE)

    assert (change.incident.is_closing, change.incident.closes_at) == (False, after(12))
    assert (newest(change.incident).kind, newest(change.incident).at) == (SayingKind.COUNTDOWN, after(12))
    assert typed(change.incident, Verb.CLOSE).answer is Answer.ALREADY_SO


def test_closing_in_words_edits_the_countdown_that_is_there() -> None:
    assert COOLING.chat is not None
    incident = replace(COOLING, chat=replace(COOLING.chat, countdown=MessageId("om_2")))

    edit = newest(typed(incident, Verb.CLOSE).incident)

    assert (edit.kind, edit.edits, edit.at) == (SayingKind.COUNTDOWN, "om_2", after(12))


def test_a_button_closes_what_was_to_close_soon() -> None:
    soon = typed(KEPT, Verb.CLOSE).incident

    assert give(soon, Verb.CLOSE).incident.is_closing


def test_what_is_closing_already_needs_no_words() -> None:
    assert typed(CLOSING, Verb.CLOSE).answer is Answer.ALREADY_SO


def test_each_closing_archives_anew() -> None:
    incident = replace(KEPT, archive=Archive(messages=3, is_complete=True, refused="no scope"))

    assert give(incident, Verb.CLOSE).incident.archive == Archive(messages=3)


def test_a_finger_that_presses_twice_presses_once() -> None:
    first = a_command(Verb.NOTE, BOB, at=after(10), text="it is the cache", message=MessageId("om_form"))
    noted = observe(FIRING, first).incident
    again = replace(first, id=EntryId("again"), at=after(10) + timedelta(seconds=2), version=9)

    assert observe(noted, again) == Change(noted, answer=Answer.REPEATED)
    assert observe(noted, replace(again, at=after(11))).answer is Answer.DONE
    assert observe(noted, replace(again, by=CAROL)).answer is Answer.DONE


def test_a_message_that_is_written_twice_counts_twice() -> None:
    first = a_command(Verb.NOTE, BOB, at=after(10), text="it is the cache", via=Via.CHAT)

    noted = observe(FIRING, first).incident

    assert observe(noted, replace(first, id=EntryId("again"))).answer is Answer.DONE


def test_a_clicks_own_edit_waits_for_its_toast() -> None:
    assert timedelta(milliseconds=500) == CLICK_EDIT_DELAY
