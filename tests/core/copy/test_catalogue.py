"""The catalogue words everything that is shown, in both languages, with the same placeholders."""

import re
from enum import StrEnum
from string import Formatter

import pytest

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.card import Button, LinkKind, NextKind, Option, State, Tag
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.incidents.command import Verb
from alertbridge.core.timeline import Happening

MARKDOWN = ("fact.", "panel.", "next.", "card.next", "card.as_of", "person.", "list.")
"""What stands in card markdown."""


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("key", copy.CATALOGUE)
def test_every_piece_is_worded_in_every_language_with_the_same_placeholders(key: str) -> None:
    wordings = copy.CATALOGUE[key]

    assert len(wordings) == len(copy.LANGUAGES)
    assert all(wording.strip() for wording in wordings)
    assert len({frozenset(placeholders(wording)) for wording in wordings}) == 1
    assert copy.placeholders(key) == placeholders(wordings[0])


@pytest.mark.parametrize("key", [key for key in copy.CATALOGUE if key not in ("label.colon", "list.comma")])
def test_the_first_wording_is_chinese_and_the_second_is_not(key: str) -> None:
    zh, en = copy.CATALOGUE[key]

    assert not re.search(r"[\u4e00-\u9fff，。；：「」（）！？]", en)
    if re.search(r"[^\W\d_]", re.sub(r"\{\w+\}|P\d", "", zh)):
        assert re.search(r"[\u4e00-\u9fff]", zh)


@pytest.mark.parametrize("key", copy.CATALOGUE)
def test_nothing_shouts_or_apologises(key: str) -> None:
    for wording in copy.CATALOGUE[key]:
        assert not re.search(r"[!！]|sorry|抱歉|对不起", wording, re.IGNORECASE)


@pytest.mark.parametrize("key", [key for key in copy.CATALOGUE if key.startswith(MARKDOWN)])
def test_words_that_stand_in_markdown_hold_no_markup(key: str) -> None:
    for wording in copy.CATALOGUE[key]:
        assert not set(re.sub(r"\{\w+\}", "", wording)) & set("*_~`<>[]#&$|\\!")


@pytest.mark.parametrize(
    ("prefix", "kinds"),
    [
        ("state", State),
        ("tag", Tag),
        ("button", Button),
        ("option", Option),
        ("link", LinkKind),
        ("tab", LinkKind),
        ("next", NextKind),
        ("verb", Verb),
        ("timeline", Happening),
        ("saying.resolved", OnClose),
        ("saying.reopened", OnClose),
        ("saying.countdown", OnClose),
        ("saying.archive_fail", OnClose),
    ],
)
def test_every_kind_has_its_words(prefix: str, kinds: type[StrEnum]) -> None:
    assert all(f"{prefix}.{kind}" in copy.CATALOGUE for kind in kinds)


def test_placeholders_are_filled_and_foreign_braces_stay_as_they_are() -> None:
    assert copy.text("toast.taken", who="{n} 张三") == {"zh": "{n} 张三 已先认领", "en": "{n} 张三 was first"}


def test_a_value_can_have_a_wording_per_language() -> None:
    said = copy.text("toast.old_refused", state=copy.text("state.acked"))

    assert said == {"zh": "此卡已旧，现在是「处理中」", "en": "Old card; it is acked now"}


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        copy.text("toast.taken")


def test_the_primary_language_comes_first() -> None:
    state = copy.text("state.firing")

    assert copy.primary(state, ("en", "zh")) == "firing"
    assert list(copy.spoken(state, ("en", "zh")).items()) == [("en", "firing"), ("zh", "触发中")]
    assert copy.spoken(state, ("zh",)) == {"zh": "触发中"}


def test_labels_are_dual_only_where_two_languages_are_set() -> None:
    assert copy.dual("tab.incident", ("zh", "en")) == "事件 Incident"
    assert copy.dual("tab.incident", ("en",)) == "Incident"
    assert copy.label("announcement.lead", ("zh", "en")) == "负责人 Lead："
    assert copy.label("announcement.lead", ("en", "zh")) == "Lead 负责人: "


def test_pieces_are_joined_in_every_language() -> None:
    assert copy.join(" ", (copy.text("fact.lead"), "x")) == {"zh": "负责 x", "en": "Lead x"}
