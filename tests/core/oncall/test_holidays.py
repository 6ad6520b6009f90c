"""Workdays, days off and holidays, and layers that are limited to them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from alertbridge.core.oncall.holidays import NO_HOLIDAYS, DayKind, Holidays
from alertbridge.core.oncall.intervals import TimeInterval, holds
from alertbridge.core.oncall.rotation import NEVER, Layer
from alertbridge.core.oncall.schedule import Schedule, on_call, shifts

SPRING = Holidays(
    off=frozenset(date(2026, 2, day) for day in range(16, 21)) | {date(2026, 10, 1)},
    worked=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2026-02-13", {DayKind.WORKDAYS}),
        ("2026-02-14", {DayKind.WORKDAYS}),  # a Saturday that makes up for a holiday
        ("2026-02-15", {DayKind.DAYS_OFF}),
        ("2026-02-16", {DayKind.DAYS_OFF, DayKind.HOLIDAYS}),
        ("2026-02-21", {DayKind.DAYS_OFF}),
        ("2026-02-23", {DayKind.WORKDAYS}),
    ],
)
def test_a_day_is_worked_or_off_and_some_days_off_are_holidays(day: str, kinds: set[DayKind]) -> None:
    assert {kind for kind in DayKind if SPRING.is_a(kind, date.fromisoformat(day))} == kinds


def test_what_is_worked_is_no_holiday() -> None:
    moved = Holidays(off=SPRING.off, worked=frozenset({date(2026, 2, 20)}))

    assert moved.is_a(DayKind.WORKDAYS, date(2026, 2, 20))
    assert not moved.is_a(DayKind.HOLIDAYS, date(2026, 2, 20))


def test_hours_can_be_limited_to_workdays() -> None:
    office = TimeInterval(times=((9 * 60, 18 * 60),), days=DayKind.WORKDAYS, holidays=SPRING)

    assert holds([office], at("2026-02-14T10:00"))
    assert not holds([office], at("2026-02-16T10:00"))
    assert not holds([office], at("2026-02-14T19:00"))


def layer(person: str, kind: DayKind, holidays: Holidays = SPRING, **changes: int) -> Layer:
    only = TimeInterval(days=kind, holidays=holidays)
    return Layer(turns=((person,),), starts=date(2015, 1, 1), handover_time=time(), only=(only,), every=999)


def test_holidays_that_are_weeks_ahead_end_a_long_shift() -> None:
    always = Layer(turns=(("ann",),), starts=date(2026, 1, 5), handover_time=time(), every=52)
    plan = Schedule(name="s", timezone="UTC", layers=(always, layer("hol", DayKind.HOLIDAYS)))

    found = list(shifts(plan, at("2026-03-02"), at("2026-10-05")))

    assert [(shift.people, shift.ends_at) for shift in found][:2] == [
        (("ann",), at("2026-10-01")),
        (("hol",), at("2026-10-02")),
    ]
    assert on_call(plan, at("2026-02-18")).people == ("hol",)
    assert on_call(plan, at("2026-02-18")).starts_at == at("2026-02-16")


def test_workdays_and_days_off_fill_the_year_without_a_gap() -> None:
    plan = Schedule(
        name="s", timezone="UTC", layers=(layer("work", DayKind.WORKDAYS), layer("rest", DayKind.DAYS_OFF, SPRING))
    )

    found = list(shifts(plan, at("2026-01-01"), at("2027-01-01")))

    assert all(one.ends_at == other.starts_at and one.people != other.people for one, other in pairwise(found))
    assert {shift.people for shift in found} == {("work",), ("rest",)}
    assert on_call(plan, at("2026-02-14T12:00")).people == ("work",)


def test_after_the_last_holiday_that_is_known_there_is_none() -> None:
    plan = Schedule(name="s", timezone="UTC", layers=(layer("hol", DayKind.HOLIDAYS),))

    assert on_call(plan, at("2040-01-01")).ends_at == NEVER
    assert on_call(plan, at("9998-01-01")).people == ()


def test_without_holidays_weekends_are_off() -> None:
    plan = Schedule(name="s", timezone="UTC", layers=(layer("rest", DayKind.DAYS_OFF, NO_HOLIDAYS),))

    assert on_call(plan, at("2026-02-21")).people == ("rest",)
    assert on_call(plan, at("2026-02-21")).ends_at - on_call(plan, at("2026-02-21")).starts_at == timedelta(days=2)
