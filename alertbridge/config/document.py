"""A YAML text as a tree that remembers where everything stood. Every scalar is text: the reader of a field decides.

So nothing depends on YAML's guesses: `on`, `09:00`, `2026-01-05` and `+8613800138000` arrive as they were written.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from alertbridge.config.problems import ConfigError, Problem

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 200_000
"""With aliases written out: a short text can stand for billions of nodes."""

NO_VALUE: Final = object()
"""What a key without a value (`people:` and nothing behind it) has; no field takes it."""

QUOTE_HINT = "a value that begins with { [ * & ! % @ ` or holds ': ' or ' #' has to stand in double quotes"

_YAML = "tag:yaml.org,2002:"
_ORDINARY_TAGS = {_YAML + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "seq", "map")}


class Document:
    """One composed YAML text. `source` is what problems call it."""

    def __init__(self, source: str, root: Node) -> None:
        self.source = source
        self.root = root

    def problem(self, node: Node, message: str, hint: str = "") -> Problem:
        """Say something about the place where `node` begins."""
        mark = node.start_mark
        return Problem(source=self.source, line=mark.line + 1, column=mark.column + 1, message=message, hint=hint)

    def find(self, path: Iterable[str | int]) -> tuple[Node, Node]:
        """Return the key and the value at `path`, or of the last part of it that exists; an item is its own key."""
        key = value = self.root
        for part in path:
            inner: Iterable[tuple[object, Node, Node]] = (
                ((number, item, item) for number, item in enumerate(items(value)))
                if isinstance(part, int)
                else ((at.value, at, item) for at, item in pairs(value))
            )
            found = [(at, item) for name, at, item in inner if name == part]
            if not found:
                break
            key, value = found[-1]
        return key, value


def read_document(text: str | bytes, source: str) -> Document:
    """Compose a YAML text. Raises `ConfigError` where there is no tree to speak of."""

    def refuse(message: str, hint: str, line: int = 1, column: int = 1) -> ConfigError:
        return ConfigError([Problem(source=source, line=line, column=column, message=message, hint=hint)])

    if len(text) > MAX_BYTES:
        raise refuse(f"the file is larger than {MAX_BYTES >> 20} MiB", "a team file holds people and routes, no data")
    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(error.object[: error.start].decode("utf-8"))
        raise refuse("this is not UTF-8", "save the file as UTF-8", line, column) from error

    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False  # legal, and a library that warns would write to our stderr
    try:
        root = yaml.compose(text.removeprefix("\ufeff"))
    except ReaderError as error:
        line, column = _place(text[: error.position])
        raise refuse(f"the character U+{error.character:04X} is not allowed", "remove it", line, column) from error
    except MaxDepthExceededError as error:
        raise refuse(f"nested more than {MAX_DEPTH} deep", "no team needs that", *_mark(error)) from error
    except MarkedYAMLError as error:
        message, hint = _syntax(error)
        raise refuse(message, hint, *_mark(error)) from error

    if root is None:
        raise refuse("the file is empty", "it needs at least `route: {}`")
    document = Document(source, root)
    if problem := _unbounded(document):
        raise ConfigError([problem])
    return document


def strange_nodes(document: Document) -> Iterator[Problem]:
    """Find what YAML allows and a team file does not: keys given twice, keys that are no text, tags, merges."""
    for node in _every(document.root, set()):
        if str(node.tag) not in _ORDINARY_TAGS:
            yield document.problem(
                node, f"the tag {node.tag} is not allowed", "a team file holds text, lists and mappings"
            )
        if isinstance(node, ScalarNode) and any("\ud800" <= character <= "\udfff" for character in node.value):
            yield document.problem(node, "half a character (a lone surrogate)", "write the whole character")
        first: dict[str, Node] = {}
        for key, _ in pairs(node):
            if not isinstance(key, ScalarNode):
                yield document.problem(key, "a key has to be text", QUOTE_HINT)
            elif str(key.tag) == _YAML + "merge":
                yield document.problem(
                    key, "merge keys (<<) are not part of YAML 1.2", "repeat the lines, or alias a whole value"
                )
            elif (before := first.setdefault(key.value, key)) is not key:
                line = before.start_mark.line + 1
                said = f"{key.value!r} is given twice, first in line {line}"
                yield document.problem(key, said, "keep one of them")


def plain(node: Node) -> object:
    """Return text, lists and dicts."""
    if isinstance(node, SequenceNode):
        return [plain(item) for item in items(node)]
    if isinstance(node, MappingNode):
        return {key.value: plain(value) for key, value in pairs(node) if isinstance(key, ScalarNode)}
    return NO_VALUE if str(node.tag) == _YAML + "null" else node.value


def pairs(node: Node | None) -> list[tuple[Node, Node]]:
    """Return keys and values of a mapping, nothing of anything else."""
    return node.value if isinstance(node, MappingNode) else []


def items(node: Node | None) -> list[Node]:
    """Return the items of a list, nothing of anything else."""
    return node.value if isinstance(node, SequenceNode) else []


def value_of(node: Node | None, key: str) -> Node | None:
    """Return the value of a key in a mapping, None where there is none. Of a key given twice the last counts."""
    return next((value for at, value in reversed(pairs(node)) if at.value == key), None)


def text_of(node: Node | None) -> str:
    """Return the text of a scalar, "" of anything else."""
    return node.value if isinstance(node, ScalarNode) else ""


def _syntax(error: MarkedYAMLError) -> tuple[str, str]:
    said = " ".join(filter(None, (error.context, error.problem)))
    if "'\\t'" in said:
        return "a tab stands where YAML wants spaces", "indent with spaces"
    if "another document" in said:
        return "a second document begins (---)", "a team file is one document"
    if "undefined alias" in said:
        return said, QUOTE_HINT
    return f"this is not YAML: {said}", QUOTE_HINT


def _mark(error: MarkedYAMLError) -> tuple[int, int]:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1, mark.column + 1


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unbounded(document: Document) -> Problem | None:
    """Find a value that contains itself, or a tree that is too large or deep once its aliases are written out."""
    measured: dict[int, tuple[int, int]] = {}
    holds_itself: list[Node] = []

    def measure(node: Node, above: frozenset[int]) -> tuple[int, int]:
        """Count the nodes and the levels below `node`, each node once: an alias only refers to what came before it."""
        if id(node) in above:
            holds_itself.append(node)
            return 1, 1
        if id(node) not in measured:
            inner = [measure(child, above | {id(node)}) for child in _children(node)]
            measured[id(node)] = 1 + sum(count for count, _ in inner), 1 + max((depth for _, depth in inner), default=0)
        return measured[id(node)]

    count, depth = measure(document.root, frozenset())
    if holds_itself:
        return document.problem(holds_itself[0], "this value contains itself", "write it out")
    if count > MAX_NODES or depth > MAX_DEPTH:
        said = f"its aliases stand for more than {MAX_NODES} values, or for more than {MAX_DEPTH} levels"
        return document.problem(document.root, said, "use fewer aliases (*name)")
    return None


def _children(node: Node) -> list[Node]:
    return [*items(node), *(part for pair in pairs(node) for part in pair)]


def _every(node: Node, seen: set[int]) -> Iterator[Node]:
    """Walk over every node once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    for child in _children(node):
        yield from _every(child, seen)
