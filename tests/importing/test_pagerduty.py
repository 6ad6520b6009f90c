"""PagerDuty: the schedules written here call the same people as PagerDuty's documents say."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.core.oncall.schedule import on_call
from alertbridge.importing.answers import Answer
from alertbridge.importing.draft import Kind
from alertbridge.importing.plan import Fate, Verdict
from tests.importing.planning import answers_of, called, draft_of, line_of, planned, said_of, team_of

EMAILS = {"PALICE1": "alice@example.com", "PBOB002": "bob@example.com", "PCAROL3": "carol@example.com"}


def reference(schedule: Answer, at: datetime) -> set[str]:
    """Who PagerDuty says is on call: an override, else the first layer of the answer that counts."""
    wall = at.astimezone(ZoneInfo(schedule["time_zone"])).replace(tzinfo=None)
    for entry in schedule.get("overrides_subschedule", {}).get("rendered_schedule_entries", []):
        if datetime.fromisoformat(entry["start"]) <= at < datetime.fromisoformat(entry["end"]):
            return {entry["user"]["id"]}
    for layer in schedule["schedule_layers"]:
        if _covers(layer, at, wall):
            start = datetime.fromisoformat(layer["rotation_virtual_start"])
            start = start.astimezone(ZoneInfo(schedule["time_zone"])).replace(tzinfo=None)
            turn = (wall - start) // timedelta(seconds=layer["rotation_turn_length_seconds"])
            return {layer["users"][turn % len(layer["users"])]["user"]["id"]}
    return set()


def _covers(layer: Answer, at: datetime, wall: datetime) -> bool:
    if at < datetime.fromisoformat(layer["start"]):
        return False
    if layer.get("end") and at >= datetime.fromisoformat(layer["end"]):
        return False
    return not layer["restrictions"] or any(_allows(one, wall) for one in layer["restrictions"])


def _allows(restriction: dict[str, Any], wall: datetime) -> bool:
    starts = time.fromisoformat(restriction["start_time_of_day"])
    for back in range(8):
        begin = datetime.combine(wall.date() - timedelta(days=back), starts)
        is_day = restriction["type"] == "daily_restriction" or begin.isoweekday() == restriction["start_day_of_week"]
        if is_day and begin <= wall < begin + timedelta(seconds=restriction["duration_seconds"]):
            return True
    return False


def hours(since: datetime, days: int) -> Iterator[datetime]:
    return (since + timedelta(hours=number) for number in range(days * 24))


def schedules() -> dict[str, Answer]:
    return {one["schedule"]["id"]: one["schedule"] for one in answers_of("pagerduty") if "schedule" in one}


@pytest.mark.parametrize(("foreign", "key"), [("PSCHED1", "支付-payments-primary"), ("PSCHED2", "nights")])
def test_the_same_people_are_on_call_hour_by_hour(foreign: str, key: str) -> None:
    team, schedule = team_of(planned("pagerduty")), schedules()[foreign]

    for begin in (
        datetime(2026, 1, 12, tzinfo=UTC),
        datetime(2027, 1, 25, tzinfo=UTC),
        datetime(2026, 3, 20, tzinfo=UTC),
    ):
        for at in hours(begin, 21):
            assert called(team, key, at) == {EMAILS[one] for one in reference(schedule, at)}, at


DAYS = st.integers(1, 7)
CLOCKS = st.sampled_from(["00:00:00", "06:30:00", "09:00:00", "18:00:00", "23:00:00"])
RESTRICTIONS = st.one_of(
    st.just([]),
    st.lists(
        st.builds(
            lambda clock, hours: {
                "type": "daily_restriction",
                "start_time_of_day": clock,
                "duration_seconds": hours * 3600,
            },
            CLOCKS,
            st.integers(1, 24),
        ),
        min_size=1,
        max_size=2,
    ),
    st.lists(
        st.builds(
            lambda day, clock, hours: {
                "type": "weekly_restriction",
                "start_day_of_week": day,
                "start_time_of_day": clock,
                "duration_seconds": hours * 3600,
            },
            DAYS,
            CLOCKS,
            st.integers(1, 168),
        ),
        min_size=1,
        max_size=3,
    ),
)
LAYERS = st.builds(
    lambda start, before, turn, users, restrictions: {
        "name": "layer",
        "start": (begin := datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=start)).isoformat(),
        "end": None,
        "rotation_virtual_start": (begin - timedelta(hours=before)).isoformat(),
        "rotation_turn_length_seconds": turn * 3600,
        "users": [{"user": {"id": user, "type": "user_reference"}} for user in users],
        "restrictions": restrictions,
    },
    st.integers(0, 300),
    st.integers(0, 500),
    st.sampled_from([1, 7, 12, 24, 48, 168, 336, 504]),
    st.lists(st.sampled_from(sorted(EMAILS)), min_size=1, max_size=4),
    RESTRICTIONS,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=3), st.sampled_from(["Asia/Shanghai", "UTC"]))
def test_any_layers_call_the_same_people(layers: list[Any], zone: str) -> None:
    schedule = {"id": "P1", "name": "any", "time_zone": zone, "schedule_layers": layers}
    users = {"users": [{"id": key, "email": email} for key, email in EMAILS.items()]}
    team = team_of(planned("pagerduty", users, {"schedule": schedule}))

    for at in hours(datetime(2026, 3, 1, 0, 30, tzinfo=UTC), 9):
        assert called(team, "any", at) == {EMAILS[one] for one in reference(schedule, at)}, at


def test_an_override_that_is_still_to_come_is_brought_over() -> None:
    team = team_of(planned("pagerduty"))

    shift = on_call(team.schedules["支付-payments-primary"], datetime(2027, 2, 2, 12, tzinfo=UTC))

    assert (shift.people, shift.is_override) == (("bob",), True)


def test_a_layer_that_is_over_is_left_out_and_that_is_said() -> None:
    assert "'Old' ended 2025-06-01: left out" in said_of(planned("pagerduty"), Kind.SCHEDULE, "PSCHED1")


def test_people_who_are_in_nothing_are_not_brought_over() -> None:
    plan = planned("pagerduty")

    assert set(team_of(plan).people) == {"alice", "bob", "carol"}
    assert any(line.name == "2 more people" and line.fate is Fate.NONE for line in plan.lines)


def test_a_service_is_left_out_with_a_hint_how_to_write_its_route() -> None:
    plan = planned("pagerduty")

    assert line_of(plan, Kind.OTHER, "PSERV01").verdict is Verdict.CANNOT
    assert "write a route" in said_of(plan, Kind.OTHER, "PSERV01")


def broken(**fields: object) -> Answer:
    layer: dict[str, object] = {
        "name": "L",
        "start": "2026-01-05T09:00:00Z",
        "rotation_virtual_start": "2026-01-05T09:00:00Z",
        "rotation_turn_length_seconds": 86400,
        "users": [{"user": {"id": "U1"}}, {"user": {"id": "U2"}}],
        "restrictions": [],
    }
    return {"schedule": {"id": "S", "name": "S", "time_zone": "UTC", "schedule_layers": [layer | fields]}}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (broken(users=[]), "has nobody in it"),
        (broken(start="soon"), "does not say when its turns are"),
        (broken(rotation_turn_length_seconds=90), "are no whole hours"),
        (broken(rotation_turn_length_seconds=5400), "turns of 90 minutes"),
        (broken(rotation_turn_length_seconds=10**12), "does not say when its turns are"),
        (broken(restrictions=[{"type": "daily_restriction", "start_time_of_day": "x"}]), "a restriction of layer 'L'"),
        (broken(restrictions=[{"type": "daily_restriction", "start_time_of_day": "09:00:00"}]), "a restriction"),
        (
            broken(
                restrictions=[{"type": "weekly_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 60}]
            ),
            "a restriction",
        ),
        (broken(end="2026-01-06T09:00:00Z"), "no layer that counts"),
        ({"schedule": {"id": "S", "name": "S", "time_zone": "Mars", "schedule_layers": []}}, "'Mars' is no IANA name"),
        ({"schedules": [{"id": "S", "summary": "S", "type": "schedule_reference"}]}, "GET /schedules/S"),
    ],
)
def test_what_cannot_be_written_says_why(answer: Answer, said: str) -> None:
    plan = planned("pagerduty", answer)

    assert line_of(plan, Kind.SCHEDULE, "S").verdict is Verdict.CANNOT
    assert said in said_of(plan, Kind.SCHEDULE, "S")


def test_somebody_without_an_email_is_named_and_so_is_the_way_to_mend_it() -> None:
    plan = planned("pagerduty", broken())

    assert "--person U1=key" in said_of(plan, Kind.SCHEDULE, "S")
    assert line_of(plan, Kind.PERSON, "U1").verdict is Verdict.CANNOT


def test_ends_are_moved_to_a_hand_over_and_that_is_said() -> None:
    users = {"users": [{"id": "U1", "email": "u1@example.com"}, {"id": "U2", "email": "u2@example.com"}]}

    plan = planned("pagerduty", users, broken(end="2027-01-05T18:00:00Z"))

    assert line_of(plan, Kind.SCHEDULE, "S").verdict is Verdict.CHANGED
    assert "ends at the hand-over 2027-01-06 09:00" in said_of(plan, Kind.SCHEDULE, "S")


def test_an_override_that_cannot_be_read_is_said() -> None:
    answer = dict(schedules()["PSCHED2"], overrides_subschedule={"rendered_schedule_entries": [{"start": "x"}]})

    assert any(
        "an override cannot be read" in note.said
        for note in draft_of("pagerduty", {"schedule": answer}).schedules[0].notes
    )


def test_times_that_rails_names_are_understood() -> None:
    answer = dict(schedules()["PSCHED2"], time_zone="Eastern Time (US & Canada)")

    assert draft_of("pagerduty", {"schedule": answer}).schedules[0].timezone == "America/New_York"


def test_what_pagerduty_itself_says_of_the_days_ahead_is_compared() -> None:
    assert "until 2027-02-03: the same people" in said_of(planned("pagerduty"), Kind.SCHEDULE, "PSCHED1")


def rendered(*entries: tuple[str, str, str]) -> list[Answer]:
    listed = [{"start": start, "end": end, "user": {"id": person}} for start, end, person in entries]
    answers = answers_of("pagerduty")
    nights = dict(schedules()["PSCHED2"], final_schedule={"rendered_schedule_entries": listed})
    return [one for one in answers if one.get("schedule", {}).get("id") != "PSCHED2"] + [{"schedule": nights}]


def test_a_difference_to_it_is_told_with_its_time() -> None:
    wrong = [(f"2027-01-{day:02d}T12:00:00Z", f"2027-01-{day:02d}T13:00:00Z", "PALICE1") for day in range(1, 11)]

    plan = planned("pagerduty", *rendered(*wrong))

    assert line_of(plan, Kind.SCHEDULE, "PSCHED2").verdict is Verdict.CHANGED
    assert "on 2027-01-01 13:00 alice is on call there, here nobody" in said_of(plan, Kind.SCHEDULE, "PSCHED2")
    assert "more differences" in said_of(plan, Kind.SCHEDULE, "PSCHED2")


def test_days_that_are_over_are_not_compared() -> None:
    past = ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "PALICE1")

    assert not said_of(planned("pagerduty", *rendered(past)), Kind.SCHEDULE, "PSCHED2")


def test_more_overrides_than_anybody_reads_are_cut_and_that_is_said() -> None:
    entries = [
        {"start": f"2027-01-01T00:{number // 60:02d}:00Z", "end": "2027-01-02T00:00:00Z", "user": {"id": "PALICE1"}}
        for number in range(300)
    ]
    answer = dict(schedules()["PSCHED2"], overrides_subschedule={"rendered_schedule_entries": entries})

    (draft,) = draft_of("pagerduty", {"schedule": answer}).schedules

    assert len(draft.overrides) < 200
    assert any("of 300 overrides the first 200" in note.said for note in draft.notes)


def test_an_override_of_less_than_a_minute_is_none() -> None:
    entry = {"start": "2027-01-01T00:00:10Z", "end": "2027-01-01T00:00:50Z", "user": {"id": "PALICE1"}}
    answer = dict(schedules()["PSCHED2"], overrides_subschedule={"rendered_schedule_entries": [entry]})

    (draft,) = draft_of("pagerduty", {"schedule": answer}).schedules

    assert not draft.overrides
