"""Hand-over: offered, taken, declined, kept, given back; the next person knows what was tried and what is open."""

from dataclasses import replace
from datetime import datetime

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Form, FormKind, Saying, SayingKind
from alertbridge.core.chats.outcome import Done, Sent
from alertbridge.core.groups import facts, planner
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import FormAsked, Verb, Via
from alertbridge.core.incidents.incident import Handover, Incident, Intent, OnCall, Status
from alertbridge.core.incidents.transition import lose_chat
from alertbridge.core.lifecycle import elapse, observe
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    a_command,
    a_finished_chat,
    a_policy,
    a_route,
    a_settled_incident,
    acknowledged,
    after,
    an_id,
    quiet,
    recovered,
    wanted_of,
)

OFFER = MessageId("om_offer")
FIRING = a_settled_incident()
HELD = quiet(acknowledged(FIRING, ALICE))


def handed(incident: Incident, to: OpenId | None, by: OpenId | None = ALICE, *, minute: float = 10) -> Change:
    return observe(incident, a_command(Verb.HANDOVER, by, at=after(minute), to=to))


def out(incident: Incident, at: datetime | None = None) -> Incident:
    """Everything that was to be said is out, by minute 10."""
    while incident.outbox:
        saying = incident.outbox[0]
        assert incident.chat is not None
        action = act.Say(chat=incident.chat.id, uuid="u", saying=saying)
        message = Sent(message=OFFER, form="interactive") if saying.edits is None else Done()
        incident = facts.record(incident, action, message, at or after(10)).incident
    return incident


def offered(incident: Incident = HELD, to: OpenId = CAROL) -> Incident:
    """Offered at minute 10, its card out."""
    return out(handed(incident, to).incident)


def asked(incident: Incident = HELD, *, is_out: bool = True) -> Incident:
    """Its holder is asked whether Carol shall have it; until minute 25."""
    question = Handover(
        cause="shift",
        is_offered=False,
        holder=incident.lead,
        to=(CAROL,),
        ends_at=after(25),
        card=OFFER if is_out else None,
    )
    return replace(incident, handover=question)


def how_it_ended(incident: Incident) -> tuple[SayingKind, str, MessageId | None]:
    (told,) = [saying for saying in incident.outbox if saying.kind is SayingKind.HANDOVER_OVER]
    return told.kind, told.text, told.edits


def kinds(incident: Incident) -> list[SayingKind]:
    return [saying.kind for saying in incident.outbox]


def happened(change: Change) -> list[Happening]:
    return [line.what for line in change.lines]


# -- offered -----------------------------------------------------------------------------------------------------------


def test_who_is_offered_an_incident_joins_manages_and_is_called_while_its_holder_holds_it() -> None:
    change = handed(HELD, CAROL)

    assert (change.incident.status, change.incident.lead) == (Status.ACKNOWLEDGED, ALICE)
    assert happened(change) == [Happening.HANDOVER]
    wanted = wanted_of(change.incident)
    assert CAROL in wanted.members
    assert wanted.managers[:2] == (ALICE, CAROL)
    (told,) = change.incident.outbox
    assert (told.kind, told.who, told.people, told.at) == (SayingKind.HANDOVER, ALICE, (CAROL,), after(25))
    assert change.incident.handover is not None
    assert lifecycle.next_due(change.incident, after(24)) == after(25)


def test_only_who_is_on_call_is_called_for_it_and_not_once_it_is_taken() -> None:
    assert handed(HELD, CAROL).incident.pages == ()

    on_call = handed(HELD, BOB).incident
    assert [page.person for page in on_call.pages] == [BOB]
    assert observe(on_call, a_command(Verb.ACK, BOB, at=after(11))).incident.pages == ()
    by_now = replace(HELD, on_call=OnCall(names=("carol",), people=(CAROL,)))
    assert handed(by_now, BOB).incident.pages == ()
    assert [page.person for page in handed(by_now, CAROL).incident.pages] == [CAROL]


def test_it_is_said_only_once_they_are_there() -> None:
    incident = handed(HELD, CAROL).incident

    planned = planner.plan(incident, wanted_of(incident), after(11)).actions

    assert any(isinstance(action, act.AddMembers) for action in planned)
    assert not any(isinstance(action, act.Say) for action in planned)


def test_what_nobody_holds_can_be_offered_too_and_goes_on_calling() -> None:
    incident = handed(FIRING, CAROL, BOB).incident

    assert (incident.status, incident.lead) == (Status.FIRING, None)
    assert incident.outbox[0].who == BOB
    late = elapse(out(incident), after(25))
    assert (late.incident.status, late.incident.handover) == (Status.FIRING, None)


@pytest.mark.parametrize(
    ("incident", "to", "answer"),
    [
        (HELD, None, Answer.INCOMPLETE),
        (HELD, ALICE, Answer.ALREADY_SO),
        (offered(), CAROL, Answer.ALREADY_SO),
        (offered(), None, Answer.INCOMPLETE),
    ],
)
def test_an_offer_without_a_new_person_changes_nothing(incident: Incident, to: OpenId | None, answer: Answer) -> None:
    assert handed(incident, to, minute=12) == Change(incident, answer=answer)


