"""How listings are printed: a table for people, JSON for machines. Foreign text is cleaned first (P8)."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
import msgspec

from alertbridge.core.text import INVISIBLE, clean

Command = TypeVar("Command", bound=Callable[..., Any])

CELL_LIMIT = 60

_ESCAPED = {code: f"\\u{code:04x}" for code in INVISIBLE if code >= 0x7F}


def OUTPUT(command: Command) -> Command:  # noqa: N802 - stands among click's decorators as a constant
    """Add `--output table|json`."""
    return click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)(
        command
    )


def print_json(value: object) -> None:
    """Print one JSON document, readable; what a terminal would obey or hide is escaped."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode().translate(_ESCAPED))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their cells; Chinese characters take two places."""
    cleaned = [[clean(cell, CELL_LIMIT) for cell in row] for row in rows]
    widths = [max(width_of(line[column]) for line in [list(head), *cleaned]) for column in range(len(head))]
    for line in [list(head), *cleaned]:
        cells = (cell + " " * (width - width_of(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def width_of(text: str) -> int:
    """How many places a text takes in a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
