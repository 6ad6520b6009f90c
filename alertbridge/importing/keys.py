"""Keys of a team file for things that had names elsewhere."""

import re
import unicodedata
from collections.abc import Iterable

from alertbridge.config.values import OFF
from alertbridge.core.text import clean

_LONGEST = 40
_NO_PART_OF_A_KEY = re.compile(r"[\W_]+")


def key_for(name: str, instead: str) -> str:
    """Make a key of a name: small letters and digits of any script, dashes between; of `instead` where none is left."""
    for text in (name, instead):
        composed = unicodedata.normalize("NFKC", clean(text, 200)).casefold()
        if key := _NO_PART_OF_A_KEY.sub("-", composed).strip("-")[:_LONGEST].rstrip("-"):
            return f"{key}-1" if key == OFF else key
    return "unnamed"


def free_key(key: str, taken: Iterable[str]) -> str:
    """Return the key, with a number behind it where somebody else has it."""
    others = set(taken)
    number, free = 1, key
    while free in others:
        number += 1
        free = f"{key}-{number}"
    return free
