"""What stands in a lobby: the digest of open incidents, the card that offers to be one, two short messages.

CHAT.md section 4: `lobby_offer`, *Lobby digest*.
"""

from datetime import datetime
from typing import Final

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.rooms.letter import Letter, LetterKind
from alertbridge.core.rooms.lobby import DigestRow, DigestView, Offer
from alertbridge.core.text import SUMMARY_LIMIT, TITLE_LIMIT, clean, encode_url
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.live import CARD_BYTES, byte_size
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import escape, markdown_text, moment, person
from alertbridge.feishu.cards.posts import Anchor, Part, Sentence, post

MAKE_LOBBY: Final = "make_lobby"
NO_LOBBY: Final = "no_lobby"
"""What the buttons of an offer carry as `a`; with the lobby's name as `l`."""


def digest_card(view: DigestView, *, as_of: datetime, languages: Languages) -> JsonObject:
    """The card as Feishu wants it; where it is too large, with fewer rows."""
    for kept in range(len(view.rows), -1, -1):
        card = _digest(view, view.rows[:kept], as_of, languages)
        if byte_size(card) <= CARD_BYTES:
            break
    return card


def _digest(view: DigestView, rows: tuple[DigestRow, ...], as_of: datetime, languages: Languages) -> JsonObject:
    title = copy.text("digest.title", k=view.count, team=view.title)
    body = [elements.markdown(_row(row, view, as_of), languages) for row in rows]
    if not view.count:
        body.append(elements.markdown(_nothing(view, as_of), languages))
    if rest := view.count - len(rows):
        body.append(elements.markdown(copy.text("digest.more", k=rest), languages))
    if href := encode_url(view.page):
        body.append(elements.open_page(copy.text("digest.page"), href, languages))
    header = {"template": "blue", "title": elements.plain(title, languages)}
    return elements.card(title, header, body, languages)


def _row(row: DigestRow, view: DigestView, as_of: datetime) -> Text:
    """`**P1** 触发中 · [checkout: 5xx 过高](share) · #1423 · 14:01 · 无人认领`."""
    title = markdown_text(row.title, TITLE_LIMIT)
    href = encode_url(row.link)
    lead = copy.text("person.nobody") if row.lead is None else person(row.lead, {}, has_ids=True)
    parts: list[Text | str] = [
        copy.join(" ", (f"**{row.severity}**", copy.text(f"state.{row.state}"))),
        f"[{title}]({href})" if href else title,
        escape(f"#{row.number}"),
        moment(row.opened_at, as_of, view.timezone),
        lead,
    ]
    if row.update:
        parts.append(markdown_text(row.update, TITLE_LIMIT))
    return copy.join(" · ", parts)


def _nothing(view: DigestView, as_of: datetime) -> Text:
    if view.last_ended_at is None:
        return copy.text("digest.nothing")
    ended = copy.text("digest.last_ended", t=moment(view.last_ended_at, as_of, view.timezone))
    return copy.join("", (copy.text("digest.nothing"), ended))


def offer_card(title: Text, lobby: str, languages: Languages) -> JsonObject:
    """Asks the people of a group whether it shall be the lobby."""
    asked = copy.text("offer.question", team=title)
    body = [
        {"tag": "div", "text": elements.plain(asked, languages)},
        elements.side_by_side(
            (
                elements.choice("offer.make", {"l": lobby, "a": MAKE_LOBBY}, languages, style="primary"),
                elements.choice("offer.no", {"l": lobby, "a": NO_LOBBY}, languages),
            )
        ),
        {"tag": "div", "text": elements.plain(copy.text("offer.without"), languages)},
    ]
    return elements.card(asked, None, body, languages)


def answered_offer(offer: Offer, title: Text, languages: Languages) -> JsonObject:
    """The same card once somebody has chosen."""
    plain = copy.text(f"offer.{offer.outcome}", team=title, who=name_of(offer.by, {}))
    who = person(offer.by, {}, has_ids=True)
    escaped = {language: escape(words) for language, words in title.items()}
    said = copy.text(f"offer.{offer.outcome}", team=escaped, who=who)
    return elements.card(plain, None, [elements.markdown(said, languages)], languages)


def lobby_message(letter: Letter, languages: Languages) -> Content:
    """A P1 that opened, or the archive of what is over."""
    title = clean(letter.title, SUMMARY_LIMIT)
    href = encode_url(letter.link)
    parts: list[Part]
    if letter.kind is LetterKind.P1:
        parts = [Sentence("lobby.p1", {"title": title, "n": letter.number})]
    else:
        parts = [Sentence("lobby.archived", {"title": title, "n": letter.number, "k": letter.count})]
    if href is not None:
        parts.append(Anchor(copy.text("button.open_group" if letter.kind is LetterKind.P1 else "saying.anchor"), href))
    return post([parts], languages)


def report_message(letter: Letter, languages: Languages) -> Content:
    """What stands in the way of calling people, and where to mend it."""
    parts: list[Part] = [letter.text]
    if letter.link and (href := encode_url(letter.link)) is not None:
        parts += [Sentence("report.fix"), Anchor(copy.text("report.plan"), href)]
    return post([parts], languages)
