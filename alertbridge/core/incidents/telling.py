"""A line of the timeline in words, for the archive, the pages and the command line."""

from collections.abc import Mapping
from typing import Final

from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents import obstacle
from alertbridge.core.incidents.command import TEXT_LIMIT
from alertbridge.core.text import LABEL_LIMIT, PERSON_LIMIT, SUMMARY_LIMIT, clean
from alertbridge.core.timeline import Happening, TimelineLine

UNKNOWN: Final = "?"
"""Stands for a detail that an older line does not carry: history is told, whatever it lacks."""

_OF_ALERTMANAGER: Final = frozenset({act.PutSilence.key, act.EndSilence.key})


def tell(line: TimelineLine, names: Mapping[OpenId, str]) -> Text:
    """What happened, in every language, without its time."""
    to = line.details.get("to")
    values: dict[str, str | int | Text] = {name: clean(value, LABEL_LIMIT) for name, value in line.details.items()}
    values |= {"who": name_of(line.by, names), "to": name_of(OpenId(to) if to else None, names)}
    code = clean(line.text, max(SUMMARY_LIMIT, TEXT_LIMIT))
    key = f"timeline.{line.what}"
    if (via := f"via.{line.details.get('via')}") in copy.CATALOGUE:
        values["via"] = copy.text(via)
    known = f"{key}.{code}" in copy.CATALOGUE
    match line.what:
        case Happening.ALERTS | Happening.UNFOLDED | Happening.GAVE_WAY | Happening.NOBODY if known:
            return _told(f"{key}.{code}", values)
        case Happening.CHAT_LOST if f"lost.{code}" in copy.CATALOGUE:
            values["how"] = copy.text(f"lost.{code}")
            return _told(_by_itself(key, line), values)
        case Happening.GAVE_WAY | Happening.REPAIRED if f"thing.{code}" in copy.CATALOGUE:
            return _told(key, {"thing": copy.text(f"thing.{code}")})
        case Happening.LEFT | Happening.RESOLVED | Happening.PAGED | Happening.SHIFT_CHANGED if (
            f"{key}.{code}" in copy.CATALOGUE
        ):
            return _told(f"{key}.{code}", values)
        case Happening.JOINED | Happening.LEFT if line.by == to:
            return _told(f"{key}.self", values)
        case Happening.NOT_PAGED if f"hurdle.{code}" in copy.CATALOGUE:
            return copy.join("", (_told(key, values), copy.text("label.colon"), copy.text(f"hurdle.{code}")))
        case Happening.REFUSED if f"verb.{code}" in copy.CATALOGUE:
            values["verb"] = copy.text(f"verb.{code}")
            return _told(key, values)
        case Happening.ROLE if f"role.{code}" in copy.CATALOGUE:
            values["role"] = copy.text(f"role.{code}")
            return _told(_by_itself(key, line), values)
        case Happening.TROUBLE if line.details.get("action") in _OF_ALERTMANAGER and code:
            return copy.join("", (_told(key, values), copy.text("label.colon"), obstacle.told(code)))
        case Happening.TROUBLE if line.by is not None:
            key = f"{key}.person"
        case Happening.TROUBLE if "action" not in line.details:
            key = f"{key}.note"
    told = _told(_by_itself(key, line), values)
    return copy.join("", (told, copy.text("label.colon"), code)) if code else told


def _by_itself(key: str, line: TimelineLine) -> str:
    """The wording for what no person did, where there is one; elsewhere nobody is the operator's command line."""
    itself = f"{key}.itself"
    return itself if line.by is None and itself in copy.CATALOGUE else key


def _told(key: str, values: Mapping[str, str | int | Text]) -> Text:
    return copy.text(key, **(dict.fromkeys(copy.placeholders(key), UNKNOWN) | dict(values)))


def name_of(person: OpenId | None, names: Mapping[OpenId, str]) -> Text:
    """A person's name as text: the known one, else a word for a member; None is the operator's command line."""
    if person is None:
        return copy.text("person.operator")
    known = clean(names.get(person, ""), PERSON_LIMIT)
    return dict.fromkeys(copy.LANGUAGES, known) if known else copy.text("person.member")
