"""Sends and edits cards and messages: never twice, and in the best form that Feishu takes."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from alertbridge.core.alerts.silence import page_for
from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.outcome import CardGone, Done, Outcome, Sent
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.feishu import codes, errors, finding
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards.calling import CALLS
from alertbridge.feishu.cards.forms import cancelled_card
from alertbridge.feishu.cards.ladder import Rung, ladder
from alertbridge.feishu.cards.sayings import Occasion, in_words, saying
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.surroundings import Surroundings

RECEIPT = "OK"
"""The reaction that stands for *heard, and done*."""


async def send_card(action: act.SendCard, feishu: FeishuClient, around: Surroundings) -> Sent:
    """Send the live card, with those it calls."""

    async def look(since: datetime) -> Sent | None:
        found = await finding.find_card(feishu, around.owner, action.chat, action.view.incident, since)
        return Sent(message=found, form="interactive") if found else None

    async def send_rung(rung: Rung) -> Sent:
        sent = await feishu.message_create(action.chat, rung.content, uuid=action.uuid)
        note = await _send_companion(rung.companion, feishu, action) if rung.companion else ""
        return Sent(message=sent.message_id, form=rung.content.msg_type, note=note)

    return await _once(action, look, lambda: _climb_down(_rungs(action, around, action.mention), send_rung))


async def _send_companion(companion: Content, feishu: FeishuClient, action: act.SendCard) -> str:
    """Send what goes with a card that is out already: no failure of this one may look as if that were not so.

    Returns why it could not be sent: then the people are not called, but they are in the group.
    """
    try:
        await feishu.message_create(action.chat, companion, uuid=f"{action.uuid}-called")
    except errors.Retryable as error:
        raise errors.AnswerLost(error.failure, wait_seconds=error.wait_seconds) from error
    except errors.Refused as error:
        return str(error)
    return ""


async def _once(
    action: act.SendCard | act.Say,
    look: Callable[[datetime], Awaitable[Sent | None]],
    send: Callable[[], Awaitable[Sent]],
) -> Sent:
    """Send a message that an earlier try may have sent: look for it first, or when Feishu refuses the known `uuid`.

    Where the bot may not look, it is rather there twice than not at all.
    """
    note = ""
    if action.look_since is not None:
        try:
            if found := await look(action.look_since):
                return found
        except errors.Refused as error:
            note = f"perhaps there twice: {error}"
    try:
        sent = await send()
    except errors.Refused:
        with suppress(errors.Refused):
            if action.tried_at is not None and (found := await look(action.tried_at)):
                return found
        raise
    return replace(sent, note=note) if note else sent


async def edit_card(action: act.EditCard, feishu: FeishuClient, around: Surroundings) -> Outcome:
    """Bring the live card to the present, in the form it has."""

    async def edit(rung: Rung) -> Sent:
        if action.form == "post":
            await feishu.message_update(action.message, rung.content)
        else:
            await feishu.message_patch(action.message, _card(rung.content))
        return Sent(message=action.message, form=action.form)

    rungs = (rung for rung in _rungs(action, around, ()) if rung.content.msg_type == action.form)
    try:
        sent = await _climb_down(rungs, edit)
    except (errors.MessageGone, errors.Uneditable):
        return CardGone()
    return Done(note=sent.note)


def _rungs(action: act.SendCard | act.EditCard, around: Surroundings, mention: tuple[OpenId, ...]) -> Iterator[Rung]:
    return ladder(
        action.view,
        as_of=around.now,
        version=action.version,
        languages=around.policy.languages,
        mention=mention,
        names=around.names,
    )


async def _climb_down(rungs: Iterator[Rung], send: Callable[[Rung], Awaitable[Sent]]) -> Sent:
    """Send the best form that Feishu takes; the note says which one it was, and why no better one."""
    refusal: errors.Refused | None = None
    for rung in rungs:
        try:
            sent = await send(rung)
        except (errors.CardRefused, errors.BadMember, errors.WordingRefused, errors.ContentTooLarge) as error:
            refusal = error
        else:
            notes = ([f"{rung.step}: {refusal}"] if refusal else []) + ([sent.note] if sent.note else [])
            return replace(sent, note="; ".join(notes))
    assert refusal is not None, "a ladder has at least one rung"
    raise refusal


async def say(action: act.Say, feishu: FeishuClient, around: Surroundings) -> Outcome:
    """Send one message, as an answer where it is one; edit the one that it replaces; or give a receipt."""
    occasion = Occasion(
        incident=around.incident.id,
        version=around.incident.version,
        now=action.tried_at or around.now,
        timezone=around.policy.timezone,
        languages=around.policy.languages,
        on_close=around.incident.on_close,
        names=around.names,
        bot=around.bot,
        also_silenced=around.also_silenced,
        link=_link(action.saying, around),
    )
    content = saying(action.saying, occasion)
    if action.saying.edits is not None:
        try:
            await feishu.message_patch(action.saying.edits, _card(content))
        except (errors.MessageGone, errors.Uneditable) as error:
            return Done(note=str(error))
        return Done()
    if action.saying.kind is SayingKind.RECEIPT and action.saying.reply_to is not None:
        return await _give_receipt(action, action.saying.reply_to, content, feishu)

    async def look(since: datetime) -> Sent | None:
        found = await finding.find_message(feishu, around.owner, action.chat, content, since)
        return Sent(message=found, form=content.msg_type) if found else None

    async def send() -> Sent:
        try:
            return await _send(action, content, feishu)
        except (errors.CardRefused, errors.BadMember, errors.WordingRefused, errors.ContentTooLarge) as refusal:
            if action.saying.kind not in CALLS:
                raise
            sent = await _send(action, in_words(action.saying, occasion), feishu)
            return replace(sent, note=str(refusal))

    return await _once(action, look, send)


def _link(saying: Saying, around: Surroundings) -> str:
    """Where it can be read on, or done by hand; "" where no such page is known."""
    match saying.kind:
        case SayingKind.RELINK:
            return around.page_of_earlier
        case SayingKind.SILENCE_FORM | SayingKind.SILENCE_FAILED | SayingKind.SILENCE_GIVEN_UP:
            return page_for(around.alertmanager, saying.matchers)
        case SayingKind.NOBODY:
            on_call = around.incident.opening.route.links.on_call
            return "" if "{" in on_call else on_call  # with a placeholder it is a page about an alert
        case _:
            return around.page


async def _send(action: act.Say, content: Content, feishu: FeishuClient) -> Sent:
    """Send the message; as an answer where it is one, unless what it answers was recalled."""
    if action.saying.reply_to is not None:
        with suppress(errors.MessageGone):
            sent = await feishu.message_reply(action.saying.reply_to, content, chat_id=action.chat, uuid=action.uuid)
            return Sent(message=sent.message_id, form=content.msg_type)
    sent = await feishu.message_create(action.chat, content, uuid=action.uuid)
    return Sent(message=sent.message_id, form=content.msg_type)


async def _give_receipt(action: act.Say, message: MessageId, content: Content, feishu: FeishuClient) -> Done:
    """React to a message; where Feishu takes no reaction, say it in words.

    The message may stand in a direct chat, so a refusal tells nothing of the incident's group: it is only noted.
    """
    try:
        await feishu.message_reaction_create(message, RECEIPT)
    except errors.Busy as error:
        if error.code != codes.SAME_REACTION:
            raise
    except errors.Refused:
        try:
            await feishu.message_reply(message, content, chat_id=action.chat, uuid=action.uuid)
        except errors.Refused as error:
            return Done(note=str(error))
    return Done()


async def recall_form(action: act.RecallForm, feishu: FeishuClient, around: Surroundings) -> Done:
    """Recall a form; where Feishu does not recall it, nothing is left on it to be pressed."""
    try:
        await feishu.message_delete(action.form.message)
    except errors.MessageGone:
        return Done()
    except (errors.ChatGone, errors.NotInChat):
        raise
    except errors.Refused as refusal:
        try:
            await feishu.message_patch(action.form.message, cancelled_card(around.policy.languages))
        except (errors.MessageGone, errors.Uneditable):
            return Done(note=str(refusal))
    return Done()


def _card(content: Content) -> dict[str, Any]:
    card: dict[str, Any] = msgspec.json.decode(content.json)
    return card
