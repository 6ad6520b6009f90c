"""A group is told only so much in an hour; what it must know is always said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Chat, Saying, SayingKind
from alertbridge.core.chats.outcome import Sent
from alertbridge.core.groups.facts import record
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.incident import Incident, Intent
from alertbridge.core.incidents.noise import MESSAGES_AN_HOUR, count_spoken, quieten
from alertbridge.core.lifecycle import elapse
from tests.builders import CHAT, T, a_chat, a_settled_incident, after, an_incident, wanted_of

FULL = (T,) * MESSAGES_AN_HOUR


def said(kind: SayingKind = SayingKind.ACK, cause: str = "c", **fields: object) -> Saying:
    return Saying(kind=kind, cause=cause, **fields)  # type: ignore[arg-type]


def waiting(*sayings: Saying, **chat: object) -> Incident:
    incident = a_settled_incident()
    assert incident.chat is not None
    return replace(incident, outbox=sayings, chat=replace(incident.chat, **chat))  # type: ignore[arg-type]


def chat_of(incident: Incident) -> Chat:
    assert incident.chat is not None
    return incident.chat


def test_twelve_messages_an_hour_are_said_and_the_rest_is_counted_on_the_card() -> None:
    sayings = [said(cause=str(number)) for number in range(MESSAGES_AN_HOUR + 2)]

    quiet = quieten(waiting(*sayings), after(1))

    assert quiet.outbox == tuple(sayings[:MESSAGES_AN_HOUR])
    assert chat_of(quiet).hushed == (after(1), after(1))
    card = wanted_of(quiet).card
    assert card is not None
    assert card.hushed == 2


def test_an_hour_later_there_is_room_again() -> None:
    incident = waiting(said(), spoken=FULL, hushed=(T,))

    quiet = quieten(incident, after(60))

    assert quiet.outbox == (said(),)
    assert (chat_of(quiet).spoken, chat_of(quiet).hushed) == ((), ())


@pytest.mark.parametrize(
    "needed",
    [
        said(SayingKind.ASSIGN),
        said(SayingKind.COUNTDOWN),
        said(SayingKind.MOVED),
        said(SayingKind.NOTE_FORM),
        said(SayingKind.ACK, reply_to=MessageId("om_asked")),
        said(SayingKind.COUNTDOWN_MOVED, edits=MessageId("om_2")),
    ],
)
def test_what_calls_somebody_answers_somebody_or_can_be_pressed_is_always_said(needed: Saying) -> None:
    incident = waiting(needed, spoken=FULL)

    assert quieten(incident, after(1)) is incident


def test_what_may_be_out_already_is_not_taken_back() -> None:
    incident = waiting(said(), spoken=FULL)
    tried = replace(incident, intents=(Intent(key=act.say_key(said()), uuid="u", first_at=T),))

    assert quieten(tried, after(1)) is tried


@pytest.mark.parametrize("chat", [None, a_chat(is_gone=True, spoken=FULL)])
def test_without_a_group_there_is_nothing_to_keep_quiet(chat: Chat | None) -> None:
    incident = replace(an_incident(), chat=chat)

    assert quieten(incident, after(1)) is incident


def test_a_message_that_is_out_is_counted() -> None:
    incident = waiting(said())
    say = act.Say(chat=CHAT, uuid="u", saying=said())

    sent = record(incident, say, Sent(message=MessageId("om_9"), form="post"), after(1)).incident

    assert chat_of(sent).spoken == (after(1),)


def test_an_answer_is_not_counted_and_old_messages_are_forgotten() -> None:
    chat = a_chat(spoken=(T,))

    assert count_spoken(chat, said(reply_to=MessageId("om_asked")), after(1)) is chat
    assert count_spoken(chat, said(), after(61)).spoken == (after(61),)


def test_time_keeps_the_group_quiet() -> None:
    incident = waiting(said(), spoken=FULL)

    assert elapse(incident, T + timedelta(seconds=1)).incident.outbox == ()
