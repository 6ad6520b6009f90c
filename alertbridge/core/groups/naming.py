"""What an incident's group is called, with the mark by which we know it as ours (CHAT.md section 2)."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from alertbridge.core.chats.card import State
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.ids import IncidentId
from alertbridge.core.severity import Severity
from alertbridge.core.text import TITLE_LIMIT, clean, cut, utf16_length, without_brackets

NAME_LIMIT = 60
DESCRIPTION_LIMIT = 100
MAC_DIGITS = 10

_MARKER = re.compile(r"\[ab1:([0-9A-HJKMNP-TV-Z]{26}):([0-9a-f]{10})\]\s*\Z")

_LOBBY_MARKER = re.compile(r"\[ab1:lobby-([A-Za-z0-9_-]{1,32}):([0-9a-f]{10})\]\s*\Z")

_ANY_MARK = re.compile(r"\[ab1:[^\[\]]*\]\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a description claims: whose group it is. Anybody can type one; `is_ours` tells whether it is true."""

    incident: IncidentId
    mac: str


def group_name(sort: Severity | Text, state: State, title: str | Text, number: int) -> Text:
    """`[P1][触发中] title (#1423)` in every language, at most 60 UTF-16 units; only the title is cut.

    `sort` is the severity, or what stands in its place.

    The severity comes first and the number last, and the title has no square brackets, so a title cannot fake either.
    Without a title the name is neutral: that is the one to use where Feishu refuses the words (232023).
    """
    given = title if isinstance(title, dict) else dict.fromkeys(copy.LANGUAGES, title)
    titles = {
        language: without_brackets(clean(given[language], TITLE_LIMIT)) or unnamed
        for language, unnamed in copy.text("name.incident").items()
    }
    states = copy.text(f"state.{state}")
    sorts = sort if isinstance(sort, dict) else dict.fromkeys(copy.LANGUAGES, str(sort))
    return {
        language: _around(f"[{sorts[language]}][{states[language]}] ", titles[language], f" (#{number})", NAME_LIMIT)
        for language in titles
    }


def searched(name: Text) -> str:
    """The one name that search and scripts see: with the English state word, whatever the primary language."""
    return name.get("en") or next(iter(name.values()))


def description(number: int, route: str, marker: str) -> Text:
    """What the group's description says, at most 100 UTF-16 units, `marker` last; only the route is cut."""
    shown = without_brackets(clean(route, DESCRIPTION_LIMIT))
    before = copy.text("description.before", n=number)
    after = copy.text("description.after")
    return {
        language: _around(before[language], shown, f"{after[language]} {marker}", DESCRIPTION_LIMIT)
        for language in before
    }


def _around(before: str, middle: str, after: str, limit: int) -> str:
    return before + cut(middle, limit - utf16_length(before + after)) + after


def mac(install_key: bytes, app_id: str, incident: IncidentId) -> str:
    """Ten hex digits that only an install with this key can make for this incident."""
    return hmac.new(install_key, f"ab1:{app_id}:{incident}".encode(), hashlib.sha256).hexdigest()[:MAC_DIGITS]


def marker(install_key: bytes, app_id: str, incident: IncidentId) -> str:
    """The mark at the end of a description: `[ab1:<ulid>:<mac>]`."""
    return f"[ab1:{incident}:{mac(install_key, app_id, incident)}]"


def lobby_marker(install_key: bytes, app_id: str, lobby: str) -> str:
    """The mark of a lobby's group: no incident's, so that none is ever taken for it."""
    return f"[ab1:lobby-{lobby}:{_lobby_mac(install_key, app_id, lobby)}]"


def our_lobby(description: str, install_key: bytes, app_id: str) -> str | None:
    """The lobby whose mark this install put at the end of a description; None: there is no such mark."""
    found = _LOBBY_MARKER.search(description)
    if found is None or not hmac.compare_digest(found[2], _lobby_mac(install_key, app_id, found[1])):
        return None
    return found[1]


def _lobby_mac(install_key: bytes, app_id: str, lobby: str) -> str:
    return hmac.new(install_key, f"ab1:{app_id}:lobby:{lobby}".encode(), hashlib.sha256).hexdigest()[:MAC_DIGITS]


def parse_marker(description: str) -> Marker | None:
    """The mark that a description ends with, whoever wrote it; None where there is none."""
    found = _MARKER.search(description)
    return None if found is None else Marker(incident=IncidentId(found[1]), mac=found[2])


def has_mark(description: str) -> bool:
    """Whether it ends with a mark of whatever kind, of this installation or another."""
    return _ANY_MARK.search(description) is not None


def is_ours(claim: Marker, install_key: bytes, app_id: str) -> bool:
    """Whether this install made the mark. It says nothing about who owns the group: ask that too."""
    return hmac.compare_digest(claim.mac, mac(install_key, app_id, claim.incident))
