"""Rotations have no gap and no overlap, and hand over at the same time on the wall all year."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.core.oncall.intervals import TimeInterval, holds
from alertbridge.core.oncall.override import Override
from alertbridge.core.oncall.rotation import ALWAYS, NEVER, Layer, Rotation, never_counts
from alertbridge.core.oncall.schedule import Schedule, Shift, gaps, next_shift, on_call, shifts

MONDAY = date(2026, 1, 5)
ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York")
ODD_ZONES = (
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "UTC",
)


def each(people: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """One in each turn."""
    return tuple((person,) for person in people)


def weekly(*people: str, starts: date = MONDAY, weekday: int = 0, clock: time = time(9)) -> Layer:
    return Layer(turns=each(people), starts=starts, handover_weekday=weekday, handover_time=clock)


def daily(*people: str, starts: date = MONDAY, clock: time = time(9)) -> Layer:
    return Layer(turns=each(people), starts=starts, rotation=Rotation.DAILY, handover_time=clock)


def schedule(*layers: Layer, zone: str = "Asia/Shanghai") -> Schedule:
    return Schedule(name="s", timezone=zone, layers=layers)


def wall(text: str, zone: str = "Asia/Shanghai", *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def following(plan: Schedule, first: datetime, count: int) -> list[Shift]:
    return list(islice(shifts(plan, first, NEVER), count))


def test_people_take_turns_week_by_week() -> None:
    plan = schedule(weekly("alice", "bob", "carol"))

    turns = [on_call(plan, wall("2026-01-05T09:00") + timedelta(weeks=week)).people for week in range(4)]

    assert turns == [("alice",), ("bob",), ("carol",), ("alice",)]


def test_a_shift_says_when_it_began_and_when_it_ends() -> None:
    plan = schedule(weekly("alice", "bob"))

    assert on_call(plan, wall("2026-01-14T03:00")) == Shift(
        people=("bob",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-19T09:00")
    )
    assert on_call(plan, wall("2026-01-14T03:00")).starts_at.tzinfo is UTC


def test_the_moment_of_hand_over_belongs_to_the_next_person() -> None:
    plan = schedule(weekly("alice", "bob"))
    handover = wall("2026-01-12T09:00")

    assert on_call(plan, handover - timedelta(microseconds=1)).people == ("alice",)
    assert on_call(plan, handover).people == ("bob",)


def test_before_it_starts_nobody_is_on_call() -> None:
    plan = schedule(weekly("alice"))

    assert on_call(plan, wall("2026-01-05T08:59:59")) == Shift(
        people=(), starts_at=ALWAYS, ends_at=wall("2026-01-05T09:00")
    )
    assert on_call(plan, wall("2026-01-05T09:00")).people == ("alice",)
    assert on_call(schedule(), wall("2026-01-05T09:00")) == Shift(people=(), starts_at=ALWAYS, ends_at=NEVER)


@pytest.mark.parametrize(("starts", "ends"), [("2026-01-07", "2026-01-12"), ("2026-01-11", "2026-01-12")])
def test_a_rotation_that_starts_within_the_week_begins_with_a_shorter_shift(starts: str, ends: str) -> None:
    plan = schedule(weekly("alice", "bob", starts=date.fromisoformat(starts)))

    assert on_call(plan, wall(f"{starts}T10:00")) == Shift(
        people=("alice",), starts_at=wall(f"{starts}T09:00"), ends_at=wall(f"{ends}T09:00")
    )
    assert on_call(plan, wall("2026-01-12T10:00")).people == ("bob",)


def test_a_daily_rotation_hands_over_every_day() -> None:
    plan = schedule(daily("alice", "bob"))

    assert [shift.people[0] for shift in following(plan, wall("2026-01-05T12:00"), 4)] == [
        "alice",
        "bob",
        "alice",
        "bob",
    ]
    assert on_call(plan, wall("2026-01-06T08:59")).people == ("alice",)


def test_a_later_layer_takes_over_on_the_day_it_begins() -> None:
    plan = schedule(weekly("alice", "bob"), weekly("carol", starts=date(2026, 1, 14), clock=time(18)))

    before, after = following(plan, wall("2026-01-13T00:00"), 2)

    assert before == Shift(people=("bob",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-14T18:00"))
    assert after == Shift(people=("carol",), starts_at=wall("2026-01-14T18:00"), ends_at=wall("2026-01-19T18:00"))


def test_an_earlier_layer_that_begins_later_changes_nothing() -> None:
    plan = schedule(weekly("alice", starts=date(2026, 2, 2)), weekly("bob"))

    assert {shift.people for shift in following(plan, wall("2026-01-05T09:00"), 8)} == {("bob",)}


# --- clocks that change


def test_in_spring_the_week_is_an_hour_shorter_and_the_wall_says_the_same() -> None:
    plan = schedule(weekly("alice", "bob"), zone="Europe/Berlin")

    shift = on_call(plan, wall("2026-03-29T12:00", "Europe/Berlin"))

    assert shift.ends_at - shift.starts_at == timedelta(weeks=1, hours=-1)
    assert shift.ends_at == wall("2026-03-30T09:00", "Europe/Berlin")


def test_in_autumn_the_week_is_an_hour_longer_and_the_wall_says_the_same() -> None:
    plan = schedule(weekly("alice", "bob"), zone="Europe/Berlin")

    shift = on_call(plan, wall("2026-10-25T12:00", "Europe/Berlin"))

    assert shift.ends_at - shift.starts_at == timedelta(weeks=1, hours=1)


def test_a_hand_over_at_a_time_that_the_clocks_skip_happens_as_if_they_had_not() -> None:
    """02:30 does not exist in Berlin on 29 March 2026; it falls on 03:30."""
    plan = schedule(
        weekly("alice", "bob", starts=date(2026, 3, 22), weekday=6, clock=time(2, 30)), zone="Europe/Berlin"
    )

    assert on_call(plan, datetime(2026, 3, 29, 1, 29, tzinfo=UTC)).people == ("alice",)
    assert on_call(plan, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)).people == ("bob",)


def test_a_hand_over_at_a_time_that_the_clocks_show_twice_happens_the_first_time() -> None:
    """02:30 comes twice in Berlin on 25 October 2026: at 00:30 and at 01:30 UTC."""
    plan = schedule(
        weekly("alice", "bob", starts=date(2026, 10, 18), weekday=6, clock=time(2, 30)), zone="Europe/Berlin"
    )

    for minute, person in ((29, "alice"), (30, "bob"), (31, "bob")):
        assert on_call(plan, datetime(2026, 10, 25, 0, minute, tzinfo=UTC)).people == (person,)
    assert on_call(plan, datetime(2026, 10, 25, 1, 29, tzinfo=UTC)).people == ("bob",)


def test_a_hand_over_at_midnight_counts_although_the_date_goes_back_a_minute_later() -> None:
    """In St. John's the clocks went from 00:01 on 7 November 2010 back to 23:01 on the 6th."""
    zone = "America/St_Johns"
    plan = schedule(weekly("alice", "bob", starts=date(2010, 10, 31), weekday=6, clock=time(0)), zone=zone)
    again_the_sixth = datetime(2010, 11, 7, 2, 40, tzinfo=UTC)

    assert again_the_sixth.astimezone(ZoneInfo(zone)).date() == date(2010, 11, 6)
    assert on_call(plan, again_the_sixth).people == ("bob",)


