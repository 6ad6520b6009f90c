"""The small cards of a hand-over: offered to who comes, asked of who goes, and how it ended (CHAT.md section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertbridge.core.chats.card import Button, State
from alertbridge.core.chats.chat import Saying, SayingKind, Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.text import SUMMARY_LIMIT, age, clean, clock
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import escape, mention, moment, person
from alertbridge.feishu.cards.posts import SENTENCE_GAP

_BUTTONS: Mapping[SayingKind, tuple[Button, Button]] = {
    SayingKind.HANDOVER: (Button.TAKE_OVER, Button.NOT_YET),
    SayingKind.HANDOVER_ASK: (Button.KEEP_LEAD, Button.HAND_OVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How values are shown: as a preview, which is plain, or in card markdown."""

    now: datetime
    timezone: str
    names: Mapping[OpenId, str]
    is_preview: bool

    def name(self, who: OpenId | None) -> Text:
        return name_of(who, self.names) if self.is_preview else person(who, self.names, has_ids=True)

    def time(self, at: datetime | None) -> str:
        if at is None:
            return ""
        return clock(at, self.timezone, self.now) if self.is_preview else moment(at, self.now, self.timezone)

    def foreign(self, text: str) -> Text | str:
        cleaned = clean(text, SUMMARY_LIMIT)
        if not cleaned:
            return copy.text("saying.handover.nothing")
        return cleaned if self.is_preview else escape(cleaned)


def handover_card(
    saying: Saying, press: Press, *, now: datetime, timezone: str, languages: Languages, names: Mapping[OpenId, str]
) -> JsonObject:
    """The card for a hand-over. Who is called stands in a line of their own, which no language changes."""
    preview, words = (
        _told(saying, _Words(now=now, timezone=timezone, names=names, is_preview=is_preview))
        for is_preview in (True, False)
    )
    body = [elements.markdown(words, languages)]
    if saying.kind in _BUTTONS:
        called = " ".join(mention(one) for one in saying.people)
        first, second = _BUTTONS[saying.kind]
        buttons = (
            elements.button(first, press, languages, style="primary"),
            elements.button(second, press, languages),
        )
        body += [elements.markdown(called, languages)] if called else []
        body.append(elements.side_by_side(buttons))
    return elements.card(preview, None, body, languages)


def _told(saying: Saying, words: _Words) -> Text:
    """`who`: whose it is, or was; `to`: who comes; `text` of an end: how it came about."""
    known = f"saying.handover_over.{saying.text}"
    match saying.kind:
        case SayingKind.HANDOVER:
            return _offered(saying, words)
        case SayingKind.HANDOVER_ASK:
            return copy.text(
                "saying.handover_ask", who=words.name(saying.who), t=words.time(saying.at), to=words.name(saying.to)
            )
        case _ if known in copy.CATALOGUE:
            return copy.text(known, who=words.name(saying.who), t=words.time(saying.at))
    return copy.text("saying.handover_over.void")


def _offered(saying: Saying, words: _Words) -> Text:
    is_shift = saying.details.get("by") == "shift"
    said = copy.text(
        "saying.handover.shift" if is_shift else "saying.handover",
        out=words.name(saying.who),
        to=words.name(saying.to),
        state=copy.text(f"state.{saying.details.get('state', State.FIRING)}"),
        age=age(timedelta(seconds=saying.seconds)),
        tried=words.foreign(saying.details.get("tried", "")),
        open=words.foreign(saying.details.get("open", "")),
    )
    if saying.then:
        following = copy.join(copy.text("list.comma"), map(words.name, saying.then))
        until = copy.text("saying.handover.next", t=words.time(saying.at), next=following)
    else:
        until = copy.text("saying.handover.until", t=words.time(saying.at))
    return copy.join(SENTENCE_GAP, (said, until))
