"""What somebody may have meant who mistyped a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.incidents.command import Verb
from alertbridge.core.spoken.nearest import edits, nearest
from alertbridge.core.spoken.vocabulary import BY_WORD, Question

ALL = tuple(BY_WORD)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("akc", "ack"),
        ("acknowledge", "ack"),
        ("reslove", "resolve"),
        ("statsu", "status"),
        ("asign", "assign"),
        ("认令", "认领"),
        ("恢复了吗", "恢复"),
        ("我来看看", "我来"),
        ("关掉", "关闭"),
    ],
)
def test_the_nearest_word_comes_first(heard: str, meant: str) -> None:
    assert nearest(heard, ALL)[0] == meant


@pytest.mark.parametrize("heard", ["", "zzzzzz", "今天天气如何", "x" * 10_000, "1"])
def test_nothing_is_near_to_nonsense(heard: str) -> None:
    assert nearest(heard, ALL) == ()


def test_only_words_that_count_now_are_offered_at_most_three_and_each_once() -> None:
    assert nearest("akc", (Verb.RESOLVE, Question.HELP)) == ()
    assert len(nearest("lin", ALL)) <= 3
    assert nearest("sevrity", ALL) == ("severity",)


def test_edits_count_swapped_neighbours_once() -> None:
    assert edits("akc", "ack") == 1
    assert edits("ack", "ack") == 0
    assert edits("", "ack") == 3


@given(st.text(max_size=12), st.text(max_size=12))
def test_edits_are_the_same_both_ways(one: str, other: str) -> None:
    assert edits(one, other) == edits(other, one)
    assert edits(one, other) <= max(len(one), len(other))
