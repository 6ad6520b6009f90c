"""Card markdown: foreign text made inert, and the few tags that we write ourselves (CHAT.md section 8).

A line is joined from our own words, tags made here and escaped pieces; a finished line is never escaped.
Source: official card pages "Rich text" (escapes by HTML entities, `at`, `person`, `local_datetime`).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from alertbridge.core.chats.chat import Text
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.text import LABEL_LIMIT, clean, cut, is_today, utf16_length

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,;")
_ESCAPES = {code: f"&#{code};" for code in range(0x80) if chr(code) not in _PLAIN} | {ord("~"): "&sim;"}
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]+")


def escape(cleaned: str) -> str:
    """Cleaned text in which no character is markup: the reader sees it as it is."""
    return cleaned.translate(_ESCAPES)


def markdown_text(text: str, limit: int) -> str:
    """Foreign text of any kind, cleaned, cut to `limit` UTF-16 units and escaped."""
    return escape(clean(text, limit))


def labels(pairs: Iterable[tuple[str, str]], limit: int) -> str:
    """`service=checkout cluster=sh1`, escaped; at most `limit` UTF-16 units of it are shown."""
    shown: list[str] = []
    room = limit
    for name, value in pairs:
        if room < 2:
            break
        pair = cut(f"{clean(name, LABEL_LIMIT)}={clean(value, LABEL_LIMIT)}", room)
        shown.append("=".join(escape(part) for part in pair.split("=", 1)))
        room -= utf16_length(pair) + 1
    return " ".join(shown)


def moment(at: datetime, now: datetime, timezone: str) -> str:
    """A time that each reader sees in their own zone, with its date when that is not today in the route's zone."""
    milliseconds = int(at.timestamp() * 1_000)
    time = f"<local_datetime millisecond='{milliseconds}' format_type='time'></local_datetime>"
    if is_today(at, now, timezone):
        return time
    return f"<local_datetime millisecond='{milliseconds}' format_type='date_short'></local_datetime> {time}"


def mention(person: OpenId) -> str:
    """A mention that notifies. One id that is none refuses the whole card, so it must have been resolved."""
    return f"<at id={person}></at>" if _OPEN_ID.fullmatch(person) else escape(person)


def person(who: OpenId | None, names: Mapping[OpenId, str], *, has_ids: bool) -> Text:
    """A person without notifying them: Feishu draws the name, or we write the one we know. None is the operator."""
    if has_ids and who is not None and _OPEN_ID.fullmatch(who):
        return dict.fromkeys(name_of(None, names), f"<person id='{who}'></person>")
    return {language: escape(name) for language, name in name_of(who, names).items()}
