"""Entries as lines of YAML, and the mark that says where an entry came from and what was written then."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote

Tree: TypeAlias = "str | Sequence[Tree] | Mapping[str, Tree]"
"""A value of a team file as it is written: all scalars are text."""

_INDENT = 2
_WIDTH = 110
_BARE = re.compile(
    r"(?!(?i:true|false|yes|no|on|off|null|y|n)$)"
    r"(?:[^\W\d_](?:[\w.@+/ -]*\w)?|[1-9]\d{0,4}|\d{4}-\d\d-\d\d|(?:\d+[dhms])+)"
)
"""What every reader of YAML takes for the same text, number, date or duration."""

_MARK = re.compile(r"#\s*imported: (?P<origin>\S+) (?P<digest>[0-9a-f]{8})\s*$")


@dataclass(frozen=True, slots=True)
class Mark:
    """Stands behind the key of an imported entry."""

    origin: str
    digest: str
    """Of the lines that were written: other lines mean that somebody changed them."""

    def __str__(self) -> str:
        return f"# imported: {self.origin} {self.digest}"


def origin_of(product: str, key: str) -> str:
    """Name an object of another product, in one word."""
    return f"{product}/{quote(key, safe='')}"


def read_mark(line: str) -> Mark | None:
    """Find the mark at the end of a line."""
    found = _MARK.search(line)
    return Mark(found["origin"], found["digest"]) if found else None


def digest_of(lines: Sequence[str]) -> str:
    """Return what tells the lines of an entry, without its key, from others; where they stand does not count."""
    filled = [line.rstrip() for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return sha256("\n".join(line[margin:] for line in filled).encode("utf-8", "replace")).hexdigest()[:8]


def entry_lines(key: str, value: Mapping[str, Tree], *, indent: int, origin: str = "") -> list[str]:
    """Write an entry of a section, with a mark where it has an origin."""
    body = list(_mapping(value, indent + _INDENT))
    mark = f"  {Mark(origin, digest_of(body))}" if origin else ""
    return [" " * indent + f"{scalar(key)}:{mark}", *body]


def scalar(text: str) -> str:
    """Write a text, in quotes where a reader of YAML could take it for something else."""
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _mapping(value: Mapping[str, Tree], indent: int) -> Iterator[str]:
    for key, inner in value.items():
        head = " " * indent + f"{scalar(key)}:"
        short = _flow(inner)
        if len(head) + len(short) < _WIDTH and not _holds_mappings(inner):
            yield f"{head} {short}"
        elif isinstance(inner, Mapping):
            yield head
            yield from _mapping(inner, indent + _INDENT)
        else:
            yield head
            for item in inner:
                yield from _item(item, indent + _INDENT)


def _item(item: Tree, indent: int) -> Iterator[str]:
    short = _flow(item)
    if not isinstance(item, Mapping) or (indent + len(short) + 2 < _WIDTH and not _holds_mappings_inside(item)):
        yield f"{' ' * indent}- {short}"
        return
    lines = list(_mapping(item, indent + _INDENT))
    yield " " * indent + "- " + lines[0].lstrip()
    yield from lines[1:]


def _flow(value: Tree) -> str:
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(_flow, value)) + "]"


def _holds_mappings(value: Tree) -> bool:
    return not isinstance(value, str | Mapping) and any(isinstance(item, Mapping) for item in value)


def _holds_mappings_inside(value: Mapping[str, Tree]) -> bool:
    return any(isinstance(inner, Mapping) or _holds_mappings(inner) for inner in value.values())
