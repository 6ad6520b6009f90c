"""Only Feishu is believed: forged, stale, unencrypted and unsigned bodies are refused, and odd ones do no harm."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.feishu.inbound.envelope import Challenge, Malformed, receive
from alertbridge.feishu.inbound.events import Unknown
from alertbridge.feishu.inbound.seal import Forged, Keys, check_signature, decrypt, signature
from tests.feishu.sealed import ENCRYPT_KEY, encrypted, sealed, signed

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
SEALED = Keys(encrypt_key=ENCRYPT_KEY, verification_token="v-token")
OPEN = Keys(encrypt_key="", verification_token="v-token")
NO_KEYS = Keys(encrypt_key="", verification_token="")

EVENT = {
    "schema": "2.0",
    "header": {"event_id": "e1", "event_type": "some.event_v1", "create_time": "1700000000000", "token": "v-token"},
    "event": {},
}
CHECK = {"type": "url_verification", "challenge": "c-1", "token": "v-token"}
TIMESTAMP = "1700000000"

VECTOR = b'{"encrypt":"P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="}'
VECTOR_SIGNATURE = "69c61fa99760d59824d588297c0036194769fb54331682c9cbcd93e85b9a8aad"


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_the_documented_vector_decrypts() -> None:
    assert decrypt("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=", "test key") == b"hello world"


def test_the_documented_vector_is_signed() -> None:
    assert signature("1700000000", "abc123", "test key", VECTOR) == VECTOR_SIGNATURE


def test_a_sealed_and_signed_event_is_believed() -> None:
    body = sealed(EVENT)

    assert receive(signed(body, timestamp=TIMESTAMP), body, SEALED, NOW) == Unknown("e1", NOW, "some.event_v1")


@pytest.mark.parametrize("header", ["x-lark-request-timestamp", "x-lark-request-nonce", "x-lark-signature"])
@pytest.mark.parametrize("value", ["", "0" * 64, "1699999999", "ü"])
def test_any_changed_header_is_a_forgery(header: str, value: str) -> None:
    body = sealed(EVENT)
    headers = signed(body, timestamp=TIMESTAMP)
    headers[header] = value

    with pytest.raises(Forged):
        receive(headers, body, SEALED, NOW)


def test_missing_headers_are_a_forgery() -> None:
    with pytest.raises(Forged, match="signature"):
        receive({}, sealed(EVENT), SEALED, NOW)


def test_a_changed_body_is_a_forgery() -> None:
    headers = signed(sealed(EVENT), timestamp=TIMESTAMP)

    with pytest.raises(Forged):
        receive(headers, sealed({**EVENT, "event": {"x": 1}}), SEALED, NOW)


@pytest.mark.parametrize("away", [timedelta(hours=8, seconds=1), -timedelta(hours=8, seconds=1)])
def test_a_signature_of_another_time_is_a_forgery(away: timedelta) -> None:
    body = sealed(EVENT)
    headers = signed(body, timestamp=TIMESTAMP)

    with pytest.raises(Forged, match="another time"):
        receive(headers, body, SEALED, NOW + away)


def test_the_last_repeat_of_feishu_is_still_believed() -> None:
    body = sealed(EVENT)

    receive(signed(body, timestamp=TIMESTAMP), body, SEALED, NOW + timedelta(hours=7, minutes=30))


def test_a_signature_without_a_time_is_a_forgery() -> None:
    body = sealed(EVENT)

    with pytest.raises(Forged, match="another time"):
        check_signature(signed(body, timestamp="yesterday"), body, ENCRYPT_KEY, NOW)


def test_a_timestamp_in_milliseconds_is_understood() -> None:
    body = sealed(EVENT)

    check_signature(signed(body, timestamp="1700000000123"), body, ENCRYPT_KEY, NOW)


def test_a_plain_body_is_a_forgery_where_an_encrypt_key_is_set() -> None:
    for plain in (EVENT, CHECK, {"encrypt": 3}):
        body = as_json(plain)
        with pytest.raises(Forged, match="not encrypted"):
            receive(signed(body, timestamp=TIMESTAMP), body, SEALED, NOW)


def test_an_encrypted_body_without_a_key_here_says_what_is_missing() -> None:
    with pytest.raises(Forged, match="no Encrypt Key"):
        receive({}, sealed(EVENT), OPEN, NOW)


@pytest.mark.parametrize(
    "garbage",
    [
        "not base64!",
        "",
        base64.b64encode(b"x" * 16).decode(),
        base64.b64encode(b"x" * 33).decode(),
        base64.b64encode(b"x" * 48).decode(),
    ],
)
def test_an_encrypted_body_that_does_not_open_is_a_forgery(garbage: str) -> None:
    with pytest.raises(Forged):
        decrypt(garbage, ENCRYPT_KEY)


def test_the_url_check_needs_no_signature_but_its_token() -> None:
    assert receive({}, sealed(CHECK), SEALED, NOW) == Challenge("c-1")
    assert receive({}, as_json(CHECK), OPEN, NOW) == Challenge("c-1")
    for token in ("other", None, 3):
        with pytest.raises(Forged, match="token"):
            receive({}, sealed({**CHECK, "token": token}), SEALED, NOW)


def test_an_event_cannot_pass_for_a_url_check() -> None:
    body = sealed({**EVENT, "type": "url_verification"})

    with pytest.raises(Forged):
        receive({}, body, SEALED, NOW)


def test_without_an_encrypt_key_the_token_is_the_only_proof() -> None:
    assert receive({}, as_json(EVENT), OPEN, NOW) == Unknown("e1", NOW, "some.event_v1")
    wrong = {**EVENT, "header": {**EVENT["header"], "token": "other"}}  # type: ignore[dict-item]
    for event in (wrong, {**EVENT, "header": {}}, {"uuid": "e", "event": {"type": "x"}}):
        with pytest.raises(Forged, match="token"):
            receive({}, as_json(event), OPEN, NOW)


def test_without_any_key_everything_is_believed() -> None:
    event = {"schema": "2.0", "header": {"event_id": "e1", "event_type": "x"}, "event": {}}

    assert receive({}, as_json(event), NO_KEYS, NOW) == Unknown("e1", NOW, "x")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b'"x"', b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        receive({}, body, SEALED, NOW)


@pytest.mark.parametrize("plain", [b"", b"{", b"[]", b"no JSON"])
def test_what_was_encrypted_wrongly_cannot_be_told_apart(plain: bytes) -> None:
    with pytest.raises(Forged):
        receive({}, as_json({"encrypt": encrypted(plain)}), SEALED, NOW)
    with pytest.raises(Forged):
        receive({}, as_json({"encrypt": encrypted(plain)[:-8] + "AAAAAAA="}), SEALED, NOW)


def test_a_url_check_without_a_challenge_is_malformed() -> None:
    with pytest.raises(Malformed, match="challenge"):
        receive({}, as_json({"type": "url_verification", "token": "v-token"}), OPEN, NOW)


@given(st.binary(max_size=200))
def test_whatever_was_encrypted_comes_out_again(plain: bytes) -> None:
    assert decrypt(encrypted(plain), ENCRYPT_KEY) == plain


@given(st.binary(max_size=200), st.text(max_size=30))
def test_strange_bytes_raise_nothing_but_our_two_errors(body: bytes, signature_given: str) -> None:
    with pytest.raises((Forged, Malformed)):
        receive({"X-Lark-Signature": signature_given}, body, SEALED, NOW)


@given(st.text(max_size=100))
def test_a_strange_encrypted_text_raises_nothing_but_our_errors(text: str) -> None:
    with pytest.raises((Forged, Malformed)):
        receive({}, as_json({"encrypt": text}), SEALED, NOW)
