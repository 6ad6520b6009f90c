"""Rotations have no gap and no overlap, and hand over at the same time on the wall all year."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.oncall.schedule import Layer, Rotation, Schedule, Shift, next_shift, on_call

MONDAY = date(2026, 1, 5)
ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York")
ODD_ZONES = ("Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "UTC")


def weekly(*people: str, starts: date = MONDAY, weekday: int = 0, clock: time = time(9)) -> Layer:
    return Layer(people=people, starts=starts, handover_weekday=weekday, handover_time=clock)


def daily(*people: str, starts: date = MONDAY, clock: time = time(9)) -> Layer:
    return Layer(people=people, starts=starts, rotation=Rotation.DAILY, handover_time=clock)


def schedule(*layers: Layer, zone: str = "Asia/Shanghai") -> Schedule:
    return Schedule(name="s", timezone=zone, layers=layers)


def wall(text: str, zone: str = "Asia/Shanghai", *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def shift_at(plan: Schedule, at: datetime) -> Shift:
    shift = on_call(plan, at)
    assert shift is not None
    return shift


def shifts(plan: Schedule, first: datetime, count: int) -> list[Shift]:
    found = [shift_at(plan, first)]
    while len(found) < count:
        found.append(shift_at(plan, found[-1].ends_at))
    return found


def test_people_take_turns_week_by_week() -> None:
    plan = schedule(weekly("alice", "bob", "carol"))

    turns = [shift_at(plan, wall("2026-01-05T09:00") + timedelta(weeks=week)).people for week in range(4)]

    assert turns == [("alice",), ("bob",), ("carol",), ("alice",)]


def test_a_shift_says_when_it_began_and_when_it_ends() -> None:
    plan = schedule(weekly("alice", "bob"))

    assert on_call(plan, wall("2026-01-14T03:00")) == Shift(
        people=("bob",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-19T09:00")
    )
    assert shift_at(plan, wall("2026-01-14T03:00")).starts_at.tzinfo is UTC


def test_the_moment_of_hand_over_belongs_to_the_next_person() -> None:
    plan = schedule(weekly("alice", "bob"))
    handover = wall("2026-01-12T09:00")

    assert shift_at(plan, handover - timedelta(microseconds=1)).people == ("alice",)
    assert shift_at(plan, handover).people == ("bob",)


def test_before_it_starts_nobody_is_on_call() -> None:
    plan = schedule(weekly("alice"))

    assert on_call(plan, wall("2026-01-05T08:59:59")) is None
    assert shift_at(plan, wall("2026-01-05T09:00")).people == ("alice",)
    assert on_call(schedule(), wall("2026-01-05T09:00")) is None


@pytest.mark.parametrize(("starts", "ends"), [("2026-01-07", "2026-01-12"), ("2026-01-11", "2026-01-12")])
def test_a_rotation_that_starts_within_the_week_begins_with_a_shorter_shift(starts: str, ends: str) -> None:
    plan = schedule(weekly("alice", "bob", starts=date.fromisoformat(starts)))

    assert shift_at(plan, wall(f"{starts}T10:00")) == Shift(
        people=("alice",), starts_at=wall(f"{starts}T09:00"), ends_at=wall(f"{ends}T09:00")
    )
    assert shift_at(plan, wall("2026-01-12T10:00")).people == ("bob",)


def test_a_daily_rotation_hands_over_every_day() -> None:
    plan = schedule(daily("alice", "bob"))

    assert [shift.people[0] for shift in shifts(plan, wall("2026-01-05T12:00"), 4)] == ["alice", "bob", "alice", "bob"]
    assert shift_at(plan, wall("2026-01-06T08:59")).people == ("alice",)


def test_a_later_layer_takes_over_on_the_day_it_begins() -> None:
    plan = schedule(weekly("alice", "bob"), weekly("carol", starts=date(2026, 1, 14), clock=time(18)))

    before, after = shifts(plan, wall("2026-01-13T00:00"), 2)

    assert before == Shift(people=("bob",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-14T18:00"))
    assert after == Shift(people=("carol",), starts_at=wall("2026-01-14T18:00"), ends_at=wall("2026-01-19T18:00"))


def test_an_earlier_layer_that_begins_later_changes_nothing() -> None:
    plan = schedule(weekly("alice", starts=date(2026, 2, 2)), weekly("bob"))

    assert {shift.people for shift in shifts(plan, wall("2026-01-05T09:00"), 8)} == {("bob",)}


# --- clocks that change


def test_in_spring_the_week_is_an_hour_shorter_and_the_wall_says_the_same() -> None:
    plan = schedule(weekly("alice", "bob"), zone="Europe/Berlin")

    shift = shift_at(plan, wall("2026-03-29T12:00", "Europe/Berlin"))

    assert shift.ends_at - shift.starts_at == timedelta(weeks=1, hours=-1)
    assert shift.ends_at == wall("2026-03-30T09:00", "Europe/Berlin")


def test_in_autumn_the_week_is_an_hour_longer_and_the_wall_says_the_same() -> None:
    plan = schedule(weekly("alice", "bob"), zone="Europe/Berlin")

    shift = shift_at(plan, wall("2026-10-25T12:00", "Europe/Berlin"))

    assert shift.ends_at - shift.starts_at == timedelta(weeks=1, hours=1)


def test_a_hand_over_at_a_time_that_the_clocks_skip_happens_as_if_they_had_not() -> None:
    """02:30 does not exist in Berlin on 29 March 2026; it falls on 03:30."""
    plan = schedule(
        weekly("alice", "bob", starts=date(2026, 3, 22), weekday=6, clock=time(2, 30)), zone="Europe/Berlin"
    )

    assert shift_at(plan, datetime(2026, 3, 29, 1, 29, tzinfo=UTC)).people == ("alice",)
    assert shift_at(plan, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)).people == ("bob",)


def test_a_hand_over_at_a_time_that_the_clocks_show_twice_happens_the_first_time() -> None:
    """02:30 comes twice in Berlin on 25 October 2026: at 00:30 and at 01:30 UTC."""
    plan = schedule(
        weekly("alice", "bob", starts=date(2026, 10, 18), weekday=6, clock=time(2, 30)), zone="Europe/Berlin"
    )

    for minute, person in ((29, "alice"), (30, "bob"), (31, "bob")):
        assert shift_at(plan, datetime(2026, 10, 25, 0, minute, tzinfo=UTC)).people == (person,)
    assert shift_at(plan, datetime(2026, 10, 25, 1, 29, tzinfo=UTC)).people == ("bob",)


def test_a_hand_over_at_midnight_counts_although_the_date_goes_back_a_minute_later() -> None:
    """In St. John's the clocks went from 00:01 on 7 November 2010 back to 23:01 on the 6th."""
    zone = "America/St_Johns"
    plan = schedule(weekly("alice", "bob", starts=date(2010, 10, 31), weekday=6, clock=time(0)), zone=zone)
    again_the_sixth = datetime(2010, 11, 7, 2, 40, tzinfo=UTC)

    assert again_the_sixth.astimezone(ZoneInfo(zone)).date() == date(2010, 11, 6)
    assert shift_at(plan, again_the_sixth).people == ("bob",)