def test_who_would_have_had_a_day_that_a_zone_skipped_is_left_out() -> None:
    """Samoa had no 30 December 2011: bob's day."""
    zone = "Pacific/Apia"
    plan = schedule(daily("alice", "bob", "carol", starts=date(2011, 12, 29)), zone=zone)

    names = [shift.people[0] for shift in following(plan, wall("2011-12-29T09:00", zone), 4)]

    assert names == ["alice", "carol", "alice", "bob"]


@pytest.mark.parametrize("zone", ZONES)
def test_over_four_years_weekly_shifts_touch_and_hand_over_at_the_same_time_on_the_wall(zone: str) -> None:
    plan = schedule(weekly("alice", "bob", "carol"), zone=zone)

    found = following(plan, wall("2026-01-05T09:00", zone), 4 * 52)

    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    assert [shift.people[0] for shift in found] == (["alice", "bob", "carol"] * len(found))[: len(found)]
    local = [shift.starts_at.astimezone(ZoneInfo(zone)) for shift in found]
    assert {(at.weekday(), at.time()) for at in local} == {(0, time(9))}
    assert all(other.date() - one.date() == timedelta(weeks=1) for one, other in pairwise(local))


# -- longer and shorter turns, several at once, layers that end --------------------------------------------------------


def test_a_turn_may_last_several_weeks_and_be_several_peoples() -> None:
    plan = schedule(Layer(turns=(("alice",), ("bob", "carol")), starts=date(2026, 1, 7), every=2))

    found = following(plan, wall("2026-01-07T09:00"), 3)

    assert [shift.people for shift in found] == [("alice",), ("bob", "carol"), ("alice",)]
    assert [shift.ends_at for shift in found] == [wall(f"2026-{day}T09:00") for day in ("01-19", "02-02", "02-16")]


