"""From a message to what it asks for, or why it cannot be understood; or to nothing: people also talk about the bot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import Final

from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.command import Verb
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.spoken import quantities
from alertbridge.core.spoken.covers import CoverWords, Nobody, read_cover
from alertbridge.core.spoken.line import Line, Piece, line_of
from alertbridge.core.spoken.vocabulary import BY_CHINESE, BY_ENGLISH, Entry, Needs, Question, Word

_NUMBER: Final = re.compile(r"# ?([0-9]{1,9})(?![0-9a-z])")
_SEPARATORS: Final = " :,"
_FIRST_WORD: Final = re.compile(rf"[^{_SEPARATORS}]*")
_CLOSING: Final = " .!~"
"""What closes a sentence, and says nothing."""

_EMAIL: Final = re.compile(r"[^\s@:,;]+@[^\s@:,;]+\.[^\s@:,;]+")
_TO: Final = re.compile(r"(?:to |给 ?)")
_LOOKS_LIKE_TIME: Final = re.compile(r"[0-9一二两三四五六七八九十半明今]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a message asks for."""

    word: Word
    number: int | None = None
    """The incident it names."""
    to: OpenId | None = None
    email: str = ""
    """The person, where they were not mentioned."""
    role: Role | None = None
    cover: CoverWords | None = None
    level: Severity | None = None
    seconds: int | None = None
    clock: time | None = None
    """Until when, in the route's zone."""
    text: str = ""
    topic: Word | None = None
    """What help is wanted with."""


