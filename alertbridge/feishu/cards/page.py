"""The card that calls somebody in their direct chat, where a group cannot: facts, next step, *Ack*, where to go."""

from collections.abc import Mapping
from datetime import datetime

from alertbridge.core.chats.card import Button, CardView
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.text import encode_url
from alertbridge.feishu.cards import elements, facts
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.facts import Telling
from alertbridge.feishu.cards.live import header_of
from alertbridge.feishu.cards.locales import JsonObject


def page_card(
    view: CardView,
    *,
    as_of: datetime,
    version: int,
    languages: Languages,
    names: Mapping[OpenId, str],
    group: str,
    page: str,
) -> JsonObject:
    """The card; `group` is the link by which its group can be joined, `page` the incident's own, each "" if unknown."""
    press = Press(incident=view.incident, version=version)
    telling = Telling(as_of=as_of, names=names, has_ids=False)
    body = [
        {"tag": "div", "text": elements.plain(facts.summary(view, as_of), languages) | {"text_size": "heading"}},
        elements.markdown(facts.facts(view, telling), languages),
    ]
    body.append(elements.markdown(facts.next_step(view, telling), languages))
    if Button.ACK in view.buttons:
        body.append(elements.button(Button.ACK, press, languages, style="primary_filled", is_large=True))
    if Button.OPEN in view.buttons:
        body.append(elements.button(Button.OPEN, press, languages))
    links = [
        elements.open_page(copy.text(name), href, languages)
        for name, url in (("button.open_group", group), ("link.incident", page))
        if (href := encode_url(url))
    ]
    if links:
        body.append(elements.flowing(links))
    return elements.card(facts.preview(view), header_of(view, languages), body, languages)
