"""Whether a card is accepted (BEHAVIOUR 10): strict for JSON 2.0, lenient for 1.0, one rule for people and images.

The platform wraps every finding in 230099 and puts the inner code into the text.
"""

import re
from collections.abc import Iterator
from typing import Any

from alertbridge.sandbox import card_components as known
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]

MAX_ELEMENTS = 200
_DEEPEST = 16
"""How deep components may be nested; the documents give smaller numbers for single components."""

CARD_REFUSED = 230099
TOO_MANY_ELEMENTS = 11310
BAD_USER = 100290
NO_TEMPLATE = 200380
NOT_PARSED = 200621
BAD_IMAGE = 200570
DROPPED_COMPONENT = 200861
DOWNGRADE = 200830

_ELEMENT_ID = re.compile(r"[A-Za-z0-9_]{1,20}")
_AT = re.compile(r"""<at\s+(ids?)\s*=\s*["']?([^"'>\s]+)["']?[^>]*>""")
_PERSON = re.compile(r"""<person\s+id\s*=\s*["']?([^"'>\s]+)["']?[^>]*>""")
_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
_COLUMN_WIDTH = re.compile(r"auto|weighted|[0-9]{1,3}px")

_MARKUP_TAGS = frozenset({"markdown", "lark_md"})
_TEXT_TAGS = frozenset({"plain_text", "lark_md"})


def card_error(inner: int, explanation: str, value: str = "") -> Refused:
    """Return the refusal of a card; the inner code travels in the message."""
    shown = f"; ErrorValue: {value}" if value else ""
    return Refused(CARD_REFUSED, f"ErrCode: {inner}; ErrMsg: {explanation}{shown}; ")


def check(world: World, app: App, card: JsonObject) -> None:
    """Raise Refused unless the platform would accept the card from this app."""
    if card.get("type") == "template":
        raise card_error(NO_TEMPLATE, "template does not exist", str(card.get("data", {})))
    elements = sum(1 for _ in _tagged(card))
    if elements > MAX_ELEMENTS:
        raise card_error(TOO_MANY_ELEMENTS, f"element exceeds the limit, {elements} of at most {MAX_ELEMENTS}")
    if card.get("schema") == "2.0":
        _check_v2(card)
    elif not isinstance(card.get("elements", []), list) or not ({"elements", "i18n_elements", "header"} & card.keys()):
        raise card_error(NOT_PARSED, "parse card json err, a card needs elements or a header")
    _check_people(world, card)
    _check_images(world, app, card)


def check_update(old: JsonObject, new: JsonObject) -> None:
    """Raise Refused unless a sent card may become `new`: both shared, and never from 2.0 back to 1.0."""
    if old.get("schema") == "2.0" and new.get("schema") != "2.0":
        raise card_error(DOWNGRADE, "card schema 2.0 can not be changed to 1.0")
    for card in (old, new):
        if not is_shared(card):
            raise Refused(230001, "update_multi must be true in the card before and after")


def is_shared(card: JsonObject) -> bool:
    """Say whether all readers share one state of the card (`update_multi`)."""
    shared: bool = card.get("config", {}).get("update_multi", card.get("schema") == "2.0")
    return shared


def mentions_everybody(card: JsonObject) -> bool:
    """Say whether the card mentions all members of the chat."""
    return any("<at id=all>" in text or "<at ids=all>" in text for text in _markup(card))


def simplified(card: JsonObject) -> JsonObject:
    """Return the card the way the API reads it back: the title, and lines of text."""
    header = card.get("header") or {}
    title = (header.get("title") or {}).get("content", "") if isinstance(header, dict) else ""
    body = card.get("body") or card
    elements = body.get("elements", []) if isinstance(body, dict) else []
    lines = [[{"tag": "text", "text": text}] for element in elements for text in _texts(element)]
    return {"title": title, "elements": lines}


def components(card: JsonObject) -> Iterator[JsonObject]:
    """Yield every object with a tag in the card's elements, outer ones first."""
    body = card.get("body") or {}
    yield from _tagged(body.get("elements", []) if card.get("schema") == "2.0" else _v1_elements(card))


def components_in(container: JsonObject) -> Iterator[JsonObject]:
    """Yield `container` and every object with a tag inside it."""
    yield from _tagged(container)


def _v1_elements(card: JsonObject) -> list[Any]:
    translated = card.get("i18n_elements") or {}
    return [*card.get("elements", []), *(element for elements in translated.values() for element in elements)]


def _check_v2(card: JsonObject) -> None:
    _only(card, known.ROOT, "card")
    config = _object(card, "config", "config")
    _only(config, known.CONFIG, "config")
    if config.get("update_multi", True) is not True:
        raise card_error(NOT_PARSED, "config.update_multi can only be true in schema 2.0")
    _only(_object(config, "summary", "config.summary"), known.SUMMARY, "config.summary")
    _only(_object(card, "card_link", "card_link"), known.LINK, "card_link")
    if "header" in card:
        _check_header(_object(card, "header", "header"))
    if not isinstance(card.get("body"), dict):
        raise card_error(NOT_PARSED, "parse card json err, body is missing")
    body = _object(card, "body", "body")
    _only(body, known.BODY, "body")
    for element in _list(body, "elements", "body"):
        _check_component(element, "body")
    _check_element_ids(card)


