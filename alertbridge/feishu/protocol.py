"""One call to Feishu as a value, and how to read its answer. No I/O.

Strict in what is written (builders in `calls/` check their arguments), lenient in what is read (`lenient.py`),
and `code` decides, whatever the HTTP status says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from alertbridge.feishu import codes
from alertbridge.feishu.errors import (
    AnswerLost,
    BadMember,
    Busy,
    BuzzRefused,
    CardRefused,
    Failure,
    FeishuError,
    InvalidRequest,
    Misconfigured,
    MissingScope,
    RateLimited,
    Refused,
    Retryable,
)
from alertbridge.feishu.lenient import read_as

T = TypeVar("T")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Query = tuple[tuple[str, str], ...]

LOG_ID_HEADER: Final = "X-Tt-Logid"
RESET_HEADER: Final = "x-ogw-ratelimit-reset"

_DEFAULT_RESET_SECONDS: Final = 1.0
_SERVER_TROUBLE_SECONDS: Final = 2.0
_LOST_SECONDS: Final = 1.0
_LONGEST_RESET_SECONDS: Final = 60.0
"""The gateway's longest window is a minute: no header may silence us for longer."""

_PATH_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.@+=-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart body: text fields and one file."""

    fields: Mapping[str, str]
    file_field: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One request, and the type of its answer."""

    operation: str
    method: Method
    path: str
    answer: type[T]
    query: Query = ()
    body: object = None
    """Anything msgspec encodes to a JSON object; None sends no body."""
    upload: Upload | None = None
    answer_at: tuple[str, ...] = ("data",)
    """Where in the envelope the answer is."""
    authenticated: bool = True
    limited_chat: str | None = None
    """The chat (or person written to) whose own limit counts too; None where the documents give it none."""
    limited_message: str | None = None
    """The card or pinned message whose own limit counts too."""
    people: tuple[str, ...] = ()
    """Whom the request names, so that a refusal can say who is meant."""

    def encoded(self) -> bytes | None:
        """Return the JSON body, None when there is none."""
        return None if self.body is None else msgspec.json.encode(self.body)


def segment(value: str, name: str) -> str:
    """Return `value` for use in a path. An empty or odd id would address something else, so it is a ValueError."""
    if not _PATH_SEGMENT.fullmatch(value) or set(value) == {"."}:
        raise ValueError(f"{name} must be an id of Feishu, not {value!r}")
    return value


def parameters(**given: str | int | bool | None) -> Query:
    """Return query parameters in Feishu's spelling, without those that are None."""
    return tuple((name, _spelled(value)) for name, value in given.items() if value is not None)


