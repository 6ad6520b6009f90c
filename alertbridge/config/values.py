"""How single values of a team file are written: durations, zones, matchers, addresses."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from alertbridge.core.alerts.matcher import Matcher, MatcherError, parse_matchers
from alertbridge.core.alerts.route import ALL_LABELS, OnClose, OnLeave, OnLost, Restrict, is_template
from alertbridge.core.oncall.holidays import DayKind
from alertbridge.core.oncall.rotation import Rotation
from alertbridge.core.severity import Severity

OFF = "off"
"""Says that something inherited shall not be: `schedule: off`."""


class FieldError(Exception):
    """A value that a field does not take. `hint` says how to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_pydantic(self) -> PydanticCustomError:
        """Return the form in which a validator hands it on."""
        return PydanticCustomError("wrong", "{message}", {"message": self.message, "hint": self.hint})


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Marks a field whose value is one scalar: `read` turns its text into the value or raises `FieldError`."""

    read: Callable[[str], object]
    schema: Mapping[str, Any]
    """For editors: JSON Schema of the scalar."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)

    def _validate(self, value: object) -> object:
        if not isinstance(value, str):
            raise FieldError(
                "expected one value", "if it is text that begins with { or [, put it in double quotes"
            ).as_pydantic()
        try:
            return self.read(value)
        except FieldError as error:
            raise error.as_pydantic() from error


def suggest(word: str, known: Iterable[str]) -> str:
    """Say which known word was perhaps meant; "" where none is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _text(text: str) -> str:
    if not text.strip():
        raise FieldError("the text is empty", "write something or remove the line")
    return text.strip()


def one_of(kind: type[StrEnum]) -> Written:
    """One of the words of an enumeration."""
    words = [member.value for member in kind]

    def read(text: str) -> StrEnum:
        if text not in words:
            raise FieldError(
                f"{text!r} is none of {', '.join(words)}", suggest(text, words) or f"write {words[0]}, for example"
            )
        return kind(text)

    return Written(read, {"enum": words})


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise FieldError(
            f"{text!r} is neither true nor false", "write true or false (yes, no, on and off are mere text in YAML 1.2)"
        )
    return text.lower() == "true"


_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?")
_LONGEST_SECONDS = 30 * 86400


def read_seconds(text: str) -> int:
    """Read a duration like 90s or 1h30m. Raises `FieldError`."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        raise FieldError(f"{text!r} is no duration", "write it like 90s, 30m, 1h30m or 2d")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if total > _LONGEST_SECONDS:
        raise FieldError(f"{text} is longer than 30 days", "write a shorter time")
    return total


def _at_least(least: str, *, why: str, or_never: bool = False) -> Written:
    """A duration with a lower bound, for where a shorter one could only be an error; `or_never` takes 0s too."""

    def read(text: str) -> int:
        seconds = read_seconds(text)
        if seconds < read_seconds(least) and not (or_never and seconds == 0):
            raise FieldError(f"{text} is too short: {why}", f"write {least} or longer" + (", or 0s" * or_never))
        return seconds

    return Written(read, {**_DURATION_SCHEMA, "examples": [least]})


