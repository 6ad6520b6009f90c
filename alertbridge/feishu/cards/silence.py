"""The small cards of a silence: the form it is asked for on, and what becomes of it (CHAT.md section 3.2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from alertbridge.core.chats.card import Button
from alertbridge.core.chats.chat import Saying, Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents import obstacle
from alertbridge.core.incidents.silencing import REASON_LIMIT
from alertbridge.core.text import ROW_LIMIT, SUMMARY_LIMIT, age, clean, clock
from alertbridge.feishu.cards import elements
from alertbridge.feishu.cards.elements import Press
from alertbridge.feishu.cards.facts import BREAK
from alertbridge.feishu.cards.locales import JsonObject
from alertbridge.feishu.cards.markup import labels, markdown_text, moment, person

DURATION: Final = "duration"
REASON: Final = "reason"
"""Names of the inputs, under which the callback carries what was chosen and written."""

DURATIONS: Final = (1_800, 3_600, 7_200, 14_400, 28_800, 86_400)
"""Seconds that the form offers, as far as the route allows them."""
_USUAL: Final = 7_200


def silence_form(
    saying: Saying, press: Press, languages: Languages, *, also: tuple[int, ...], page: JsonObject | None
) -> JsonObject:
    """What it would match, which other incidents that affects, how long, why. `seconds`: the longest.

    `page`: where it can be made with other matchers.
    """
    title = copy.text("form.save_silence")
    told: list[Text | str] = [copy.join("", ("**", title, "**")), labels(saying.matchers, ROW_LIMIT)]
    if also:
        told.append(_also(also))
    offered = [seconds for seconds in DURATIONS if seconds <= saying.seconds] or [DURATIONS[0]]
    choice = {
        "tag": "select_static",
        "name": DURATION,
        "required": True,
        "width": "fill",
        "placeholder": elements.plain(copy.text("form.duration"), languages),
        "options": [
            {"text": elements.plain(age(timedelta(seconds=seconds)), languages), "value": str(seconds)}
            for seconds in offered
        ],
        "initial_option": str(_USUAL if _USUAL in offered else offered[-1]),
    }
    reason = {
        "tag": "input",
        "name": REASON,
        "max_length": REASON_LIMIT,
        "width": "fill",
        "placeholder": elements.plain(copy.text("form.reason"), languages),
    }
    save = Button.SAVE_SILENCE
    submit = elements.button(save, press, languages, style="primary")
    form = {
        "tag": "form",
        "name": f"form_{save}",
        "elements": [choice, reason, {**submit, "name": save.value, "form_action_type": "submit"}],
    }
    body = [
        elements.markdown(copy.join(BREAK, told), languages),
        *([page] if page else []),
        form,
        elements.button(Button.CANCEL, press, languages),
    ]
    return elements.card(title, None, body, languages)


def silence_notice(
    saying: Saying, *, now: datetime, timezone: str, languages: Languages, page: JsonObject | None
) -> JsonObject:
    """What has become of the form so far: on its way, not made yet, given up. `page`: where it is made by hand."""

    def words(matchers: str, at: str) -> Text:
        return copy.text(f"saying.{saying.kind}", matchers=matchers, cause=obstacle.told(saying.text), t=at)

    matched = clean(", ".join(f"{name}={value}" for name, value in saying.matchers), ROW_LIMIT)
    at = "" if saying.at is None else clock(saying.at, timezone, now)
    preview = words(matched, at)
    shown_at = "" if saying.at is None else moment(saying.at, now, timezone)
    shown = words(labels(saying.matchers, ROW_LIMIT), shown_at)
    body = [elements.markdown(shown, languages, element_id="silence"), *([page] if page else [])]
    return elements.card(preview, None, body, languages)


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
