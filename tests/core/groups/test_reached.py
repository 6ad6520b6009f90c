"""What came of calling people: taken over, or tried again soon."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alertbridge.core.chats.action import Buzz, PageDirectly
from alertbridge.core.chats.outcome import (
    AnswerLost,
    Buzzed,
    BuzzRefused,
    ChatGone,
    Done,
    Failed,
    Gathered,
    Hurdle,
    Sent,
)
from alertbridge.core.groups import facts, tries
from alertbridge.core.groups.planner import plan
from alertbridge.core.groups.reached import LONGEST_WAIT
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.escalation import calls_at
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.ladder import Ladder
from alertbridge.core.incidents.paging import page
from alertbridge.core.oncall.policy import Way
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening
from tests.builders import ALICE, BOB, CARD, T, a_settled_incident, wanted_of

BEFORE_SECOND = Ladder(severity=Severity.P1, step=1, due_at=T + timedelta(minutes=5))
"""The first step of two was called."""

BUZZ = Buzz(message=CARD, people=(ALICE,), way=Way.APP, cause="step")


def paged() -> Incident:
    return page(a_settled_incident(), (ALICE,), (Way.APP,), "step", T)


def a_direct_message() -> PageDirectly:
    view = wanted_of(paged()).card
    assert view is not None
    return PageDirectly(person=ALICE, uuid="u", view=view, version=1, cause="step")


def meant(incident: Incident) -> Incident:
    return tries.intents(incident, (BUZZ,), T)


def test_a_call_is_noted_before_it_is_made_and_its_answer_ends_that() -> None:
    incident = meant(paged())
    assert incident.pages[0].is_calling

    recorded = facts.record(incident, BUZZ, Buzzed(), T)

    assert recorded.incident.pages == ()
    assert plan(recorded.incident, wanted_of(recorded.incident), T).actions == ()


def test_a_call_that_its_owner_did_not_live_to_see_answered_is_repeated() -> None:
    recovered = tries.recover(meant(paged()))

    assert (recovered.pages[0].lost, recovered.pages[0].is_calling) == (1, False)


def test_a_refused_call_is_followed_by_the_next_at_once() -> None:
    refused = BuzzRefused(why=Hurdle.QUOTA, cause="230024")

    incident = facts.record(meant(paged()), BUZZ, refused, T).incident

    actions = plan(incident, wanted_of(incident), T).actions
    assert replace(BUZZ, way=Way.SMS) in actions


def test_where_the_live_card_was_recalled_another_one_is_sent() -> None:
    gone = BuzzRefused(why=Hurdle.GONE, cause="230110")

    incident = facts.record(meant(paged()), BUZZ, gone, T).incident

    assert incident.chat is not None
    assert incident.chat.card is not None
    assert incident.chat.card.is_gone
    assert incident.pages[0].todo == (Way.APP,)
    elsewhere = replace(BUZZ, message=MessageId("om_step"))
    assert facts.record(paged(), elsewhere, gone, T).incident.chat == paged().chat


@pytest.mark.parametrize("failed", [Failed(cause="busy"), Failed(cause="no bot", is_refused=True)])
def test_what_is_no_matter_of_this_call_is_tried_again_soon_and_without_end(failed: Failed) -> None:
    incident = paged()
    for _ in range(9):
        incident = facts.record(meant(incident), BUZZ, failed, T).incident

    (trouble,) = incident.troubles
    assert T < trouble.retry_at <= T + LONGEST_WAIT
    assert (incident.pages[0].todo, incident.pages[0].lost) == ((Way.APP,), 0)


def test_a_call_that_waits_for_the_quota_was_not_made() -> None:
    waits = Failed(cause="ours", wait_seconds=3, is_quota=True)

    incident = facts.record(meant(paged()), BUZZ, waits, T).incident

    assert not incident.pages[0].is_calling
    assert plan(incident, wanted_of(incident), T).wait_until == T + timedelta(seconds=3)


def test_two_answers_that_never_came_are_enough() -> None:
    incident = paged()
    for _ in range(2):
        incident = facts.record(meant(incident), BUZZ, AnswerLost(cause="timeout"), T).incident

    assert incident.pages[0].todo == (Way.SMS,)


def test_a_call_finds_out_that_the_group_is_gone() -> None:
    recorded = facts.record(meant(paged()), BUZZ, ChatGone(), T)

    assert recorded.incident.chat is None
    assert recorded.incident.pages[0].person == ALICE


def test_a_direct_message_is_taken_over_lost_or_refused() -> None:
    direct = a_direct_message()

    sent = facts.record(paged(), direct, Sent(message=MessageId("om_d"), form="interactive"), T)
    assert sent.incident.pages[0].direct == MessageId("om_d")
    lost = facts.record(paged(), direct, AnswerLost(cause="timeout"), T)
    assert (lost.incident.pages, [trouble.key for trouble in lost.incident.troubles]) == (paged().pages, [direct.key])
    refused = facts.record(paged(), direct, BuzzRefused(why=Hurdle.PERSON, cause="230013"), T)
    assert [line.what for line in refused.lines] == [Happening.UNREACHABLE]


def test_a_call_has_its_own_outcomes() -> None:
    with pytest.raises(AssertionError, match="Done is no outcome of Buzz"):
        facts.record(paged(), BUZZ, Done(), T)


def test_whom_their_direct_chat_calls_for_several_incidents_need_not_be_called_here() -> None:
    everybody = page(a_settled_incident(), (ALICE, BOB), (Way.APP,), "step", T)
    both = replace(BUZZ, people=(ALICE, BOB))

    recorded = facts.record(everybody, both, Gathered(people=frozenset({ALICE}), rest=AnswerLost(cause="timeout")), T)

    assert [(one.person, one.lost) for one in recorded.incident.pages] == [(BOB, 1)]
    assert next((line.what, line.text) for line in recorded.lines) == (Happening.PAGED, "together")
    assert [trouble.key for trouble in recorded.incident.troubles] == [both.key]
    gone = facts.record(recorded.incident, both, Gathered(people=frozenset({ALICE, BOB})), T).incident
    assert (gone.pages, gone.troubles) == ((), ())
    direct = facts.record(paged(), a_direct_message(), Gathered(people=frozenset({ALICE})), T)
    assert direct.incident.pages == ()


@pytest.mark.parametrize(
    ("people", "ladder", "is_next_called"),
    [
        ((ALICE,), BEFORE_SECOND, True),
        ((ALICE, BOB), BEFORE_SECOND, False),
        ((ALICE,), replace(BEFORE_SECOND, step=0, round=2), False),
        ((ALICE,), None, False),
    ],
)
def test_p4_where_the_only_one_of_a_step_cannot_be_reached_the_next_step_is_called_at_once(
    people: tuple[OpenId, ...], ladder: Ladder | None, *, is_next_called: bool
) -> None:
    incident = replace(page(a_settled_incident(), people, (Way.APP,), "step", T), ladder=ladder)

    refused = facts.record(incident, a_direct_message(), BuzzRefused(why=Hurdle.PERSON, cause="230013"), T)

    assert (calls_at(refused.incident) == T) is is_next_called


def test_who_was_reached_by_another_way_is_waited_for() -> None:
    incident = replace(paged(), ladder=BEFORE_SECOND)
    (one,) = incident.pages
    buzzed = replace(incident, pages=(replace(one, reached=Way.APP),))

    refused = facts.record(buzzed, a_direct_message(), BuzzRefused(why=Hurdle.PERSON, cause="230013"), T)

    assert calls_at(refused.incident) == T + timedelta(minutes=5)