_DURATION_SCHEMA = {"type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "minLength": 2}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


_ZONES_PEOPLE_WRITE = {"asia/beijing": "Asia/Shanghai", "cst": "Asia/Shanghai", "prc": "Asia/Shanghai"}


def _zone(text: str) -> str:
    if text not in _zones():
        usual = _ZONES_PEOPLE_WRITE.get(text.lower())
        hint = f"write {usual}" if usual else suggest(text, _zones()) or "write an IANA name like Asia/Shanghai"
        raise FieldError(f"no time zone is called {text!r}", hint)
    return text


def _language(text: str) -> str:
    if text not in ("zh", "en"):
        raise FieldError(f"{text!r} is no language of ours", "languages are zh and en")
    return text


def _severity(text: str) -> Severity:
    try:
        return Severity[text.upper()]
    except KeyError:
        raise FieldError(f"{text!r} is no severity", "severities are P1, P2, P3 and P4") from None


def _matchers(text: str) -> tuple[Matcher, ...]:
    try:
        return parse_matchers(text)
    except MatcherError as error:
        # In a [flow list] YAML ends a value at a comma or a bracket, although the matcher's own quotes are open.
        cut = "; in a [list], put a matcher with , [ ] { or } into single quotes" if text.count('"') % 2 else ""
        raise FieldError(
            f"in the matcher {text}: {error.message} at column {error.column}", error.hint + cut
        ) from error


def _template(text: str) -> str:
    if not is_template(text):
        raise FieldError(
            f"the braces in {text!r} do not fit", "write {label} or {annotations.name}, and {{ }} for braces themselves"
        )
    return text


_ORIGIN = re.compile(r"https?://[^/?#@{}\s\\]+(?:[/?#]|$)")


def _url(text: str) -> str:
    if not _ORIGIN.match(text) or re.search(r"\s", text):
        raise FieldError(
            f"{text!r} is no link",
            "write http(s)://host/… with placeholders only after the host, no spaces and no password; "
            "an alert's own link is taken from it where `hosts` lists its host",
        )
    return _template(text)


def _base_url(text: str) -> str:
    if not re.fullmatch(r"https?://[^/?#@{}\s\\]+(?:/[^?#\s]*)?", text):
        raise FieldError(
            f"{text!r} is no address of a service",
            "write http(s)://host:port, with the path prefix where there is one; user and password are a setting: "
            "ALERTBRIDGE_ALERTMANAGER_CREDENTIALS",
        )
    return text.rstrip("/")


def _calendar_url(text: str) -> str:
    if not re.fullmatch(r"(?:https?|webcal)://[^/?#@\s\\]+(?:/[^#\s]*)?", text):
        raise FieldError(
            f"{text!r} is no address of a calendar",
            "write https://host/path.ics; one that is not for everybody's eyes is a setting, ALERTBRIDGE_CALENDARS, "
            "and its name there stands here as `secret`",
        )
    return re.sub("^webcal://", "https://", text)


def _host(text: str) -> str:
    if not re.fullmatch(r"[^\s/?#@*:]+(?::[0-9]{1,5})?", text):
        raise FieldError(f"{text!r} is no host", "write the name only, like wiki.example.com or wiki.example.com:8443")
    return text.lower()


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise FieldError(f"{text!r} is no email address", "write it like li@example.com")
    return text


def _mobile(text: str) -> str:
    digits = re.sub(r"[\s()-]", "", text)
    if not re.fullmatch(r"\+?[0-9]{5,15}", digits):
        raise FieldError(
            f"{text!r} is no mobile number", "write digits, with + and country code outside mainland China"
        )
    return digits


def _open_id(text: str) -> str:
    if not re.fullmatch("ou_[A-Za-z0-9_]+", text):
        raise FieldError(f"{text!r} is no open_id", "it begins with ou_; email or mobile do as well")
    return text


def _room(text: str) -> str:
    return text if text == OFF else _chat(text)


def _chat(text: str) -> str:
    if not re.fullmatch("oc_[A-Za-z0-9_]+", text):
        raise FieldError(
            f"{text!r} is no group's id", "it begins with oc_; `alertbridge chats list` shows those of the bot's groups"
        )
    return text


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _weekday(text: str) -> int:
    if text.lower() not in WEEKDAYS:
        raise FieldError(f"{text!r} is no weekday", suggest(text.lower(), WEEKDAYS) or "write monday … sunday")
    return WEEKDAYS.index(text.lower())


def _weekdays(text: str) -> frozenset[int]:
    first, colon, last = (part.strip() for part in text.partition(":"))
    if not colon:
        return frozenset({_weekday(first)})
    days = (_weekday(last) - _weekday(first)) % 7
    return frozenset((_weekday(first) + day) % 7 for day in range(days + 1))


def _hours(text: str) -> tuple[int, int]:
    """Read a part of a day as minutes; one that does not end after it begins is meant to end on the next day."""
    found = re.fullmatch("([01][0-9]|2[0-3]):([0-5][0-9]) *- *(?:(24):(00)|([01][0-9]|2[0-3]):([0-5][0-9]))", text)
    if found is None:
        raise FieldError(f"{text!r} is no part of a day", 'write it like "09:00-18:00"')
    hour, minute, until_hour, until_minute = (int(part) for part in found.groups() if part is not None)
    start, end = hour * 60 + minute, until_hour * 60 + until_minute
    if start == end:
        raise FieldError(f"{text!r} begins when it ends", 'write "00:00-24:00" for the whole day')
    return start, end


def _clock(text: str) -> time:
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise FieldError(f"{text!r} is no time of day", "write it like 09:00")
    return time.fromisoformat(text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise FieldError(f"{text!r} is no date", "write it like 2026-01-05") from None
    if not 2000 <= day.year < 2200:
        raise FieldError(f"{text} is not in this century or the next", "write it like 2026-01-05")
    return day


def _wall_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise FieldError(f"{text!r} is no day and time", "write it like 2026-02-01T09:00") from None
    if len(text) <= len("2026-02-01"):
        raise FieldError(f"{text!r} has no time of day", "write it like 2026-02-01T09:00")
    if at.tzinfo is not None:
        raise FieldError(f"{text!r} has a zone of its own", "the schedule's zone counts: remove it")
    if at.second or at.microsecond:
        raise FieldError(f"{text!r} has seconds", "write it like 2026-02-01T09:00")
    _day(at.date().isoformat())
    return at


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,2}", text):
        raise FieldError(f"{text!r} is no number from 1 to 999", "write a number like 2")
    return int(text)


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _number_of(what: str, example: int) -> Written:
    """A number of so many, 0 for `off`."""

    def read(text: str) -> int:
        if text == OFF:
            return 0
        if not re.fullmatch("[1-9][0-9]{0,4}", text):
            raise FieldError(f"{text!r} is no number of {what}", f"write a number like {example}, or {OFF}")
        return int(text)

    return Written(read, {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 99999}, {"const": OFF}]})