def _check_header(header: JsonObject) -> None:
    _only(header, known.HEADER, "header")
    if header.get("template", "default") not in known.TEMPLATES:
        raise card_error(NOT_PARSED, "header.template is unknown", str(header["template"]))
    for name in ("title", "subtitle"):
        if name in header:
            _check_text(header[name], f"header.{name}")
    tags = [*_list(header, "text_tag_list", "header")]
    for translated in _object(header, "i18n_text_tag_list", "header.i18n_text_tag_list").values():
        tags += translated
    for tag in tags:
        if not isinstance(tag, dict) or tag.get("tag") != "text_tag":
            raise card_error(NOT_PARSED, "header.text_tag_list holds text_tag objects", str(tag))
        _only(tag, known.TEXT_TAG, "text_tag")
        _check_text(tag.get("text"), "text_tag.text")


def _check_component(element: object, where: str, *, depth: int = 0, in_form: bool = False) -> None:
    """Check one component and what is inside it; `depth` 0 is the root of the card."""
    if not isinstance(element, dict) or not isinstance(element.get("tag"), str):
        raise card_error(NOT_PARSED, f"an element of {where} has no tag", str(element)[:200])
    if depth > _DEEPEST:
        raise card_error(NOT_PARSED, f"components are nested more than {_DEEPEST} deep")
    tag: str = element["tag"]
    if tag in known.DROPPED:
        raise card_error(
            DROPPED_COMPONENT, f"cards of schema V2 no longer support this capability; unsupported tag {tag}"
        )
    if tag not in known.COMPONENTS or (tag == "column" and where != "column_set"):
        raise card_error(NOT_PARSED, f"not support tag: {tag}")
    _only(element, known.COMPONENTS[tag], tag)
    if tag == "form":
        if depth:
            raise card_error(NOT_PARSED, "form can only be placed at the root of the card")
        _check_form(element)
    _check_parts(element, tag)
    _check_interaction(element, tag, in_form=in_form)
    for child in _list(element, "columns" if tag == "column_set" else "elements", tag):
        if tag == "column_set" and (not isinstance(child, dict) or child.get("tag") != "column"):
            raise card_error(NOT_PARSED, "column_set.columns holds columns only")
        _check_component(child, tag, depth=depth + 1, in_form=in_form or tag == "form")


def _check_parts(element: JsonObject, tag: str) -> None:
    """Check the texts, icons, options and headers a component carries."""
    if tag == "markdown" and not isinstance(element.get("content"), str):
        raise card_error(NOT_PARSED, "markdown.content is not a string")
    for name in ("text", "placeholder", "label", "hover_tips", "disabled_tips", "alt", "title"):
        if isinstance(element.get(name), dict):
            _check_text(element[name], f"{tag}.{name}")
    if tag == "div" and not isinstance(element.get("text"), dict):
        raise card_error(NOT_PARSED, "div.text is missing")
    _only(_object(element, "icon", f"{tag}.icon"), known.ICON, f"{tag}.icon")
    if tag == "collapsible_panel":
        header = _object(element, "header", "collapsible_panel.header")
        _only(header, known.PANEL_HEADER, "collapsible_panel.header")
        _only(_object(header, "icon", "collapsible_panel.header.icon"), known.ICON, "collapsible_panel.header.icon")
        _only(_object(element, "border", "collapsible_panel.border"), known.BORDER, "collapsible_panel.border")
    if tag == "column" and not _COLUMN_WIDTH.fullmatch(str(element.get("width", "auto"))):
        raise card_error(NOT_PARSED, "column.width is unknown", str(element["width"]))
    for option in _list(element, "options", tag):
        _only(option, known.OPTION, f"{tag}.options")
        if "text" in option:
            _check_text(option["text"], f"{tag}.options.text")


def _check_interaction(element: JsonObject, tag: str, *, in_form: bool) -> None:
    for behavior in _list(element, "behaviors", tag):
        kind = behavior.get("type") if isinstance(behavior, dict) else None
        if kind not in known.BEHAVIORS:
            raise card_error(NOT_PARSED, f"{tag}.behaviors: unknown type", str(kind))
        _only(behavior, known.BEHAVIORS[kind], f"{tag}.behaviors")
    confirm = _object(element, "confirm", f"{tag}.confirm")
    _only(confirm, known.CONFIRM, f"{tag}.confirm")
    for name, text in confirm.items():
        _check_text(text, f"{tag}.confirm.{name}")
    if tag == "button":
        if element.get("type", "default") not in known.BUTTON_TYPES:
            raise card_error(NOT_PARSED, "button.type is unknown", str(element["type"]))
        if "form_action_type" in element and not in_form:
            raise card_error(NOT_PARSED, "button.form_action_type is only for buttons in a form")


