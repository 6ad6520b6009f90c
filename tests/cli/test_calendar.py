"""The picture of shifts: as wide as the terminal, names where they fit, Chinese ones too."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from alertbridge.cli.calendar import draw
from alertbridge.cli.output import width_of
from alertbridge.config import Person, Team
from alertbridge.core.alerts.route import RouteNode
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.rotation import Layer, Rotation
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.flows.oncall.duty_roster import shifts_as_json
from tests.builders import a_route

MONDAY = datetime(2026, 1, 5, 1, tzinfo=UTC)
"""09:00 in Shanghai."""
PEOPLE = {"alice": Person(key="alice", name="陈爱丽"), "bob": Person(key="bob", name="bob")}
HALVES = Layer(turns=(("alice",), ("bob",)), starts=date(2026, 1, 5), rotation=Rotation.HOURLY, every=12)


def shifts(*layers: Layer) -> list[dict[str, Any]]:
    schedule = Schedule(name="payments", timezone="Asia/Shanghai", layers=layers)
    team = Team(routes=RouteNode(route=a_route()), people=PEOPLE, schedules={"payments": schedule})
    found: list[dict[str, Any]] = shifts_as_json(team, team.schedules, MONDAY, datetime(2026, 1, 8, tzinfo=UTC))[
        "shifts"
    ]
    return found


def test_each_day_is_a_bar_with_the_names_of_who_is_on_call() -> None:
    assert list(draw(shifts(HALVES), MONDAY, 3, columns=60)) == [
        "payments (Asia/Shanghai)",
        "          0           6           12          18          24",
        "Mon 01-05                   │陈爱丽─────────────────│bob──│",
        "Tue 01-06 │bob──────────────│陈爱丽─────────────────│bob──│",
        "Wed 01-07 │bob──────────────│陈爱丽─────────────────│bob──│",
        "",
    ]


def test_a_name_that_does_not_fit_is_cut_between_characters() -> None:
    lunch = TimeInterval(timezone="Asia/Shanghai", times=((12 * 60, 14 * 60), (15 * 60, 18 * 60)))
    noon = Layer(turns=(("alice", "bob"),), starts=date(2026, 1, 5), only=(lunch,))

    (_, _, monday, *_) = draw(shifts(noon), MONDAY, 1, columns=60)

    assert monday == "Mon 01-05 │·······················│陈─│·│陈爱─│···········│"


def test_what_was_not_asked_for_stays_empty() -> None:
    alices = [shift for shift in shifts(HALVES) if shift["people"] and shift["people"][0]["key"] == "alice"]

    (_, _, monday, *_) = draw(alices, MONDAY, 1, columns=60)

    assert monday == "Mon 01-05                   │陈爱丽─────────────────      │"


@pytest.mark.parametrize(("columns", "width"), [(20, 24), (60, 48), (100, 72), (500, 96)])
def test_the_bar_is_as_wide_as_the_terminal_allows(columns: int, width: int) -> None:
    lines = list(draw(shifts(HALVES), MONDAY, 3, columns=columns))[2:5]

    assert {width_of(line) for line in lines} == {10 + width + 1}


def test_nothing_gives_no_picture() -> None:
    assert list(draw([], MONDAY, 3, columns=60)) == []