def test_a_second_offer_ends_the_first() -> None:
    change = handed(offered(), DAVE, minute=12)

    assert change.incident.handover is not None
    assert change.incident.handover.to == (DAVE,)
    assert how_it_ended(change.incident) == (SayingKind.HANDOVER_OVER, "passed_on", OFFER)
    assert kinds(change.incident)[-1] is SayingKind.HANDOVER


def test_who_comes_is_told_what_was_tried_and_what_is_open() -> None:
    incident = HELD
    for number, (verb, text) in enumerate(
        [
            (Verb.NOTE, "restarted checkout"),
            (Verb.NOTE, "TODO: look at the replica"),
            (Verb.NOTE, "待办：通知客服"),
            (Verb.NOTE, "待办"),
            (Verb.UPDATE, "rolling back"),
        ]
    ):
        incident = observe(incident, a_command(verb, at=after(number), text=text)).incident

    details = handed(incident, CAROL).incident.outbox[-1].details

    assert details == {
        "by": "hand",
        "state": "acked",
        "tried": "restarted checkout · rolling back",
        "open": "look at the replica · 通知客服 · 待办",
    }


def test_only_the_newest_notes_are_kept() -> None:
    incident = HELD
    for number in range(12):
        incident = observe(incident, a_command(Verb.NOTE, at=after(number), text=f"note {number}")).incident

    assert incident.notes == tuple(f"note {number}" for number in range(4, 12))
    assert handed(incident, CAROL, minute=20).incident.outbox[-1].details["tried"] == "note 9 · note 10 · note 11"


def test_a_form_that_asked_for_the_person_is_recalled() -> None:
    form = Form(kind=FormKind.HANDOVER, message=MessageId("om_form"), ends_at=after(19))
    asked_for = observe(HELD, FormAsked(id=an_id(), at=after(9), form=FormKind.HANDOVER, by=ALICE, message=None))
    assert kinds(asked_for.incident) == [SayingKind.HANDOVER_FORM]
    assert HELD.chat is not None
    incident = replace(HELD, chat=replace(HELD.chat, forms=(form,)))

    picked = observe(incident, a_command(Verb.HANDOVER, at=after(10), to=CAROL, message=form.message)).incident

    assert picked.chat is not None
    assert picked.chat.forms == (replace(form, ends_at=after(10)),)


def test_a_message_that_asked_for_it_is_quoted() -> None:
    typed = a_command(Verb.HANDOVER, at=after(10), to=CAROL, via=Via.CHAT, reply_to=MessageId("om_asked"))

    assert observe(HELD, typed).incident.outbox[-1].reply_to == "om_asked"


# -- taken, or not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("incident", [HELD, FIRING])
def test_who_acknowledges_what_was_offered_takes_it_over(incident: Incident) -> None:
    change = observe(offered(incident), a_command(Verb.ACK, CAROL, at=after(12)))

    assert change.answer is Answer.DONE
    taken = change.incident
    assert (taken.status, taken.lead, taken.handover) == (Status.ACKNOWLEDGED, CAROL, None)
    assert how_it_ended(taken) == (SayingKind.HANDOVER_OVER, "taken", OFFER)
    assert SayingKind.ACK in kinds(taken)


def test_its_holder_may_keep_it_after_all() -> None:
    change = observe(offered(), a_command(Verb.ACK, ALICE, at=after(12)))

    assert (change.incident.lead, change.incident.handover) == (ALICE, None)
    assert happened(change) == [Happening.HANDOVER_KEPT]
    assert how_it_ended(change.incident) == (SayingKind.HANDOVER_OVER, "kept", OFFER)
    assert observe(change.incident, a_command(Verb.ACK, ALICE, at=after(13))).answer is Answer.ALREADY_YOURS


def test_who_declines_leaves_it_to_its_holder_who_is_told() -> None:
    change = observe(offered(), a_command(Verb.DECLINE, CAROL, at=after(12)))

    assert (change.incident.lead, change.incident.handover) == (ALICE, None)
    assert happened(change) == [Happening.HANDOVER_DECLINED]
    assert kinds(change.incident) == [SayingKind.HANDOVER_OVER, SayingKind.HANDOVER_DECLINED]
    assert (change.incident.outbox[-1].who, change.incident.outbox[-1].to) == (CAROL, ALICE)


def test_where_nobody_holds_it_nobody_is_told_of_a_refusal() -> None:
    change = observe(offered(FIRING), a_command(Verb.DECLINE, CAROL, at=after(12)))

    assert kinds(change.incident) == [SayingKind.HANDOVER_OVER]


@pytest.mark.parametrize(("incident", "by"), [(HELD, CAROL), (offered(), BOB), (asked(), CAROL)])
def test_only_who_was_offered_it_can_decline(incident: Incident, by: OpenId) -> None:
    assert observe(incident, a_command(Verb.DECLINE, by, at=after(12))).answer is Answer.NOT_NOW


