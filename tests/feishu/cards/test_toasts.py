"""Answers to a click are short, typed, and in the reader's language."""

import unicodedata

import pytest

from alertbridge.core.copy import catalogue as copy
from alertbridge.feishu.cards.toasts import Toast, toast
from tests.feishu.cards.views import BOTH

EXAMPLES: dict[str, str | int] = {
    "n": 1423,
    "t": "14:12",
    "who": "欧阳克",
    "state": "处理中",
    "field": "备注",
    "hint": "最多 500 字",
    "role": "值班人或群管理员",
}


def width(text: str) -> float:
    """Width in Chinese characters: a Latin letter is half of one."""
    return sum(1 if unicodedata.east_asian_width(character) in "WFA" else 0.5 for character in text)


def example(kind: Toast) -> dict[str, str | int]:
    return {name: EXAMPLES[name] for name in copy.placeholders(f"toast.{kind}")}


@pytest.mark.parametrize("kind", Toast)
def test_a_toast_is_at_most_twenty_chinese_characters_wide(kind: Toast) -> None:
    shown = toast(kind, BOTH, **example(kind))["toast"]

    assert width(shown["i18n"]["zh_cn"]) <= 20
    assert shown["i18n"]["en_us"]
    assert shown["content"] == shown["i18n"]["zh_cn"]
    assert shown["type"] in ("success", "info", "warning", "error")


@pytest.mark.parametrize("key", [key for key in copy.CATALOGUE if key.startswith("toast.")])
def test_every_toast_of_the_catalogue_can_be_shown(key: str) -> None:
    assert Toast(key.removeprefix("toast."))


def test_a_toast_is_the_body_of_the_answer() -> None:
    assert toast(Toast.ACKED, BOTH, n=1423) == {
        "toast": {
            "type": "success",
            "content": "已记录：你认领了 #1423",
            "i18n": {"zh_cn": "已记录：你认领了 #1423", "en_us": "Recorded: you have #1423"},
        }
    }


def test_with_one_language_there_is_no_translation() -> None:
    assert toast(Toast.NOT_SAVED, ("en",)) == {"toast": {"type": "error", "content": "Not saved, press again"}}


def test_a_long_name_is_cleaned_and_cut() -> None:
    shown = toast(Toast.TAKEN, BOTH, who="A\u202e very\nlong name of a person")["toast"]

    assert shown["content"] == "A very long nam… 已先认领"


def test_a_state_is_told_in_the_readers_language() -> None:
    shown = toast(Toast.OLD_REFUSED, BOTH, state=copy.text("state.resolved"))["toast"]

    assert shown["type"] == "warning"
    assert shown["i18n"] == {"zh_cn": "此卡已旧，现在是「已恢复」", "en_us": "Old card; it is resolved now"}
