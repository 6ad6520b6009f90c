"""Old cards: whoever presses one sees it brought to the present."""

from dataclasses import replace

import pytest

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Chat, OldCard, Saying, SayingKind
from alertbridge.core.chats.old_cards import REMEMBERED_CARDS, retire
from alertbridge.core.chats.outcome import CardGone, Done, Failed, Outcome, Sent
from alertbridge.core.groups.facts import record
from alertbridge.core.groups.planner import CARD_LIFE, Plan, plan
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.obey import CLICK_EDIT_DELAY
from alertbridge.core.lifecycle import observe
from tests.builders import CARD, CHAT, T, a_chat, a_command, a_settled_incident, after, quiet, recovered, wanted_of

OLD = MessageId("om_old")


def chat_of(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def with_old_card(*, is_pressed: bool = False) -> Incident:
    incident = a_settled_incident()
    old = OldCard(message=OLD, is_pressed=is_pressed)
    return replace(incident, chat=replace(chat_of(incident), old_cards=(old,)))


def an_edit(incident: Incident) -> act.EditOldCard:
    view = wanted_of(incident).card
    assert view is not None
    return act.EditOldCard(chat=CHAT, message=OLD, view=view, version=incident.version)


def came_of(incident: Incident, action: Action, outcome: Outcome) -> Incident:
    return record(incident, action, outcome, T).incident


def test_a_card_that_is_replaced_is_an_old_one() -> None:
    incident = a_settled_incident()
    now = T + CARD_LIFE
    (send, *_) = plan(incident, wanted_of(incident), now).actions
    assert isinstance(send, act.SendCard)

    sent = record(incident, send, Sent(message=MessageId("om_new"), form="interactive"), now).incident

    assert chat_of(sent).old_cards == (OldCard(message=CARD),)


def test_a_card_that_is_gone_is_no_old_one() -> None:
    incident = a_settled_incident()
    card = chat_of(incident).card
    assert card is not None
    gone = replace(incident, chat=replace(chat_of(incident), card=replace(card, is_gone=True)))
    (send, *_) = plan(gone, wanted_of(gone), T).actions

    assert chat_of(came_of(gone, send, Sent(message=OLD, form="interactive"))).old_cards == ()


def test_the_countdown_of_a_cooling_that_is_over_is_an_old_card() -> None:
    cooling = recovered(a_settled_incident())
    cooling = replace(cooling, chat=replace(chat_of(cooling), countdown=OLD))

    reopened = observe(cooling, a_command(Verb.REOPEN)).incident

    assert chat_of(reopened).old_cards == (OldCard(message=OLD),)


def test_the_answer_that_can_be_taken_back_is_an_old_card_from_the_start() -> None:
    incident = a_settled_incident()
    answer = act.Say(
        chat=CHAT, uuid="u", saying=Saying(kind=SayingKind.RESOLVED, cause="c", reply_to=MessageId("om_asked"))
    )

    assert chat_of(came_of(incident, answer, Sent(message=OLD, form="interactive"))).old_cards == (
        OldCard(message=OLD),
    )


def test_only_the_newest_are_remembered_each_once() -> None:
    chat = a_chat()
    for number in range(REMEMBERED_CARDS + 2):
        chat = retire(retire(chat, MessageId(f"om_{number}")), MessageId(f"om_{number}"))

    assert [old.message for old in chat.old_cards] == [f"om_{number}" for number in range(2, REMEMBERED_CARDS + 2)]


@pytest.mark.parametrize(("verb", "answer"), [(Verb.ACK, Answer.DONE), (Verb.KEEP, Answer.NOT_NOW)])
def test_a_press_brings_it_to_the_present_whatever_comes_of_it(verb: Verb, answer: Answer) -> None:
    change = observe(with_old_card(), a_command(verb, at=after(1), message=OLD))

    assert change.answer is answer
    incident = quiet(change.incident)
    hold = after(1) + CLICK_EDIT_DELAY
    assert an_edit(incident) not in plan(incident, wanted_of(incident), after(1)).actions
    assert an_edit(incident) in plan(incident, wanted_of(incident), hold).actions


def test_without_a_wait_it_is_edited_at_once() -> None:
    incident = with_old_card(is_pressed=True)

    assert plan(incident, wanted_of(incident), T).actions == (an_edit(incident),)


def test_a_press_on_another_card_leaves_it_as_it_is() -> None:
    change = observe(with_old_card(), a_command(Verb.ACK, at=after(1), message=CARD))

    assert chat_of(change.incident).old_cards == (OldCard(message=OLD),)


@pytest.mark.parametrize("outcome", [Done(), CardGone(), Failed(cause="230099 no", is_refused=True)])
def test_it_is_edited_once_for_each_press(outcome: Outcome) -> None:
    incident = with_old_card(is_pressed=True)

    edited = came_of(incident, an_edit(incident), outcome)

    assert chat_of(edited).old_cards == (OldCard(message=OLD),)
    assert plan(edited, wanted_of(edited), T) == Plan()
    assert edited.troubles == ()


def test_a_refusal_that_comes_after_the_group_was_lost_is_nothing() -> None:
    incident = with_old_card(is_pressed=True)
    gone = replace(incident, chat=None)

    refused = came_of(gone, an_edit(incident), Failed(cause="230099 no", is_refused=True))

    assert refused.chat is None


def test_each_old_card_is_edited_under_its_own_name() -> None:
    assert an_edit(with_old_card()).key == "old_card:om_old"
