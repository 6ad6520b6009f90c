"""Who sends: the name of the token that a request shows, in any of the ways in which senders can show one."""

import hmac
import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

UNNAMED = "default"
"""The integration of every request where no token is configured."""

SIGNATURE_HEADER = "x-grafana-alerting-signature"
TIMESTAMP_HEADER = "x-grafana-alerting-timestamp"
"""Grafana signs without a time unless it is given the name of a header for it; this is the one that we look for."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How old a signature with a time may be, and how far ahead its sender's clock."""

_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNIX_SECONDS = re.compile(r"\d{1,11}", re.ASCII)


class UnknownSender(ValueError):  # noqa: N818 - named for what it says, like all our errors
    """No token was shown, or a wrong one: 401. The text ends up in the sender's log and holds nothing secret."""


def identify(
    headers: Mapping[str, str], query: Mapping[str, str], raw_body: bytes, tokens: Mapping[str, str], now: datetime
) -> str:
    """Return the name of the token that the request shows: the integration.

    `headers` are asked for lower-case names, `tokens` are by integration. A token is taken from `Authorization` (any
    scheme; the password of Basic), from `?token=`, or as the key of Grafana's HMAC over the raw body.
    Raises `UnknownSender`.
    """
    if not tokens:
        return UNNAMED
    secrets = {name: token.encode() for name, token in tokens.items() if token}
    shown = [token for token in (_authorized(headers.get("authorization", "")), query.get("token", "")) if token]
    for token in shown:
        if name := _holder(token.encode("utf-8", "backslashreplace"), secrets):
            return name
    if signature := headers.get(SIGNATURE_HEADER, "").strip():
        signed = _signed_bytes(headers.get(TIMESTAMP_HEADER, "").strip(), raw_body, now)
        if _SIGNATURE.fullmatch(signature):
            signatures = {name: hmac.digest(secret, signed, sha256) for name, secret in secrets.items()}
            if name := _holder(bytes.fromhex(signature), signatures):
                return name
        raise UnknownSender(
            "The signature fits no token of this service. Use the token as the secret; if the signature has a "
            f"timestamp header, name it {TIMESTAMP_HEADER}."
        )
    if shown:
        raise UnknownSender("The token is not one of this service's (ALERTBRIDGE_INGEST_TOKEN).")
    raise UnknownSender(
        "A token is needed: as `Authorization: Bearer …`, as the password of basic auth, "
        "as the secret of Grafana's HMAC signature, or as `?token=…` where the sender can do nothing else."
    )


def _authorized(authorization: str) -> str:
    """Return the token of an `Authorization` header: the password of Basic, else what follows the scheme if any."""
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return credentials.strip() or scheme
    try:
        return b64decode(credentials.encode("utf-8", "backslashreplace")).partition(b":")[2].decode()
    except ValueError:  # neither base64 nor UTF-8 is like no token of ours
        return scheme


def _signed_bytes(timestamp: str, raw_body: bytes, now: datetime) -> bytes:
    if not timestamp:
        return raw_body
    if not _UNIX_SECONDS.fullmatch(timestamp):
        raise UnknownSender(f"{TIMESTAMP_HEADER} is not a Unix time in seconds.")
    if abs(now.timestamp() - int(timestamp)) > CLOCK_TOLERANCE.total_seconds():
        raise UnknownSender("The signature's time is more than 5 minutes from ours: compare both clocks.")
    return b"%b:%b" % (timestamp.encode(), raw_body)


def _holder(secret: bytes, secrets: Mapping[str, bytes]) -> str | None:
    """Return whose secret it is. Every one is compared, and each in constant time, so that time tells nothing."""
    holder = None
    for name, known in secrets.items():
        if hmac.compare_digest(secret, known):
            holder = name
    return holder