def test_what_nobody_takes_in_time_is_given_back() -> None:
    change = elapse(offered(), after(25))

    assert (change.incident.status, change.incident.lead) == (Status.FIRING, None)
    assert change.incident.handover is None
    assert Happening.HANDOVER_LAPSED in happened(change)
    assert how_it_ended(change.incident) == (SayingKind.HANDOVER_OVER, "lapsed", OFFER)


def test_how_long_it_waits_is_a_policy() -> None:
    incident = a_settled_incident(a_route(policy=a_policy(handover_seconds=60)))

    known = handed(quiet(acknowledged(incident)), CAROL).incident.handover
    assert known is not None
    assert known.ends_at == after(11)


def test_what_the_operator_acknowledged_meanwhile_is_not_given_back() -> None:
    incident = observe(offered(FIRING), a_command(Verb.ACK, None, at=after(12))).incident

    assert elapse(incident, after(25)).incident.status is Status.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("verb", "to"),
    [(Verb.RESOLVE, None), (Verb.ASSIGN, DAVE)],
)
def test_an_offer_ends_when_it_means_nothing_any_more(verb: Verb, to: OpenId | None) -> None:
    incident = observe(offered(), a_command(verb, at=after(12), to=to)).incident

    assert incident.handover is None
    assert how_it_ended(incident) == (SayingKind.HANDOVER_OVER, "void", OFFER)


def test_an_offer_stays_when_its_holder_gives_the_incident_back() -> None:
    incident = observe(offered(), a_command(Verb.UNACK, at=after(12))).incident

    assert incident.handover is not None
    assert elapse(incident, after(25)).incident.handover is None


def test_a_recovery_ends_it() -> None:
    assert recovered(offered(), at=after(12)).handover is None


def test_an_offer_outlives_its_group_and_has_no_card_in_the_next() -> None:
    moved = lose_chat(offered(), after(12), "lost", by=None, how="gone")

    assert moved.handover is not None
    assert moved.handover.card is None
    assert elapse(moved, after(25)).incident.lead is None


# -- asked -------------------------------------------------------------------------------------------------------------


def test_a_holder_who_is_asked_hands_over_with_one_press() -> None:
    change = handed(asked(), None, minute=12)

    known = change.incident.handover
    assert known is not None
    assert (known.is_offered, known.to) == (True, (CAROL,))
    assert how_it_ended(change.incident)[1] == "passed_on"


def test_a_holder_who_is_asked_can_keep_it_and_nobody_else_takes_it() -> None:
    assert observe(asked(), a_command(Verb.ACK, BOB, at=after(12))).answer is Answer.ALREADY_TAKEN

    kept = observe(asked(), a_command(Verb.ACK, ALICE, at=after(12))).incident
    assert (kept.lead, kept.handover) == (ALICE, None)


def test_a_holder_who_does_not_answer_keeps_it() -> None:
    change = elapse(asked(), after(25))

    assert (change.incident.status, change.incident.lead) == (Status.ACKNOWLEDGED, ALICE)
    assert change.incident.handover is None
    assert how_it_ended(change.incident)[1] == "unanswered"


def test_a_question_to_somebody_who_does_not_hold_it_any_more_ends() -> None:
    given_back = observe(asked(), a_command(Verb.UNACK, at=after(12))).incident

    assert given_back.handover is None
    assert how_it_ended(given_back)[1] == "void"


# -- cards that are late -----------------------------------------------------------------------------------------------


def test_an_offer_that_is_over_before_it_was_said_is_not_said() -> None:
    incident = observe(handed(HELD, CAROL).incident, a_command(Verb.ACK, CAROL, at=after(11))).incident

    assert SayingKind.HANDOVER not in kinds(incident)


def test_an_offer_that_may_be_out_already_is_brought_to_the_present() -> None:
    incident = handed(HELD, CAROL).incident
    offer: Saying = incident.outbox[0]
    assert incident.chat is not None
    action: Action = act.Say(chat=incident.chat.id, uuid="u", saying=offer)
    incident = replace(incident, intents=(Intent(key=action.key, uuid="u", first_at=after(10)),))
    incident = observe(incident, a_command(Verb.ACK, CAROL, at=after(11))).incident
    assert SayingKind.HANDOVER in kinds(incident)

    late = facts.record(incident, action, Sent(message=OFFER, form="interactive"), after(12)).incident

    assert late.chat is not None
    assert [(old.message, old.is_pressed) for old in late.chat.old_cards] == [(OFFER, True)]


def test_offering_and_taking_leaves_nothing_to_do() -> None:
    taken = observe(offered(), a_command(Verb.ACK, CAROL, at=after(12))).incident

    settled = replace(out(taken, after(13)), hold_edits_until=None)
    settled = replace(settled, chat=a_finished_chat(settled))
    assert planner.plan(settled, wanted_of(settled), after(20)).actions == ()