def test_an_hourly_rotation_hands_over_at_the_same_times_on_the_wall_in_summer_and_in_winter() -> None:
    halves = Layer(turns=(("alice",), ("bob",)), starts=MONDAY, rotation=Rotation.HOURLY, every=12)
    plan = schedule(halves, zone="Europe/Berlin")

    for day in ("2026-01-10", "2026-03-29", "2026-07-01", "2026-10-25"):
        shift = on_call(plan, wall(f"{day}T12:00", "Europe/Berlin"))
        assert shift.people == ("alice",)
        assert (shift.starts_at, shift.ends_at) == (
            wall(f"{day}T09:00", "Europe/Berlin"),
            wall(f"{day}T21:00", "Europe/Berlin"),
        )


def test_an_hour_that_the_clocks_skip_is_nobodys_turn_and_one_that_they_repeat_is_one_turn() -> None:
    hours = Layer(turns=each(tuple("abc")), starts=date(2026, 1, 1), rotation=Rotation.HOURLY, handover_time=time(0))
    berlin = schedule(hours, zone="Europe/Berlin")
    troll = schedule(hours, zone="Antarctica/Troll")

    assert [one.starts_at.hour for one in following(berlin, datetime(2026, 3, 29, 0, tzinfo=UTC), 3)] == [0, 1, 2]
    first, second = following(berlin, datetime(2026, 10, 25, 0, tzinfo=UTC), 2)
    assert (first.ends_at - first.starts_at, second.ends_at - second.starts_at) == (
        timedelta(hours=2),
        timedelta(hours=1),
    )
    two_hours_skipped = following(troll, datetime(2026, 3, 29, 0, tzinfo=UTC), 3)
    assert [one.starts_at.hour for one in two_hours_skipped] == [0, 1, 2]
    assert [one.people for one in two_hours_skipped][1:] == [
        on_call(troll, wall(f"2026-03-29T0{hour}:00", "Antarctica/Troll")).people for hour in (3, 4)
    ]


