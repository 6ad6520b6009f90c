"""Who answers for a route now, by name."""

from dataclasses import replace
from datetime import UTC, date, datetime

from alertbridge.config import Person, Team
from alertbridge.core.alerts.route import RouteNode
from alertbridge.core.oncall.rotation import Layer
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.flows.oncall.on_duty import OnDuty, all_on_duty, on_duty
from tests.builders import T, a_route

PEOPLE = {
    "ann": Person(key="ann", name="安", email="ann@example.com"),
    "ben": Person(key="ben", email="ben@example.com"),
    "cat": Person(key="cat", email="cat@example.com"),
}
WEEKLY = Schedule(name="weekly", timezone="UTC", layers=(Layer(turns=(("ann",), ("ben",)), starts=date(2026, 11, 16)),))


def a_team(schedule: Schedule = WEEKLY) -> Team:
    return Team(
        routes=RouteNode(route=a_route()), people=PEOPLE, schedules={"weekly": schedule}, fallback=("cat", "gone")
    )


def test_the_shift_and_the_routes_own_people_and_who_is_next() -> None:
    duty = on_duty(a_team(), a_route(schedule="weekly", people=("cat",)), T)

    assert duty.people == ("安", "cat")
    assert duty.until is not None
    assert duty.until > T
    assert duty.after == ("ben",)


def test_who_is_second_stands_behind_who_is_first() -> None:
    pair = {
        "weekly": replace(WEEKLY, secondary="second"),
        "second": replace(WEEKLY, name="second", layers=(replace(WEEKLY.layers[0], turns=(("ben",), ("ann",))),)),
    }

    assert on_duty(replace(a_team(), schedules=pair), a_route(schedule="weekly"), T).people == ("安", "ben")


def test_a_route_without_a_schedule_has_its_people_else_the_fallback() -> None:
    assert on_duty(a_team(), a_route(people=("ben",)), T) == OnDuty(people=("ben",))
    assert on_duty(a_team(), a_route(), T) == OnDuty(people=("cat",))
    assert on_duty(a_team(), a_route(schedule="unknown"), T) == OnDuty(people=("cat",))


def test_in_a_gap_it_is_the_fallback_until_the_next_shift() -> None:
    later = Schedule(name="weekly", timezone="UTC", layers=(Layer(turns=(("ann",),), starts=date(2027, 1, 4)),))

    begins_at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert on_duty(a_team(later), a_route(schedule="weekly"), T) == OnDuty(
        people=("cat",), until=begins_at, after=("安",)
    )
    over = Schedule(name="weekly", timezone="UTC")
    assert on_duty(a_team(over), a_route(schedule="weekly"), T) == OnDuty(people=("cat",))


def test_every_schedule_has_somebody_and_without_any_it_is_who_answers_for_the_rest() -> None:
    ((name, zone, duty),) = all_on_duty(a_team(), T)
    assert (name, zone, duty.people) == ("weekly", "UTC", ("安",))

    without = Team(routes=RouteNode(route=a_route(people=("ben",))), people=PEOPLE)
    assert all_on_duty(without, T) == (("", "Asia/Shanghai", OnDuty(people=("ben",))),)
