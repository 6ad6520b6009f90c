"""Whether a body is Feishu's: signature, encryption, verification token.

Source: the event subscription guide under https://open.feishu.cn/document/server-docs.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from alertbridge.feishu.inbound.moment import moment

TIMESTAMP_HEADER: Final = "X-Lark-Request-Timestamp"
NONCE_HEADER: Final = "X-Lark-Request-Nonce"
SIGNATURE_HEADER: Final = "X-Lark-Signature"

OLDEST: Final = timedelta(hours=8)
"""How far a signed timestamp may be off. Feishu delivers an event for the last time after some seven hours, and whether
it then signs the first or the last time is not documented. Repeats within a day are known by their id anyway."""

_BLOCK_BITS: Final = 128
_BLOCK_BYTES: Final = 16


class Forged(Exception):  # noqa: N818 named after what it is
    """The body does not prove that it comes from Feishu. The text says why, for the log; the sender gets none of it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The two secrets of the app's event subscription; an empty one is not in use."""

    encrypt_key: str
    verification_token: str


def decrypt(encrypted: str, encrypt_key: str) -> bytes:
    """Return the plain text of base64(IV + AES-256-CBC); its key is SHA-256 of the Encrypt Key. Raises `Forged`."""
    try:
        sealed = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Forged("the encrypted body is not base64") from error
    initial, ciphertext = sealed[:_BLOCK_BYTES], sealed[_BLOCK_BYTES:]
    if not ciphertext or len(ciphertext) % _BLOCK_BYTES:
        raise Forged("the encrypted body is cut off")
    key = hashlib.sha256(encrypt_key.encode()).digest()
    decryptor = Cipher(algorithms.AES(key), modes.CBC(initial)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = padding.PKCS7(_BLOCK_BITS).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise Forged("the body was encrypted with another key") from error


def signature(timestamp: str, nonce: str, encrypt_key: str, body: bytes) -> str:
    """Return the signature of a body as received: SHA-256 in hex, not an HMAC."""
    return hashlib.sha256(f"{timestamp}{nonce}{encrypt_key}".encode("utf-8", "surrogateescape") + body).hexdigest()


def check_signature(headers: Mapping[str, str], body: bytes, encrypt_key: str, now: datetime) -> None:
    """Raise `Forged` unless `headers` sign `body` at a time near `now`."""
    timestamp, nonce = headers.get(TIMESTAMP_HEADER, ""), headers.get(NONCE_HEADER, "")
    expected = signature(timestamp, nonce, encrypt_key, body)
    if not same(headers.get(SIGNATURE_HEADER, ""), expected):
        raise Forged("the signature is missing or wrong")
    signed_at = moment(timestamp)
    if signed_at is None or abs(now.astimezone(UTC) - signed_at) > OLDEST:
        raise Forged(f"the signature is of another time: {timestamp!r}")


def check_token(token: object, keys: Keys) -> None:
    """Raise `Forged` unless `token` is the verification token, where one is in use."""
    if keys.verification_token and not (isinstance(token, str) and same(token, keys.verification_token)):
        raise Forged("the verification token is missing or wrong")


def same(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
