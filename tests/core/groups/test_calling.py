"""Which call is made on which message, and when a direct one takes the place of the group."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from alertbridge.core.chats.action import Action, AddMembers, Buzz, PageAction, PageDirectly, Say, SendCard
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.groups.calling import PEOPLE_PER_BUZZ
from alertbridge.core.groups.planner import Plan, plan
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.core.incidents.incident import Incident, Trouble
from alertbridge.core.incidents.paging import note_message, page
from alertbridge.core.oncall.policy import Way
from alertbridge.core.quota import Priority
from tests.builders import (
    ALICE,
    BOB,
    CARD,
    CAROL,
    CHAT,
    T,
    a_chat,
    a_settled_incident,
    after,
    an_incident,
    seconds_after,
    wanted_of,
)

STEP = Saying(kind=SayingKind.ASSIGN, cause="step")


def paged(
    incident: Incident | None = None, *ways: Way, people: Iterable[OpenId] = (ALICE, BOB), **changes: Any
) -> Incident:
    """Alice and Bob are called because of `step`; by a buzz in the app unless `ways` are given."""
    incident = page(incident or a_settled_incident(), people, ways or (Way.APP,), "step", T)
    return replace(incident, pages=tuple(replace(one, **changes) for one in incident.pages))


def planned(incident: Incident, now: datetime = T) -> Plan:
    return plan(incident, wanted_of(incident), now)


def calls(incident: Incident, now: datetime = T) -> list[Action]:
    return [action for action in planned(incident, now).actions if isinstance(action, PageAction)]


def a_trouble(key: str, *, failures: int = 1) -> Trouble:
    return Trouble(key=key, failures=failures, retry_at=after(99), cause="no", is_refused=False)


def in_chat(incident: Incident, **changes: Any) -> Incident:
    assert incident.chat is not None
    return replace(incident, chat=replace(incident.chat, **changes))


# -- in the group ------------------------------------------------------------------------------------------------------


def test_people_are_called_together_on_the_live_card() -> None:
    assert calls(paged()) == [Buzz(message=CARD, people=(ALICE, BOB), way=Way.APP, cause="step")]
    assert calls(paged())[0].key == "buzz:app:om_card:step"


def test_who_has_to_be_called_alone_is() -> None:
    keys = [action.key for action in calls(paged(is_alone=True))]

    assert keys == ["buzz:app:om_card:step:ou_alice", "buzz:app:om_card:step:ou_bob"]


def test_a_call_takes_as_many_people_as_feishu_allows() -> None:
    crowd = tuple(OpenId(f"ou_{number}") for number in range(PEOPLE_PER_BUZZ + 1))
    incident = in_chat(a_settled_incident(), members=frozenset(crowd))

    (call,) = calls(paged(incident, people=crowd))

    assert isinstance(call, Buzz)
    assert len(call.people) == PEOPLE_PER_BUZZ


def test_the_message_of_the_step_goes_first_and_is_then_made_urgent() -> None:
    incident = replace(paged(), outbox=(Saying(kind=SayingKind.ACK, cause="before"), STEP))

    said = [action for action in planned(incident).actions if isinstance(action, Say)]
    assert [(action.saying, action.priority) for action in said] == [(STEP, Priority.PAGE)]
    assert calls(incident) == []

    out = note_message(replace(incident, outbox=()), "step", MessageId("om_step"))
    assert calls(out) == [Buzz(message=MessageId("om_step"), people=(ALICE, BOB), way=Way.APP, cause="step")]


@pytest.mark.parametrize("key", ["say:assign:step", SendCard.key])
def test_where_messages_have_to_wait_the_live_card_is_made_urgent(key: str) -> None:
    incident = replace(paged(), outbox=(STEP,), troubles=(a_trouble(key, failures=0),))

    assert calls(incident) == [Buzz(message=CARD, people=(ALICE, BOB), way=Way.APP, cause="step")]


def test_a_mention_needs_no_call() -> None:
    assert calls(paged(None, Way.CARD)) == []


def test_who_is_not_in_the_group_yet_is_added_first() -> None:
    incident = paged(people=(CAROL,))

    (add,) = [action for action in planned(incident).actions if isinstance(action, AddMembers)]

    assert (add.people, add.priority) == ((CAROL,), Priority.PAGE)
    assert calls(incident) == []
    assert AddMembers(chat=CHAT, people=(CAROL,)).priority is Priority.FIRST_CARD
    assert Say(chat=CHAT, uuid="u", saying=STEP).priority is Priority.UPDATE


# -- in their direct chats ---------------------------------------------------------------------------------------------


def test_without_a_group_people_get_direct_messages_a_minute_after_it_began() -> None:
    incident = paged(an_incident(), people=(ALICE,))

    assert calls(incident, seconds_after(59)) == []
    assert planned(replace(incident, troubles=(a_trouble("create_chat"),))).wait_until == after(1)
    (direct,) = calls(incident, after(1))
    assert isinstance(direct, PageDirectly)
    assert (direct.person, direct.key) == (ALICE, "page:step:ou_alice")
    assert direct.view == wanted_of(incident).card


def test_where_the_group_was_lost_later_the_next_one_has_a_quarter_of_a_minute() -> None:
    incident = page(an_incident(), (ALICE,), (Way.APP,), "step", after(30))

    assert calls(incident, after(30)) == []
    assert len(calls(incident, after(30.25))) == 1


@pytest.mark.parametrize(
    "changes",
    [{"refused": frozenset({CAROL})}, {"away": frozenset({CAROL})}, {"is_standing": True}],
)
def test_who_will_not_be_in_the_group_gets_a_direct_message_at_once(changes: dict[str, Any]) -> None:
    incident = paged(in_chat(a_settled_incident(), **changes), people=(CAROL,))

    assert [action.key for action in calls(incident)] == ["page:step:ou_carol"]


def test_while_nobody_can_be_added_they_get_direct_messages() -> None:
    waits = replace(paged(people=(CAROL,)), troubles=(a_trouble(AddMembers.key, failures=0),))
    fails = replace(paged(people=(CAROL,)), troubles=(a_trouble(AddMembers.key),))

    assert calls(waits) == []
    assert [action.key for action in calls(fails)] == ["page:step:ou_carol"]


@pytest.mark.parametrize("changes", [{"removed_at": T}, {"card": None}])
def test_a_group_without_the_bot_or_the_card_cannot_be_used(changes: dict[str, Any]) -> None:
    incident = in_chat(paged(), **changes)

    assert calls(incident, seconds_after(59)) == []
    assert [action.key for action in calls(incident, after(1))] == ["page:step:ou_alice", "page:step:ou_bob"]


def test_the_direct_message_is_made_urgent() -> None:
    direct = MessageId("om_direct")
    incident = paged(people=(ALICE,), is_direct=True, direct=direct)

    assert calls(incident) == [Buzz(message=direct, people=(ALICE,), way=Way.APP, cause="step", is_direct=True)]


def test_a_bare_group_has_nothing_to_make_urgent() -> None:
    assert calls(paged(an_incident(chat=a_chat(id=ChatId("oc_2"))))) == []
