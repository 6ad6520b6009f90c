"""The card that lists what is somebody's, in their direct chat with the bot (CHAT.md section 4)."""

from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.card import Button
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.rooms.my_list import ListKind, ListRow, ListView
from alertbridge.core.text import TITLE_LIMIT, clock, encode_url
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.live import CARD_BYTES, byte_size
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import escape, markdown_text, moment

_NAME_LIMIT = 40


def list_card(view: ListView, *, as_of: datetime, languages: Languages) -> JsonObject:
    """The card as Feishu wants it: as many as fit are named."""
    card = _card(view, as_of, languages)
    while view.others and byte_size(card) > CARD_BYTES:
        view = replace(view, others=view.others[: len(view.others) // 2])
        card = _card(view, as_of, languages)
    return card


def _card(view: ListView, as_of: datetime, languages: Languages) -> JsonObject:
    said = _head(view, as_of)
    body = [elements.markdown(said, languages)]
    for row in view.rows:
        body.append(elements.markdown(_row(row, view, as_of), languages))
        if pressed := _buttons(row, languages):
            body.append(elements.flowing(pressed))
    if view.others:
        body.append(elements.markdown("<br>".join(map(_named, view.others)), languages))
    if unnamed := view.count - len(view.rows) - len(view.others):
        body.append(elements.markdown(copy.text("mine.more", k=unnamed), languages))
    if view.kind is ListKind.WELCOME:
        body.append({"tag": "div", "text": elements.plain(copy.text("mine.how"), languages)})
    header = {"template": "blue", "title": elements.plain(copy.text(f"mine.title.{view.kind}"), languages)}
    return elements.card(said, header, body, languages)


def _head(view: ListView, as_of: datetime) -> Text:
    if view.kind is ListKind.WELCOME:
        duty = copy.text("mine.on_call" if view.is_on_call else "mine.off_call")
        return copy.text("mine.welcome", duty=duty, k=view.count)
    if view.kind is ListKind.CALLS:
        return copy.text("mine.calls" if view.count else "mine.calls.none", k=view.count)
    if view.count:
        return copy.text("mine.open", k=view.count)
    none = copy.text("mine.none")
    if view.next_shift_at is None:
        return none
    return copy.join("", (none, copy.text("mine.next_shift", t=clock(view.next_shift_at, view.timezone, as_of))))


def _row(row: ListRow, view: ListView, as_of: datetime) -> Text:
    """`#1423 · P1 · 触发中 · 14:01 · checkout: 5xx`: the title tells which one it is."""
    state = copy.text(f"state.{row.state}")
    since = moment(row.opened_at, as_of, view.timezone)
    title = markdown_text(row.title, TITLE_LIMIT)
    return copy.join(" · ", (f"**{escape(f'#{row.number}')}**", str(row.severity), state, since, title))


def _named(row: ListRow) -> str:
    """`#1423 P1 checkout: 5xx`: one of many."""
    return f"{escape(f'#{row.number}')} {row.severity} {markdown_text(row.title, _NAME_LIMIT)}"


def _buttons(row: ListRow, languages: Languages) -> list[JsonObject]:
    buttons: list[JsonObject] = []
    if row.can_ack:
        press = Press(incident=row.incident, version=row.version)
        buttons.append(elements.button(Button.ACK, press, languages, label="button.ack_short"))
    if href := encode_url(row.link):
        buttons.append(elements.open_page(copy.text("button.open_group"), href, languages))
    return buttons
