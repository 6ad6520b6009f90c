"""Who shall cover for whom, and when, as it is written behind the word for it."""

import re
from dataclasses import dataclass
from typing import Final

from alertbridge.core.ids import OpenId
from alertbridge.core.oncall.covering import HOURS, minutes_of
from alertbridge.core.spoken.line import Line

_ME: Final = re.compile(r"(?:me|我)(?![a-z])")
_EMAIL: Final = re.compile(r"[^\s@:,;]+@[^\s@:,;]+\.[^\s@:,;]+")
_BETWEEN: Final = re.compile(r"[ ,]*(?:(?:by|to|由|给) ?)?")
_WORD: Final = re.compile(r"[^ ,]+")


@dataclass(frozen=True, slots=True)
class Whom:
    """A person, by mention or by email; neither: whoever writes."""

    open_id: OpenId | None = None
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverWords:
    """What is asked for."""

    who: Whom
    """Whose shift it is."""
    by: Whom
    start: int
    """Minute of the day on the wall clock."""
    end: int


@dataclass(frozen=True, slots=True)
class Nobody:
    """Words where a person should be named."""

    written: str


def read_cover(line: Line, place: int) -> CoverWords | Nobody | None:
    """Read two people and a time, `18:00-22:00`; None: something is missing, or is something else."""
    who = _whom(line, place)
    if not isinstance(who, tuple):
        return who
    by = _whom(line, who[1])
    if not isinstance(by, tuple):
        return by
    hours = HOURS.fullmatch(line.folded, _after(line, by[1]))
    if hours is None:
        return None
    start, end = minutes_of(hours)
    return CoverWords(who=who[0], by=by[0], start=start, end=end)


def _whom(line: Line, place: int) -> tuple[Whom, int] | Nobody | None:
    """The person named here, and where the line goes on after them."""
    place = _after(line, place)
    if place >= len(line.folded) or HOURS.match(line.folded, place):
        return None
    mentioned = line.person(place)
    if mentioned is not None:
        named = Whom(open_id=mentioned.open_id)
        return (named, place + 1) if mentioned.open_id is not None else Nobody(f"@{mentioned.name}")
    if email := _EMAIL.match(line.folded, place):
        return Whom(email=email[0]), email.end()
    if me := _ME.match(line.folded, place):
        return Whom(), me.end()
    word = _WORD.match(line.folded, place)
    return Nobody(word[0]) if word else None


def _after(line: Line, place: int) -> int:
    between = _BETWEEN.match(line.folded, place)
    return between.end() if between else place
