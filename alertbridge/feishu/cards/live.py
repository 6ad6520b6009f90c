"""The live card of an incident: what is drawn, in which order, what gives way when it is too much (CHAT.md section 3).

Over budget the rows go first, one by one, then the links, then the second language; what people must see always fits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import msgspec

from alertbridge.core.chats.card import Button, CardView, LinkKind, More, NextKind, State
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.storm import seconds_to_unfold
from alertbridge.core.severity import Severity
from alertbridge.core.text import encode_url
from alertbridge.feishu.cards import elements, facts
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.facts import Telling
from alertbridge.feishu.cards.locales import JsonObject, by_locale
from alertbridge.feishu.cards.markup import mention as mention_tag

CARD_BYTES: Final = 24 * 1024
"""Of Feishu's 30 KB, which it counts after it has widened the tags."""
CARD_ELEMENTS: Final = 100
"""Of Feishu's 200."""
ROWS: Final = 5
LINKS: Final = 4
TAGS: Final = 2
"""Beside the state; Feishu shows three."""

_OPEN = frozenset({State.TRIAGE, State.FIRING, State.ACKED})
_TEMPLATES = {
    State.TRIAGE: "blue",
    State.FIRING: "red",
    State.ACKED: "orange",
    State.SILENCED: "grey",
    State.STORM: "purple",
    State.STALE: "yellow",
    State.RESOLVED: "green",
    State.CLOSED: "default",
}
_TAG_COLOURS = {
    State.TRIAGE: "blue",
    State.FIRING: "red",
    State.ACKED: "orange",
    State.SILENCED: "neutral",
    State.STORM: "purple",
    State.STALE: "yellow",
    State.RESOLVED: "green",
    State.CLOSED: "neutral",
}
_REMARKABLE = "yellow"
_BIG = {State.TRIAGE: Button.OPEN, State.FIRING: Button.ACK, State.ACKED: Button.RESOLVE, State.STORM: Button.ACK_ALL}
"""The one big button of a state."""
_STYLES = {Button.KEEP: "primary", Button.CLOSE: "danger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How a card is drawn: for whom, as of when, and what the ladder has left of it."""

    as_of: datetime
    version: int
    languages: Languages
    mention: tuple[OpenId, ...] = ()
    """People whom this card calls: the first card only, never an edit."""
    names: Mapping[OpenId, str] = field(default_factory=dict)
    has_panel: bool = True
    has_ids: bool = True


def live_card(
    view: CardView,
    *,
    as_of: datetime,
    version: int,
    languages: Languages,
    mention: tuple[OpenId, ...] = (),
    names: Mapping[OpenId, str] | None = None,
) -> JsonObject:
    """The card as Feishu wants it, within the budget. `names` are for people whom Feishu shall not draw itself."""
    return drawn(view, Drawing(as_of=as_of, version=version, languages=languages, mention=mention, names=names or {}))


def drawn(view: CardView, drawing: Drawing) -> JsonObject:
    """The largest card of this kind that is within the budget."""
    for smaller, languages in _ever_smaller(view, drawing.languages):
        card = _draw(smaller, replace(drawing, languages=languages))
        if _fits(card):
            break
    return card


def _ever_smaller(view: CardView, languages: Languages) -> Iterator[tuple[CardView, Languages]]:
    for kept in range(min(len(view.rows), ROWS), -1, -1):
        fewer = _with_rows(view, kept)
        yield fewer, languages
    for kept in range(min(len(view.links), LINKS) - 1, -1, -1):
        fewer = replace(fewer, links=view.links[:kept])
        yield fewer, languages
    yield fewer, languages[:1]


def _with_rows(view: CardView, kept: int) -> CardView:
    if not (dropped := len(view.rows) - kept):
        return view
    rest = view.more or More(count=0, label="", values=())
    # The spread counted only the alerts without a row; it does not know those that lose theirs now.
    return replace(view, rows=view.rows[:kept], more=More(count=rest.count + dropped, label="", values=()))


def byte_size(card: JsonObject) -> int:
    """As it is sent."""
    return len(msgspec.json.encode(card))


def _fits(card: JsonObject) -> bool:
    return byte_size(card) <= CARD_BYTES and _count(card) <= CARD_ELEMENTS


def _count(part: object) -> int:
    """Everything with a tag, texts too: never less than what Feishu counts."""
    if isinstance(part, dict):
        return ("tag" in part) + sum(_count(inner) for inner in part.values())
    return sum(_count(inner) for inner in part) if isinstance(part, list) else 0


def _draw(view: CardView, drawing: Drawing) -> JsonObject:
    languages = drawing.languages
    telling = Telling(as_of=drawing.as_of, names=drawing.names, has_ids=drawing.has_ids)
    said = elements.plain(facts.summary(view, drawing.as_of), languages) | {"text_size": "heading", "lines": 3}
    body: list[JsonObject] = [
        {"tag": "div", "element_id": "summary", "text": said},
        elements.markdown(facts.facts(view, telling), languages, element_id="facts"),
    ]
    if drawing.mention and drawing.has_ids:
        called = " ".join(mention_tag(person) for person in drawing.mention)
        body.append(elements.markdown(called, languages, element_id="called"))
    if drawing.has_panel:
        body += _panel(view, telling, languages)
    if links := view.links[:LINKS]:
        body.append(
            elements.flowing(elements.link(one.kind, one.url, languages, is_foreign=one.is_foreign) for one in links)
        )
    body.append(elements.markdown(facts.next_step(view, telling), languages, element_id="next"))
    body += _buttons(view, Press(incident=view.incident, version=drawing.version), languages)
    body.append(elements.markdown(facts.as_of(view, telling), languages, element_id="asof", text_size="notation"))
    return elements.card(facts.preview(view), header_of(view, languages), body, languages)


def header_of(view: CardView, languages: Languages) -> JsonObject:
    """Title, number and state, in the state's colour."""
    words = [(copy.text(f"state.{view.state}"), _TAG_COLOURS[view.state])]
    words += [(copy.text(f"tag.{tag}"), _REMARKABLE) for tag in view.tags[:TAGS]]

    def tags(language: str) -> list[JsonObject]:
        return [
            {"tag": "text_tag", "text": {"tag": "plain_text", "content": word[language]}, "color": colour}
            for word, colour in words
        ]

    is_worst = view.state is State.FIRING and view.severity is Severity.P1
    return {
        "template": "carmine" if is_worst else _TEMPLATES[view.state],
        "title": elements.plain(facts.title(view), languages),
        "subtitle": elements.plain(facts.subtitle(view), languages),
        **(
            {"i18n_text_tag_list": by_locale(languages, tags)}
            if len(languages) > 1
            else {"text_tag_list": tags(languages[0])}
        ),
    }


def _panel(view: CardView, telling: Telling, languages: Languages) -> list[JsonObject]:
    if view.storm is not None and view.storm.rows:
        title = copy.text("panel.worst", k=len(view.storm.rows))
        inside = [elements.markdown(facts.storm_rows(view.storm), languages)]
        return [elements.panel(title, inside, languages, element_id="alerts")]
    is_one = len(view.rows) == 1 and view.more is None
    if view.state not in _OPEN or not view.rows or is_one:
        return []
    inside = [elements.markdown(facts.rows(view.rows, view, telling), languages)]
    if view.more is not None:
        inside.append(elements.markdown(facts.more(view.more), languages))
    title = copy.text("panel.all" if view.more is None else "panel.worst", k=len(view.rows))
    return [elements.panel(title, inside, languages, element_id="alerts")]


def _buttons(view: CardView, press: Press, languages: Languages) -> list[JsonObject]:
    """The one big button, the others side by side, the person picker."""
    big = _BIG.get(view.state)
    row = [does for does in view.buttons if does not in (big, Button.ASSIGN)]
    placed: list[JsonObject] = []
    if big in view.buttons:
        placed.append(
            elements.button(
                big,
                press,
                languages,
                style="primary_filled",
                is_large=True,
                element_id=big.value,
                confirm=_confirm(big, view),
            )
        )
    second = [
        elements.button(
            does,
            press,
            languages,
            style=_STYLES.get(does, "default"),
            is_large=big is None,
            confirm=_confirm(does, view),
            asked=_asked(view),
        )
        for does in row
    ]
    if view.options:
        second.append(elements.overflow(view.options, _page(view), press, languages))
    if second:
        placed.append(elements.side_by_side(second))
    if Button.ASSIGN in view.buttons:
        placed.append(elements.person_picker(Button.ASSIGN, press, languages))
    return placed


def _page(view: CardView) -> str:
    """Where the timeline can be read."""
    urls = (encode_url(link.url) for link in view.links if link.kind is LinkKind.INCIDENT)
    return next((url for url in urls if url), "")


def _confirm(does: Button, view: CardView) -> str:
    """Id of the question's text for what cannot be taken back with one press; "" for the rest."""
    match does:
        case Button.RESOLVE:
            return "confirm.resolve.text"
        case Button.CLOSE:
            return confirm_close(view.next.kind)
        case Button.UNFOLD:
            return "confirm.unfold.text"
        case _:
            return ""


def _asked(view: CardView) -> dict[str, int]:
    """What the questions of an umbrella name: how many groups, and about how many seconds they take."""
    if view.storm is None:
        return {}
    return {"k": view.storm.open, "s": seconds_to_unfold(view.storm.open)}


def confirm_close(next_kind: NextKind) -> str:
    """Id of what the dialog of *Close* warns of."""
    match next_kind:
        case NextKind.LOCK:
            return "confirm.close.text_lock"
        case NextKind.STAYS:
            return "confirm.close.text_stays"
        case NextKind.KEPT:
            return "confirm.close.text_kept"
        case _:
            return "confirm.close.text"
