import hmac
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.ingest.senders import UnknownSender, identify

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
BODY = b'{"alerts": []}'
TOKENS = {"prod": "s3cret", "staging": "gehëim"}


def basic(credentials: str) -> str:
    return "Basic " + b64encode(credentials.encode()).decode()


def signed(token: str, body: bytes) -> str:
    return hmac.new(token.encode(), body, "sha256").hexdigest()


def identified(headers: dict[str, str] | None = None, query: dict[str, str] | None = None, body: bytes = BODY) -> str:
    return identify(headers or {}, query or {}, body, TOKENS, NOW)


def refusal(headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> str:
    with pytest.raises(UnknownSender) as refused:
        identified(headers, query)
    return str(refused.value)


def test_without_tokens_everybody_is_the_default_integration() -> None:
    assert identify({"authorization": "Bearer x"}, {"token": "y"}, BODY, {}, NOW) == "default"


@pytest.mark.parametrize(
    "authorization",
    ["Bearer s3cret", "bearer s3cret", "Token s3cret", "GenieKey   s3cret", " Bearer s3cret ", "s3cret",
     basic("user:s3cret"), basic(":s3cret"), basic("user:s3cret").replace("Basic", "BASIC")],
)  # fmt: skip
def test_a_token_is_known_in_any_authorization(authorization: str) -> None:
    assert identified({"authorization": authorization}) == "prod"


def test_a_token_outside_ascii_is_known() -> None:
    assert identified({"authorization": basic("user:gehëim")}) == "staging"


def test_a_token_in_the_query_is_known() -> None:
    assert identified(query={"token": "s3cret"}) == "prod"


def test_a_right_token_counts_beside_a_wrong_one() -> None:
    assert identified({"authorization": basic("proxy:password")}, {"token": "s3cret"}) == "prod"


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer wrong",
        "Bearer s3cret ret",
        "Bearer s3cre",
        "Bearer \udcff",
        "Basic s3cre",
        basic("user:wrong"),
        "Basic " + b64encode(b"u:\xff").decode(),
    ],
)
def test_a_wrong_token_is_refused(authorization: str) -> None:
    assert "not one of this service's" in refusal({"authorization": authorization})


@pytest.mark.parametrize("authorization", ["Basic", "Basic é", "Basic !!!!", basic("s3cret"), basic("s3cret:")])
def test_a_token_as_the_user_of_basic_auth_is_told_where_it_belongs(authorization: str) -> None:
    assert "as the password of basic auth" in refusal({"authorization": authorization})


@pytest.mark.parametrize("query", [{}, {"token": ""}])
def test_no_token_is_told_all_the_ways_to_send_one(query: dict[str, str]) -> None:
    text = refusal({"authorization": " "}, query)

    assert "Bearer" in text
    assert "basic auth" in text
    assert "HMAC" in text
    assert "?token=" in text


def test_an_empty_token_is_nobodys() -> None:
    with pytest.raises(UnknownSender):
        identify({"x-grafana-alerting-signature": signed("", BODY)}, {}, BODY, {"broken": ""}, NOW)


def test_grafanas_signature_of_the_raw_body_is_known() -> None:
    assert identified({"x-grafana-alerting-signature": signed("gehëim", BODY)}) == "staging"


@pytest.mark.parametrize("seconds", [SECONDS, SECONDS - 300, SECONDS + 300])
def test_a_signature_with_a_time_is_known_while_it_is_fresh(seconds: int) -> None:
    headers = {
        "x-grafana-alerting-signature": signed("s3cret", f"{seconds}:".encode() + BODY),
        "x-grafana-alerting-timestamp": str(seconds),
    }

    assert identified(headers) == "prod"


@pytest.mark.parametrize("seconds", [SECONDS - 301, SECONDS + 301, 0])
def test_an_old_or_early_signature_is_refused(seconds: int) -> None:
    headers = {
        "x-grafana-alerting-signature": signed("s3cret", f"{seconds}:".encode() + BODY),
        "x-grafana-alerting-timestamp": str(seconds),
    }

    assert "compare both clocks" in refusal(headers)


@pytest.mark.parametrize("timestamp", ["soon", "-5", "1e9", "9" * 12, "١"])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    headers = {"x-grafana-alerting-signature": signed("s3cret", BODY), "x-grafana-alerting-timestamp": timestamp}

    assert "not a Unix time" in refusal(headers)


def test_a_signature_cannot_be_replayed_by_leaving_its_time_out() -> None:
    signature = signed("s3cret", f"{SECONDS}:".encode() + BODY)

    assert "fits no token" in refusal({"x-grafana-alerting-signature": signature})


@pytest.mark.parametrize(
    "signature", ["0" * 64, "x", "é" * 64, signed("s3cret", BODY).upper(), "sha256=" + signed("s3cret", BODY)]
)
def test_a_wrong_signature_is_refused(signature: str) -> None:
    assert "fits no token" in refusal({"x-grafana-alerting-signature": signature})


def test_a_signature_of_other_bytes_is_refused() -> None:
    with pytest.raises(UnknownSender):
        identified({"x-grafana-alerting-signature": signed("s3cret", BODY)}, body=BODY + b" ")


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_is_shown_the_refusal_shows_no_secret(
    authorization: str, token: str, signature: str, timestamp: str
) -> None:
    headers = {
        "authorization": authorization,
        "x-grafana-alerting-signature": signature,
        "x-grafana-alerting-timestamp": timestamp,
    }
    tokens = {"prod": "long-enough-not-to-be-guessed"}

    with pytest.raises(UnknownSender) as refused:
        identify(headers, {"token": token}, BODY, tokens, NOW)

    assert tokens["prod"] not in str(refused.value)
