"""Entries written into a team file between the lines that are there: comments, order and layout stay as they were."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from alertbridge.config.document import MAX_BYTES, items, pairs, plain, read_document, value_of
from alertbridge.config.problems import ConfigError
from alertbridge.importing.answers import ExportError
from alertbridge.importing.blocks import Mark, Tree, digest_of, entry_lines, read_mark

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""Where ruamel counts a new line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An entry of a section of the file."""

    key: str
    value: object
    first: int
    """Its lines, from the one with its key until before `last`; they count from 0."""
    last: int
    mark: Mark | None
    is_touched: bool
    """Whether somebody changed its lines since they were imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """An entry to write, in place of one of that key, or after the others."""

    section: str
    key: str
    value: Mapping[str, Tree]
    origin: str = ""


class TeamText:
    """The text of a team file that can be added to."""

    def __init__(self, text: str, source: str) -> None:
        """Raises `ConfigError` where the text is no YAML."""
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._text = text.removeprefix("\ufeff")
        self.source = source
        self._document = read_document(self._text, source)
        self._lines = _BREAK.split(self._text)

    def entries(self, section: str) -> dict[str, Standing]:
        """Return the entries of a section by key; none where there is no such section."""
        found = {}
        for key, value in pairs(value_of(self._document.root, section)):
            first, last = key.start_mark.line, self._end(key, value)
            mark = read_mark(self._lines[first])
            lines = self._lines[first + 1 : last]
            is_touched = mark is None or digest_of(lines) != mark.digest
            found[key.value] = Standing(
                key=key.value, value=plain(value), first=first, last=last, mark=mark, is_touched=is_touched
            )
        return found

    def put(self, entries: Sequence[Put]) -> str:
        """Return the text with the entries in it. Raises `ExportError` where its layout leaves no place for them."""
        edits: list[tuple[int, int, list[str]]] = []
        missing: list[str] = []
        for section in dict.fromkeys(entry.section for entry in entries):
            own = [entry for entry in entries if entry.section == section]
            if value_of(self._document.root, section) is None:
                missing += ["", f"{section}:", *_written(own, 2)]
            else:
                edits += self._edits(section, own)
        lines = list(self._lines)
        for first, last, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
            lines[first:last] = new
        if missing:
            while lines and not lines[-1].strip():
                lines.pop()
            lines += [*missing, ""]
        text = ("\r\n" if "\r\n" in self._text else "\n").join(lines)
        self._compare(text, entries)
        return self._mark + text

    def _edits(self, section: str, entries: Sequence[Put]) -> list[tuple[int, int, list[str]]]:
        standing = self.entries(section)
        key, node = self._document.find((section,))
        if isinstance(node, ScalarNode | MappingNode) and not pairs(node) and not getattr(node, "value", None):
            line = key.start_mark.line
            comment = self._lines[line].partition("#")[2]
            head = f"{section}:" + (f"  #{comment}" if comment else "")
            return [(line, max(self._end(key, node), line + 1), [head, *_written(entries, 2)])]
        if not isinstance(node, MappingNode) or node.flow_style:
            raise ExportError(
                f"{self.source}: `{section}` is written in one line", "write one entry per line, each indented"
            )
        indent = pairs(node)[0][0].start_mark.column
        edits = [
            (standing[entry.key].first, standing[entry.key].last, _written([entry], indent))
            for entry in entries
            if entry.key in standing
        ]
        end = max(one.last for one in standing.values())
        if new := [entry for entry in entries if entry.key not in standing]:
            edits.append((end, end, _written(new, indent)))
        return edits

    def _end(self, key: Node, value: Node) -> int:
        """Return the line after the last one of an entry, comments and empty lines behind it left out."""
        line = int(key.start_mark.line)  # an alias stands where its anchor is, perhaps above
        end = max(line, _last_line(value) if _is_written(value) else line) + 1
        while end > line + 1 and _is_empty(self._lines[end - 1], key.start_mark.column):
            end -= 1
        return end

    def _compare(self, text: str, entries: Sequence[Put]) -> None:
        """Make sure that the file says what it said, and the entries, and nothing else."""
        expected = plain(self._document.root)
        assert isinstance(expected, dict)
        for entry in entries:
            section = expected.get(entry.section)
            before = section if isinstance(section, dict) else {}
            expected[entry.section] = {**before, entry.key: as_read(entry.value)}
        if len(text) > MAX_BYTES:
            raise ExportError(
                f"{self.source}: it would be larger than {MAX_BYTES >> 20} MiB",
                "export only the schedules that are needed here",
            )
        with suppress(ConfigError):
            if plain(read_document(text, self.source).root) == expected:
                return
        raise ExportError(
            f"{self.source}: there is no place for new entries in how it is laid out",
            "name another file: --into new.yaml, and join them by hand",
        )


def as_read(value: Tree) -> object:
    """Return a value as the reader of a team file gives it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: as_read(inner) for key, inner in value.items()}
    return [as_read(item) for item in value]


def _written(entries: Sequence[Put], indent: int) -> list[str]:
    return [
        line for entry in entries for line in entry_lines(entry.key, entry.value, indent=indent, origin=entry.origin)
    ]


def _is_written(node: Node) -> bool:
    return isinstance(node, CollectionNode) or bool(node.value)


def _last_line(node: Node) -> int:
    """Find the line of the last scalar in a node; what is in brackets ends where they do."""
    if isinstance(node, CollectionNode) and not node.flow_style:
        inner = [part for pair in pairs(node) for part in pair] or items(node)
        return max((_last_line(part) for part in inner), default=int(node.start_mark.line))
    end = node.end_mark
    begin = int(node.start_mark.line)
    return int(end.line) - 1 if end.column == 0 and end.line > begin else int(end.line)


def _is_empty(line: str, column: int) -> bool:
    """Whether a line is blank, or a comment that does not belong to an entry at `column`."""
    text = line.lstrip()
    return not text or (text.startswith("#") and len(line) - len(text) <= column)
