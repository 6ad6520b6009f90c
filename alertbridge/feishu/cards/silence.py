"""The small card that says that a silence is there, with the button that takes it back (CHAT.md section 3.2)."""

from collections.abc import Mapping
from datetime import datetime

from alertbridge.core import copy
from alertbridge.core.card import Button
from alertbridge.core.chat import Saying, Text
from alertbridge.core.copy import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.text import ROW_LIMIT, SUMMARY_LIMIT, clean, clock
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.facts import BREAK
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import labels, markdown_text, moment, person


def silence_card(
    saying: Saying,
    press: Press,
    *,
    now: datetime,
    timezone: str,
    languages: Languages,
    names: Mapping[OpenId, str],
) -> JsonObject:
    """Until when, what it matches, who asked for it and why, and which other incidents it affects."""
    assert saying.at is not None
    matched = clean(", ".join(f"{name}={value}" for name, value in saying.matchers), ROW_LIMIT)
    preview = copy.text("saying.silenced", t=clock(saying.at, timezone, now), matchers=matched)
    until = moment(saying.at, now, timezone)
    lines = [
        copy.text("saying.silenced", t=until, matchers=labels(saying.matchers, ROW_LIMIT)),
        _by(person(saying.who, names, has_ids=True), markdown_text(saying.text, SUMMARY_LIMIT)),
    ]
    if saying.also:
        lines.append(_also(saying.also))
    body = [
        elements.markdown(copy.join(BREAK, lines), languages, element_id="silence"),
        elements.side_by_side([elements.button(Button.UNSILENCE, press, languages)]),
    ]
    return elements.card(preview, None, body, languages)


def _by(who: Text, reason: str) -> Text:
    if not reason:
        return copy.text("saying.silenced.by_whom", who=who)
    return copy.text("saying.silenced.by", who=who, reason=reason)


def _also(also: tuple[int, ...]) -> Text:
    if len(also) == 1:
        return copy.text("saying.silenced.also", m=also[0])
    return copy.text("saying.silenced.also_more", m=also[0], k=len(also) - 1)
