"""Hours of a week: united, shared, and written as `only` of a layer."""

from hypothesis import given
from hypothesis import strategies as st

from alertbridge.config import parse_team
from alertbridge.core.oncall.intervals import WHOLE_DAY
from alertbridge.importing.blocks import Tree, entry_lines
from alertbridge.importing.week import DAY, WEEK, Week

MONDAY_9, HOUR = 9 * 60, 60
WINDOWS = st.lists(st.tuples(st.integers(0, 167), st.integers(1, 168)), min_size=1, max_size=4)


def minutes(week: Week) -> set[int]:
    return {hour for hour in range(168) if any(start <= hour * HOUR < end for start, end in week.spans)}


def meant(windows: list[tuple[int, int]]) -> set[int]:
    return {(start + passed) % 168 for start, length in windows for passed in range(length)}


def week_of(windows: list[tuple[int, int]]) -> Week:
    return Week.of((start * HOUR, length * HOUR) for start, length in windows)


@given(WINDOWS)
def test_windows_are_united_across_the_end_of_the_week(windows: list[tuple[int, int]]) -> None:
    assert minutes(week_of(windows)) == meant(windows)


@given(WINDOWS, WINDOWS)
def test_shared_hours_are_those_in_both(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    assert minutes(week_of(one).shared(week_of(other))) == meant(one) & meant(other)


@given(WINDOWS)
def test_what_is_written_means_the_same_to_the_reader(windows: list[tuple[int, int]]) -> None:
    week = week_of(windows)
    layer: Tree = {"rotation": "daily", "starts": "2026-01-05", "people": ["a"], "only": week.written()}
    lines = entry_lines("s", {"timezone": "UTC", "layers": [layer]}, indent=2)
    text = "\n".join(["people: {a: {email: a@example.com}}", "schedules:", *lines, "route: {}"])

    read = set()
    for interval in parse_team(text).schedules["s"].layers[0].only:
        for day in interval.weekdays or range(7):
            for start, end in interval.times:
                length = end - start if end > start else end + WHOLE_DAY - start
                read |= {(day * DAY + start + passed) % WEEK // HOUR for passed in range(0, length, HOUR)}
    assert read == minutes(week)


def test_working_hours_are_written_as_people_write_them() -> None:
    week = Week.of((day * DAY + MONDAY_9, 9 * HOUR) for day in range(5))

    assert week.written() == [{"weekdays": ["monday:friday"], "times": ["09:00-18:00"]}]


def test_nights_begin_on_their_day() -> None:
    week = Week.of((day * DAY + 22 * HOUR, 8 * HOUR) for day in range(7))

    assert week.written() == [{"times": ["22:00-06:00"]}]


def test_a_weekend_is_days_and_a_piece_of_one() -> None:
    week = Week.of([(4 * DAY + 18 * HOUR, 63 * HOUR)])

    assert week.written() == [
        {"weekdays": ["monday"], "times": ["00:00-09:00"]},
        {"weekdays": ["friday"], "times": ["18:00-24:00"]},
        {"weekdays": ["saturday:sunday"], "times": ["00:00-24:00"]},
    ]


def test_all_week_is_all_week() -> None:
    assert Week.of([(500, WEEK)]).is_whole
    assert not Week.of([(500, DAY)]).is_whole
