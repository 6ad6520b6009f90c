"""What people write, taken apart into words and mentions: texts and posts.

Feishu puts a key, `@_user_1`, where somebody is mentioned, and tells beside the text whom each key means.
Source: official pages "Receive message" and "Message content".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from alertbridge.core.ids import OpenId
from alertbridge.core.spoken.line import Named, Ourselves, Piece
from alertbridge.feishu.inbound.events import Mention, MessageReceived


def pieces_of(message: MessageReceived, bot: OpenId | None) -> tuple[Piece, ...]:
    """What a message says; nothing for other kinds of messages, and for content that is not as documented."""
    try:
        content = msgspec.json.decode(message.content)
    except (msgspec.DecodeError, RecursionError):
        return ()
    if not isinstance(content, dict):
        return ()
    people = {mention.key: _meant(mention, bot) for mention in message.mentions if mention.key}
    match message.message_type:
        case "text":
            return tuple(_in_text(str(content.get("text", "")), people))
        case "post":
            return tuple(_in_post(content, people))
    return ()


def _meant(mention: Mention, bot: OpenId | None) -> Piece:
    # By its id, never by its name: anybody may be called as our bot is.
    return Ourselves() if bot is not None and mention.open_id == bot else Named(mention.open_id, mention.name)


def _in_text(text: str, people: Mapping[str, Piece]) -> Iterator[Piece]:
    if not people:
        yield text
        return
    # The longest key first: `@_user_1` also begins `@_user_10`.
    keys = "|".join(re.escape(key) for key in sorted(people, key=len, reverse=True))
    for part in re.split(f"({keys})", text):
        yield people.get(part, part)


def _in_post(content: Mapping[str, Any], people: Mapping[str, Piece]) -> Iterator[Piece]:
    if isinstance(title := content.get("title"), str) and title:
        yield f"{title}\n"
    paragraphs = content.get("content")
    for paragraph in paragraphs if isinstance(paragraphs, list) else []:
        for node in paragraph if isinstance(paragraph, list) else []:
            if isinstance(node, dict):
                yield _in_node(node, people)
        yield "\n"


def _in_node(node: Mapping[str, Any], people: Mapping[str, Piece]) -> Piece:
    """A node's words; pictures and the like have none."""
    if node.get("tag") == "at":
        key = str(node.get("user_id", ""))
        return people.get(key, f"@{node.get('user_name', '')}")
    return str(node.get("text", ""))
