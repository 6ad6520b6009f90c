"""Alertmanager's API v2 without the network: calls, answers, refusals.

Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. Every release since
0.16 speaks it; what newer ones add is passed over.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote

import msgspec

from alertbridge.upstream.errors import Away, Denied, Invalid

T = TypeVar("T")

API: Final = "/api/v2"
_SAID_LIMIT: Final = 200
_MISCONFIGURED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class AlertState(StrEnum):
    """What Alertmanager does about an alert."""

    UNPROCESSED = "unprocessed"
    ACTIVE = "active"
    SUPPRESSED = "suppressed"
    """Silenced or inhibited: nobody is told of it, nor of its end."""


class AlertStatus(msgspec.Struct, rename="camel", frozen=True):
    """State of an alert, and the silences that cover it."""

    state: AlertState
    silenced_by: tuple[str, ...] = ()
    """Ids of active silences."""


class UpstreamAlert(msgspec.Struct, rename="camel", frozen=True):
    """An alert that Alertmanager holds; it holds none that is over."""

    fingerprint: str
    """As in its webhooks: 16 hex digits over all labels."""
    labels: dict[str, str]
    starts_at: datetime
    status: AlertStatus


class SilenceState(StrEnum):
    """Where a silence stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class SilenceStatus(msgspec.Struct, frozen=True):
    """State of a silence."""

    state: SilenceState


class LabelMatcher(msgspec.Struct, rename="camel", frozen=True):
    """One condition on a label."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class UpstreamSilence(msgspec.Struct, rename="camel", frozen=True):
    """A silence as Alertmanager holds it; those that ended stay listed for days."""

    id: str
    matchers: tuple[LabelMatcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    status: SilenceStatus


class PostableSilence(msgspec.Struct, rename="camel", frozen=True, omit_defaults=True):
    """A silence to be made; with `id` the one to be changed, whose id may be another afterwards."""

    matchers: tuple[LabelMatcher, ...]
    starts_at: datetime
    """One in the past is raised to now."""
    ends_at: datetime
    created_by: str
    comment: str
    id: str = ""


class SilenceId(msgspec.Struct, frozen=True):
    """Answer to a silence that was made."""

    id: str = msgspec.field(name="silenceID")


class Status(msgspec.Struct, frozen=True):
    """What is told of the process itself."""

    uptime: datetime
    """When it started: it keeps alerts in memory only, so shortly after that it does not know them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One call: where to, what with, what comes back."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    answer: type[T]
    body: bytes | None = None


def get_alerts() -> Call[list[UpstreamAlert]]:
    """All alerts that are not over, silenced and inhibited ones too."""
    return Call(method="GET", path=f"{API}/alerts", answer=list[UpstreamAlert])


def get_silences() -> Call[list[UpstreamSilence]]:
    """All silences, those that ended too."""
    return Call(method="GET", path=f"{API}/silences", answer=list[UpstreamSilence])


def post_silences(silence: PostableSilence) -> Call[SilenceId]:
    """Make a silence, or change one."""
    # The API wants `isRegex`, although false is its only sensible default.
    matchers = [
        {"name": one.name, "value": one.value, "isRegex": one.is_regex, "isEqual": one.is_equal}
        for one in silence.matchers
    ]
    body: dict[str, Any] = msgspec.to_builtins(silence) | {"matchers": matchers}
    return Call(method="POST", path=f"{API}/silences", answer=SilenceId, body=msgspec.json.encode(body))


def delete_silence(silence: str) -> Call[None]:
    """End a silence; one that has ended already is no error."""
    return Call(method="DELETE", path=f"{API}/silence/{quote(silence, safe='')}", answer=type(None))


def get_status() -> Call[Status]:
    """Ask for the process's own state."""
    return Call(method="GET", path=f"{API}/status", answer=Status)


def read(call: Call[T], status: int, body: bytes) -> T:
    """Read an answer. Raises `Away` for what time can cure, `Denied` and `Invalid` for what it cannot."""
    if status == HTTPStatus.OK:
        return _decoded(call, body)
    said = f"HTTP {status} {body[:_SAID_LIMIT].decode('utf-8', 'replace').strip()}".strip()
    if status in _MISCONFIGURED or 300 <= status < 400:
        raise Denied(said, status=status)
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise Invalid(said, status=status)
    raise Away(said, status=status)


def _decoded(call: Call[T], body: bytes) -> T:
    if call.answer is type(None):
        return None
    try:
        return msgspec.json.decode(body, type=call.answer)
    except msgspec.DecodeError as error:
        raise Denied(f"this is no answer of an Alertmanager: {error}", status=HTTPStatus.OK) from error
