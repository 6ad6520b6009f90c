"""Copies a group's history into our store before the group is disbanded, because Feishu then deletes it (P6)."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from alertbridge.core.chats.archive import ArchivedMessage
from alertbridge.core.chats.outcome import Archived
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


async def archive(feishu: FeishuClient, chat: ChatId, sink: ArchiveSink) -> Archived:
    """Keep all messages, page by page: of the chat, which shows only the first one of each thread, and of the threads.

    What an earlier closing kept is read again, because somebody may have answered in an old thread since.
    """
    threads = await _keep(feishu, chat, "chat", sink)
    for thread in threads:
        await _keep(feishu, thread, "thread", sink)
    return Archived(messages=await sink.count())


async def _keep(
    feishu: FeishuClient, container: str, kind: Literal["chat", "thread"], sink: ArchiveSink
) -> dict[str, None]:
    """Keep one list of messages; return the threads that were met, in their order."""
    threads: dict[str, None] = {}
    token: str | None = None
    while True:
        page = await feishu.message_list(
            container,
            container_id_type=kind,
            sort_type="ByCreateTimeAsc",
            page_size=PAGE_SIZE,
            page_token=token,
            card_as_sent=True,
        )
        if page.items:
            await sink.add([_archived(message) for message in page.items])
            threads |= {message.thread_id: None for message in page.items if message.thread_id}
        if not page.has_more:
            return threads
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
        words = _words(said)
    except (msgspec.DecodeError, RecursionError):
        return content
    if not isinstance(said, dict):
        return content
    if kind == "text":
        return str(said.get("text", ""))
    if kind in ("file", "media", "audio", "folder"):
        return f"[{kind}] {said.get('file_name', '')}".rstrip()
    return " ".join(words) or f"[{kind}]"


def _words(node: Any) -> list[str]:
    """Every visible piece of text in a post or card, in order."""
    if isinstance(node, list):
        return [word for child in node for word in _words(child)]
    if not isinstance(node, dict):
        return []
    words = [
        text for key in ("title", "text", "content", "user_name") if isinstance(text := node.get(key), str) and text
    ]
    return words + [word for child in node.values() if isinstance(child, dict | list) for word in _words(child)]
