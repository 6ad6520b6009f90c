"""Signature and encryption, held to the documented vectors."""

import base64
import hashlib

from alertbridge.sandbox.sealing import encrypt, sign

CIPHERTEXT = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="


def test_the_documented_ciphertext_comes_out() -> None:
    iv = base64.b64decode(CIPHERTEXT)[:16]
    assert encrypt(b"hello world", "test key", iv) == CIPHERTEXT


def test_every_encryption_has_an_iv_of_its_own() -> None:
    assert encrypt(b"hello world", "test key") != encrypt(b"hello world", "test key")


def test_a_full_block_is_padded_by_another_block() -> None:
    assert len(base64.b64decode(encrypt(b"x" * 16, "k"))) == 16 + 32


def test_the_documented_signature_comes_out() -> None:
    body = f'{{"encrypt":"{CIPHERTEXT}"}}'.encode()
    expected = "69c61fa99760d59824d588297c0036194769fb54331682c9cbcd93e85b9a8aad"
    assert sign("1700000000", "abc123", "test key", body) == expected


def test_a_signature_without_a_key_covers_the_rest() -> None:
    assert sign("1", "2", "", b"x") == hashlib.sha256(b"12x").hexdigest()
