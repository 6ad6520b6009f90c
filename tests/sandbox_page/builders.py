"""State as `GET /sandbox/state` tells it, made of the few facts a test cares about."""

import json
from pathlib import Path
from typing import Any, Final

JsonObject = dict[str, Any]

BOT: Final = "cli_sandbox"
BOT_OPEN_ID: Final = "ou_the_bot"
ALICE: Final = "ou_alice"
BOB: Final = "ou_bob"
ZHANG: Final = "ou_zhang"
RITA: Final = "ou_rita"
CHAT: Final = "oc_1423"
STARTED_AT: Final = 1_795_327_260_000

PEOPLE: Final = [
    {"open_id": ALICE, "name": "陈爱丽", "email": "alice@example.com", "status": "active"},
    {"open_id": BOB, "name": "Bob Wang", "email": "bob@example.com", "status": "active"},
    {"open_id": ZHANG, "name": "张三", "email": "zhang@example.com", "status": "active"},
    {"open_id": RITA, "name": "孙离", "email": "resigned@example.com", "status": "resigned"},
]

_CARDS: Final = Path(__file__).parent / "cards"
_NAMES: Final = {person["open_id"]: person["name"] for person in PEOPLE} | {BOT: "alertbridge"}


def sample_card(name: str) -> JsonObject:
    """Read one of the example cards: `firing` or `resolved`."""
    card: JsonObject = json.loads((_CARDS / f"{name}.json").read_text())
    return card


def a_card(*elements: JsonObject, **rest: Any) -> JsonObject:
    """Make a card, JSON 2.0, of these elements."""
    return {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": list(elements)}, **rest}


def markdown(content: str, **rest: Any) -> JsonObject:
    """Make a markdown element."""
    return {"tag": "markdown", "content": content, **rest}


def words(content: str, **languages: str) -> JsonObject:
    """Make a plain text, in more languages if given: `words("认领", en_us="Ack")`."""
    i18n = {"i18n_content": {"zh_cn": content, **languages}} if languages else {}
    return {"tag": "plain_text", "content": content, **i18n}


def a_button(text: JsonObject, value: JsonObject | None = None, **rest: Any) -> JsonObject:
    """Make a button that calls back with `value`."""
    behaviors = [] if value is None else [{"type": "callback", "value": value}]
    return {"tag": "button", "text": text, "behaviors": behaviors, **rest}


def a_message(message_id: str, content: JsonObject, *, sender: str = BOT, kind: str = "", **rest: Any) -> JsonObject:
    """Make a message; a card unless the content is a text's, a post's or `kind` says otherwise."""
    guessed = "text" if "text" in content else "post" if "zh_cn" in content else "interactive"
    return {
        "message_id": message_id,
        "chat_id": CHAT,
        "sender": a_member(sender),
        "msg_type": kind or guessed,
        "content": content,
        "created_at": STARTED_AT,
        "updated_at": None,
        "deleted": False,
        "parent_id": None,
        "mentions": [],
        "reactions": [],
        "urgent": [],
        "pinned": False,
    } | rest


def a_member(id_: str) -> JsonObject:
    """Make the reference to a person or to the bot."""
    return {"id": id_, "id_type": "app_id" if id_ == BOT else "open_id", "name": _NAMES[id_]}


def a_chat(*messages: JsonObject, **rest: Any) -> JsonObject:
    """Make a group of the bot, Alice, Bob and Zhang San which holds these messages."""
    return {
        "chat_id": CHAT,
        "name": "[P1][firing] 支付：错误率过高 (#1423)",
        "i18n_names": {
            "zh_cn": "[P1][触发中] 支付：错误率过高 (#1423)",
            "en_us": "[P1][firing] 支付：错误率过高 (#1423)",
        },
        "description": "告警事件 #1423 · payments · 自动管理，勿改末尾标记",
        "avatar_url": None,
        "chat_mode": "group",
        "status": "normal",
        "created_at": STARTED_AT,
        "owner": a_member(BOT),
        "managers": [a_member(ALICE)],
        "members": [a_member(id_) for id_ in (ALICE, BOB, ZHANG, BOT)],
        "settings": {"edit_permission": "only_owner", "urgent_setting": "all_members"},
        "top_notice": None,
        "announcement": None,
        "tabs": [],
        "menu": [],
        "moderation": {"setting": "all_members", "moderators": []},
        "messages": list(messages),
    } | rest


def a_state(*chats: JsonObject, **rest: Any) -> JsonObject:
    """Make the whole state."""
    apps = [{"app_id": BOT, "name": _NAMES[BOT], "open_id": BOT_OPEN_ID}]
    return {"apps": apps, "people": PEOPLE, "chats": list(chats), "operations": {}, "refused": {}, "events": {}} | rest
