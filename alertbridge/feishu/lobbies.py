"""Makes and finds the group of a lobby, and keeps its digest."""

from datetime import datetime

from alertbridge.core.chats.action import AddMembers, PutTopNotice, SetModeration
from alertbridge.core.chats.outcome import CardGone, ChatMade, Done, NotFound, Outcome
from alertbridge.core.copy.catalogue import Languages, join, primary, spoken, text
from alertbridge.core.groups.naming import NAME_LIMIT
from alertbridge.core.ids import ChatId
from alertbridge.core.rooms.lobby_plan import CreateLobby, EditDigest, EditOffer, FindLobby, LobbyAction
from alertbridge.core.text import clean, without_brackets
from alertbridge.feishu import errors, finding, groups
from alertbridge.feishu.cards.lobby import answered_offer, digest_card
from alertbridge.feishu.client import FeishuClient


async def perform_for_lobby(action: LobbyAction, feishu: FeishuClient, languages: Languages, now: datetime) -> Outcome:
    """Do one action. Raises Feishu's errors."""
    match action:
        case CreateLobby():
            return await _create(action, feishu, languages)
        case FindLobby(marker=marker, title=title):
            found = await finding.find_marked(feishu, marker, primary(title, languages))
            return ChatMade(chat=found, members=()) if found else NotFound()
        case AddMembers():
            return await groups.add_members(action, feishu)
        case EditDigest(message=message, view=view):
            try:
                await feishu.message_patch(message, digest_card(view, as_of=now, languages=languages))
            except (errors.MessageGone, errors.Uneditable):
                return CardGone()
        case EditOffer(offer=offer, title=title):
            await feishu.message_patch(offer.message, answered_offer(offer, title, languages))
        case SetModeration(chat=chat, is_locked=is_quiet):
            await feishu.chat_moderation_update(chat, moderation_setting="only_owner" if is_quiet else "all_members")
        case PutTopNotice(chat=chat, message=message):
            try:
                await feishu.chat_top_notice_put(chat, message_id=message)
            except errors.MessageGone:
                return CardGone()
    return Done()


async def _create(action: CreateLobby, feishu: FeishuClient, languages: Languages) -> Outcome:
    """Create with the people; without them where Feishu refuses one, then they are added one by one."""
    name = {language: _name(words) for language, words in text("lobby.name", team=action.title).items()}
    description = join("", (text("lobby.description"), action.marker))
    members = action.members
    while True:
        try:
            made = await feishu.chat_create(
                uuid=action.uuid,
                description=primary(description, languages),
                user_id_list=members,
                **groups.named(spoken(name, languages)),
            )
        except errors.BadMember:
            if not members:
                raise
            members = ()
        except errors.Refused:
            if action.is_repeat and (found := await _find_repeated(action, feishu, languages)):
                return ChatMade(chat=found, members=())
            raise
        else:
            return ChatMade(chat=made.chat_id, members=members)


async def _find_repeated(action: CreateLobby, feishu: FeishuClient, languages: Languages) -> ChatId | None:
    return await finding.find_marked(feishu, action.marker, primary(action.title, languages))


def _name(words: str) -> str:
    return without_brackets(clean(words, NAME_LIMIT))