def _label(text: str) -> str:
    if not text.strip():
        raise FieldError("a label has a name", f"write label names, or ['{ALL_LABELS[0]}'] for all labels")
    return text


def _all_labels_stand_alone(labels: tuple[str, ...]) -> tuple[str, ...]:
    if ALL_LABELS[0] in labels and labels != ALL_LABELS:
        raise FieldError("'...' already means all labels", "write ['...'] or the labels that count").as_pydantic()
    return labels


def _each_once(languages: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(languages)) < len(languages):
        raise FieldError("a language is named twice", "write [zh, en], [en, zh], [zh] or [en]").as_pydantic()
    return languages


_TEXT_SCHEMA = {"type": ["string", "number"]}

Text = Annotated[str, Written(_text, _TEXT_SCHEMA)]
Flag = Annotated[bool, Written(_flag, {"type": "boolean"})]
Seconds = Annotated[int, Written(read_seconds, {**_DURATION_SCHEMA, "examples": ["30m", "1h"]})]
SilenceLimit = Annotated[int, _at_least("5m", why="no silence from the chat is shorter than five minutes")]
UpdateWait = Annotated[int, _at_least("5m", why="nobody gets any work done", or_never=True)]
HandoverWait = Annotated[int, _at_least("1m", why="nobody takes an incident over in less")]
Patience = Annotated[int, _at_least("5m", why="senders repeat themselves more slowly", or_never=True)]
WatchInterval = Annotated[int, _at_least("30s", why="what is sent each minute may be late")]
Zone = Annotated[str, Written(_zone, {"type": "string", "examples": ["Asia/Shanghai", "Europe/Berlin"]})]
Language = Annotated[str, Written(_language, {"enum": ["zh", "en"]})]
Languages = Annotated[tuple[Language, ...], Field(min_length=1), AfterValidator(_each_once)]
OnCloseWord = Annotated[OnClose, one_of(OnClose)]
OnLostWord = Annotated[OnLost, one_of(OnLost)]
OnLeaveWord = Annotated[OnLeave, one_of(OnLeave)]
RestrictWord = Annotated[Restrict, one_of(Restrict)]
DayKindWord = Annotated[DayKind, one_of(DayKind)]
RotationWord = Annotated[Rotation, one_of(Rotation)]
SeverityWord = Annotated[Severity, Written(_severity, {"enum": [str(severity) for severity in Severity]})]
Matchers = Annotated[tuple[Matcher, ...], Written(_matchers, {"type": "string", "examples": ['severity="critical"']})]
Template = Annotated[str, Written(_template, {"type": "string"})]
Url = Annotated[str, Written(_url, {"type": "string", "pattern": "^https?://"})]
BaseUrl = Annotated[str, Written(_base_url, {"type": "string", "pattern": "^https?://"})]
CalendarUrl = Annotated[str, Written(_calendar_url, {"type": "string", "pattern": "^(https?|webcal)://"})]
Host = Annotated[str, Written(_host, {"type": "string"})]
Email = Annotated[str, Written(_email, {"type": "string", "format": "email"})]
Mobile = Annotated[str, Written(_mobile, {"type": ["string", "integer"]})]
OpenId = Annotated[str, Written(_open_id, {"type": "string", "pattern": "^ou_"})]
Room = Annotated[str, Written(_room, {"type": "string", "pattern": "^(oc_.*|off)$"})]
ChatKey = Annotated[str, Written(_chat, {"type": "string", "pattern": "^oc_"})]
Weekday = Annotated[int, Written(_weekday, {"enum": list(WEEKDAYS)})]
Clock = Annotated[time, Written(_clock, {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})]
WeekdayRange = Annotated[frozenset[int], Written(_weekdays, {"type": "string", "examples": ["monday:friday"]})]
Hours = Annotated[tuple[int, int], Written(_hours, {"type": "string", "examples": ["09:00-18:00"]})]
WallTime = Annotated[datetime, Written(_wall_time, {"type": "string", "examples": ["2026-02-01T09:00"]})]
Count = Annotated[int, Written(_count, {"type": "integer", "minimum": 1, "maximum": 999})]
OneOrSeveral = Annotated[
    tuple[Text, ...],
    Field(min_length=1),
    BeforeValidator(_several),
    WithJsonSchema({"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA, "minItems": 1}]}),
]
Day = Annotated[date, Written(_day, {"type": "string", "format": "date"})]
Threshold = Annotated[int, _number_of("incidents", 30)]
People = Annotated[int, _number_of("people", 200)]
LabelName = Annotated[str, Written(_label, {"type": "string"})]
GroupBy = Annotated[tuple[LabelName, ...], AfterValidator(_all_labels_stand_alone)]
