"""The components of card JSON 2.0 that our cards are made of; each reader sees texts in their own language.

Source: official pages "Card JSON 2.0 structure", "Button", "Column set", "Collapsible panel", "User picker".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alertbridge.core.chats.card import MENU, Button, LinkKind, Option
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import IncidentId
from alertbridge.core.text import PERSON_LIMIT, clean, encode_url, host_of
from alertbridge.feishu.cards.locales import JsonObject, worded


def plain(piece: Text | str, languages: Languages) -> JsonObject:
    """A text object without any markup: what it says is shown as it is."""
    return {"tag": "plain_text", **worded(piece, languages)}


def markdown(piece: Text | str, languages: Languages, *, element_id: str = "", text_size: str = "") -> JsonObject:
    """An element of card markdown; foreign text in `piece` is escaped already."""
    named = {"element_id": element_id} if element_id else {}
    sized = {"text_size": text_size} if text_size else {}
    return {"tag": "markdown", **named, **sized, **worded(piece, languages)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a press carries back: the incident and the version of it that the card shows."""

    incident: IncidentId
    version: int

    def behaviors(self, pressed: str) -> list[JsonObject]:
        """A callback whose value is an object (official SDKs fail on strings)."""
        return [{"type": "callback", "value": {"i": self.incident, "a": str(pressed), "r": self.version}}]


def button(
    does: Button,
    press: Press,
    languages: Languages,
    *,
    label: str = "",
    style: str = "default",
    is_large: bool = False,
    element_id: str = "",
    confirm: str = "",
    asked: Mapping[str, int] | None = None,
) -> JsonObject:
    """A button as wide as its place. `label` is an id of the catalogue where the button's own does not fit;
    `confirm` is the id of the dialog's text: the question before it is the button's own; `asked` fills both.
    """
    named = {"element_id": element_id} if element_id else {}
    sized = {"size": "large"} if is_large else {}
    dialog: JsonObject = {}
    if confirm:
        title, question = copy.text(f"confirm.{does}.title", **(asked or {})), copy.text(confirm, **(asked or {}))
        dialog = {"confirm": {"title": plain(title, languages), "text": plain(question, languages)}}
    return {
        "tag": "button",
        **named,
        "type": style,
        **sized,
        "width": "fill",
        "text": plain(copy.text(label or f"button.{does}"), languages),
        **dialog,
        "behaviors": press.behaviors(does),
    }


def choice(label: str, value: JsonObject, languages: Languages, *, style: str = "default") -> JsonObject:
    """A button that is about no incident; `label` is an id of the catalogue, `value` what a press carries back."""
    return {
        "tag": "button",
        "type": style,
        "width": "fill",
        "text": plain(copy.text(label), languages),
        "behaviors": [{"type": "callback", "value": value}],
    }


def person_picker(does: Button, press: Press, languages: Languages) -> JsonObject:
    """A picker of one person; without options it offers all members of the chat."""
    return {
        "tag": "select_person",
        "element_id": does.value,
        "width": "fill",
        "placeholder": plain(copy.text(f"button.{does}"), languages),
        "behaviors": press.behaviors(does),
    }


def overflow(options: Iterable[Option], page: str, press: Press, languages: Languages) -> JsonObject:
    """The menu behind `⋯`. `page` is where its link leads."""

    def entry(option: Option) -> JsonObject:
        leads = {"multi_url": {"url": page}} if option is Option.TIMELINE else {"value": option.value}
        return {"text": plain(copy.text(f"option.{option}"), languages), **leads}

    return {
        "tag": "overflow",
        "width": "fill",
        "options": [entry(option) for option in options],
        "behaviors": press.behaviors(MENU),
    }


def side_by_side(elements: Iterable[JsonObject]) -> JsonObject:
    """Elements of equal width in one row; a menu takes half as much."""
    columns = [
        {
            "tag": "column",
            "width": "weighted",
            "weight": 1 if element["tag"] == "overflow" else 2,
            "elements": [element],
        }
        for element in elements
    ]
    return {"tag": "column_set", "flex_mode": "none", "horizontal_spacing": "small", "columns": columns}


def flowing(elements: Iterable[JsonObject]) -> JsonObject:
    """Elements as wide as they are, in as many rows as they need."""
    columns = [{"tag": "column", "width": "auto", "elements": [element]} for element in elements]
    return {"tag": "column_set", "flex_mode": "flow", "horizontal_spacing": "small", "columns": columns}


def link(kind: LinkKind, url: str, languages: Languages, *, is_foreign: bool) -> JsonObject:
    """A button that opens a page; a foreign host is named on it, an address that is none is said to be invalid."""
    name = copy.text(f"link.{kind}")
    href = encode_url(url)
    if href is None:
        said = copy.join("", (name, copy.text("label.colon"), copy.text("link.invalid")))
        return {"tag": "div", "text": plain(said, languages)}
    if is_foreign:
        name = copy.join("", (name, f" ({clean(host_of(url), PERSON_LIMIT)})"))
    behaviors = [{"type": "open_url", "default_url": href}]
    return {"tag": "button", "type": "primary_text", "text": plain(name, languages), "behaviors": behaviors}


def open_page(name: Text, href: str, languages: Languages) -> JsonObject:
    """A button that opens a page of ours or of Feishu's; `href` is encoded already."""
    behaviors = [{"type": "open_url", "default_url": href}]
    return {"tag": "button", "type": "default", "text": plain(name, languages), "behaviors": behaviors}


def panel(title: Text, elements: Sequence[JsonObject], languages: Languages, *, element_id: str) -> JsonObject:
    """A folded panel that opens on its title."""
    return {
        "tag": "collapsible_panel",
        "element_id": element_id,
        "expanded": False,
        "header": {
            "title": plain(title, languages),
            "icon": {"tag": "standard_icon", "token": "down-small-ccm_outlined", "size": "16px 16px"},
            "icon_position": "right",
            "icon_expanded_angle": -180,
        },
        "elements": list(elements),
    }


def card(preview: Text, header: JsonObject | None, elements: Sequence[JsonObject], languages: Languages) -> JsonObject:
    """A whole card. `preview` is what chat lists and notifications show; a forwarded copy cannot be pressed."""
    return {
        "schema": "2.0",
        "config": {
            "update_multi": True,
            "enable_forward": True,
            "enable_forward_interaction": False,
            "summary": worded(preview, languages),
        },
        **({"header": header} if header else {}),
        "body": {"vertical_spacing": "8px", "elements": list(elements)},
    }
