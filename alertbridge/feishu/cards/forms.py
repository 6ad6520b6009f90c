"""The small cards on which people write, and what becomes of them: the record, or *cancelled* (CHAT.md section 3.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from alertbridge.core.chats.card import Button
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.command import TEXT_LIMIT
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.text import SUMMARY_LIMIT, clean
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.facts import BREAK
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import markdown_text, moment, person

FIELD: Final = "text"
"""Name of the input, under which the callback carries what was written."""

FORMS: Final = {SayingKind.NOTE_FORM: Button.SAVE_NOTE, SayingKind.UPDATE_FORM: Button.SAVE_UPDATE}
"""Kinds of forms, and the button that submits each."""

RECORDS: Final = {SayingKind.NOTE_RECORD: "note", SayingKind.UPDATE_RECORD: "update"}


def form_card(saying: Saying, press: Press, languages: Languages) -> JsonObject:
    """A form with one input: a kind of `FORMS`. A form must stand at the root of a card, and so does *Cancel*."""
    save = FORMS[saying.kind]
    title = copy.text(f"form.{save}")
    submit = elements.button(save, press, languages, style="primary")
    written = {
        "tag": "input",
        "name": FIELD,
        "input_type": "multiline_text",
        "rows": 3,
        "max_length": TEXT_LIMIT,
        "required": True,
        "width": "fill",
        "placeholder": elements.plain(copy.text(f"form.{save}.placeholder"), languages),
    }
    form = {
        "tag": "form",
        "name": f"form_{save}",
        "elements": [written, {**submit, "name": save.value, "form_action_type": "submit"}],
    }
    body = [
        elements.markdown(copy.join("", ("**", title, "**")), languages),
        form,
        elements.button(Button.CANCEL, press, languages),
    ]
    return elements.card(title, None, body, languages)


def person_form(press: Press, languages: Languages) -> JsonObject:
    """A form that asks for a person only: who is picked is the answer."""
    title = copy.text("form.handover")
    body = [
        elements.markdown(copy.join("", ("**", title, "**")), languages),
        elements.person_picker(Button.HAND_OVER_TO, press, languages),
        elements.button(Button.CANCEL, press, languages),
    ]
    return elements.card(title, None, body, languages)


def record_card(
    saying: Saying, *, now: datetime, timezone: str, languages: Languages, names: Mapping[OpenId, str]
) -> JsonObject:
    """What was written, by whom and when: a kind of `RECORDS`."""
    label = copy.text(f"record.{RECORDS[saying.kind]}")
    at = "" if saying.at is None else moment(saying.at, now, timezone)
    said = copy.join("", ("**", label, "** ", markdown_text(saying.text, TEXT_LIMIT)))
    by = copy.join(" · ", (person(saying.who, names, has_ids=True), at))
    preview = copy.join(
        copy.text("label.colon"),
        (copy.join(" ", (name_of(saying.who, names), label)), clean(saying.text, SUMMARY_LIMIT)),
    )
    return elements.card(preview, None, [elements.markdown(copy.join(BREAK, (said, by)), languages)], languages)


def cancelled_card(languages: Languages) -> JsonObject:
    """What is left of a form that cannot be recalled."""
    said = copy.text("form.cancelled")
    return elements.card(said, None, [elements.markdown(said, languages)], languages)
