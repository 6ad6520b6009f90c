"""Forms: one of a kind at a time, written on they become the record, forgotten they are recalled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Form, FormKind, SayingKind
from alertbridge.core.chats.outcome import Done, Sent
from alertbridge.core.groups.facts import record
from alertbridge.core.groups.planner import Plan, plan
from alertbridge.core.ids import EntryId, MessageId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import FormAsked, FormCancelled, Verb
from alertbridge.core.incidents.forms import FORM_LIFE
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.lifecycle import observe
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CARD,
    CHAT,
    T,
    a_command,
    a_settled_incident,
    after,
    an_incident,
    closing,
    quiet,
    recovered,
    wanted_of,
)

FORM = MessageId("om_form")
NOTE = Form(kind=FormKind.NOTE, message=FORM, ends_at=T + FORM_LIFE)


def asked(kind: FormKind = FormKind.NOTE, cause: str = "asked-1") -> FormAsked:
    return FormAsked(id=EntryId(cause), at=T, form=kind, by=ALICE, message=CARD)


def with_form(incident: Incident | None = None, form: Form = NOTE) -> Incident:
    incident = quiet(incident or a_settled_incident())
    assert incident.chat is not None
    return replace(incident, chat=replace(incident.chat, forms=(form,)))


def forms_of(incident: Incident) -> tuple[Form, ...]:
    assert incident.chat is not None
    return incident.chat.forms


def cancelled(message: MessageId = FORM) -> FormCancelled:
    return FormCancelled(id=EntryId("cancelled-1"), at=after(1), by=BOB, message=message)


# -- asked for ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [(FormKind.NOTE, SayingKind.NOTE_FORM), (FormKind.UPDATE, SayingKind.UPDATE_FORM)],
)
def test_a_form_is_sent_as_an_answer_to_the_card(kind: FormKind, said: SayingKind) -> None:
    change = observe(a_settled_incident(), asked(kind))

    (form,) = change.incident.outbox
    assert (form.kind, form.reply_to, form.who) == (said, CARD, ALICE)
    assert change.answer is Answer.DONE


def test_a_form_of_a_kind_waits_for_the_one_that_is_open_or_on_its_way() -> None:
    waiting = observe(a_settled_incident(), asked()).incident

    assert observe(waiting, asked(cause="asked-2")) == Change(waiting, answer=Answer.FORM_OPEN)
    assert observe(with_form(), asked()) == Change(with_form(), answer=Answer.FORM_OPEN)
    assert observe(with_form(), asked(FormKind.UPDATE)).answer is Answer.DONE


def test_without_a_group_there_is_no_form() -> None:
    assert observe(an_incident(), asked()).incident == an_incident()


def test_a_form_that_would_mean_nothing_is_not_sent() -> None:
    incident = replace(a_settled_incident(), status=Status.CLOSED)

    assert observe(incident, asked()) == Change(incident, answer=Answer.CLOSED)


def test_a_form_that_is_out_is_open_for_ten_minutes() -> None:
    incident = observe(a_settled_incident(), asked()).incident
    (action,) = plan(incident, wanted_of(incident), after(1)).actions
    assert isinstance(action, act.Say)

    sent = record(incident, action, Sent(message=FORM, form="interactive"), after(1)).incident

    assert forms_of(sent) == (replace(NOTE, ends_at=after(11)),)
    assert plan(sent, wanted_of(sent), after(1)) == Plan(wait_until=after(11))


# -- submitted ---------------------------------------------------------------------------------------------------------


def test_a_form_that_is_submitted_becomes_the_record() -> None:
    note = a_command(Verb.NOTE, BOB, at=after(1), text=" it is the cache ", message=FORM)

    change = observe(with_form(), note)

    (record,) = change.incident.outbox
    assert forms_of(change.incident) == ()
    assert (record.kind, record.edits, record.who, record.at) == (SayingKind.NOTE_RECORD, FORM, BOB, after(1))
    assert record.text == "it is the cache"
    assert [line.what for line in change.lines] == [Happening.NOTED]


def test_the_second_to_submit_is_kept_on_the_timeline_only() -> None:
    note = a_command(Verb.NOTE, BOB, at=after(1), text="me too", message=FORM)

    change = observe(quiet(a_settled_incident()), note)

    assert change.incident.outbox == ()
    assert [line.text for line in change.lines] == ["me too"]


def test_a_record_does_not_get_lost_among_edits_of_the_countdown() -> None:
    cooling = recovered(a_settled_incident(), at=after(1))
    assert cooling.chat is not None
    incident = with_form(replace(cooling, chat=replace(cooling.chat, countdown=MessageId("om_2"))))
    noted = observe(incident, a_command(Verb.NOTE, BOB, at=after(2), text="x", message=FORM)).incident

    kept = observe(noted, a_command(Verb.KEEP, BOB, at=after(3))).incident

    assert [saying.kind for saying in kept.outbox] == [SayingKind.NOTE_RECORD, SayingKind.COUNTDOWN_KEPT]


# -- recalled ----------------------------------------------------------------------------------------------------------


def test_a_form_that_nobody_submits_is_recalled() -> None:
    incident = with_form()
    recall = act.RecallForm(chat=CHAT, form=NOTE)

    assert plan(incident, wanted_of(incident), T + FORM_LIFE).actions == (recall,)
    recalled = record(incident, recall, Done(), T + FORM_LIFE).incident
    assert forms_of(recalled) == ()
    assert plan(recalled, wanted_of(recalled), T + FORM_LIFE) == Plan()


def test_each_form_is_recalled_under_its_own_name() -> None:
    assert act.RecallForm(chat=CHAT, form=NOTE).key == "recall:om_form"


def test_who_cancels_has_it_recalled_at_once() -> None:
    change = observe(with_form(), cancelled())

    assert change.answer is Answer.DONE
    assert forms_of(change.incident) == (replace(NOTE, ends_at=after(1)),)
    assert plan(change.incident, wanted_of(change.incident), after(1)).actions == (
        act.RecallForm(chat=CHAT, form=forms_of(change.incident)[0]),
    )


def test_cancelling_one_form_leaves_the_other() -> None:
    other = replace(NOTE, kind=FormKind.UPDATE, message=MessageId("om_other"))
    incident = with_form()
    assert incident.chat is not None
    both = replace(incident, chat=replace(incident.chat, forms=(NOTE, other)))

    assert forms_of(observe(both, cancelled()).incident) == (replace(NOTE, ends_at=after(1)), other)


@pytest.mark.parametrize("incident", [quiet(a_settled_incident()), an_incident()])
def test_cancelling_what_is_not_open_changes_nothing(incident: Incident) -> None:
    assert observe(incident, cancelled()) == Change(incident, answer=Answer.ALREADY_SO)


def test_a_group_that_is_being_closed_has_no_open_forms() -> None:
    form = replace(NOTE, ends_at=after(60) + timedelta(minutes=9))
    incident = with_form(closing(), form)

    assert act.RecallForm(chat=CHAT, form=form) in plan(incident, wanted_of(incident), after(60)).actions
