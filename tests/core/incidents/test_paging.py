"""How a person is reached: every way that is refused is replaced at once, and what is over calls nobody."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from alertbridge.core.alerts.silence import Silence, SilenceState
from alertbridge.core.chats.action import Buzz, PageDirectly
from alertbridge.core.chats.chat import SayingKind
from alertbridge.core.chats.outcome import Buzzed, BuzzRefused, Hurdle
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.pages import Page
from alertbridge.core.incidents.paging import (
    elapse_pages,
    lose_answer,
    not_called,
    note_call,
    note_message,
    page,
    recover_calls,
    stop,
    take_buzz,
    take_message,
    take_message_refused,
)
from alertbridge.core.lifecycle import elapse, observe
from alertbridge.core.oncall.policy import Way
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CARD,
    CAROL,
    T,
    a_command,
    a_settled_incident,
    after,
    an_incident,
    received,
    resolved,
    wanted_of,
)

APP, SMS, PHONE, MENTION = Way.APP, Way.SMS, Way.PHONE, Way.CARD
STEP = MessageId("om_step")
DIRECT = MessageId("om_direct")


def paged(*ways: Way, people: Iterable[OpenId] = (ALICE,), **changes: Any) -> Incident:
    """These people are being called because of `step`."""
    incident = page(a_settled_incident(), people, ways, "step", T)
    return replace(incident, pages=tuple(replace(one, **changes) for one in incident.pages))


def a_buzz(way: Way, *people: OpenId, **changes: Any) -> Buzz:
    return Buzz(**{"message": CARD, "people": people or (ALICE,), "way": way, "cause": "step", **changes})


def refused(incident: Incident, way: Way, why: Hurdle, *people: OpenId, cause: str = "230024 no") -> Incident:
    return take_buzz(incident, a_buzz(way, *people), BuzzRefused(why=why, cause=cause), T).incident


def the_page(incident: Incident) -> Page:
    (one,) = incident.pages
    return one


def instead(incident: Incident) -> list[tuple[str, str, str]]:
    return [
        (saying.details["via"], saying.details["instead"], saying.details["why"])
        for saying in incident.outbox
        if saying.kind is SayingKind.VIA_FAIL
    ]


# -- asked for ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ways", "calls"),
    [
        ((MENTION, APP), (APP,)),
        ((PHONE, SMS), (SMS, PHONE)),
        ((APP, PHONE), (PHONE,)),
        ((APP, SMS, PHONE), (SMS, PHONE)),
        ((MENTION,), (MENTION,)),
    ],
)
def test_calls_are_made_from_the_quietest_on_and_a_loud_one_buzzes_in_the_app_too(
    ways: tuple[Way, ...], calls: tuple[Way, ...]
) -> None:
    assert the_page(paged(*ways)).todo == calls


def test_who_is_called_is_wanted_in_the_group() -> None:
    incident = paged(APP, people=(ALICE, CAROL, CAROL))

    assert [one.person for one in incident.pages] == [ALICE, CAROL]
    assert CAROL in wanted_of(incident).members
    assert incident.invited == (CAROL,)
    assert page(incident, (CAROL,), (APP,), "next", T).invited == (CAROL,)


def test_whom_an_earlier_call_has_not_reached_is_called_once_for_both() -> None:
    incident = page(paged(APP, is_direct=True, direct=DIRECT), (ALICE, BOB), (PHONE,), "next", after(5))

    first, second = incident.pages
    assert (first.person, first.cause, first.at, first.todo) == (ALICE, "next", T, (PHONE,))
    assert (first.is_direct, first.direct) == (True, DIRECT)
    assert (second.person, second.at) == (BOB, after(5))


def test_the_same_step_asked_for_again_adds_its_ways() -> None:
    incident = page(paged(SMS, message=STEP), (ALICE,), (PHONE,), "step", after(1))

    assert the_page(incident).todo == (SMS, PHONE)
    assert the_page(incident).message == STEP


# -- called ------------------------------------------------------------------------------------------------------------


def test_a_call_that_was_made_is_told_and_the_next_way_follows() -> None:
    change = take_buzz(note_call(paged(SMS, PHONE), a_buzz(SMS)), a_buzz(SMS), Buzzed(), T)

    assert [(line.what, line.details) for line in change.lines] == [
        (Happening.PAGED, {"to": ALICE, "via": "sms"}),
    ]
    one = the_page(change.incident)
    assert (one.todo, one.reached, one.is_calling) == ((PHONE,), SMS, False)
    assert take_buzz(change.incident, a_buzz(PHONE), Buzzed(), T).incident.pages == ()


def test_a_call_to_somebody_who_is_not_needed_any_more_is_told_all_the_same() -> None:
    change = take_buzz(stop(paged(APP)), a_buzz(APP), Buzzed(), T)

    assert [line.what for line in change.lines] == [Happening.PAGED]
    assert change.incident.pages == ()


def test_who_is_not_in_the_group_is_told_directly_and_the_group_is_looked_at() -> None:
    incident = paged(APP, people=(ALICE, BOB))

    change = take_buzz(incident, a_buzz(APP, ALICE, BOB), Buzzed(outside=frozenset({BOB})), T)

    one = the_page(change.incident)
    assert (one.person, one.is_direct, one.todo) == (BOB, True, (APP,))
    assert change.incident.chat is not None
    assert change.incident.chat.is_doubted
    assert [line.what for line in change.lines] == [Happening.PAGED, Happening.NOT_PAGED]
    assert instead(change.incident) == [("app", "direct", "outside")]


def test_who_is_missing_from_a_direct_chat_says_nothing_of_the_group() -> None:
    incident = paged(APP, is_direct=True, direct=DIRECT)

    buzz = a_buzz(APP, message=DIRECT, is_direct=True)
    after_it = take_buzz(incident, buzz, Buzzed(outside=frozenset({ALICE})), T).incident

    assert after_it.chat == incident.chat
    assert the_page(after_it).todo == (SMS,)


# -- an answer that never came -----------------------------------------------------------------------------------------


def test_a_call_without_an_answer_is_repeated_once_and_told_as_perhaps_twice() -> None:
    lost = lose_answer(note_call(paged(APP), a_buzz(APP)), a_buzz(APP), T)
    assert (the_page(lost.incident).lost, the_page(lost.incident).todo) == (1, (APP,))

    change = take_buzz(lost.incident, a_buzz(APP), Buzzed(), T)

    assert [line.text for line in change.lines] == ["twice"]


def test_after_a_second_answer_that_never_came_the_next_way_is_used() -> None:
    once = lose_answer(paged(APP), a_buzz(APP), T).incident

    twice = lose_answer(once, a_buzz(APP), T)

    one = the_page(twice.incident)
    assert (one.todo, one.lost) == ((SMS,), 0)
    assert [(line.what, line.text) for line in twice.lines] == [(Happening.NOT_PAGED, "no_answer")]
    assert instead(twice.incident) == [("app", "sms", "no_answer")]


def test_a_call_whose_owner_died_counts_as_one_without_an_answer() -> None:
    died = recover_calls(note_call(paged(APP), a_buzz(APP)))
    assert (the_page(died).lost, the_page(died).is_calling) == (1, False)

    again = elapse(recover_calls(note_call(died, a_buzz(APP))), T)

    assert the_page(again.incident).todo == (SMS,)
    assert recover_calls(again.incident) == again.incident


def test_a_call_that_could_not_be_made_is_made_again_and_counts_as_none() -> None:
    assert not_called(note_call(paged(APP), a_buzz(APP)), a_buzz(APP)) == paged(APP)


# -- refused -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", [Hurdle.QUOTA, Hurdle.SCOPE, Hurdle.UNREAD, Hurdle.OTHER])
def test_a_refused_way_is_replaced_by_the_next_louder_one_and_said(why: Hurdle) -> None:
    incident = refused(paged(APP), APP, why)

    assert the_page(incident).todo == (SMS,)
    assert instead(incident) == [("app", "sms", why)]


def test_when_every_way_was_refused_a_direct_message_takes_their_place() -> None:
    incident = refused(refused(refused(paged(SMS), SMS, Hurdle.QUOTA), PHONE, Hurdle.QUOTA), APP, Hurdle.QUOTA)

    one = the_page(incident)
    assert (one.is_direct, one.todo, one.tried) == (True, (), (SMS, PHONE, APP))
    assert instead(incident) == [("sms", "phone", "quota"), ("phone", "app", "quota"), ("app", "direct", "quota")]


def test_what_the_step_does_anyway_takes_the_place_of_what_is_refused() -> None:
    incident = refused(paged(SMS, PHONE), SMS, Hurdle.QUOTA)

    assert the_page(incident).todo == (PHONE,)


def test_who_was_called_by_one_way_needs_no_other_when_the_last_is_refused() -> None:
    called = take_buzz(paged(SMS, PHONE), a_buzz(SMS), Buzzed(), T).incident

    incident = refused(called, PHONE, Hurdle.QUOTA)

    assert incident.pages == ()
    assert instead(incident) == [("phone", "sms", "quota")]


@pytest.mark.parametrize("why", [Hurdle.UNREAD, Hurdle.PERSON])
def test_where_one_of_several_is_in_the_way_each_is_called_alone(why: Hurdle) -> None:
    incident = refused(paged(APP, people=(ALICE, BOB)), APP, why, ALICE, BOB)

    assert [(one.is_alone, one.todo) for one in incident.pages] == [(True, (APP,))] * 2
    assert incident.outbox == ()


def test_what_is_refused_for_several_is_said_once() -> None:
    incident = refused(paged(APP, people=(ALICE, BOB)), APP, Hurdle.QUOTA, ALICE, BOB)

    (said,) = incident.outbox
    assert said.people == (ALICE, BOB)


@pytest.mark.parametrize("why", [Hurdle.PERSON, Hurdle.FORBIDDEN, Hurdle.MESSAGE])
def test_where_the_group_is_no_place_for_it_the_direct_chat_is(why: Hurdle) -> None:
    incident = refused(paged(PHONE), PHONE, why)

    one = the_page(incident)
    assert (one.is_direct, one.todo) == (True, (PHONE,))
    assert instead(incident) == [("phone", "direct", why)]


@pytest.mark.parametrize("why", [Hurdle.MESSAGE, Hurdle.GONE])
def test_where_the_message_of_the_step_cannot_be_made_urgent_the_live_card_is(why: Hurdle) -> None:
    incident = refused(note_message(paged(PHONE), "step", STEP), PHONE, why)

    one = the_page(incident)
    assert (one.is_direct, one.message, one.todo) == (False, None, (PHONE,))
    assert incident.outbox == ()


def test_where_the_live_card_is_gone_the_call_waits_for_the_next_one() -> None:
    assert the_page(refused(paged(PHONE), PHONE, Hurdle.GONE)) == the_page(paged(PHONE))


def test_in_the_direct_chat_the_ways_are_gone_through_until_the_message_itself_has_to_do() -> None:
    incident = paged(APP, is_direct=True, direct=DIRECT)

    for way in (APP, SMS, PHONE):
        incident = refused(incident, way, Hurdle.FORBIDDEN)

    assert incident.pages == ()
    assert instead(incident)[-1] == ("phone", "direct", "forbidden")


# -- the direct message ------------------------------------------------------------------------------------------------


def a_direct_message(incident: Incident, cause: str = "step") -> PageDirectly:
    view = wanted_of(incident).card
    assert view is not None
    return PageDirectly(person=ALICE, uuid="u", view=view, version=1, cause=cause)


def test_a_direct_message_is_buzzed_where_a_way_is_left() -> None:
    incident = paged(APP)

    change = take_message(incident, a_direct_message(incident), DIRECT, T)

    assert (the_page(change.incident).direct, the_page(change.incident).todo) == (DIRECT, (APP,))
    assert [(line.what, line.details["via"]) for line in change.lines] == [(Happening.PAGED, "direct")]


def test_who_was_only_to_be_mentioned_is_reached_by_the_direct_message() -> None:
    incident = paged(MENTION)

    assert take_message(incident, a_direct_message(incident, "another"), DIRECT, T).incident == incident
    assert take_message(incident, a_direct_message(incident), DIRECT, T).incident.pages == ()


def test_whom_not_even_a_direct_message_reaches_the_group_is_told_of() -> None:
    incident = paged(APP, is_direct=True)

    change = take_message_refused(incident, a_direct_message(incident), "230013 out of range", T)

    assert change.incident.pages == ()
    assert [(line.what, line.text) for line in change.lines] == [(Happening.UNREACHABLE, "230013 out of range")]
    assert [saying.kind for saying in change.incident.outbox] == [SayingKind.UNREACHABLE]


def test_who_was_called_before_is_not_out_of_reach() -> None:
    incident = paged(APP, people=(ALICE, BOB), is_direct=True, reached=SMS)

    change = take_message_refused(incident, a_direct_message(incident), "230013 out of range", T)

    assert [one.person for one in change.incident.pages] == [BOB]
    assert change.lines == ()


# -- over --------------------------------------------------------------------------------------------------------------


def test_p4_nobody_is_called_after_somebody_took_it_over() -> None:
    incident = observe(paged(APP), a_command(Verb.ACK, BOB)).incident

    assert incident.pages == ()
    assert stop(incident) is incident


def test_a_call_that_is_decided_after_the_ack_is_made() -> None:
    acked = observe(a_settled_incident(), a_command(Verb.ACK, BOB)).incident

    called = observe(page(acked, (ALICE,), (APP,), "worse", T), a_command(Verb.NOTE, BOB, text="x")).incident

    assert the_page(called).cause == "worse"
    assert elapse(called, after(1)).incident.pages == called.pages


def test_nobody_is_called_for_what_is_over_or_silenced() -> None:
    over = observe(paged(APP), received(*[resolved(alert) for alert in paged(APP).alerts.values()])).incident
    silence = Silence(cause="c", by=ALICE, asked_at=T, until=after(60), matchers=(), state=SilenceState.ACTIVE)

    assert over.pages == ()
    assert elapse_pages(replace(over, pages=paged(APP).pages), T).incident.pages == ()
    assert elapse_pages(replace(paged(APP), silence=silence), T).incident.pages == ()


# -- only mentioned ----------------------------------------------------------------------------------------------------


def test_who_is_only_mentioned_is_reached_once_the_mention_is_out_and_they_are_there() -> None:
    incident = paged(MENTION, people=(ALICE, CAROL))
    told = replace(incident, outbox=(replace(a_saying(), cause="step"),))

    assert elapse_pages(told, T).incident.pages == incident.pages
    assert [one.person for one in elapse_pages(incident, T).incident.pages] == [CAROL]
    assert elapse_pages(replace(incident, chat=None), T).incident.pages == incident.pages


def a_saying() -> Any:
    return refused(paged(APP), APP, Hurdle.QUOTA).outbox[0]


def test_a_bare_incident_calls_nobody() -> None:
    assert elapse_pages(an_incident(), T).incident == an_incident()
