"""Times and levels as people say them."""

from datetime import UTC, datetime, time

import pytest

from alertbridge.core.severity import Severity
from alertbridge.core.spoken.quantities import duration, level, next_time, until


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2h", 7_200),
        ("2 小时", 7_200),
        ("两小时", 7_200),
        ("二个小时", 7_200),
        ("半小时", 1_800),
        ("半个小时", 1_800),
        ("1h30m", 5_400),
        ("1h 30 min", 5_400),
        ("1小时30分", 5_400),
        ("三十分钟", None),
        ("十分钟", 600),
        ("90 minutes", 5_400),
        ("1d", 86_400),
        ("一天", 86_400),
        ("1 day 2 hrs", 93_600),
        ("1000m", None),
        ("2", None),
        ("2months", None),
        ("soon", None),
    ],
)
def test_durations(said: str, seconds: int | None) -> None:
    read = duration(said, 0)

    assert read == (None if seconds is None else (seconds, len(said)))


def test_a_duration_ends_where_other_words_begin() -> None:
    assert duration("2h 换盘", 0) == (7_200, 2)


def test_a_clock_time_follows_a_word() -> None:
    assert until("until 9:30", 0) == (time(9, 30), 10)
    assert until("到23:59 x", 0) == (time(23, 59), 6)
    assert until("9:30", 0) is None
    assert until("until 9:30:15", 0) is None


def test_levels() -> None:
    assert level("p1") is Severity.P1
    assert level("4") is Severity.P4
    assert level("p5") is None
    assert level("p12") is None


def test_a_clock_time_is_the_next_one_in_the_zone_of_the_route() -> None:
    now = datetime(2026, 11, 22, 14, 1, tzinfo=UTC)  # 22:01 in Shanghai

    assert next_time(time(23), now, "Asia/Shanghai") == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert next_time(time(22, 1), now, "Asia/Shanghai") == datetime(2026, 11, 23, 14, 1, tzinfo=UTC)
    assert next_time(time(9), now, "Asia/Shanghai") == datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "clock", "then"),
    [
        (datetime(2026, 10, 25, 0, 10, tzinfo=UTC), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 40, tzinfo=UTC), time(2, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), time(2, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 40, tzinfo=UTC), time(2, 30), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 0, 0, tzinfo=UTC), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 10, tzinfo=UTC), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 40, tzinfo=UTC), time(2, 30), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)),
    ],
)
def test_where_clocks_are_changed_it_is_the_next_time_that_they_show_it(
    now: datetime, clock: time, then: datetime
) -> None:
    assert next_time(clock, now, "Europe/Berlin") == then
