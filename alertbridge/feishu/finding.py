"""Looks for what a lost answer may have made: our group by its marker, our message by its place in time.

Only groups that this install marked and that the bot owns count as found.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alertbridge.core import naming
from alertbridge.core.ids import ChatId, IncidentId, MessageId
from alertbridge.feishu.calls.chats import ChatListItem
from alertbridge.feishu.calls.messages import Message
from alertbridge.feishu.calls.words import ChatStatus
from alertbridge.feishu.client import FeishuClient

PAGES = 3
"""A group whose answer was lost is among the newest; so many pages of the list are read before searching by name."""

_PAGE_SIZE = 100
_MESSAGE_PAGE = 50
_NEAR = timedelta(minutes=2)
"""A call whose answer was lost took effect within this time, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """How this install recognises its own: its app, and the key of its markers."""

    app_id: str
    key: bytes


async def find_chat(feishu: FeishuClient, owner: Owner, incident: IncidentId, number: int) -> ChatId | None:
    """Look for the group of `incident`: in the newest groups, then by its number, which only names are searched for."""
    token: str | None = None
    for _ in range(PAGES):
        page = await feishu.chat_list(sort_type="ByActiveTimeDesc", page_size=_PAGE_SIZE, page_token=token)
        if found := _ours(page.items, owner, incident):
            return found
        if not page.has_more:
            break
        token = page.page_token
    found_by_name = await feishu.chat_search(f"#{number}", page_size=_PAGE_SIZE)
    return _ours(found_by_name.items, owner, incident)


async def find_chat_by_marker(feishu: FeishuClient, owner: Owner, description: str) -> ChatId | None:
    """Look for the group that `description` was meant for, among the newest."""
    claim = naming.parse_marker(description)
    if claim is None:
        return None
    page = await feishu.chat_list(sort_type="ByActiveTimeDesc", page_size=_PAGE_SIZE)
    return _ours(page.items, owner, claim.incident)


async def find_card(
    feishu: FeishuClient, owner: Owner, chat: ChatId, incident: IncidentId, since: datetime
) -> MessageId | None:
    """Look for a card of ours about `incident`, sent about `since`."""
    for message in await _our_messages(feishu, owner, chat, "interactive", since):
        if incident in message.body.content:
            return message.message_id
    return None


async def find_message(
    feishu: FeishuClient, owner: Owner, chat: ChatId, msg_type: str, since: datetime
) -> MessageId | None:
    """Look for a message of ours of this type, sent about `since`. What was sent is never read back equal."""
    found = await _our_messages(feishu, owner, chat, msg_type, since)
    return found[0].message_id if found else None


async def _our_messages(
    feishu: FeishuClient, owner: Owner, chat: ChatId, msg_type: str, since: datetime
) -> list[Message]:
    page = await feishu.message_list(
        chat,
        start_time=int((since - _NEAR).timestamp()),
        end_time=int((since + _NEAR).timestamp()),
        page_size=_MESSAGE_PAGE,
        card_as_sent=True,
    )
    return [
        message
        for message in page.items
        if message.msg_type == msg_type and message.sender.id == owner.app_id and not message.deleted
    ]


def _ours(chats: tuple[ChatListItem, ...], owner: Owner, incident: IncidentId) -> ChatId | None:
    for chat in chats:
        claim = naming.parse_marker(chat.description)
        if (
            claim is not None
            and claim.incident == incident
            and chat.owner_id is None
            and chat.chat_status is ChatStatus.NORMAL
            and naming.is_ours(claim, owner.key, owner.app_id)
        ):
            return chat.chat_id
    return None
