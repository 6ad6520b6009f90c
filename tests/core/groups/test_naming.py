"""Names and descriptions of groups fit, cannot be faked by a title, and tell our groups from others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.chats.card import State
from alertbridge.core.groups.naming import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    Marker,
    description,
    group_name,
    is_ours,
    mac,
    marker,
    parse_marker,
)
from alertbridge.core.ids import IncidentId
from alertbridge.core.severity import Severity
from alertbridge.core.text import utf16_length

INCIDENT = IncidentId("01JD4Z0000000000000000000A")
KEY = b"k" * 32
APP = "cli_sandbox"
ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


def test_a_name_tells_severity_state_title_and_number() -> None:
    assert group_name(Severity.P1, State.FIRING, "支付：错误率过高", 1423) == {
        "zh": "[P1][触发中] 支付：错误率过高 (#1423)",
        "en": "[P1][firing] 支付：错误率过高 (#1423)",
    }


def test_only_the_title_is_cut() -> None:
    name = group_name(Severity.P1, State.ACKED, "KubePodCrashLooping: prod/checkout-worker-7f6c9", 1423)

    assert name["en"] == "[P1][acked] KubePodCrashLooping: prod/checkout-work… (#1423)"


def test_a_title_cannot_fake_the_prefix_nor_the_number() -> None:
    name = group_name(Severity.P3, State.FIRING, "[P1][resolved] all fine (#1)", 88)

    assert name["en"] == "[P3][firing] (P1)(resolved) all fine (#1) (#88)"


@pytest.mark.parametrize("title", ["", " \n\u200b "])
def test_without_a_title_the_name_is_neutral(title: str) -> None:
    assert group_name(Severity.P1, State.FIRING, title, 1423) == {
        "zh": "[P1][触发中] 告警事件 (#1423)",
        "en": "[P1][firing] incident (#1423)",
    }


@given(ANY_TEXT, st.sampled_from(State), st.sampled_from(Severity), st.integers(1, 10**9))
def test_a_name_fits_whatever_the_title(title: str, state: State, severity: Severity, number: int) -> None:
    for name in group_name(severity, state, title, number).values():
        assert utf16_length(name) <= NAME_LIMIT
        assert name.startswith(f"[{severity}][")
        assert name.endswith(f" (#{number})")
        assert name.count("[") == name.count("]") == 2


@given(ANY_TEXT, st.integers(1, 10**9))
def test_a_description_fits_and_ends_with_our_mark_whatever_the_route(route: str, number: int) -> None:
    ours = marker(KEY, APP, INCIDENT)

    for text in description(number, route, ours).values():
        assert utf16_length(text) <= DESCRIPTION_LIMIT
        assert parse_marker(text) == Marker(incident=INCIDENT, mac=mac(KEY, APP, INCIDENT))


def test_a_description_says_what_the_group_is_and_who_keeps_it() -> None:
    assert description(7, "payments", "[ab1:x:y]") == {
        "zh": "告警事件 #7 · payments · 自动管理，勿改末尾标记 [ab1:x:y]",
        "en": "Incident #7 · payments · managed, keep the tag [ab1:x:y]",
    }


def test_our_mark_is_known_as_ours() -> None:
    claim = parse_marker(marker(KEY, APP, INCIDENT))

    assert claim is not None
    assert is_ours(claim, KEY, APP)


def test_a_mark_of_another_install_app_or_hand_is_not_ours() -> None:
    claim = Marker(incident=INCIDENT, mac=mac(KEY, APP, INCIDENT))

    assert not is_ours(claim, b"another", APP)
    assert not is_ours(claim, KEY, "cli_other")
    assert not is_ours(Marker(incident=INCIDENT, mac="0" * 10), KEY, APP)


def test_the_mac_is_the_one_of_the_design() -> None:
    assert mac(b"key", "cli_a", INCIDENT) == "6b2f20bc9c"  # openssl dgst -sha256 -hmac


@pytest.mark.parametrize(
    "text",
    [
        "",
        "our lunch group",
        "[ab1:short:0123456789]",
        "[ab1:01JD4Z0000000000000000000A:0123456789] and words after it",
        "[ab2:01JD4Z0000000000000000000A:0123456789]",
        "[ab1:01JD4Z0000000000000000000A:012345678G]",
    ],
)
def test_a_text_without_a_whole_mark_at_its_end_has_none(text: str) -> None:
    assert parse_marker(text) is None
