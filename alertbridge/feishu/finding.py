"""Looks for what a lost answer may have made: our group by its marker, our message by its place in time.

Only groups that this install marked and that the bot owns count as found.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from alertbridge.core.groups import naming
from alertbridge.core.ids import ChatId, IncidentId, MessageId
from alertbridge.feishu.calls.chats import ChatListItem
from alertbridge.feishu.calls.messages import Content, Message
from alertbridge.feishu.calls.pages import every_item
from alertbridge.feishu.calls.words import ChatStatus
from alertbridge.feishu.client import FeishuClient

PAGES = 3
"""A group whose answer was lost is among the newest; so many pages of the list are read before searching by name."""

_PAGE_SIZE = 100
_MESSAGE_PAGE = 50
_LONGEST_QUERY = 64
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


async def find_marked(feishu: FeishuClient, marker: str, name: str) -> ChatId | None:
    """Look for a group of ours by its whole mark: among the newest, then among those of that name."""
    newest = await feishu.chat_list(sort_type="ByActiveTimeDesc", page_size=_PAGE_SIZE)
    named = await feishu.chat_search(name[:_LONGEST_QUERY], page_size=_PAGE_SIZE)
    for chat in (*newest.items, *named.items):
        is_living = chat.chat_status is ChatStatus.NORMAL
        if chat.description.strip().endswith(marker) and chat.owner_id is None and is_living:
            return chat.chat_id
    return None


async def find_card(
    feishu: FeishuClient, owner: Owner, chat: ChatId, incident: IncidentId, since: datetime
) -> MessageId | None:
    """Look for a live card of ours about `incident`, sent about `since`, whatever it shows by now."""
    async for message in _our_messages(feishu, owner, chat, "interactive", since):
        if _has_header(message.body.content) and incident in message.body.content:
            return message.message_id
    return None


async def find_message(
    feishu: FeishuClient, owner: Owner, chat: ChatId, content: Content, since: datetime
) -> MessageId | None:
    """Look for `content`, sent by us about `since`: a post by its words, a card by having no header (live cards do)."""
    async for message in _our_messages(feishu, owner, chat, content.msg_type, since):
        if _is_it(message.body.content, content):
            return message.message_id
    return None


async def find_letter(
    feishu: FeishuClient, owner: Owner, chat: ChatId, content: Content, since: datetime, until: datetime
) -> MessageId | None:
    """Look for `content`, sent by us between `since` and `until`: a card with a header by its title."""
    title = _title(content.json)
    async for message in _our_messages(feishu, owner, chat, content.msg_type, since, until):
        read = message.body.content
        if _title(read) == title if title else _is_it(read, content):
            return message.message_id
    return None


def _title(card: str) -> str:
    """What stands in the header of a card; "" where it has none."""
    content = _decoded(card)
    header = content.get("header") if isinstance(content, dict) else None
    return str(header["title"]["content"]) if isinstance(header, dict) and "title" in header else ""


async def _our_messages(
    feishu: FeishuClient,
    owner: Owner,
    chat: ChatId,
    msg_type: str,
    since: datetime,
    until: datetime | None = None,
) -> AsyncIterator[Message]:
    async for message in every_item(
        lambda token: feishu.message_list(
            chat,
            start_time=int((since - _NEAR).timestamp()),
            end_time=int(((until or since) + _NEAR).timestamp()),
            page_size=_MESSAGE_PAGE,
            page_token=token,
            card_as_sent=True,
        )
    ):
        if message.msg_type == msg_type and message.sender.id == owner.app_id and not message.deleted:
            yield message


def _is_it(read: str, sent: Content) -> bool:
    if sent.msg_type == "post":
        return _words(_decoded(read)) in _spoken(sent)
    return _has_header(read) is False and _pressed(_decoded(read)) == _pressed(_decoded(sent.json))


def _has_header(card: str) -> bool | None:
    """None: it cannot be read."""
    content = _decoded(card)
    return "header" in content if isinstance(content, dict) else None


def _pressed(card: object) -> set[str]:
    """What the buttons of a card ask for: this tells our small cards apart."""
    if isinstance(card, list):
        return {asked for part in card for asked in _pressed(part)}
    if not isinstance(card, dict):
        return set()
    own = {card["a"]} if isinstance(card.get("a"), str) else set()
    return own.union(*(_pressed(part) for part in card.values()))


def _spoken(post: Content) -> set[str]:
    """What readers of each language see of a post; Feishu gives one of them back."""
    bodies = msgspec.json.decode(post.json, type=dict[str, object])
    return {_words(body) for body in bodies.values()}


def _words(node: object) -> str:
    """The text in a post without spaces, and without people: they come back under other names."""
    if isinstance(node, list):
        return "".join(map(_words, node))
    if not isinstance(node, dict):
        return ""
    text = node.get("text")
    return "".join(text.split()) if isinstance(text, str) else _words(node.get("content"))


def _decoded(content: str) -> object:
    """What a message says; None where it is no JSON (some kinds of messages are not)."""
    try:
        decoded: object = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None
    return decoded


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
