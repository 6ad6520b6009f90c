"""Seals events the way Feishu does, written after its documents and not after our code."""

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from multidict import CIMultiDict

ENCRYPT_KEY = "test key"


def encrypted(plain: bytes, key: str = ENCRYPT_KEY) -> str:
    pad = 16 - len(plain) % 16
    initial = os.urandom(16)
    encryptor = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(initial)).encryptor()
    return base64.b64encode(initial + encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def sealed(event: Any, key: str = ENCRYPT_KEY) -> bytes:
    """Return the body that is POSTed for `event`."""
    return json.dumps({"encrypt": encrypted(json.dumps(event).encode(), key)}).encode()


def signed(body: bytes, *, timestamp: str, key: str = ENCRYPT_KEY) -> CIMultiDict[str]:
    """Return the headers that go with `body`."""
    digest = hashlib.sha256(f"{timestamp}nonce{key}".encode() + body).hexdigest()
    return CIMultiDict(
        {
            "x-lark-request-timestamp": timestamp,
            "x-lark-request-nonce": "nonce",
            "x-lark-signature": digest,
        }
    )
