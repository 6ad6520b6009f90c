"""Which words somebody may have meant who wrote one that is none."""

from collections.abc import Iterable

from alertbridge.core.spoken.vocabulary import BY_WORD, Word

_SHOWN = 3
_LONGEST = 24
"""Characters of a word that are compared: nobody mistypes a whole sentence."""


def nearest(heard: str, words: Iterable[Word]) -> tuple[str, ...]:
    """The names of at most three of `words` that are near to `heard` (folded), nearest first, in its script."""
    heard = heard[:_LONGEST]
    is_chinese = not heard.isascii()
    ranked: list[tuple[int, int, str]] = []
    for place, word in enumerate(words):
        entry = BY_WORD[word]
        names = entry.chinese if is_chinese else entry.english
        found = [(distance, name) for name in names if (distance := _distance(heard, name)) is not None]
        if found:
            distance, name = min(found)
            ranked.append((distance, place, name))
    return tuple(name for _, _, name in sorted(ranked)[:_SHOWN])


def _distance(heard: str, name: str) -> int | None:
    """How far apart two words are; None where nobody would take one for the other."""
    apart = edits(heard, name)
    longer, shorter = max(len(heard), len(name)), min(len(heard), len(name))
    if apart < shorter and apart <= (longer + 1) // 2:
        return apart
    is_begun = shorter > 1 and (name.startswith(heard) or heard.startswith(name))
    return apart + longer if is_begun else None


def edits(one: str, other: str) -> int:
    """How many characters have to be put in, left out, changed or swapped with their neighbour to come from one to
    the other (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, mine in enumerate(one, start=1):
        oldest, before, row = before, row, [at]
        for place, theirs in enumerate(other, start=1):
            cost = min(before[place] + 1, row[-1] + 1, before[place - 1] + (mine != theirs))
            if at > 1 and place > 1 and mine == other[place - 2] and one[at - 2] == theirs:
                cost = min(cost, oldest[place - 2] + 1)
            row.append(cost)
    return row[-1]
