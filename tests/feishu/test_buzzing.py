"""Calls to people against the sandbox: who is called, and what each refusal of Feishu's becomes."""

from dataclasses import replace

import pytest

from alertbridge.core.chats.action import Buzz, PageDirectly
from alertbridge.core.chats.outcome import AnswerLost, Buzzed, BuzzRefused, ChatGone, Failed, Hurdle, Sent
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.oncall.policy import Way
from tests.feishu.performing import Stage

OPERATIONS = {Way.APP: "message_urgent_app", Way.SMS: "message_urgent_sms", Way.PHONE: "message_urgent_phone"}
WAYS = list(OPERATIONS)


def a_buzz(message: MessageId, *people: OpenId, way: Way = Way.PHONE, is_direct: bool = False) -> Buzz:
    return Buzz(message=message, people=people, way=way, cause="step", is_direct=is_direct)


def a_direct_message(stage: Stage, person: OpenId) -> PageDirectly:
    return PageDirectly(person=person, uuid="page-1", view=stage.view, version=1, cause="step")


async def a_card(stage: Stage) -> MessageId:
    chat = await stage.group(stage.alice, stage.bob)
    return (await stage.done(stage.card(chat), Sent)).message


@pytest.mark.parametrize("way", WAYS)
async def test_people_are_buzzed_by_each_way(stage: Stage, way: Way) -> None:
    card = await a_card(stage)

    assert await stage.do(a_buzz(card, stage.alice, stage.bob, way=way)) == Buzzed()

    (buzz,) = stage.message(card).urgent
    assert (buzz.kind, buzz.open_ids) == (way, (stage.alice, stage.bob))


async def test_who_is_not_in_the_group_is_named(stage: Stage) -> None:
    carol = stage.open_id("carol")

    outcome = await stage.do(a_buzz(await a_card(stage), stage.alice, carol))

    assert outcome == Buzzed(outside=frozenset({carol}))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("code", "why"),
    [
        (230001, Hurdle.PERSON),
        (230012, Hurdle.MESSAGE),
        (230013, Hurdle.PERSON),
        (230023, Hurdle.UNREAD),
        (230024, Hurdle.QUOTA),
        (230027, Hurdle.SCOPE),
        (230052, Hurdle.FORBIDDEN),
        (230098, Hurdle.MESSAGE),
        (230110, Hurdle.GONE),
        (99991672, Hurdle.SCOPE),
        (230099, Hurdle.OTHER),
    ],
)
async def test_every_refusal_says_what_is_in_the_way(stage: Stage, way: Way, code: int, why: Hurdle) -> None:
    card = await a_card(stage)
    await stage.refuse(OPERATIONS[way], code)

    outcome = await stage.do(a_buzz(card, stage.alice, way=way))

    assert isinstance(outcome, BuzzRefused)
    assert outcome.why is why
    assert str(code) in outcome.cause


async def test_what_concerns_the_app_is_no_matter_of_the_call(stage: Stage) -> None:
    card = await a_card(stage)
    await stage.refuse("message_urgent_phone", 230006)

    outcome = await stage.do(a_buzz(card, stage.alice))

    assert isinstance(outcome, Failed)
    assert outcome.is_refused


@pytest.mark.parametrize("code", [230002, 232009])
async def test_a_call_finds_the_group_gone_but_not_by_a_direct_message(stage: Stage, code: int) -> None:
    card = await a_card(stage)
    await stage.refuse("message_urgent_phone", code, times=2)

    assert await stage.do(a_buzz(card, stage.alice)) == ChatGone()
    direct = await stage.do(a_buzz(card, stage.alice, is_direct=True))
    assert isinstance(direct, BuzzRefused)
    assert direct.why is Hurdle.OTHER


async def test_a_buzz_whose_answer_is_lost_may_have_been_made(stage: Stage) -> None:
    card = await a_card(stage)
    await stage.fault("message_urgent_phone", "drop_answer")

    assert isinstance(await stage.do(a_buzz(card, stage.alice)), AnswerLost)
    assert len(stage.message(card).urgent) == 1


async def test_a_direct_message_has_the_facts_and_buttons_and_can_be_buzzed(stage: Stage) -> None:
    sent = await stage.done(a_direct_message(stage, stage.alice), Sent, page="https://alerts.example.com/i/1")

    said = str(stage.message(sent.message).content)
    assert "High5xx is above 5 %" in said
    assert "'a': 'ack'" in said
    assert "https://alerts.example.com/i/1" in said
    assert await stage.do(a_buzz(sent.message, stage.alice, is_direct=True)) == Buzzed()


async def test_a_direct_message_without_links_or_ack_shows_the_facts(stage: Stage) -> None:
    action = a_direct_message(stage, stage.alice)

    sent = await stage.done(replace(action, view=replace(stage.view, buttons=())), Sent)

    assert "button" not in str(stage.message(sent.message).content)


async def test_a_direct_message_is_there_once_however_often_it_is_sent(stage: Stage) -> None:
    await stage.fault("message_create", "drop_answer")
    assert isinstance(await stage.do(a_direct_message(stage, stage.alice)), AnswerLost)

    sent = await stage.done(a_direct_message(stage, stage.alice), Sent)

    assert list(stage.world.messages) == [sent.message]


async def test_where_feishu_refuses_a_known_uuid_it_is_rather_there_twice(stage: Stage) -> None:
    await stage.switch(repeated_message_uuid="refused")
    first = await stage.done(a_direct_message(stage, stage.alice), Sent)

    second = await stage.done(a_direct_message(stage, stage.alice), Sent)

    assert first.message != second.message


async def test_who_cannot_be_written_to_is_out_of_reach(stage: Stage) -> None:
    outcome = await stage.do(a_direct_message(stage, stage.open_id("outside")))

    assert isinstance(outcome, BuzzRefused)
    assert "230013" in outcome.cause


async def test_an_app_that_may_not_write_says_nothing_of_the_person(stage: Stage) -> None:
    await stage.refuse("message_create", 230006)

    assert isinstance(await stage.do(a_direct_message(stage, stage.alice)), Failed)
