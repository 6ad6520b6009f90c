"""Posts (rich text): plain words, links and mentions as nodes, a body for each language (CHAT.md sections 4 and 8).

Only the nodes `text`, `a` and `at`: none of them reads its text as markup. Source: official page "Rich text messages".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.copy.catalogue import Languages
from alertbridge.core.ids import OpenId
from alertbridge.feishu.calls.messages import Content
from alertbridge.feishu.cards.locales import JsonObject, by_locale

SENTENCE_GAP = {"zh": "", "en": " "}
"""What stands between two sentences."""


@dataclass(frozen=True, slots=True)
class Mention:
    """People who are notified."""

    people: tuple[OpenId, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link on words of ours. `href` is encoded already."""

    words: Text
    href: str


Value = str | int | Text | Mention | Anchor
"""What a placeholder of a sentence is filled with; foreign text is cleaned already."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One piece of the catalogue and what fills it."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


Part = Sentence | Value
"""A sentence, or something that stands for itself."""


def post(paragraphs: Iterable[Sequence[Part]], languages: Languages) -> Content:
    """A post with a body for each language that is set, no title. All bodies mention the same people."""
    bodies = list(paragraphs)
    return Content.post(
        by_locale(languages, lambda language: {"content": [_paragraph(parts, language) for parts in bodies]})
    )


def lines(text: Text, languages: Languages) -> Content:
    """A post of plain words: a paragraph for each line. What is foreign in it is cleaned already."""
    return Content.post(
        by_locale(languages, lambda language: {"content": [[_words(line)] for line in text[language].splitlines()]})
    )


def _paragraph(parts: Sequence[Part], language: str) -> list[JsonObject]:
    nodes: list[JsonObject] = []
    for position, part in enumerate(parts):
        if position:
            nodes.append(_words(SENTENCE_GAP[language]))
        nodes += _sentence(part, language) if isinstance(part, Sentence) else _nodes(part, language)
    return _merged(nodes)


def _sentence(sentence: Sentence, language: str) -> Iterator[JsonObject]:
    for words, placeholder in copy.segments(sentence.key, language):
        yield _words(words)
        if placeholder:
            yield from _nodes(sentence.values[placeholder], language)


def _nodes(value: Value, language: str) -> list[JsonObject]:
    match value:
        case Mention(people):
            called = [[{"tag": "at", "user_id": person}, _words(" ")] for person in people]
            return [node for pair in called for node in pair][:-1]
        case Anchor(words, href):
            return [{"tag": "a", "text": words[language], "href": href}]
        case dict():
            return [_words(value[language])]
        case _:
            return [_words(str(value))]


def _words(text: str) -> JsonObject:
    return {"tag": "text", "text": text}


def _merged(nodes: Iterable[JsonObject]) -> list[JsonObject]:
    """Neighbouring words as one node, empty ones gone."""
    merged: list[JsonObject] = []
    for node in nodes:
        if node["tag"] == "text" and merged and merged[-1]["tag"] == "text":
            merged[-1] = _words(merged[-1]["text"] + node["text"])
        elif node["tag"] != "text" or node["text"]:
            merged.append(node)
    return merged
