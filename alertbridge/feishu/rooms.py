"""Does what is planned for a room: its messages, and their edits."""

from contextlib import suppress
from datetime import datetime
from typing import assert_never

from alertbridge.core.chats.action import Buzz
from alertbridge.core.chats.outcome import CardGone, Done, Outcome, Sent
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import RoomId
from alertbridge.core.rooms.letter import Letter, LetterKind
from alertbridge.core.rooms.room import lobby_name, person_of
from alertbridge.core.rooms.tending import EditList, RoomAction, SendLetter
from alertbridge.feishu import errors, finding
from alertbridge.feishu.buzzing import buzz
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards.lists import list_card
from alertbridge.feishu.cards.lobby import digest_card, lobby_message, offer_card, report_message
from alertbridge.feishu.cards.posts import lines
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.finding import Owner
from alertbridge.feishu.lobbies import perform_for_lobby
from alertbridge.feishu.outcomes import outcome_of


async def perform_in_room(
    action: RoomAction, feishu: FeishuClient, owner: Owner, languages: Languages, now: datetime
) -> Outcome:
    """Do one action. Never raises for what Feishu or the network does: that is an outcome."""
    return await outcome_of(_perform(action, feishu.at(action.priority), owner, languages, now))


async def _perform(
    action: RoomAction, feishu: FeishuClient, owner: Owner, languages: Languages, now: datetime
) -> Outcome:
    match action:
        case SendLetter():
            return await _send_once(action, feishu, owner, languages, now)
        case Buzz():
            return await buzz(action, feishu)
        case EditList(message=message, view=view):
            try:
                await feishu.message_patch(message, list_card(view, as_of=now, languages=languages))
            except (errors.MessageGone, errors.Uneditable):
                return CardGone()
        case _:
            return await perform_for_lobby(action, feishu, languages, now)
    return Done()


async def _send_once(
    action: SendLetter, feishu: FeishuClient, owner: Owner, languages: Languages, now: datetime
) -> Sent:
    """Send a letter that an earlier try may have sent: Feishu may answer a known `uuid` with an error."""
    letter, content = action.letter, _content(action.room, action.letter, languages)
    try:
        return await _send(action, content, feishu)
    except errors.Refused:
        if action.is_repeat and letter.chat is not None:
            with suppress(errors.Refused):
                if found := await finding.find_letter(feishu, owner, letter.chat, content, letter.at, now):
                    return Sent(message=found, form=content.msg_type, chat=letter.chat)
        raise


async def _send(action: SendLetter, content: Content, feishu: FeishuClient) -> Sent:
    letter = action.letter
    if letter.chat is None:
        person = person_of(action.room)
        sent = await feishu.message_create(person, content, receive_id_type="open_id", uuid=action.uuid)
    elif letter.reply_to is None:
        sent = await feishu.message_create(letter.chat, content, uuid=action.uuid)
    else:
        sent = await feishu.message_reply(letter.reply_to, content, chat_id=letter.chat, uuid=action.uuid)
    return Sent(message=sent.message_id, form=content.msg_type, chat=sent.chat_id)


def _content(room: RoomId, letter: Letter, languages: Languages) -> Content:
    match letter.kind:
        case LetterKind.LIST:
            assert letter.view is not None, "it is looked up before it is planned"
            return Content.card(list_card(letter.view, as_of=letter.at, languages=languages))
        case LetterKind.DIGEST:
            assert letter.digest is not None, "a digest is written with what it shows"
            return Content.card(digest_card(letter.digest, as_of=letter.at, languages=languages))
        case LetterKind.OFFER:
            return Content.card(offer_card(letter.text, lobby_name(room) or "", languages))
        case LetterKind.P1 | LetterKind.ARCHIVED:
            return lobby_message(letter, languages)
        case LetterKind.REPORT:
            return report_message(letter, languages)
        case LetterKind.ANSWER:
            return lines(letter.text, languages)
        case _:
            assert_never(letter.kind)