def test_who_would_have_had_a_day_that_a_zone_skipped_is_left_out() -> None:
    """Samoa had no 30 December 2011: bob's day."""
    zone = "Pacific/Apia"
    plan = schedule(daily("alice", "bob", "carol", starts=date(2011, 12, 29)), zone=zone)

    names = [shift.people[0] for shift in shifts(plan, wall("2011-12-29T09:00", zone), 4)]

    assert names == ["alice", "carol", "alice", "bob"]


@pytest.mark.parametrize("zone", ZONES)
def test_over_four_years_weekly_shifts_touch_and_hand_over_at_the_same_time_on_the_wall(zone: str) -> None:
    plan = schedule(weekly("alice", "bob", "carol"), zone=zone)

    found = shifts(plan, wall("2026-01-05T09:00", zone), 4 * 52)

    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    assert [shift.people[0] for shift in found] == (["alice", "bob", "carol"] * len(found))[: len(found)]
    local = [shift.starts_at.astimezone(ZoneInfo(zone)) for shift in found]
    assert {(at.weekday(), at.time()) for at in local} == {(0, time(9))}
    assert all(other.date() - one.date() == timedelta(weeks=1) for one, other in pairwise(local))


layers = st.builds(
    Layer,
    people=st.lists(st.sampled_from(["alice", "bob", "carol"]), min_size=1, max_size=4).map(tuple),
    starts=st.dates(date(2009, 1, 1), date(2030, 1, 1)),
    rotation=st.sampled_from(Rotation),
    handover_weekday=st.integers(0, 6),
    handover_time=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)


@given(
    plan=st.builds(
        Schedule,
        name=st.just("s"),
        timezone=st.sampled_from(ZONES + ODD_ZONES),
        layers=st.lists(layers, min_size=1, max_size=3).map(tuple),
    ),
    at=st.datetimes(datetime(2010, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
)
def test_every_moment_lies_in_exactly_one_shift_or_before_the_first(plan: Schedule, at: datetime) -> None:
    shift = on_call(plan, at)
    if shift is None:
        begins = (datetime.combine(layer.starts, layer.handover_time, ZoneInfo(plan.timezone)) for layer in plan.layers)
        assert at < min(begins)
        return

    assert shift.starts_at <= at < shift.ends_at
    assert on_call(plan, shift.starts_at) == shift
    assert on_call(plan, shift.ends_at - timedelta(microseconds=1)) == shift
    assert shift_at(plan, shift.ends_at).starts_at == shift.ends_at
    before = on_call(plan, shift.starts_at - timedelta(microseconds=1))
    assert before is None or before.ends_at == shift.starts_at


def test_the_next_shift_of_somebody_is_the_first_that_begins_later() -> None:
    plan = schedule(weekly("ada", "bob"))
    tuesday = wall("2026-01-06 12:00")
    far = tuesday + timedelta(days=60)

    assert next_shift(plan, "bob", tuesday, until=far) == wall("2026-01-12 09:00")
    assert next_shift(plan, "ada", tuesday, until=far) == wall("2026-01-19 09:00"), "not the one that is under way"
    assert next_shift(plan, "nobody", tuesday, until=far) is None
    assert next_shift(plan, "bob", tuesday, until=tuesday + timedelta(days=1)) is None
    assert next_shift(plan, "bob", wall("2025-01-06 12:00"), until=far) is None, "nothing is known before it begins"
