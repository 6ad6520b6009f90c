"""What is sent in place of a live card that Feishu refuses, rung by rung (CHAT.md section 1, principle 8).

The way down is for refusals of the card itself: 230099, 200621, 11310, 100290, 230025. The Ack button goes last.
Which rung was taken, and Feishu's code, are for the timeline.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alertbridge.core.chats.card import CardView
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.foretelling import foretell
from alertbridge.core.incidents.storm import end_of_storm
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.text import SUMMARY_LIMIT, clean, clock, encode_url
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards import facts
from alertbridge.feishu.cards.live import Drawing, drawn
from alertbridge.feishu.cards.posts import Anchor, Mention, Part, Sentence, post
from alertbridge.feishu.cards.sayings import call_to_card


class Step(StrEnum):
    """How much is left of the card."""

    FULL = "full"
    PLAIN = "plain"
    """One language, no folded panel."""
    NO_IDS = "no_ids"
    """Nobody is drawn or mentioned by id."""
    POST = "post"
    """No card at all; it cannot become one by an edit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step: what to send, and what to send right after it where the mention needs a message of its own."""

    step: Step
    content: Content
    companion: Content | None = None


def ladder(
    view: CardView,
    *,
    as_of: datetime,
    version: int,
    languages: Languages,
    mention: tuple[OpenId, ...] = (),
    names: Mapping[OpenId, str] | None = None,
) -> Iterator[Rung]:
    """The rungs, the full card first, each made when asked for. An edit has no mention and ends before the post."""
    known = names or {}

    def card(languages: Languages, *, has_panel: bool, has_ids: bool) -> Content:
        drawing = Drawing(
            as_of=as_of,
            version=version,
            languages=languages,
            mention=mention,
            names=known,
            has_panel=has_panel,
            has_ids=has_ids,
        )
        return Content.card(drawn(view, drawing))

    yield Rung(step=Step.FULL, content=card(languages, has_panel=True, has_ids=True))
    yield Rung(step=Step.PLAIN, content=card(languages[:1], has_panel=False, has_ids=True))
    yield Rung(
        step=Step.NO_IDS,
        content=card(languages[:1], has_panel=False, has_ids=False),
        companion=call_to_card(mention, languages) if mention else None,
    )
    yield Rung(step=Step.POST, content=_post(view, as_of, languages, mention, known))


def _post(
    view: CardView,
    now: datetime,
    languages: Languages,
    mention: tuple[OpenId, ...],
    names: Mapping[OpenId, str],
) -> Content:
    """The live card in words: what is broken, how it stands, what happens next, where to look."""
    started = Sentence("post.started", {"t": clock(view.started_at, view.timezone, now)})
    lead = copy.text("person.nobody") if view.lead is None else name_of(view.lead, names)
    at = "" if view.next.at is None else clock(view.next.at, view.timezone, now)
    step = foretell(view.next, at, lambda person: name_of(person, names), end_of_storm(view.storm))
    links: list[Part] = [
        Anchor(copy.text(f"link.{link.kind}"), href) for link in view.links if (href := encode_url(link.url))
    ]
    paragraphs: list[list[Part]] = [
        [copy.join("", (facts.title(view), " · ", copy.text(f"state.{view.state}"), " · ", facts.subtitle(view)))],
        [facts.summary(view, now)],
        [started, Sentence("post.lead", {"who": lead})],
        *_update(view, now),
        [Sentence("post.next", {"next": step})],
        [Sentence("card.refused")],
    ]
    if links:
        paragraphs.append(links)
    if mention:
        paragraphs.append([Mention(mention)])
    return post(paragraphs, languages)


def _update(view: CardView, now: datetime) -> list[list[Part]]:
    if view.update is None:
        return []
    at = clock(view.update.at, view.timezone, now)
    return [[Sentence("post.update", {"t": at, "text": clean(view.update.text, SUMMARY_LIMIT)})]]
