"""The catalogue: every piece of our own copy, by id, in every language; nothing that people read is worded elsewhere.

Ids are `<place>.<kind>`; kinds that are values of the core (states, buttons, next steps, happenings) carry those names.
A `{placeholder}` is the same in all languages. Words that stand in card markdown hold nothing that is markup there.
"""

from collections.abc import Iterable, Iterator
from string import Formatter

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy.card import CARD
from alertbridge.core.copy.commands import COMMANDS
from alertbridge.core.copy.doctor import DOCTOR
from alertbridge.core.copy.messages import MESSAGES
from alertbridge.core.copy.timeline import TIMELINE

LANGUAGES = ("zh", "en")
"""The languages we speak, in the order of the pairs below."""

Languages = tuple[str, ...]
"""The languages that are set, the primary one first: `("zh", "en")`, `("en",)`."""

CATALOGUE: dict[str, tuple[str, str]] = CARD | MESSAGES | COMMANDS | TIMELINE | DOCTOR
"""The places are kept apart in modules of their own."""


def text(key: str, /, **values: str | int | Text) -> Text:
    """The piece with its placeholders filled, in every language; a value may have a wording per language itself."""
    return {
        language: template.format_map({name: _in(language, value) for name, value in values.items()})
        for language, template in zip(LANGUAGES, CATALOGUE[key], strict=True)
    }


def _in(language: str, value: str | int | Text) -> str:
    return value[language] if isinstance(value, dict) else str(value)


def segments(key: str, language: str) -> Iterator[tuple[str, str]]:
    """The piece cut at its placeholders, as (words, placeholder after them or ""), for messages made of nodes."""
    template = CATALOGUE[key][LANGUAGES.index(language)]
    for words, placeholder, _, _ in Formatter().parse(template):
        yield words, placeholder or ""


def placeholders(key: str) -> frozenset[str]:
    """What the piece has to be told."""
    return frozenset(placeholder for _, placeholder in segments(key, LANGUAGES[0]) if placeholder)


def primary(piece: Text, languages: Languages) -> str:
    """The wording in the primary language, for places that have room for one."""
    return piece[languages[0]]


def spoken(piece: Text, languages: Languages) -> Text:
    """The wordings in the languages that are set, the primary one first."""
    return {language: piece[language] for language in languages}


def dual(key: str, languages: Languages) -> str:
    """A fixed label in all languages that are set, for places that cannot tell readers apart: `事件 Incident`."""
    return " ".join(spoken(text(key), languages).values())


def label(key: str, languages: Languages) -> str:
    """`dual` with the colon that its value follows: `负责人 Lead：`."""
    return dual(key, languages) + primary(text("label.colon"), languages)


def join(separator: Text | str, pieces: Iterable[Text | str]) -> Text:
    """Pieces in a row, in every language; a plain `str` is the same in all of them."""
    row = list(pieces)
    return {language: _in(language, separator).join(_in(language, piece) for piece in row) for language in LANGUAGES}