class Riddle(StrEnum):
    """Why a message cannot be understood."""

    UNKNOWN = "unknown"
    """`heard` is no word of ours."""
    ARGUMENT = "argument"
    """What has to follow the word is missing, or is something else."""
    ALONE = "alone"
    """Nothing follows this word."""
    TIME = "time"
    """A time that may be meant in several ways."""
    PERSON = "person"
    """`heard` names nobody we can find."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzled:
    """A message to us that cannot be understood."""

    why: Riddle
    number: int | None = None
    word: Word | None = None
    heard: str = ""


Heard = Asked | Puzzled


def hear(pieces: Sequence[Piece], *, is_direct: bool) -> Heard | None:
    """Read a message; None where it is not for us. In a direct chat everything is."""
    whole = line_of(pieces)
    if not is_direct and not whole.mentions_us:
        return None
    line = whole.without_us()
    place, number = _take_number(line.folded, _after_separators(line.folded, 0))
    if not (is_direct or whole.is_for_us_first) and _find_word(line, place) is None:
        return None
    heard = _hear(line, place)
    return heard if number is None else replace(heard, number=number)


def _take_number(text: str, place: int) -> tuple[int, int | None]:
    found = _NUMBER.match(text, place)
    return (_after_separators(text, found.end()), int(found[1])) if found else (place, None)


def _after_separators(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SEPARATORS:
        place += 1
    return place


def _hear(line: Line, place: int) -> Heard:
    short = line.until_the_end(_CLOSING)
    said = short.folded[place:]
    if said in ("", "?"):
        # Somebody called us and said nothing, or only named an incident.
        return Asked(word=Question.STATUS if place else Question.HELP)
    found = _find_word(short, place)
    if said.endswith("?") and (found is None or found[0].word is not Verb.NOTE):
        return _answer_to(short.until_the_end(_CLOSING + "?"), place)
    if found is None:
        return Puzzled(why=Riddle.UNKNOWN, heard=_first_word(said, 0))
    entry, after = found
    return _read_arguments(entry, line, after)


def _answer_to(question: Line, place: int) -> Asked:
    """A question never acts: it is answered where it is one of ours, and by how things stand elsewhere."""
    found = _find_word(question, place)
    if found is not None and isinstance(found[0].word, Question):
        heard = _read_arguments(found[0], question, found[1])
        if isinstance(heard, Asked):
            return heard
    return Asked(word=Question.STATUS)


def _first_word(text: str, place: int) -> str:
    found = _FIRST_WORD.match(text, place)
    return found[0] if found else ""


# -- the word ----------------------------------------------------------------------------------------------------------


def _find_word(line: Line, place: int) -> tuple[Entry, int] | None:
    """The word at this place, and where the line goes on after it. A Chinese one may touch what follows, if we
    understand all of that: 恢复了吗 does not ask to resolve."""
    text = line.folded
    english = _first_word(text, place)
    if entry := BY_ENGLISH.get(english):
        return entry, place + len(english)
    for name, entry in BY_CHINESE.items():
        after = place + len(name)
        if not text.startswith(name, place):
            continue
        if _ends_at(text, after) or _may_touch(entry, line, after):
            return entry, after
    return None


def _ends_at(text: str, place: int) -> bool:
    return place >= len(text) or text[place] in _SEPARATORS + _CLOSING + "?"


def _may_touch(entry: Entry, line: Line, after: int) -> bool:
    match entry.needs:
        case Needs.TEXT | Needs.PERHAPS_TEXT | Needs.NOTHING | Needs.PERHAPS_WORD:
            return False
        case Needs.PERHAPS_TIME | Needs.TIME_AND_PERHAPS_TEXT if _LOOKS_LIKE_TIME.match(line.folded, after):
            return True  # what is unclear about it is said
        case _:
            return isinstance(_read_arguments(entry, line, after), Asked)


# -- what follows it ---------------------------------------------------------------------------------------------------


def _read_arguments(entry: Entry, line: Line, after: int) -> Heard:
    word = entry.word
    place = _after_separators(line.folded, after)
    if entry.needs in (Needs.TEXT, Needs.PERHAPS_TEXT):
        text = line.written_from(place)
        if not text and entry.needs is Needs.TEXT:
            return Puzzled(why=Riddle.ARGUMENT, word=word)
        return Asked(word=word, text=text)
    short = line.until_the_end(_CLOSING)
    place, number = _take_number(short.folded, place)
    rest = short.folded[place:]
    heard: Heard
    match entry.needs:
        case Needs.PERHAPS_PERSON if not rest:
            heard = Asked(word=word)
        case Needs.PERSON | Needs.PERHAPS_PERSON:
            heard = _person(word, short, place)
        case Needs.ROLE_AND_PERSON:
            heard = _role(word, short, place)
        case Needs.COVER:
            heard = _cover(word, short, place)
        case Needs.LEVEL:
            level = quantities.level(rest)
            heard = Asked(word=word, level=level) if level else Puzzled(why=Riddle.ARGUMENT, word=word)
        case Needs.PERHAPS_TIME | Needs.TIME_AND_PERHAPS_TEXT:
            heard = _time(entry, short, place, line)
        case Needs.PERHAPS_WORD:
            named = _find_word(short, place)
            heard = Asked(word=word, topic=named[0].word if named else None)
        case Needs.PERHAPS_ALL:
            heard = Asked(word=word) if rest in ("", "all", "全部") else Puzzled(why=Riddle.ARGUMENT, word=word)
        case _:
            heard = Puzzled(why=Riddle.ALONE, word=word) if rest else Asked(word=word)
    return heard if number is None else replace(heard, number=number)


def _person(word: Word, line: Line, place: int) -> Heard:
    if to := _TO.match(line.folded, place):
        place = to.end()
    rest = line.folded[place:]
    if not rest:
        return Puzzled(why=Riddle.ARGUMENT, word=word)
    mentioned = line.person(place)
    if mentioned is not None and len(rest) == 1:
        if mentioned.open_id is None:
            return Puzzled(why=Riddle.PERSON, word=word, heard=f"@{mentioned.name}")
        return Asked(word=word, to=mentioned.open_id)
    if _EMAIL.fullmatch(rest):
        return Asked(word=word, email=rest)
    return Puzzled(why=Riddle.PERSON, word=word, heard=line.written_from(place))


_ROLES: Final = {
    "lead": Role.LEAD,
    "负责人": Role.LEAD,
    "comms": Role.COMMS,
    "communicator": Role.COMMS,
    "沟通人": Role.COMMS,
    "scribe": Role.SCRIBE,
    "记录人": Role.SCRIBE,
}
_ROLE: Final = re.compile("|".join(sorted(_ROLES, key=len, reverse=True)))


def _role(word: Word, line: Line, place: int) -> Heard:
    """A role, and who shall have it."""
    if (named := _ROLE.match(line.folded, place)) is None:
        return Puzzled(why=Riddle.ARGUMENT, word=word)
    heard = _person(word, line, _after_separators(line.folded, named.end()))
    return replace(heard, role=_ROLES[named[0]]) if isinstance(heard, Asked) else heard


def _cover(word: Word, line: Line, place: int) -> Heard:
    match read_cover(line, place):
        case Nobody(written):
            return Puzzled(why=Riddle.PERSON, word=word, heard=written)
        case None:
            return Puzzled(why=Riddle.ARGUMENT, word=word)
        case cover:
            return Asked(word=word, cover=cover)


def _time(entry: Entry, line: Line, place: int, whole: Line) -> Heard:
    """For how long or until when; what follows it is a text, where one may follow, taken from the `whole` line."""
    text, word = line.folded, entry.word
    if place >= len(text):
        is_needed = entry.needs is Needs.TIME_AND_PERHAPS_TEXT
        return Puzzled(why=Riddle.ARGUMENT, word=word) if is_needed else Asked(word=word)
    if lasting := quantities.duration(text, place):
        heard, end = Asked(word=word, seconds=lasting[0]), lasting[1]
    elif ending := quantities.until(text, place):
        heard, end = Asked(word=word, clock=ending[0]), ending[1]
    else:
        return Puzzled(why=Riddle.TIME, word=word)
    if end >= len(text):
        return heard
    if entry.needs is Needs.TIME_AND_PERHAPS_TEXT and text[end] in _SEPARATORS:
        return replace(heard, text=whole.written_from(_after_separators(whole.folded, end)))
    return Puzzled(why=Riddle.TIME, word=word)
