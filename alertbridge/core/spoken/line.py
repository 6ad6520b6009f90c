"""A message as people wrote it, beside the folded copy that is compared with words.

Chinese keyboards write full-width digits, colons and spaces; phones add invisible characters. Both are folded away, and
each place of the copy knows where it came from, so that free text is taken as it was written.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from alertbridge.core.ids import OpenId
from alertbridge.core.text import INVISIBLE

BOT = "\uf8ff"
"""Stands for a mention of our bot."""

_FIRST_PERSON = 0xE000
_PEOPLE = 1_000
"""People who can stand in one message; a mention beyond is only a name."""

_READ = 4_000
"""Characters of a message that are read: nobody gives a longer command."""

_STAND_INS = dict.fromkeys((*range(_FIRST_PERSON, _FIRST_PERSON + _PEOPLE), ord(BOT)), "\ufffd")
"""What stands for mentions cannot be typed."""


@dataclass(frozen=True, slots=True)
class Named:
    """A person, or another bot, that was mentioned; without an id where Feishu tells us none."""

    open_id: OpenId | None
    name: str


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Our bot was mentioned."""


Piece = str | Named | Ourselves
"""A message is made of words and mentions."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was written, a mention being one character, and its folded copy."""

    raw: str
    folded: str
    origins: tuple[int, ...]
    """Where in `raw` each character of `folded` was."""
    people: tuple[Named, ...]

    @property
    def is_for_us_first(self) -> bool:
        """Whether it begins with a mention of our bot."""
        return self.folded.startswith(BOT)

    @property
    def mentions_us(self) -> bool:
        """Whether our bot is mentioned anywhere."""
        return BOT in self.folded

    def without_us(self) -> "Line":
        """The same, our bot's mentions gone."""
        return _fold(self.raw.replace(BOT, " "), self.people)

    def until_the_end(self, dropped: str) -> "Line":
        """The same without these characters at its end."""
        kept = self.folded.rstrip(dropped)
        return Line(self.raw, kept, self.origins[: len(kept)], self.people)

    def person(self, place: int) -> Named | None:
        """The person mentioned at this place of the copy."""
        number = ord(self.folded[place]) - _FIRST_PERSON
        return self.people[number] if 0 <= number < len(self.people) else None

    def written_from(self, place: int) -> str:
        """What was written from this place of the copy on, as it was written; people by name."""
        written = self.raw[self.origins[place] :] if place < len(self.folded) else ""
        for number, person in enumerate(self.people):
            written = written.replace(chr(_FIRST_PERSON + number), f"@{person.name}")
        return written.strip()


def line_of(pieces: Sequence[Piece]) -> Line:
    """Put a message together."""
    raw: list[str] = []
    people: list[Named] = []
    for piece in pieces:
        match piece:
            case str():
                raw.append(piece.translate(_STAND_INS))
            case Ourselves():
                raw.append(BOT)
            case Named() if len(people) < _PEOPLE:
                raw.append(chr(_FIRST_PERSON + len(people)))
                people.append(piece)
            case _:
                raw.append(f"@{piece.name}".translate(_STAND_INS))
    return _fold("".join(raw)[:_READ], tuple(people))


def _fold(raw: str, people: tuple[Named, ...]) -> Line:
    folded: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(raw):
        for plain in unicodedata.normalize("NFKC", character.translate(INVISIBLE)).casefold():
            shown = " " if plain.isspace() else _PLAIN.get(plain, plain)
            if shown == " " and (not folded or folded[-1] == " "):
                continue
            folded.append(shown)
            origins.append(place)
    if folded and folded[-1] == " ":
        folded.pop()
        origins.pop()
    return Line(raw, "".join(folded), tuple(origins), people)


_PLAIN = {"。": ".", "、": ",", "～": "~"}
"""Punctuation that NFKC leaves as it is."""
