"""An incident in a standing room: card and messages are its own there, and nothing else is."""

from dataclasses import replace

import pytest

from alertbridge.core import lifecycle
from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats import action as act
from alertbridge.core.chats.card import Button
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.chats.outcome import ChatGone, ChatMade, Failed, Outcome, Sent
from alertbridge.core.groups import facts, planner
from alertbridge.core.ids import ChatId, MessageId
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.outbox import announce_end
from alertbridge.core.incidents.transition import lose_chat
from alertbridge.core.timeline import Happening
from tests.builders import ALICE, BOB, T, a_policy, a_route, acknowledged, after, an_incident, recovered, wanted_of

ROOM = ChatId("oc_room")
CARD = MessageId("om_card")
JOIN = act.JoinChat(chat=ROOM, people=(ALICE, BOB))


def an_incident_for(*, pin: bool = False, on_close: OnClose = OnClose.DISBAND) -> Incident:
    return an_incident(a_route(policy=a_policy(existing=ROOM, pin=pin, on_close=on_close)))


def in_room(*, pin: bool = False) -> Incident:
    """Its card is out, and Alice is a member."""
    incident = an_incident_for(pin=pin)
    incident = facts.record(incident, JOIN, ChatMade(chat=ROOM, members=(ALICE,)), T).incident
    (send,) = planner.plan(incident, wanted_of(incident), T).actions
    return facts.record(incident, send, Sent(message=CARD, form="interactive"), T).incident


def keys(incident: Incident) -> list[str]:
    """What is planned, now or for later."""
    wanted = wanted_of(incident)
    return [action.key for action in planner.plan(incident, wanted, after(600)).actions]


def test_the_room_is_joined_in_place_of_making_a_group() -> None:
    incident = an_incident_for()

    assert planner.plan(incident, wanted_of(incident), T).actions == (JOIN,)


def test_only_those_who_are_in_the_room_are_called_by_the_card() -> None:
    incident = an_incident_for()
    joined = facts.record(incident, JOIN, ChatMade(chat=ROOM, members=(ALICE,)), T)

    assert [line.what for line in joined.lines] == [Happening.ROOM_JOINED]
    (send,) = planner.plan(joined.incident, wanted_of(joined.incident), T).actions
    assert isinstance(send, act.SendCard)
    assert send.mention == (ALICE,)


def test_nothing_but_the_card_is_wanted_there() -> None:
    assert keys(in_room()) == []
    assert keys(in_room(pin=True)) == ["put_top_notice"]


def test_messages_answer_the_card() -> None:
    incident = acknowledged(in_room())

    said = [
        action for action in planner.plan(incident, wanted_of(incident), after(1)).actions if action.key != "edit_card"
    ]
    (one,) = said
    assert isinstance(one, act.Say)
    assert (one.saying.kind, one.saying.reply_to) == (SayingKind.ACK, CARD)

    quoting = replace(incident, outbox=(replace(incident.outbox[0], reply_to=MessageId("om_asked")),))
    (one,) = [
        action for action in planner.plan(quoting, wanted_of(quoting), after(1)).actions if isinstance(action, act.Say)
    ]
    assert one.saying.reply_to == "om_asked"


def test_its_end_is_shown_on_the_card_and_nothing_is_locked_archived_or_disbanded() -> None:
    incident = recovered(in_room(pin=True))
    assert announce_end(incident).outbox == incident.outbox, "no countdown card: nobody loses anything"
    assert incident.on_close is OnClose.KEEP
    card = wanted_of(incident).card
    assert card is not None
    assert Button.KEEP not in card.buttons

    incident = lifecycle.elapse(replace(incident, outbox=()), after(120)).incident
    assert planner.is_ready_to_close(incident, wanted_of(incident))
    closed = lifecycle.close(incident, after(120)).incident
    assert closed.outbox == ()
    assert keys(replace(closed, chat=closed.chat and replace(closed.chat, top_notice=CARD))) == ["edit_card"]


@pytest.mark.parametrize(
    ("outcome", "how"),
    [
        (Failed(cause="chat_members_me_join: 232008", is_refused=True), ""),
        (ChatGone(), "gone"),
    ],
)
def test_p4_a_room_that_cannot_be_used_is_not_asked_for_again(outcome: Outcome, how: str) -> None:
    incident = an_incident_for()
    recorded = facts.record(incident, JOIN, outcome, T)

    assert recorded.incident.room is None
    assert recorded.incident.on_close is OnClose.DISBAND, "its own group ends as the route asks"
    assert [(one.kind, one.text) for one in recorded.incident.outbox] == [(SayingKind.ROOM_UNUSABLE, how)]
    assert recorded.lines != ()
    assert keys(recorded.incident) == ["create_chat"]


def test_a_room_that_cannot_be_joined_now_is_asked_for_later() -> None:
    recorded = facts.record(an_incident_for(), JOIN, Failed(cause="busy"), T).incident

    assert recorded.room == ROOM
    assert planner.plan(recorded, wanted_of(recorded), T).actions == ()
    assert keys(recorded) == ["join_chat"]


def test_a_room_that_is_lost_is_replaced_by_a_group_while_the_incident_is_open() -> None:
    lost = lose_chat(in_room(), after(1), "event", by=ALICE, how="removed")

    assert lost.chat is None
    assert lost.room is None
    assert [one.kind for one in lost.outbox] == [SayingKind.ROOM_UNUSABLE]
    assert keys(lost) == ["create_chat"]

    over = lose_chat(recovered(in_room()), after(1), "event", by=ALICE, how="removed")
    assert over.status is Status.RESOLVED
    assert keys(over) == []
