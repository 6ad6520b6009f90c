"""Message content: what may be sent, and in which other form it comes back (BEHAVIOUR 9)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from alertbridge.sandbox import cards
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.chats import ChatMode
from alertbridge.sandbox.messages import Mention
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]

MAX_TEXT_BYTES = 150 * 1024
MAX_RICH_BYTES = 30 * 1024

_AT = re.compile(r"""<at\s+user_id=["']?([^"'>\s]+)["']?\s*>(.*?)</at>""", re.DOTALL)
_STYLE = re.compile(r"</?[bius]>")

_POST_LANGUAGES = ("zh_cn", "en_us", "ja_jp", "zh_hk", "zh_tw", "ko_kr", "fr_fr", "de_de", "es_es", "pt_br", "id_id")

_POST_NODES: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "a": ("text", "href"),
    "at": ("user_id",),
    "img": ("image_key",),
    "media": ("file_key",),
    "emotion": ("emoji_type",),
    "hr": (),
    "code_block": ("text",),
    "md": ("text",),
}
"""Tag of a post node -> the properties it needs."""

_KEYED = {"file": "file_key", "audio": "file_key", "media": "file_key", "sticker": "file_key"}


@dataclass(frozen=True, slots=True)
class Composed:
    """Content that passed every check: as sent, as it reads back, and whom it mentions."""

    content: JsonObject
    read_content: str
    mentions: list[Mention] = field(default_factory=list)


def compose(world: World, app: App, msg_type: str, text: str) -> Composed:
    """Check the JSON string `text` of a message that `app` sends. Raises Refused."""
    size = len(text.encode())
    if size > (MAX_RICH_BYTES if msg_type in ("post", "interactive") else MAX_TEXT_BYTES):
        raise Refused(230025)
    content = _parsed(text, msg_type)
    match msg_type:
        case "text":
            return _text(world, content)
        case "post":
            return _post(world, app, content)
        case "interactive":
            cards.check(world, app, content)
            return Composed(content, card_as_read(content))
        case "image":
            if not world.owns_image(app, _needed(content, "image_key")):
                raise Refused(230017)
        case "share_chat":
            chat = world.chats.get(_needed(content, "chat_id"))
            if chat is None:
                raise Refused(230001, "chat_id is unknown")
            if chat.mode is ChatMode.P2P:
                raise Refused(230015)
        case "share_user":
            if world.people.get(_needed(content, "user_id")) is None:
                raise Refused(230001, "user_id is unknown")
        case "system":
            _check_system(app, content)
        case _:
            _needed(content, _KEYED[msg_type])
            raise Refused(230017)  # no file can be uploaded here, so no app owns one
    return Composed(content, _dump(content))


def text_by_person(world: World, text: str) -> Composed:
    """Return the content of a text that a person writes."""
    return _text(world, {"text": text})


def card_as_read(content: JsonObject) -> str:
    """Return a card the way the API reads it back when nothing else is asked for."""
    return _dump(cards.simplified(content))


def card_content_as_sent(content: JsonObject) -> str:
    """Return a card the way `card_msg_content_type=user_card_content` reads it."""
    return _dump(content)


def _parsed(text: str, msg_type: str) -> JsonObject:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as problem:
        if msg_type == "interactive":
            raise cards.card_error(cards.NOT_PARSED, f"parse card json err: {problem}") from None
        raise Refused(230001, f"content is not a json object: {problem}") from None


def _text(world: World, content: JsonObject) -> Composed:
    text = _needed(content, "text")
    mentions: list[Mention] = []

    def placeholder(match: re.Match[str]) -> str:
        mention = _mention(world, match[1], match[2], len(mentions) + 1)
        if mention is None:
            return match[0] if match[1] != "all" else "@_all"
        mentions.append(mention)
        return mention.key

    plain = _STYLE.sub("", _AT.sub(placeholder, text))
    return Composed(content, _dump({"text": plain}), mentions)


def _mention(world: World, id_: str, shown: str, number: int) -> Mention | None:
    if (person := world.people.find_any(id_)) is not None:
        return Mention(f"@_user_{number}", person.open_id, "open_id", person.name)
    if any(app.bot_open_id == id_ for app in world.apps):
        return Mention(f"@_user_{number}", id_, "open_id", shown)
    return None


def _post(world: World, app: App, content: JsonObject) -> Composed:
    languages = [language for language in _POST_LANGUAGES if language in content]
    if not languages:
        raise Refused(230001, "post content has no language body")
    for language in languages:
        _check_post_body(world, app, language, content[language])
    body = content[languages[0]]
    mentions: list[Mention] = []
    paragraphs = [
        [_read_node(world, node, mentions) for node in paragraph]
        for paragraph in body.get("content", [])
    ]  # fmt: skip
    read = _dump({"title": body.get("title", ""), "content": paragraphs})
    return Composed(content, read, mentions)


def _check_post_body(world: World, app: App, language: str, body: object) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("content"), list):
        raise Refused(230001, f"{language}.content is not a list of paragraphs")
    if not isinstance(body.get("title", ""), str):
        raise Refused(230001, f"{language}.title is not a string")
    for node in _post_nodes(language, body["content"]):
        tag = node.get("tag")
        if tag not in _POST_NODES:
            raise Refused(230001, f"{language}: unknown tag {tag}")
        for name in _POST_NODES[tag]:
            if not isinstance(node.get(name), str):
                raise Refused(230001, f"{language}: {tag} needs {name}")
        if tag == "img" and not world.owns_image(app, node["image_key"]):
            raise Refused(230017)
        if tag == "media":
            raise Refused(230017)


def _post_nodes(language: str, paragraphs: list[Any]) -> Iterator[JsonObject]:
    for paragraph in paragraphs:
        if not isinstance(paragraph, list):
            raise Refused(230001, f"{language}: a paragraph is not a list")
        for node in paragraph:
            if not isinstance(node, dict):
                raise Refused(230001, f"{language}: a node is not an object")
            yield node


def _read_node(world: World, node: JsonObject, mentions: list[Mention]) -> JsonObject:
    match node["tag"]:
        case "at":
            mention = _mention(world, node["user_id"], node.get("user_name", ""), len(mentions) + 1)
            if mention is None:
                return {
                    "tag": "at",
                    "user_id": "@_all" if node["user_id"] == "all" else "",
                    "user_name": "",
                    "style": [],
                }
            mentions.append(mention)
            return {"tag": "at", "user_id": mention.key, "user_name": mention.name, "style": []}
        case "md":
            return {"tag": "text", "text": node["text"], "style": []}
        case "text" | "a":
            return {**node, "style": node.get("style", [])}
    return node


def _check_system(app: App, content: JsonObject) -> None:
    if not app.holds_any(("im:message:send_sys_msg",)):
        raise Refused(230027)
    if content.get("type") != "divider":
        raise Refused(230001, "system messages are of type divider")


def _needed(content: JsonObject, name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(230001, f"content needs {name}")
    return value


def _dump(content: object) -> str:
    return msgspec.json.encode(content).decode()
