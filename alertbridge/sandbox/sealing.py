"""How the platform signs and encrypts what it sends (BEHAVIOUR 11)."""

import base64
import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

_BLOCK_BYTES = 16


def encrypt(plain: bytes, encrypt_key: str, iv: bytes | None = None) -> str:
    """Return base64(IV || AES-256-CBC of the padded text) under SHA-256 of the Encrypt Key."""
    iv = os.urandom(_BLOCK_BYTES) if iv is None else iv
    padder = PKCS7(_BLOCK_BYTES * 8).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(AES256(hashlib.sha256(encrypt_key.encode()).digest()), CBC(iv)).encryptor()
    return base64.b64encode(iv + encryptor.update(padded) + encryptor.finalize()).decode()


def sign(timestamp: str, nonce: str, encrypt_key: str, body: bytes) -> str:
    """Return the hex SHA-256 over timestamp, nonce, key and the body as sent."""
    return hashlib.sha256(f"{timestamp}{nonce}{encrypt_key}".encode() + body).hexdigest()
