"""Time intervals hold when Alertmanager's would, and begin and end once a day although clocks are changed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.oncall.intervals import TimeInterval, holds, holds_until, spans

SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"
OFFICE = TimeInterval(timezone=SHANGHAI, times=((9 * 60, 18 * 60),), weekdays=frozenset(range(5)))
NIGHT = TimeInterval(timezone=SHANGHAI, times=((22 * 60, 6 * 60),))


def wall(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-05T08:59:59", False),
        ("2026-01-05T09:00:00", True),
        ("2026-01-05T17:59:59", True),
        ("2026-01-05T18:00:00", False),
        ("2026-01-10T12:00:00", False),
    ],
)
def test_office_hours_begin_and_end_to_the_minute_on_working_days(at: str, *, expected: bool) -> None:
    assert holds([OFFICE], wall(at)) is expected


def test_an_interval_that_says_nothing_always_holds() -> None:
    assert holds([TimeInterval()], wall("2026-02-28T23:59"))
    assert not holds([], wall("2026-02-28T23:59"))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_nights = TimeInterval(timezone=SHANGHAI, times=((22 * 60, 6 * 60),), weekdays=frozenset({4}))

    assert holds([friday_nights], wall("2026-01-09T23:00"))
    assert holds([friday_nights], wall("2026-01-10T05:59"))
    assert not holds([friday_nights], wall("2026-01-10T06:00"))
    assert not holds([friday_nights], wall("2026-01-09T05:00"))


def test_a_day_may_last_until_midnight() -> None:
    late = TimeInterval(timezone=SHANGHAI, times=((18 * 60, 24 * 60),))

    assert holds([late], wall("2026-01-05T23:59:59"))
    assert not holds([late], wall("2026-01-06T00:00"))


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-02-27", False), ("2026-02-28", True), ("2028-02-28", False), ("2028-02-29", True)]
)
def test_days_of_the_month_are_counted_from_its_end_too(day: str, *, expected: bool) -> None:
    assert holds([TimeInterval(days_of_month=((-1, -1),))], wall(f"{day}T12:00", "UTC")) is expected


def test_all_that_is_said_has_to_fit() -> None:
    christmas = TimeInterval(months=frozenset({12}), days_of_month=((24, 26),), years=((2026, 2027),))

    assert holds([christmas], wall("2026-12-25T12:00", "UTC"))
    assert not holds([christmas], wall("2026-12-23T12:00", "UTC"))
    assert not holds([christmas], wall("2026-11-25T12:00", "UTC"))
    assert not holds([christmas], wall("2028-12-25T12:00", "UTC"))


def test_spans_are_joined_where_they_touch_and_cut_to_what_was_asked() -> None:
    since, until = wall("2026-01-05T10:00"), wall("2026-01-06T10:00")
    lunch = TimeInterval(timezone=SHANGHAI, times=((12 * 60, 13 * 60),))
    evening = TimeInterval(timezone=SHANGHAI, times=((18 * 60, 20 * 60),))

    assert list(spans([OFFICE, lunch, evening], since, until)) == [
        (since, wall("2026-01-05T20:00")),
        (wall("2026-01-06T09:00"), until),
    ]
    assert list(spans([OFFICE], wall("2026-01-10T00:00"), wall("2026-01-11T00:00"))) == []


@pytest.mark.parametrize(
    ("intervals", "at", "end"),
    [
        ([NIGHT], "2026-01-05T23:00", "2026-01-06T06:00"),
        ([OFFICE, NIGHT], "2026-01-05T12:00", "2026-01-05T18:00"),
        ([TimeInterval(timezone=SHANGHAI, weekdays=frozenset({0, 1, 2}))], "2026-01-05T12:00", "2026-01-08T00:00"),
        ([TimeInterval(timezone=SHANGHAI, months=frozenset({1, 2}))], "2026-01-05T12:00", "2026-03-01T00:00"),
    ],
)
def test_it_is_known_when_a_time_ends(intervals: list[TimeInterval], at: str, end: str) -> None:
    assert holds_until(intervals, wall(at)) == wall(end)


def test_what_never_ends_is_looked_at_for_about_a_year() -> None:
    now = wall("2026-01-05T12:00")

    assert holds_until([TimeInterval()], now) == now + timedelta(days=400)
    assert holds_until([OFFICE], wall("2026-01-05T08:00")) is None


def test_clocks_that_skip_an_hour_move_what_begins_in_it() -> None:
    early = TimeInterval(timezone=BERLIN, times=((2 * 60 + 30, 4 * 60),))

    assert not holds([early], datetime(2026, 3, 29, 1, 29, tzinfo=UTC))
    assert holds([early], datetime(2026, 3, 29, 1, 30, tzinfo=UTC))


def test_of_an_hour_that_is_shown_twice_the_first_counts() -> None:
    early = TimeInterval(timezone=BERLIN, times=((2 * 60, 3 * 60),))

    assert list(spans([early], wall("2026-10-25T00:00", BERLIN), wall("2026-10-26T00:00", BERLIN))) == [
        (datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC))
    ]


intervals_of_any_kind = st.builds(
    TimeInterval,
    timezone=st.sampled_from((SHANGHAI, BERLIN, "America/St_Johns", "Pacific/Apia")),
    times=st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=2).map(tuple),
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
)


@given(
    st.lists(intervals_of_any_kind, max_size=3),
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - as Hypothesis asks
)
def test_spans_and_holds_agree(intervals: list[TimeInterval], at: datetime) -> None:
    found = list(spans(intervals, at - timedelta(days=3), at + timedelta(days=3)))

    assert holds(intervals, at) is any(start <= at < end for start, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