def _spelled(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(call: Call[T], status: int, headers: Mapping[str, str], body: bytes) -> T:
    """Return the answer of `call`, or raise what its failure means (see `errors.py`)."""
    log_id = headers.get(LOG_ID_HEADER, "")
    envelope = _envelope(body)
    if envelope is None:
        raise _unreadable(call, status, headers, log_id)

    code: int = envelope["code"]
    if code == codes.OK:
        return _answer(call, envelope, Failure(operation=call.operation, code=code, log_id=log_id, status=status))
    if code == codes.DONE_WITHOUT_ANSWER:
        return _decoded(call, {})

    detail = _object(envelope.get("error"))
    failure = Failure(
        operation=call.operation,
        code=code,
        msg=_text(envelope.get("msg")),
        log_id=log_id or _text(detail.get("log_id")) or _text(detail.get("logid")),
        status=status,
    )
    raise _waiting(failure, code, headers) or _refused(call, failure, code, detail)


def _envelope(body: bytes) -> dict[str, Any] | None:
    """Return Feishu's envelope with `code` as an int, None when the body is not one."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(decoded, dict):
        return None
    try:
        decoded["code"] = msgspec.convert(decoded.get("code"), int, strict=False)
    except msgspec.ValidationError:
        return None
    return decoded


def _unreadable(call: Call[Any], status: int, headers: Mapping[str, str], log_id: str) -> FeishuError:
    """Return the error for an answer without an envelope: something between us and Feishu has spoken."""
    failure = Failure(operation=call.operation, status=status, log_id=log_id, msg="the answer is not Feishu's JSON")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(failure, wait_seconds=_reset_seconds(headers))
    if (
        HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        and status != HTTPStatus.REQUEST_TIMEOUT
    ):
        return Misconfigured(failure)  # a redirect or a stranger's 404: the base URL is not Feishu's
    return AnswerLost(failure, wait_seconds=_LOST_SECONDS)


def _refused(call: Call[Any], failure: Failure, code: int, detail: Mapping[str, Any]) -> Refused:
    error = codes.refusal(call.operation, code, names_people=bool(call.people))
    if error is BuzzRefused:
        return BuzzRefused(failure, reason=codes.buzz_reason(code))
    if error is CardRefused:
        return CardRefused(failure, inner_code=codes.inner_code(code, failure.msg))
    if error is BadMember:
        return BadMember(failure, ids=_named_people(call, failure.msg, detail))
    if error is MissingScope:
        return MissingScope(failure, scopes=_scopes(detail) or codes.extra_scopes(call.operation))
    if error is InvalidRequest:
        return InvalidRequest(failure, fields=_fields(detail))
    return error(failure)


def _waiting(failure: Failure, code: int, headers: Mapping[str, str]) -> Retryable | None:
    # Older APIs send this code with HTTP 400, so the code decides; 429 alone means the same.
    if code == codes.RATE_LIMITED or failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(failure, wait_seconds=_reset_seconds(headers))
    if code in codes.BUSY_SECONDS:
        return Busy(failure, wait_seconds=codes.BUSY_SECONDS[code])
    if failure.status is not None and failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Busy(failure, wait_seconds=_SERVER_TROUBLE_SECONDS)
    return None


def _reset_seconds(headers: Mapping[str, str]) -> float:
    try:
        seconds = float(headers.get(RESET_HEADER, ""))
    except ValueError:
        return _DEFAULT_RESET_SECONDS
    return min(seconds, _LONGEST_RESET_SECONDS) if seconds > 0 else _DEFAULT_RESET_SECONDS


def _named_people(call: Call[Any], msg: str, detail: Mapping[str, Any]) -> tuple[str, ...]:
    """Return those of the people we asked for who are named in the refusal; the only one asked for is meant anyway."""
    if len(call.people) == 1:
        return call.people
    said = msg + "".join(_text(entry.get("value")) for entry in _objects(detail.get("field_violations")))
    return tuple(person for person in call.people if person in said)


def _scopes(detail: Mapping[str, Any]) -> tuple[str, ...]:
    # Which of the two names carries the scope is not documented; both were seen.
    named = (
        _text(entry.get("scope")) or _text(entry.get("subject"))
        for entry in _objects(detail.get("permission_violations"))
    )
    return tuple(scope for scope in named if scope)


def _fields(detail: Mapping[str, Any]) -> dict[str, str]:
    violations = _objects(detail.get("field_violations"))
    return {_text(entry.get("field")): _text(entry.get("description")) for entry in violations}


def _answer(call: Call[T], envelope: Mapping[str, Any], facts: Failure) -> T:
    found: object = envelope
    for name in call.answer_at:
        found = _object(found).get(name)
    try:
        return _decoded(call, found)
    except msgspec.ValidationError as error:
        # Feishu says it is done, but what it made cannot be read: to the caller the answer is lost.
        unreadable = Failure(operation=facts.operation, status=facts.status, log_id=facts.log_id, msg=str(error))
        raise AnswerLost(unreadable, wait_seconds=_LOST_SECONDS) from error


def _decoded(call: Call[T], data: object) -> T:
    if call.answer is type(None):
        return None
    return read_as(call.answer, {} if data is None else data)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
