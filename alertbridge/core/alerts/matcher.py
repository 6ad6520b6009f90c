"""One condition on one label, in Alertmanager's syntax: `team="payments"`, `instance=~"db-.+"`, `"k8s.io/name"!=""`.

Alertmanager reads a matcher twice, with its classic parser and with its UTF-8 parser, and where both succeed the
classic reading counts; the same texts mean the same here. Where its classic parser would take a slip of the pen
literally (single quotes, `==`, a brace), this one refuses.
Source: https://prometheus.io/docs/alerting/latest/configuration/#matcher
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

import re2


class MatchOp(StrEnum):
    """How a label's value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEXP = "=~"
    NOT_REGEXP = "!~"


class MatcherError(ValueError):
    """A text that is no matcher. `column` counts characters from 1; `hint` says how to mend it."""

    def __init__(self, message: str, *, column: int, hint: str) -> None:
        super().__init__(f"{message} at column {column}: {hint}")
        self.message = message
        self.column = column
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on the label `name`; a label that an alert does not have counts as empty.

    Raises `re2.error` if the operator asks for a regular expression and `value` is none.
    """

    name: str
    op: MatchOp
    value: str
    _regexp: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_regexp = self.op in (MatchOp.REGEXP, MatchOp.NOT_REGEXP)
        object.__setattr__(self, "_regexp", _compile(self.value) if is_regexp else None)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """True if an alert with these labels meets the condition. A regular expression has to match the whole value."""
        value = labels.get(self.name, "")
        if self.op is MatchOp.EQUAL:
            return value == self.value
        if self.op is MatchOp.NOT_EQUAL:
            return value != self.value
        # RE2 reads UTF-8, and halves of characters (lone surrogates) have none: they count as "?".
        is_match = self._regexp.fullmatch(value.encode("utf-8", "replace")) is not None
        return is_match is (self.op is MatchOp.REGEXP)

    def __str__(self) -> str:
        name = self.name if _CLASSIC_NAME.fullmatch(self.name) else _quote(self.name)
        return f"{name}{self.op}{_quote(self.value)}"


def parse_matcher(text: str) -> Matcher:
    """Read one matcher. Raises `MatcherError`."""
    matchers = parse_matchers(text)
    if len(matchers) != 1:
        raise MatcherError(f"expected one matcher, found {len(matchers)}", column=1, hint="give each its own entry")
    return matchers[0]


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Read matchers divided by commas, in braces or not: `{team="db", env!="dev"}`. Raises `MatcherError`."""
    return _Parser(text).matchers()


_CLASSIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_BARE_NAME = re.compile(r"""[^\s{}!=~,\\"'`]+""")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OPERATOR = re.compile("=~|!=|!~|=")
_BARE_VALUE = re.compile(r'[^,"{}]*')
_SPACE = re.compile(r"\s*")

_CLASSIC_ESCAPE = re.compile(r'\\([\\"n])')
_GO_ESCAPE = re.compile(r"""\\(?:x([0-7][0-9a-fA-F])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\"])|)""", re.DOTALL)
_GO_LETTERS = dict(zip('abfnrtv\\"', '\a\b\f\n\r\t\v\\"', strict=True))


class _Parser:
    """Reads matchers from left to right; `_at` is the index of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def matchers(self) -> tuple[Matcher, ...]:
        in_braces = self._accept("{")
        found: list[Matcher] = []
        while self._peek() not in ("", "}"):
            found.append(self._matcher())
            if not self._accept(","):
                break
        if in_braces and not self._accept("}"):
            self._fail("the opening brace is never closed", "end it with }")
        if self._peek() == "}":
            self._fail("a closing brace without an opening one", 'put the value in double quotes: name="value"')
        if self._peek():
            self._fail(
                "unexpected text after a matcher", "put the value in double quotes, and a comma between matchers"
            )
        return tuple(found)

    def _matcher(self) -> Matcher:
        name, is_classic = self._name()
        operator = _OPERATOR.match(self._text, self._skip_space())
        if operator is None:
            self._fail(f"expected =, !=, =~ or !~ after {name!r}", 'write name="value"')
        self._at = operator.end()
        value_at = self._skip_space()
        value = self._value(is_classic=is_classic)
        try:
            return Matcher(name, MatchOp(operator[0]), value)
        except re2.error as error:
            reason = error.args[0].decode("utf-8", "replace")
            self._fail(
                f"{value!r} is no RE2 regular expression: {reason}", "see github.com/google/re2/wiki/Syntax", value_at
            )

    def _name(self) -> tuple[str, bool]:
        """Read a label name, and whether it is one of Prometheus' classic ones."""
        start = self._skip_space()
        if self._peek() == '"':
            name = self._unescape_go(self._quoted(), start)
            is_classic = False
        elif bare := _BARE_NAME.match(self._text, start):
            name = bare[0]
            is_classic = _CLASSIC_NAME.fullmatch(name) is not None
            self._at = bare.end()
        else:
            name = ""
            is_classic = False
        if not name:
            self._fail("expected a label name", 'write name="value"', start)
        return name, is_classic

    def _value(self, *, is_classic: bool) -> str:
        start = self._skip_space()
        if self._peek() == '"':
            text = self._quoted()
            return _unescape_classic(text) if is_classic else self._unescape_go(text, start)
        bare = _BARE_VALUE.match(self._text, start)
        assert bare is not None, "it matches nothing as well"
        text = bare[0].rstrip()
        if text[:1] in ("=", "~", "!"):
            self._fail(
                f"{text[0]!r} after the operator", "operators are =, !=, =~ and !~; put a value in double quotes"
            )
        if text[:1] in ("'", "`"):
            self._fail(f"{text[0]!r} does not quote a value", 'use double quotes: name="value"')
        self._at = bare.end()
        return _unescape_classic(text)

    def _quoted(self) -> str:
        """Read a text in double quotes and return what is between them, still escaped."""
        quoted = _QUOTED.match(self._text, self._at)
        if quoted is None:
            self._fail("the double quote is never closed", 'end it with ", and write \\" for one inside')
        self._at = quoted.end()
        return quoted[0][1:-1]

    def _unescape_go(self, text: str, start: int) -> str:
        """Undo the escapes of Go's string literals, which the UTF-8 reading uses."""

        def undo(found: re.Match[str]) -> str:
            if letter := found[4]:
                return _GO_LETTERS[letter]
            code = int(found[1] or found[2] or found[3] or "110000", 16)
            if code > sys.maxunicode or 0xD800 <= code < 0xE000:
                self._fail("unknown escape in a quoted text", "write \\\\ for a backslash", start + 1 + found.start())
            return chr(code)

        return _GO_ESCAPE.sub(undo, text)

    def _skip_space(self) -> int:
        space = _SPACE.match(self._text, self._at)
        assert space is not None, "it matches nothing as well"
        self._at = space.end()
        return self._at

    def _peek(self) -> str:
        """Return the next character that is no space, "" at the end."""
        at = self._skip_space()
        return self._text[at : at + 1]

    def _accept(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self._at += 1
        return True

    def _fail(self, message: str, hint: str, at: int | None = None) -> NoReturn:
        raise MatcherError(message, column=(self._at if at is None else at) + 1, hint=hint)


def _unescape_classic(text: str) -> str:
    """Undo the three escapes of the classic reading; any other backslash stands for itself, as in `"web\\d+"`."""
    return _CLASSIC_ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True


def _compile(pattern: str) -> Any:
    return re2.compile(pattern.encode("utf-8", "replace"), _OPTIONS)
