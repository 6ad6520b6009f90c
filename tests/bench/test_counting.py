"""A run that loses or doubles something has no figures."""

from collections.abc import Callable
from itertools import islice

import pytest

from tests.bench.posts import STORY, Seen, expected, news, requests
from tests.bench.stored import Count, Miscounted, check

ANSWERED = [len(STORY) + 3, 0]


def stored() -> dict[int, list[frozenset[Seen]]]:
    return {group: list(entries) for group, entries in expected(ANSWERED, 10).items()}


def test_what_was_acknowledged_follows_from_the_answers() -> None:
    assert [len(entries) for entries in stored().values()] == [5, 2]
    assert check(expected(ANSWERED, 10), stored()) == Count(incidents=2, entries=7)


def test_of_ten_posts_one_opens_four_change_and_five_say_nothing_new() -> None:
    assert len(STORY) == 10
    assert [len(news(int(step), 100)) for step in STORY if step.isdecimal()] == [100, 10, 10, 10, 100]
    assert [len(news(int(step), 1)) for step in STORY if step.isdecimal()] == [1] * 5


def lose_a_group(groups: dict[int, list[frozenset[Seen]]]) -> None:
    del groups[0]


def lose_an_entry(groups: dict[int, list[frozenset[Seen]]]) -> None:
    groups[0].pop()


def double_an_entry(groups: dict[int, list[frozenset[Seen]]]) -> None:
    groups[0].append(groups[0][-1])


def lose_an_alert(groups: dict[int, list[frozenset[Seen]]]) -> None:
    groups[0][0] = frozenset(list(groups[0][0])[1:])


def swap_entries(groups: dict[int, list[frozenset[Seen]]]) -> None:
    groups[0].reverse()


def make_a_group_up(groups: dict[int, list[frozenset[Seen]]]) -> None:
    groups[7] = groups[0]


@pytest.mark.parametrize(
    "spoil", [lose_a_group, lose_an_entry, double_an_entry, lose_an_alert, swap_entries, make_a_group_up]
)
def test_what_is_missing_or_too_much_is_found(spoil: Callable[[dict[int, list[frozenset[Seen]]]], None]) -> None:
    found = stored()
    spoil(found)

    with pytest.raises(Miscounted):
        check(expected(ANSWERED, 10), found)


def test_the_requests_of_a_group_are_as_long_as_they_say_and_name_it() -> None:
    for request in islice(requests("/x", 3, 2), len(STORY), 2 * len(STORY)):
        head, _, body = request.partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(body) in head
        assert body.count(b"prod-0003000001") == 5, "its own labels, both alerts', the common ones and the group key"
