"""Copies a group's history into our store before the group is disbanded, because Feishu then deletes it (P6)."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from alertbridge.core.action import Archived
from alertbridge.core.archive import ArchivedMessage
from alertbridge.core.ids import ChatId
from alertbridge.feishu.calls.messages import Message, MessageMention
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import Busy, Failure

PAGE_SIZE = 50

_MENTION = re.compile(r"@_user_\d+")


class ArchiveSink(Protocol):
    """Where archived messages go; adding one twice keeps one."""

    async def add(self, page: Sequence[ArchivedMessage]) -> None:
        """Store a page durably."""

    async def count(self) -> int:
        """Read everything back and count it."""


async def archive(feishu: FeishuClient, chat: ChatId, since: datetime | None, sink: ArchiveSink) -> Archived:
    """Keep the messages since `since` (from its second on: Feishu counts in seconds), page by page."""
    token: str | None = None
    until = since
    while True:
        page = await feishu.message_list(
            chat,
            start_time=int(since.timestamp()) if since else None,
            sort_type="ByCreateTimeAsc",
            page_size=PAGE_SIZE,
            page_token=token,
            card_as_sent=True,
        )
        if page.items:
            await sink.add([_archived(message) for message in page.items])
            until = max(message.created_at for message in page.items)
        if not page.has_more:
            return Archived(messages=await sink.count(), until=until)
        if page.page_token in ("", token):
            # Nothing may be deleted that was not read: an endless list is no whole one.
            raise Busy(Failure(operation="message_list", msg="the pages do not go on"), wait_seconds=1)
        token = page.page_token


def _archived(message: Message) -> ArchivedMessage:
    said = "(recalled)" if message.deleted else _text(message.msg_type, message.body.content)
    return ArchivedMessage(
        id=message.message_id,
        at=message.created_at,
        by=message.sender.id,
        kind=message.msg_type,
        text=_named(said, message.mentions),
    )


def _named(text: str, mentions: Sequence[MessageMention]) -> str:
    """People's names for the keys (`@_user_1`) that stand for them."""
    names = {mention.key: mention.name for mention in mentions if mention.name}
    return _MENTION.sub(lambda key: f"@{names[key[0]]}" if key[0] in names else key[0], text)


def _text(kind: str, content: str) -> str:
    """What a reader would have seen, in one piece; for files their name."""
    try:
        said = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content
    if not isinstance(said, dict):
        return content
    if kind == "text":
        return str(said.get("text", ""))
    if kind in ("file", "media", "audio", "folder"):
        return f"[{kind}] {said.get('file_name', '')}".rstrip()
    return " ".join(_words(said)) or f"[{kind}]"


def _words(node: Any) -> list[str]:
    """Every visible piece of text in a post or card, in order."""
    if isinstance(node, list):
        return [word for child in node for word in _words(child)]
    if not isinstance(node, dict):
        return []
    words = [str(node[key]) for key in ("title", "text", "content", "user_name") if isinstance(node.get(key), str)]
    return words + [word for child in node.values() if isinstance(child, dict | list) for word in _words(child)]
