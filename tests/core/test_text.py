"""Foreign text is cleaned to one visible line, addresses to plain ones; times and spans read as people say them."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.text import (
    URL_LIMIT,
    age,
    clean,
    clock,
    cut,
    date_and_clock,
    encode_url,
    host_of,
    is_same_address,
    is_web_url,
    utf16_length,
    without_brackets,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=400)
SHANGHAI = "Asia/Shanghai"
NOON = datetime(2026, 6, 14, 4, 12, tzinfo=UTC)


def forbidden(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in ("Cc", "Cs")
        or 0x200B <= code <= 0x200F
        or 0x2028 <= code <= 0x202E
        or 0x2060 <= code <= 0x206F
        or code in (0xFEFF, 0x061C)
    )


@given(ANY_TEXT, st.integers(1, 200))
def test_cleaned_text_is_one_line_of_visible_characters_within_its_limit(text: str, limit: int) -> None:
    cleaned = clean(text, limit)

    assert not any(forbidden(character) for character in cleaned)
    assert utf16_length(cleaned) <= limit
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    cleaned.encode()


@given(ANY_TEXT, st.integers(1, 200))
def test_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    assert clean(clean(text, limit), limit) == clean(text, limit)


def test_lines_become_one() -> None:
    assert clean("a\n# BIG\r\n- x\n    code\u2028z\ty", 160) == "a # BIG - x code z y"


def test_half_a_pair_becomes_a_replacement_character_and_a_whole_pair_is_joined() -> None:
    assert clean("a\ud83d b", 80) == "a\ufffd b"
    assert clean("\ud83d\udd25", 80) == "🔥"


def test_letters_and_accents_are_composed() -> None:
    assert clean("e\u0301", 80) == "é"


def test_a_direction_override_cannot_disguise_a_name() -> None:
    assert clean("prod\u202egnp.exe", 120) == "prodgnp.exe"


def test_a_long_text_keeps_its_beginning() -> None:
    assert clean("é" * 30_000, 120) == "é" * 119 + "…"


def test_text_within_the_limit_is_not_cut() -> None:
    assert clean("x" * 80, 80) == "x" * 80


def test_a_huge_row_of_accents_is_cut_before_it_costs_anything() -> None:
    assert clean("ok a" + "\u0315\u0300" * 200_000, 80) == "ok…"


def test_no_half_of_an_emoji_is_left_at_the_cut() -> None:
    assert cut("ab🔥cd", 4) == "ab…"
    assert cut("ab🔥cd", 5) == "ab🔥…"


def test_an_accent_stays_with_its_letter_at_the_cut() -> None:
    assert cut("abx\u0315d", 4) == "ab…"


def test_square_brackets_are_rounded_the_wide_ones_too() -> None:
    assert without_brackets("[P1]［已恢复］") == "(P1)（已恢复）"


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("https://h/a b)(c", "https://h/a%20b%29%28c"),
        ("http://grafana.example.com:3000/d/x?var=[1]&y=\"z'", "http://grafana.example.com:3000/d/x?var=[1]&y=%22z%27"),
        ("  HTTPS://Example.com/<b> ", "https://Example.com/%3Cb%3E"),
        ("https://[2001:db8::1]:9090/graph", "https://[2001:db8::1]:9090/graph"),
        ("http://prometheus_main:9090/graph", "http://prometheus_main:9090/graph"),
        ("https://监控.example.cn/面板", "https://监控.example.cn/面板"),
    ],
)
def test_a_web_address_is_encoded(url: str, encoded: str) -> None:
    assert encode_url(url) == encoded
    assert is_web_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://h/x",
        "//evil.example/x",
        "/relative",
        "https://",
        "https://user:secret@evil.example/",
        "https://good.example\\@evil.example/",
        "https://evil.example\\.good.example/",
        "https://good.example%2eevil.example/",
        "https://h:port/",
        "https://h:99999/",
        "https://[::1/",
        "https://[v1.a:b]/",
        "https://[fe80::1%25eth0]/",
        "https://h h/",
        "https://h/a\nb",
        "https://h/\x00",
        "https://h/" + "x" * URL_LIMIT,
        "https://h/" + "(" * (URL_LIMIT // 3),
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    assert encode_url(url) is None
    assert not is_web_url(url)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://h", "https://h/", True),
        ("https://H.example:443/a/", "https://h.example/a", True),
        ("http://h:80/%E5%8D%A1?q=a%20b#x%7By%7D", "http://h/卡?q=a+b#x{y}", True),
        ("https://h:8443/", "https://h/", False),
        ("https://h/a", "https://h/A", False),
        ("https://h/?a=1", "https://h/?a=2", False),
        ("http://h/", "https://h/", False),
        ("https://h:x/", "https://h:x/", True),
        ("https://h:x/", "https://h/", False),
    ],
)
def test_an_address_is_the_same_however_it_is_written(one: str, other: str, is_same: bool) -> None:
    assert is_same_address(one, other) is is_same


def test_the_host_is_named_in_lower_case() -> None:
    assert host_of("https://Wiki.Evil.example:8443/x") == "wiki.evil.example"


@given(ANY_TEXT)
def test_an_accepted_address_cannot_end_a_link_early(text: str) -> None:
    encoded = encode_url(f"https://h/{text}")

    assert encoded is None or not set(encoded) & set(" \"'()<>\\`\n")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (-5, "0 秒", "0 s"),
        (42, "42 秒", "42 s"),
        (240, "4 分钟", "4 min"),
        (3_600, "1 小时", "1 h"),
        (4_800, "1 小时 20 分", "1 h 20 min"),
        (86_400, "1 天", "1 d"),
        (3 * 86_400 + 4 * 3_600 + 59, "3 天 4 小时", "3 d 4 h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds: int, zh: str, en: str) -> None:
    assert age(timedelta(seconds=seconds)) == {"zh": zh, "en": en}


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (SHANGHAI, "12:12 (UTC+8)"),
        ("UTC", "04:12 (UTC)"),
        ("Asia/Kolkata", "09:42 (UTC+5:30)"),
        ("America/St_Johns", "01:42 (UTC-2:30)"),
    ],
)
def test_a_clock_time_carries_its_zone(zone: str, shown: str) -> None:
    assert clock(NOON, zone, NOON) == shown


def test_the_date_comes_along_when_it_is_not_today_in_that_zone() -> None:
    before_midnight = datetime(2026, 6, 14, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 6, 14, 16, 1, tzinfo=UTC)

    assert clock(after_midnight, SHANGHAI, after_midnight) == "00:01 (UTC+8)"
    assert clock(after_midnight, SHANGHAI, before_midnight) == "06-15 00:01 (UTC+8)"


def test_a_time_that_stays_carries_its_date() -> None:
    assert date_and_clock(NOON, SHANGHAI) == "06-14 12:12 (UTC+8)"