def test_a_layer_that_ends_leaves_a_gap_or_what_is_above_it() -> None:
    ended = replace(weekly("alice"), ends=date(2026, 1, 14))

    assert following(schedule(ended), wall("2026-01-12T09:00"), 2) == [
        Shift(people=("alice",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-14T09:00")),
        Shift(people=(), starts_at=wall("2026-01-14T09:00"), ends_at=NEVER),
    ]
    plan = schedule(weekly("bob"), ended)
    assert on_call(plan, wall("2026-01-14T10:00")) == Shift(
        people=("bob",), starts_at=wall("2026-01-14T09:00"), ends_at=wall("2026-01-19T09:00")
    )
    never = schedule(replace(weekly("alice"), ends=MONDAY))
    assert on_call(never, wall("2026-01-05T09:00")) == Shift(people=(), starts_at=ALWAYS, ends_at=NEVER)


# -- hours of the week -------------------------------------------------------------------------------------------------


def hours(*weekdays: int, times: tuple[tuple[int, int], ...] = (), zone: str = "Asia/Shanghai") -> TimeInterval:
    return TimeInterval(timezone=zone, weekdays=frozenset(weekdays), times=times)


OFFICE = hours(0, 1, 2, 3, 4, times=((9 * 60, 18 * 60),))


def test_a_layer_counts_only_in_its_hours_and_the_rest_are_gaps() -> None:
    plan = schedule(replace(weekly("alice", "bob"), only=(OFFICE,)))
    friday = wall("2026-01-09T12:00")

    assert following(plan, friday, 3) == [
        Shift(people=("alice",), starts_at=wall("2026-01-09T09:00"), ends_at=wall("2026-01-09T18:00")),
        Shift(people=(), starts_at=wall("2026-01-09T18:00"), ends_at=wall("2026-01-12T09:00")),
        Shift(people=("bob",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-12T18:00")),
    ]
    assert len(list(gaps(plan, friday, friday + timedelta(days=7)))) == 5
    assert on_call(plan, wall("2026-01-04T12:00")) == Shift(
        people=(), starts_at=ALWAYS, ends_at=wall("2026-01-05T09:00")
    )


def test_hours_that_are_outside_when_the_layer_begins_or_ends_move_its_beginning_and_end() -> None:
    nights = replace(weekly("alice", clock=time(12)), ends=date(2026, 1, 7), only=(hours(times=((22 * 60, 6 * 60),)),))

    assert following(schedule(nights), wall("2026-01-01T00:00"), 5) == [
        Shift(people=(), starts_at=ALWAYS, ends_at=wall("2026-01-05T22:00")),
        Shift(people=("alice",), starts_at=wall("2026-01-05T22:00"), ends_at=wall("2026-01-06T06:00")),
        Shift(people=(), starts_at=wall("2026-01-06T06:00"), ends_at=wall("2026-01-06T22:00")),
        Shift(people=("alice",), starts_at=wall("2026-01-06T22:00"), ends_at=wall("2026-01-07T06:00")),
        Shift(people=(), starts_at=wall("2026-01-07T06:00"), ends_at=NEVER),
    ]


def test_a_layer_that_is_over_before_its_first_hours_never_counts() -> None:
    short = replace(weekly("alice"), ends=date(2026, 1, 8))
    shanghai = ZoneInfo("Asia/Shanghai")

    assert never_counts(replace(short, only=(hours(6),)), shanghai)
    assert not never_counts(replace(short, only=(OFFICE,)), shanghai)
    assert not never_counts(short, shanghai)


def test_a_weekend_layer_lies_on_top_of_the_others() -> None:
    weekend = hours(5, 6), hours(4, times=((18 * 60, 24 * 60),))
    plan = schedule(weekly("alice", "bob"), replace(weekly("carol", "dave"), only=weekend))

    assert following(plan, wall("2026-01-05T09:00"), 4) == [
        Shift(people=("alice",), starts_at=wall("2026-01-05T09:00"), ends_at=wall("2026-01-09T18:00")),
        Shift(people=("carol",), starts_at=wall("2026-01-09T18:00"), ends_at=wall("2026-01-12T00:00")),
        Shift(people=("alice",), starts_at=wall("2026-01-12T00:00"), ends_at=wall("2026-01-12T09:00")),
        Shift(people=("bob",), starts_at=wall("2026-01-12T09:00"), ends_at=wall("2026-01-16T18:00")),
    ]


def test_hours_that_leave_out_nothing_change_nothing() -> None:
    whole = (hours(), hours(0, times=((600, 660),)))
    plan = schedule(replace(weekly("alice", "bob"), only=whole))

    assert following(plan, wall("2026-01-05T09:00"), 20) == following(
        schedule(weekly("alice", "bob")), wall("2026-01-05T09:00"), 20
    )


# -- overrides ---------------------------------------------------------------------------------------------------------


def override(*people: str, since: str, until: str, instead_of: str = "") -> Override:
    return Override(people=people, starts_at=wall(since), ends_at=wall(until), instead_of=instead_of)


def with_overrides(*overrides: Override) -> Schedule:
    return replace(schedule(weekly("alice", "bob")), overrides=overrides)


def told(plan: Schedule, since: str, count: int) -> list[tuple[tuple[str, ...], datetime, bool]]:
    found = following(plan, wall(since), count)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    return [(shift.people, shift.ends_at, shift.is_override) for shift in found]


def test_an_override_wins_and_is_one_shift_whatever_changes_below_it() -> None:
    plan = with_overrides(override("carol", since="2026-01-11T18:00", until="2026-01-13T09:00"))

    assert told(plan, "2026-01-05T09:00", 3) == [
        (("alice",), wall("2026-01-11T18:00"), False),
        (("carol",), wall("2026-01-13T09:00"), True),
        (("bob",), wall("2026-01-19T09:00"), False),
    ]


def test_of_two_overrides_the_newer_wins() -> None:
    older = override("carol", since="2026-01-06T00:00", until="2026-01-08T00:00")
    newer = override("dave", since="2026-01-07T00:00", until="2026-01-07T12:00")

    assert told(with_overrides(older, newer), "2026-01-06T00:00", 3) == [
        (("carol",), wall("2026-01-07T00:00"), True),
        (("dave",), wall("2026-01-07T12:00"), True),
        (("carol",), wall("2026-01-08T00:00"), True),
    ]
    assert told(with_overrides(newer, older), "2026-01-06T00:00", 1) == [(("carol",), wall("2026-01-08T00:00"), True)]


def test_overrides_overlap_where_both_count_at_some_time() -> None:
    night = override("carol", since="2026-01-06T22:00", until="2026-01-07T06:00")
    morning = override("dave", since="2026-01-07T06:00", until="2026-01-07T12:00")

    assert night.overlaps(replace(morning, starts_at=wall("2026-01-07T05:59")))
    assert not night.overlaps(morning)
    assert not morning.overlaps(night)


def test_an_override_fills_a_gap() -> None:
    plan = replace(
        schedule(weekly("alice")), overrides=(override("bob", since="2026-01-01T00:00", until="2026-01-02T00:00"),)
    )

    assert told(plan, "2025-12-31T00:00", 3) == [
        ((), wall("2026-01-01T00:00"), False),
        (("bob",), wall("2026-01-02T00:00"), True),
        ((), wall("2026-01-05T09:00"), False),
    ]


def test_an_override_of_one_person_counts_only_in_their_shifts() -> None:
    plan = with_overrides(override("carol", since="2026-01-11T18:00", until="2026-01-13T09:00", instead_of="alice"))

    assert told(plan, "2026-01-05T09:00", 3) == [
        (("alice",), wall("2026-01-11T18:00"), False),
        (("carol",), wall("2026-01-12T09:00"), True),
        (("bob",), wall("2026-01-19T09:00"), False),
    ]


def test_an_override_of_one_leaves_the_others_of_the_shift_and_fills_no_gap() -> None:
    pair = Layer(turns=(("alice", "bob"),), starts=MONDAY)
    swap = override("bob", "carol", since="2025-12-01T00:00", until="2026-01-06T09:00", instead_of="alice")
    plan = replace(schedule(pair), overrides=(swap,))

    assert told(plan, "2026-01-01T00:00", 3) == [
        ((), wall("2026-01-05T09:00"), False),
        (("bob", "carol"), wall("2026-01-06T09:00"), True),
        (("alice", "bob"), wall("2026-01-12T09:00"), False),
    ]


def test_whoever_covers_can_be_covered_for_by_a_newer_override() -> None:
    day = ("2026-01-06T00:00", "2026-01-07T00:00")
    bob_for_alice = override("bob", since=day[0], until=day[1], instead_of="alice")
    carol_for_bob = override("carol", since=day[0], until=day[1], instead_of="bob")
    dave_for_alice = override("dave", since=day[0], until=day[1], instead_of="alice")
    erin = override("alice", "erin", since=day[0], until=day[1])

    def people(*overrides: Override) -> tuple[str, ...]:
        return on_call(with_overrides(*overrides), wall("2026-01-06T12:00")).people

    assert people(bob_for_alice, carol_for_bob) == ("carol",)
    assert people(carol_for_bob, bob_for_alice) == ("bob",), "carol only had what was bob's then"
    assert people(bob_for_alice, dave_for_alice) == ("dave",)
    assert people(bob_for_alice, erin) == ("alice", "erin"), "a newer one of everybody leaves nothing of it"
    assert people(erin, bob_for_alice) == ("bob", "erin")


def test_overrides_that_change_nothing_divide_no_shift() -> None:
    first = override("alice", since="2026-01-06T00:00", until="2026-01-07T00:00", instead_of="alice")
    second = override("alice", since="2026-01-06T12:00", until="2026-01-08T00:00", instead_of="bob")

    assert told(with_overrides(first, second), "2026-01-05T09:00", 1) == [(("alice",), wall("2026-01-12T09:00"), False)]


# -- against a slower way to find out ----------------------------------------------------------------------------------


PEOPLE = ["alice", "bob", "carol"]
EPOCH = datetime(2009, 1, 1, tzinfo=UTC)
quarters = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)
limits = st.builds(
    TimeInterval,
    timezone=st.just("UTC"),
    weekdays=st.frozensets(st.integers(0, 6)),
    times=st.lists(st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1]), max_size=2).map(tuple),
)
layers = st.builds(
    Layer,
    turns=st.lists(
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True).map(tuple), min_size=1, max_size=4
    ).map(tuple),
    starts=st.dates(date(2009, 1, 1), date(2030, 1, 1)),
    ends=st.none() | st.dates(date(2009, 1, 1), date(2032, 1, 1)),
    rotation=st.sampled_from(Rotation),
    every=st.integers(1, 30),
    handover_weekday=st.integers(0, 6),
    handover_time=quarters.map(lambda minute: time(minute // 60, minute % 60)),
    only=st.lists(limits, max_size=2).map(tuple),
)
moments = st.integers(0, 22 * 365 * 24 * 4).map(lambda quarter: EPOCH + timedelta(minutes=15 * quarter))
overrides = st.builds(
    lambda people, since, hours, instead_of: Override(
        people=people, starts_at=since, ends_at=since + timedelta(hours=hours), instead_of=instead_of
    ),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True).map(tuple),
    moments,
    st.integers(1, 24 * 365 * 20),
    st.sampled_from(["", *PEOPLE]),
)


def in_zone(plan: Schedule) -> Schedule:
    """Let the hours be those of the schedule's zone, as a team file has them."""
    return replace(
        plan,
        layers=tuple(
            replace(layer, only=tuple(replace(one, timezone=plan.timezone) for one in layer.only))
            for layer in plan.layers
        ),
    )


plans = st.builds(
    Schedule,
    name=st.just("s"),
    timezone=st.sampled_from(ZONES + ODD_ZONES),
    layers=st.lists(layers, max_size=3).map(tuple),
    overrides=st.lists(overrides, max_size=4).map(tuple),
).map(in_zone)


def slowly(plan: Schedule, at: datetime) -> tuple[str, ...]:
    """Who is on call, turn by turn from the beginning."""
    people: tuple[str, ...] = ()
    for layer in plan.layers:
        people = turn_by_turn(layer, at, plan.timezone) or people
    for number, one in enumerate(plan.overrides):
        if one.starts_at <= at < one.ends_at and not one.instead_of:
            people = one.people
            newer = plan.overrides[number + 1 :]
            break_even = [other for other in newer if not other.instead_of and other.starts_at <= at < other.ends_at]
            if not break_even:
                return replaced(people, newer, at)
    return replaced(people, plan.overrides, at)


def replaced(people: tuple[str, ...], overrides: tuple[Override, ...], at: datetime) -> tuple[str, ...]:
    """Walk from the oldest; whom a newer one of the same person takes back is not replaced yet."""
    places: list[tuple[str, int]] = [(person, -1) for person in people]
    for _ in overrides:
        places = [
            place
            for person, since in places
            for place in next(
                (
                    [(other, number) for other in one.people]
                    for number, one in reversed(list(enumerate(overrides)))
                    if number > since and one.instead_of == person and one.starts_at <= at < one.ends_at
                ),
                [(person, since)],
            )
        ]
    return tuple(dict.fromkeys(person for person, _ in places))


def turn_by_turn(layer: Layer, at: datetime, timezone: str) -> tuple[str, ...]:
    zone = ZoneInfo(timezone)
    begins = datetime.combine(layer.starts, layer.handover_time)
    if at < begins.replace(tzinfo=zone).astimezone(UTC) or (layer.only and not holds(layer.only, at)):
        return ()
    if layer.ends and at >= datetime.combine(layer.ends, layer.handover_time, zone).astimezone(UTC):
        return ()
    step = {Rotation.HOURLY: timedelta(hours=1), Rotation.DAILY: timedelta(days=1), Rotation.WEEKLY: timedelta(days=7)}
    wall_clock, number = begins, 0
    while layer.rotation is Rotation.WEEKLY and wall_clock.weekday() != layer.handover_weekday:
        wall_clock -= timedelta(days=1)
    latest = 0
    while wall_clock < at.astimezone(zone).replace(tzinfo=None) + timedelta(days=2):
        if wall_clock.replace(tzinfo=zone).astimezone(UTC) <= at:
            latest = number
        wall_clock += step[layer.rotation] * layer.every
        number += 1
    return layer.turns[latest % len(layer.turns)]


@settings(deadline=None)
@given(plan=plans, at=moments)
def test_who_is_on_call_is_who_a_slower_way_finds(plan: Schedule, at: datetime) -> None:
    assert on_call(plan, at).people == slowly(plan, at)


@given(plan=plans, at=moments)
def test_every_moment_lies_in_exactly_one_shift_or_gap(plan: Schedule, at: datetime) -> None:
    shift = on_call(plan, at)

    assert shift.starts_at <= at < shift.ends_at
    assert len(set(shift.people)) == len(shift.people)
    if shift.starts_at != ALWAYS:
        assert on_call(plan, shift.starts_at) == shift
        assert on_call(plan, shift.starts_at - timedelta.resolution).ends_at == shift.starts_at
    if shift.ends_at != NEVER:
        assert on_call(plan, shift.ends_at - timedelta.resolution) == shift
        assert on_call(plan, shift.ends_at).starts_at == shift.ends_at


@given(plan=plans, at=moments)
def test_gaps_lie_apart(plan: Schedule, at: datetime) -> None:
    found = list(gaps(plan, at, at + timedelta(days=3)))

    assert all(one.ends_at < other.starts_at for one, other in pairwise(found))


def test_a_moment_far_ahead_is_found_without_walking_there() -> None:
    plan = schedule(replace(weekly("alice", "bob"), only=(OFFICE,)))

    assert on_call(plan, wall("9990-01-01T12:00")).people == ("bob",)


# -- somebody's next shift ---------------------------------------------------------------------------------------------


def test_the_next_shift_of_somebody_is_the_first_that_begins_later() -> None:
    plan = schedule(weekly("ada", "bob"))
    tuesday = wall("2026-01-06 12:00")
    far = tuesday + timedelta(days=60)

    assert next_shift(plan, "bob", tuesday, until=far) == wall("2026-01-12 09:00")
    assert next_shift(plan, "ada", tuesday, until=far) == wall("2026-01-19 09:00"), "not the one that is under way"
    assert next_shift(plan, "nobody", tuesday, until=far) is None
    left = replace(plan, overrides=(override("carol", since="2025-01-06T12:00", until="2025-01-07T12:00"),))
    assert next_shift(left, "carol", tuesday, until=far) is None, "that was long ago"
    assert next_shift(plan, "bob", tuesday, until=tuesday + timedelta(days=1)) is None
    assert next_shift(plan, "ada", wall("2025-01-06 12:00"), until=far) == wall("2026-01-05 09:00"), "after the gap"


def test_everybody_is_whoever_may_ever_be_on_call() -> None:
    plan = schedule(weekly("ada", "bob"), weekly("carol"))
    covered = Override(people=("dave",), starts_at=wall("2026-01-06 12:00"), ends_at=wall("2026-01-06 13:00"))

    assert replace(plan, overrides=(covered,)).everybody == {"ada", "bob", "carol", "dave"}
    assert schedule().everybody == frozenset()
