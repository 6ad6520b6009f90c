"""From a request's bytes to an event: JSON, encryption, checks, then the envelope of version 1 or 2."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from alertbridge.feishu.inbound.bodies import READERS
from alertbridge.feishu.inbound.events import AnyEvent, Unknown
from alertbridge.feishu.inbound.moment import moment
from alertbridge.feishu.inbound.seal import Forged, Keys, check_signature, check_token, decrypt


class Malformed(Exception):  # noqa: N818 named after what it is
    """The body is not what Feishu's documents promise."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Feishu checks a request URL: echo `{"challenge": …}` in plain JSON within a second."""

    challenge: str


def receive(headers: Mapping[str, str], body: bytes, keys: Keys, now: datetime) -> Challenge | AnyEvent:
    """Return what Feishu sent to either of our URLs.

    `headers` must not mind upper and lower case. With an Encrypt Key only encrypted and signed bodies count; the check
    of a request URL is not signed and proves itself by its token. Raises `Forged` (401) and `Malformed` (400).
    """
    outer = _object(body)
    if not keys.encrypt_key:
        if "encrypt" in outer:
            raise Forged("the body is encrypted, and no Encrypt Key is set here")
        return _opened(outer, keys, now)

    sealed = outer.get("encrypt")
    if not isinstance(sealed, str):
        raise Forged("the body is not encrypted, although an Encrypt Key is set")
    try:
        inner = _object(decrypt(sealed, keys.encrypt_key))
    except Malformed as error:  # answered like a wrong padding: who tells them apart can decrypt what he overheard
        raise Forged("the encrypted body holds no JSON object") from error
    if not _is_url_check(inner):
        check_signature(headers, body, keys.encrypt_key, now)
    return _opened(inner, keys, now)


def receive_plain(body: bytes, now: datetime) -> AnyEvent:
    """Return the event in a body that came over a connection of our own, neither signed nor encrypted.

    Raises `Malformed`.
    """
    return read_event(_object(body), now)


def read_event(event: Mapping[str, Any], now: datetime) -> AnyEvent:
    """Return the event of a plain envelope whose origin is proven. `now` stands in for a time that it does not tell.

    Raises `Malformed`.
    """
    body = _part(event, "event")
    if "schema" in event:
        header = _part(event, "header")
        event_type, event_id, time = header.get("event_type"), header.get("event_id"), header.get("create_time")
    else:
        event_type, event_id, time = body.get("type"), event.get("uuid"), event.get("ts")
    if not isinstance(event_type, str) or not isinstance(event_id, str) or not event_id:
        raise Malformed("the event has no type or no id")

    at = moment(str(time)) or now
    read = READERS.get(event_type)
    if read is None:
        return Unknown(event_id, at, event_type)
    try:
        return read(event_id, at, body)
    except RecursionError as error:
        raise Malformed(f"{event_type}: it is nested too deeply") from error
    except msgspec.ValidationError as error:
        raise Malformed(f"{event_type}: {error}") from error


def _opened(event: Mapping[str, Any], keys: Keys, now: datetime) -> Challenge | AnyEvent:
    check_token((_part(event, "header") if "schema" in event else event).get("token"), keys)
    if _is_url_check(event):
        challenge = event.get("challenge")
        if not isinstance(challenge, str):
            raise Malformed("the URL check has no challenge")
        return Challenge(challenge)
    return read_event(event, now)


def _is_url_check(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "url_verification" and "schema" not in event


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(decoded, dict):
        raise Malformed("the body is not a JSON object")
    return decoded
