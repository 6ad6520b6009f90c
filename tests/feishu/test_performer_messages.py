"""Cards and posts as they are sent and edited: what stands in the group, down the ladder and after lost answers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from alertbridge.core.chats.action import DeleteTopNotice, EditCard, PutTopNotice, RecallForm, Say
from alertbridge.core.chats.card import State
from alertbridge.core.chats.chat import Form, FormKind, Saying, SayingKind
from alertbridge.core.chats.outcome import AnswerLost, CardGone, ChatGone, Done, Failed, Sent
from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.sandbox.messages import Message
from tests.feishu.performing import Stage

HOUR = timedelta(hours=1)
DAY_SECONDS = 24 * 3600

PHANTOM = OpenId("ou_of_another_app")
"""Feishu refuses every card that mentions somebody it does not know."""


def an_edit(stage: Stage, message: MessageId, *, form: str = "interactive") -> EditCard:
    view = replace(stage.view, state=State.ACKED, lead=stage.alice)
    return EditCard(message=message, form=form, view=view, version=2)


def an_ack(stage: Stage, chat: ChatId, **changes: Any) -> Say:
    said = Saying(kind=SayingKind.ACK, cause="c1", who=stage.alice)
    return Say(**{"chat": chat, "uuid": "say-1", "saying": said, **changes})


def a_countdown(stage: Stage, chat: ChatId, **changes: Any) -> Say:
    said = Saying(kind=SayingKind.COUNTDOWN, cause="c2", at=stage.now + HOUR, seconds=3600)
    return Say(**{"chat": chat, "uuid": "say-2", "saying": said, **changes})


def an_answer(chat: ChatId, message: MessageId, kind: SayingKind) -> Say:
    said = Saying(kind=kind, cause="c3", reply_to=message)
    return Say(chat=chat, uuid="say-3", saying=said)


def words(message: Message) -> str:
    return msgspec.json.encode(message.content).decode()


def said_in(stage: Stage, chat: ChatId) -> list[tuple[str, str]]:
    return [(message.msg_type, words(message)) for message in stage.held(chat).messages]


# -- the live card -----------------------------------------------------------------------------------------------------


async def test_the_live_card_is_sent_and_calls_people(stage: Stage) -> None:
    chat = await stage.group(stage.alice)

    sent = await stage.done(stage.card(chat, mention=(stage.alice,)), Sent)

    card = stage.message(sent.message)
    assert (sent.form, sent.note) == ("interactive", "")
    assert f"<at id={stage.alice}></at>" in words(card)
    assert card.content["header"]["template"] == "carmine"


async def test_the_card_is_edited_in_place(stage: Stage) -> None:
    sent = await stage.done(stage.card(await stage.group()), Sent)

    assert await stage.do(an_edit(stage, sent.message)) == Done()
    assert stage.message(sent.message).content["header"]["template"] == "orange"


async def test_a_card_that_is_refused_for_its_panel_is_sent_plain(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.refuse("message_create", 230099)

    sent = await stage.done(stage.card(chat, mention=(stage.alice,)), Sent)

    assert sent.note.startswith("plain: message_create: 230099")
    assert "collapsible_panel" not in words(stage.message(sent.message))
    assert len(stage.held(chat).messages) == 1


async def test_a_card_that_may_not_name_people_is_followed_by_a_post_that_does(stage: Stage) -> None:
    chat = await stage.group(stage.alice)

    sent = await stage.done(stage.card(chat, mention=(stage.alice, PHANTOM)), Sent)

    card, companion = stage.held(chat).messages
    assert (sent.message, sent.form) == (card.message_id, "interactive")
    assert sent.note.startswith("no_ids: ")
    assert stage.alice not in words(card)
    assert companion.msg_type == "post"
    assert [mention.id for mention in companion.mentions] == [stage.alice]


async def test_without_anybody_to_call_nothing_follows_the_card(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("message_create", 230099, times=2)

    await stage.done(stage.card(chat), Sent)

    assert len(stage.held(chat).messages) == 1


async def test_where_no_card_is_taken_a_post_says_it_and_is_edited_as_one(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.refuse("message_create", 230099, times=3)

    sent = await stage.done(stage.card(chat, mention=(stage.alice,)), Sent)
    edited = await stage.do(an_edit(stage, sent.message, form=sent.form))

    (post,) = stage.held(chat).messages
    assert (sent.form, post.msg_type) == ("post", "post")
    assert sent.note.startswith("post: message_create: 230099")
    assert edited == Done()
    assert "处理中" in words(post)


@pytest.mark.parametrize("code", [230025, 230022, 230099, 11310])
async def test_what_is_refused_in_every_form_is_refused(stage: Stage, code: int) -> None:
    await stage.refuse("message_create", code, times=9)

    refused = await stage.done(stage.card(await stage.group()), Failed)

    assert (refused.is_refused, stage.calls("message_create")) == (True, 4)


async def test_the_way_down_is_for_the_card_only(stage: Stage) -> None:
    await stage.refuse("message_create", 230035, times=9)

    refused = await stage.done(stage.card(await stage.group()), Failed)

    assert (refused.is_refused, stage.calls("message_create")) == (True, 1)


async def test_an_edit_steps_down_but_never_to_a_post(stage: Stage) -> None:
    sent = await stage.done(stage.card(await stage.group()), Sent)
    await stage.refuse("message_patch", 230099, times=2)
    edited = await stage.done(an_edit(stage, sent.message), Done)
    await stage.refuse("message_patch", 230099, times=9)
    refused = await stage.done(an_edit(stage, sent.message), Failed)

    assert edited.note.startswith("no_ids: message_patch: 230099")
    assert (refused.is_refused, stage.calls("message_patch")) == (True, 6)


async def test_a_card_whose_call_is_refused_is_still_the_card(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.refuse("message_create", 230099, times=2)
    await stage.fault("message_create", "slow", times=1)
    await stage.refuse("message_create", 230022, times=1)

    sent = await stage.done(stage.card(chat, mention=(stage.alice,)), Sent)

    assert sent.form == "interactive"
    assert [message.message_id for message in stage.held(chat).messages] == [sent.message]
    assert "230022" in sent.note, "the timeline tells that nobody was called"


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "drop_answer"])
async def test_a_card_whose_call_gets_no_answer_is_out_for_all_that(stage: Stage, kind: str) -> None:
    chat = await stage.group(stage.alice)
    action = stage.card(chat, mention=(stage.alice,))
    await stage.refuse("message_create", 230099, times=2)
    await stage.fault("message_create", "slow", times=1)
    await stage.fault("message_create", kind, times=1)
    await stage.done(action, AnswerLost)

    await stage.refuse("message_create", 230099, times=2)
    sent = await stage.done(replace(action, tried_at=stage.now), Sent)

    card, companion = stage.held(chat).messages
    assert (sent.message, companion.msg_type) == (card.message_id, "post")


async def test_a_lost_answer_is_told_and_its_repeat_sends_nothing_twice(stage: Stage) -> None:
    chat = await stage.group()
    await stage.fault("message_create", "drop_answer")
    await stage.done(stage.card(chat), AnswerLost)

    sent = await stage.done(stage.card(chat, tried_at=stage.now), Sent)

    assert [message.message_id for message in stage.held(chat).messages] == [sent.message]


async def test_a_recalled_card_and_one_of_fourteen_days_are_gone(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    first = await stage.done(stage.card(chat), Sent)
    second = await stage.done(stage.card(chat, uuid="card-2"), Sent)
    await stage.act(stage.alice, "recall", message_id=first.message)
    recalled = await stage.do(an_edit(stage, first.message))
    await stage.advance(14 * DAY_SECONDS + 60)
    expired = await stage.do(an_edit(stage, second.message))

    assert (recalled, expired) == (CardGone(), CardGone())


async def test_a_post_that_was_edited_too_often_is_gone(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("message_create", 230099, times=3)
    sent = await stage.done(stage.card(chat), Sent)
    edit = an_edit(stage, sent.message, form="post")

    for _ in range(20):
        assert await stage.do(edit) == Done()
    assert await stage.do(edit) == CardGone()


# -- sent before, perhaps ----------------------------------------------------------------------------------------------


async def test_a_repeat_that_is_refused_finds_the_card_of_the_first_try(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.switch(repeated_message_uuid="refused")
    first = await stage.done(stage.card(chat), Sent)

    again = await stage.done(stage.card(chat, tried_at=stage.now), Sent)

    assert (again.message, again.form) == (first.message, "interactive")


async def test_long_after_a_lost_answer_the_card_is_looked_for_before_it_is_sent_again(stage: Stage) -> None:
    chat = await stage.group()
    await stage.fault("message_create", "drop_answer")
    tried_at = stage.now
    await stage.done(stage.card(chat), AnswerLost)
    await stage.advance(2 * 3600)

    sent = await stage.done(stage.card(chat, tried_at=tried_at, look_since=tried_at), Sent)

    assert [message.message_id for message in stage.held(chat).messages] == [sent.message]


async def test_long_after_a_try_that_did_nothing_the_card_is_sent(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    tried_at = stage.now
    await stage.write(stage.alice, chat, "anybody here?")
    await stage.advance(2 * 3600)

    sent = await stage.done(stage.card(chat, tried_at=tried_at, look_since=tried_at), Sent)

    assert stage.message(sent.message).sender.id == "cli_sandbox"


async def test_where_the_app_may_not_look_it_is_rather_there_twice(stage: Stage) -> None:
    chat = await stage.group()
    tried_at = stage.now
    await stage.done(stage.card(chat), Sent)
    await stage.advance(2 * 3600)
    await stage.scopes("im:chat", "im:message", "im:message:send_as_bot")

    sent = await stage.done(stage.card(chat, tried_at=tried_at, look_since=tried_at), Sent)

    assert len(stage.held(chat).messages) == 2
    assert sent.note.startswith("perhaps there twice: ")
    assert "230027" in sent.note


async def test_a_repeat_that_is_refused_and_not_found_stays_refused(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    await stage.refuse("message_create", 230035, times=2)

    not_there = await stage.done(an_ack(stage, chat, tried_at=stage.now), Failed)
    await stage.scopes("im:chat", "im:message", "im:message:send_as_bot")
    not_seen = await stage.done(an_ack(stage, chat, tried_at=stage.now), Failed)

    assert "230035" in not_there.cause
    assert "230035" in not_seen.cause, "why it is not sent, not why it cannot be looked for"


async def test_the_countdown_is_not_taken_for_the_live_card_nor_the_other_way_round(stage: Stage) -> None:
    """An incident that is over within two minutes has both within reach of a look."""
    chat = await stage.group()
    card = await stage.done(stage.card(chat), Sent)
    countdown = await stage.done(a_countdown(stage, chat), Sent)
    await stage.switch(repeated_message_uuid="refused")

    card_again = await stage.done(stage.card(chat, tried_at=stage.now), Sent)
    countdown_again = await stage.done(a_countdown(stage, chat, tried_at=stage.now), Sent)

    assert card.message != countdown.message
    assert (card_again.message, countdown_again.message) == (card.message, countdown.message)


# -- what is said ------------------------------------------------------------------------------------------------------


async def test_a_message_is_said_once_in_both_languages(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    stage.names[stage.alice] = "Alice"

    sent = await stage.done(an_ack(stage, chat), Sent)
    again = await stage.done(an_ack(stage, chat, tried_at=stage.now), Sent)

    (said,) = stage.held(chat).messages
    assert (sent, sent.form) == (again, "post")
    assert set(said.content) == {"zh_cn", "en_us"}
    assert "Alice" in words(said)


async def test_a_repeat_says_the_words_of_the_first_try(stage: Stage) -> None:
    """Times are written as of then: the same `uuid` must not carry other words the day after."""
    chat = await stage.group()
    action = a_countdown(stage, chat)
    await stage.done(action, Sent)
    tried_at = stage.now
    await stage.advance(DAY_SECONDS)

    await stage.done(replace(action, uuid="say-3", tried_at=tried_at), Sent)

    first, second = stage.held(chat).messages
    assert first.content == second.content


async def test_one_message_is_not_taken_for_another_of_the_same_minute(stage: Stage) -> None:
    chat = await stage.group(stage.alice, stage.bob)
    await stage.done(an_ack(stage, chat), Sent)
    assigned = Saying(kind=SayingKind.ASSIGN, cause="c9", who=stage.alice, to=stage.bob)
    tried_at = stage.now
    await stage.advance(2 * 3600)

    sent = await stage.done(Say(chat=chat, uuid="say-9", saying=assigned, tried_at=tried_at, look_since=tried_at), Sent)
    again = await stage.done(
        Say(chat=chat, uuid="say-9b", saying=assigned, tried_at=stage.now, look_since=stage.now), Sent
    )

    assert len(said_in(stage, chat)) == 2
    assert again.message == sent.message, "what was said is found, with the people it mentions"


async def test_the_countdown_is_edited_and_a_recalled_one_is_let_go(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    sent = await stage.done(a_countdown(stage, chat), Sent)
    kept = Saying(kind=SayingKind.COUNTDOWN_KEPT, cause="c3", who=stage.alice, edits=sent.message)
    keep = Say(chat=chat, uuid="say-3", saying=kept)

    assert await stage.do(keep) == Done()
    assert "button" not in words(stage.message(sent.message)), "nothing is left to press"
    await stage.act(stage.alice, "recall", message_id=sent.message)
    gone = await stage.done(keep, Done)
    assert "230011" in gone.note


async def test_links_to_the_page_stand_where_there_is_one(stage: Stage) -> None:
    chat = await stage.group()
    archived = Saying(kind=SayingKind.ARCHIVED, cause="c4", count=12)

    stage.page = "https://alerts.example.com/incidents/1?k=2"
    await stage.done(Say(chat=chat, uuid="say-4", saying=archived), Sent)
    stage.page = ""
    await stage.done(Say(chat=chat, uuid="say-5", saying=archived), Sent)

    with_link, without = said_in(stage, chat)
    assert "https://alerts.example.com" in with_link[1]
    assert "href" not in without[1]


# -- on top ------------------------------------------------------------------------------------------------------------


async def test_the_card_is_put_on_top_and_taken_from_there(stage: Stage) -> None:
    chat = await stage.group()
    sent = await stage.done(stage.card(chat), Sent)

    assert await stage.do(PutTopNotice(chat=chat, message=sent.message)) == Done()
    notice = stage.held(chat).top_notice
    assert notice is not None
    assert notice.message_id == sent.message
    assert await stage.do(DeleteTopNotice(chat=chat)) == Done()
    assert stage.held(chat).top_notice is None


async def test_a_card_that_is_gone_cannot_be_put_on_top(stage: Stage) -> None:
    chat = await stage.group()
    await stage.refuse("chat_top_notice_put", 230110)

    assert await stage.do(PutTopNotice(chat=chat, message=MessageId("om_1"))) == CardGone()


async def test_a_banner_that_somebody_took_away_is_gone_as_wished(stage: Stage) -> None:
    chat = await stage.group()
    await stage.switch(delete_missing_top_notice_succeeds=False)

    assert await stage.do(DeleteTopNotice(chat=chat)) == Done()


async def test_where_only_managers_may_change_the_top_it_is_refused(stage: Stage) -> None:
    chat = ChatId((await stage.act(stage.bob, "create_chat", name="theirs"))["chat_id"])
    await stage.act(stage.bob, "reserve", chat_id=chat, settings={"top_notice": True})

    assert (await stage.done(DeleteTopNotice(chat=chat), Failed)).is_refused


# -- answers -----------------------------------------------------------------------------------------------------------


async def test_an_answer_quotes_the_message_that_asked(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")

    answer = await stage.done(an_answer(chat, asked, SayingKind.UNACK), Sent)

    assert stage.message(answer.message).parent_id == asked


async def test_an_answer_to_a_recalled_message_stands_for_itself(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")
    await stage.act(stage.alice, "recall", message_id=asked)

    answer = await stage.done(an_answer(chat, asked, SayingKind.UNACK), Sent)

    assert not stage.message(answer.message).parent_id


@pytest.mark.parametrize("succeeds", [True, False])
async def test_a_receipt_is_a_reaction_however_often_it_is_given(stage: Stage, succeeds: bool) -> None:
    await stage.switch(repeated_reaction_succeeds=succeeds)
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")

    for _ in range(2):
        assert await stage.do(an_answer(chat, asked, SayingKind.RECEIPT)) == Done()

    assert [reaction.emoji_type for reaction in stage.message(asked).reactions.values()] == ["OK"]
    assert len(stage.held(chat).messages) == 1


async def test_a_receipt_that_has_to_wait_is_given_later(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")
    await stage.fault("message_reaction_create", "rate_limited")

    await stage.done(an_answer(chat, asked, SayingKind.RECEIPT), Failed)

    assert await stage.do(an_answer(chat, asked, SayingKind.RECEIPT)) == Done()


async def test_a_receipt_in_the_middle_of_another_call_is_tried_again(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")
    await stage.refuse("message_reaction_create", 2200)

    assert not (await stage.done(an_answer(chat, asked, SayingKind.RECEIPT), Failed)).is_refused


async def test_where_no_reaction_is_taken_the_receipt_is_said(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")
    await stage.refuse("message_reaction_create", 231018)

    assert await stage.do(an_answer(chat, asked, SayingKind.RECEIPT)) == Done()

    _, said = stage.held(chat).messages
    assert "已记下" in words(said)


async def test_a_receipt_for_what_is_gone_is_given_up(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    asked = await stage.write(stage.alice, chat, "note it is the cache")
    await stage.act(stage.alice, "recall", message_id=asked)

    given_up = await stage.done(an_answer(chat, asked, SayingKind.RECEIPT), Done)

    assert "message_reply" in given_up.note


# -- forms -------------------------------------------------------------------------------------------------------------


async def a_form(stage: Stage) -> RecallForm:
    """Send a form that is over."""
    chat = await stage.group(stage.alice)
    sent = await stage.done(
        Say(chat=chat, uuid="form-1", saying=Saying(kind=SayingKind.NOTE_FORM, cause="c4", who=stage.alice)), Sent
    )
    form = Form(kind=FormKind.NOTE, message=sent.message, ends_at=stage.now)
    return RecallForm(chat=chat, form=form)


async def test_a_form_is_recalled_however_often_that_is_tried(stage: Stage) -> None:
    recall = await a_form(stage)

    for _ in range(2):
        assert await stage.do(recall) == Done()

    assert stage.message(recall.form.message).is_deleted


async def test_a_form_that_feishu_does_not_recall_says_that_it_is_cancelled(stage: Stage) -> None:
    recall = await a_form(stage)
    await stage.refuse("message_delete", 230009)

    assert await stage.do(recall) == Done()

    assert "已取消" in words(stage.message(recall.form.message))


async def test_a_form_that_can_neither_be_recalled_nor_changed_is_left(stage: Stage) -> None:
    recall = await a_form(stage)
    await stage.refuse("message_delete", 230009)
    await stage.refuse("message_patch", 230031)

    left = await stage.done(recall, Done)

    assert "230009" in left.note


async def test_a_form_whose_group_is_gone_is_gone(stage: Stage) -> None:
    recall = await a_form(stage)
    await stage.refuse("message_delete", 232009)

    assert await stage.do(recall) == ChatGone()


async def test_a_small_card_is_not_taken_for_another(stage: Stage) -> None:
    chat = await stage.group(stage.alice)
    form = Say(chat=chat, uuid="form-1", saying=Saying(kind=SayingKind.NOTE_FORM, cause="c4", who=stage.alice))
    sent = await stage.done(form, Sent)
    countdown = await stage.done(a_countdown(stage, chat), Sent)
    since = stage.now
    await stage.advance(2 * 3600)

    assert (await stage.done(replace(form, tried_at=since, look_since=since), Sent)).message == sent.message
    again = replace(a_countdown(stage, chat), tried_at=since, look_since=since)
    assert (await stage.done(again, Sent)).message == countdown.message