def _check_form(form: JsonObject) -> None:
    if not form.get("name"):
        raise card_error(NOT_PARSED, "form.name is empty")
    inside = list(_tagged(form.get("elements", [])))
    names = [part.get("name", "") for part in inside if part["tag"] in known.FORM_INPUTS]
    names += [part.get("name", "") for part in inside if part["tag"] == "button" and "form_action_type" in part]
    if not all(names):
        raise card_error(NOT_PARSED, f"form {form['name']}: a component has no name")
    if len(set(names)) != len(names):
        raise card_error(NOT_PARSED, f"form {form['name']}: names are not unique")
    if not any(part["tag"] == "button" and part.get("form_action_type") == "submit" for part in inside):
        raise card_error(NOT_PARSED, f"form {form['name']}: there is no submit button")


def _check_element_ids(card: JsonObject) -> None:
    seen: set[str] = set()
    for part in _tagged(card):
        element_id = part.get("element_id")
        if element_id is None:
            continue
        if not isinstance(element_id, str) or not _ELEMENT_ID.fullmatch(element_id):
            raise card_error(NOT_PARSED, "element_id holds 1 to 20 letters, digits and underscores", str(element_id))
        if element_id in seen:
            raise card_error(NOT_PARSED, "element_id is duplicated", element_id)
        seen.add(element_id)


def _check_text(text: object, where: str) -> None:
    if not isinstance(text, dict) or text.get("tag") not in _TEXT_TAGS or not isinstance(text.get("content"), str):
        raise card_error(NOT_PARSED, f"{where} is not a text object", str(text)[:200])
    _only(text, known.PLAIN_TEXT, where)


def _check_people(world: World, card: JsonObject) -> None:
    """Refuse the whole card for one id that nobody has."""
    ids: list[str] = []
    for text in _markup(card):
        ids += [id_ for _, listed in _AT.findall(text) for id_ in listed.split(",") if id_ != "all"]
        ids += _PERSON.findall(text)
    for part in components(card):
        match part["tag"]:
            case "person":
                ids.append(str(part.get("user_id", "")))
            case "person_list" if not part.get("drop_invalid_user_id"):
                ids += [str(person.get("id", "")) for person in part.get("persons", [])]
            case "select_person" | "multi_select_person":
                ids += [str(option.get("value", "")) for option in part.get("options", [])]
    unknown = [id_ for id_ in ids if world.people.find_any(id_) is None and not _is_bot(world, id_)]
    if unknown:
        raise card_error(BAD_USER, "Failed to get user info, the user id is invalid", ",".join(unknown))


def _is_bot(world: World, open_id: str) -> bool:
    return any(app.bot_open_id == open_id for app in world.apps)


def _check_images(world: World, app: App, card: JsonObject) -> None:
    keys = [key for text in _markup(card) for key in _IMAGE.findall(text)]
    keys += [str(part["img_key"]) for part in _objects(card) if part.get("img_key")]
    for key in keys:
        if not world.owns_image(app, key):
            raise card_error(BAD_IMAGE, "the image key is invalid", key)


def _markup(card: JsonObject) -> Iterator[str]:
    """Yield every text that is read as markup, in all languages."""
    for part in _tagged(card):
        if part["tag"] not in _MARKUP_TAGS:
            continue
        if isinstance(part.get("content"), str):
            yield part["content"]
        translated = part.get("i18n_content")
        if isinstance(translated, dict):
            yield from (text for text in translated.values() if isinstance(text, str))


def _texts(node: object) -> Iterator[str]:
    for part in _objects(node):
        if isinstance(part.get("tag"), str) and isinstance(part.get("content"), str):
            yield part["content"]


def _tagged(node: object) -> Iterator[JsonObject]:
    """Yield every object with a string `tag`."""
    return (part for part in _objects(node) if isinstance(part.get("tag"), str))


def _objects(node: object) -> Iterator[JsonObject]:
    """Yield every object in reading order, except inside values that belong to the app."""
    waiting: list[Any] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            yield current
            waiting += [value for name, value in reversed(current.items()) if name != "value"]
        elif isinstance(current, list):
            waiting += reversed(current)


def _only(given: object, allowed: frozenset[str], where: str) -> None:
    if not isinstance(given, dict):
        raise card_error(NOT_PARSED, f"{where} is not an object", str(given)[:200])
    unknown = sorted(given.keys() - allowed)
    if unknown:
        raise card_error(NOT_PARSED, f"parse card json err, unknown property of {where}", ",".join(unknown))


def _object(parent: JsonObject, name: str, where: str) -> JsonObject:
    value = parent.get(name, {})
    if not isinstance(value, dict):
        raise card_error(NOT_PARSED, f"{where} is not an object", str(value)[:200])
    return value


def _list(parent: JsonObject, name: str, where: str) -> list[Any]:
    value = parent.get(name, [])
    if not isinstance(value, list):
        raise card_error(NOT_PARSED, f"{where}.{name} is not a list", str(value)[:200])
    return value
