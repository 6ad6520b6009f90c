"""GoAlert: the schedules written here call the same people as GoAlert's documents say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alertbridge.core.oncall.schedule import on_call
from alertbridge.importing.answers import Answer
from alertbridge.importing.draft import Kind
from alertbridge.importing.plan import Verdict
from tests.importing.planning import answers_of, called, draft_of, line_of, planned, said_of, team_of

ANN, BEN, CAI = (f"11111111-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
WEEKS, DAYS = (f"22222222-0000-4000-8000-00000000000{number}" for number in (1, 2))
CHECKOUT = "33333333-0000-4000-8000-000000000001"
POLICY = "55555555-0000-4000-8000-000000000001"
EMAILS = {ANN: "ann@example.com", BEN: "ben@example.com", CAI: "cai@example.com"}
HOURS = {"hourly": 1, "daily": 24, "weekly": 168}
ZONE = ZoneInfo("America/Chicago")


def data() -> dict[str, Any]:
    return dict(answers_of("goalert")[0]["data"])


def reference(at: datetime) -> set[str]:
    """Who GoAlert says is on call: all whose rules hold, by the turn that the rotation is in now."""
    schedule = data()["schedules"]["nodes"][0]
    rotations = {one["id"]: one for one in data()["rotations"]["nodes"]}
    wall = at.astimezone(ZONE).replace(tzinfo=None)
    found = set()
    for assigned in schedule["targets"]:
        if any(_holds(rule, wall) for rule in assigned["rules"]):
            target = assigned["target"]
            found.add(_turn(rotations[target["id"]], wall) if target["type"] == "rotation" else target["id"])
    return found


def _holds(rule: dict[str, Any], wall: datetime) -> bool:
    start, end = (int(rule[side][:2]) * 60 + int(rule[side][3:]) for side in ("start", "end"))
    minute, sunday_first = wall.hour * 60 + wall.minute, (wall.weekday() + 1) % 7
    today, yesterday = rule["weekdayFilter"][sunday_first], rule["weekdayFilter"][sunday_first - 1]
    if start < end:
        return bool(today and start <= minute < end)
    return bool((today and minute >= start) or (yesterday and minute < end))


def _turn(rotation: dict[str, Any], wall: datetime) -> str:
    handover = datetime.fromisoformat(rotation["nextHandoffTimes"][0]).astimezone(ZONE).replace(tzinfo=None)
    length = timedelta(hours=HOURS[rotation["type"]] * rotation["shiftLength"])
    ahead = (wall - handover) // length + 1
    return str(rotation["userIDs"][(rotation["activeUserIndex"] + ahead) % len(rotation["userIDs"])])


def test_all_whose_rules_hold_are_on_call() -> None:
    team = team_of(planned("goalert"))

    for begin in (datetime(2026, 10, 26, tzinfo=UTC), datetime(2027, 3, 8, tzinfo=UTC)):  # the clocks change in both
        for half in range(21 * 48):
            at = begin + timedelta(minutes=30 * half)
            assert called(team, "checkout", at) == {EMAILS[one] for one in reference(at)}, at


def test_an_override_replaces_one_person_in_their_shifts() -> None:
    schedule = team_of(planned("goalert")).schedules["checkout"]

    (override, *_) = schedule.overrides
    assert (override.people, override.instead_of) == (("cai",), "ben")


def test_a_temporary_schedule_becomes_overrides_of_everybody() -> None:
    plan = planned("goalert")
    schedule = team_of(plan).schedules["checkout"]

    assert [
        on_call(schedule, datetime(2027, 1, day, hour, tzinfo=UTC)).people
        for day, hour in ((10, 12), (11, 12), (12, 1))
    ] == [("ann",), ("ann", "ben"), ("ben",)]
    assert "temporary schedule" in said_of(plan, Kind.SCHEDULE, CHECKOUT)


def test_a_rotation_that_a_policy_calls_is_a_schedule_of_its_own() -> None:
    assert "weeks" in team_of(planned("goalert")).schedules


def test_a_later_export_of_the_same_rotation_writes_the_same() -> None:
    before = planned("goalert")
    answer = data()
    weeks, days = answer["rotations"]["nodes"]
    later = {
        **answer,
        "rotations": {
            "nodes": [
                weeks | {"activeUserIndex": 2, "nextHandoffTimes": ["2026-11-09T15:00:00Z"]},
                days | {"activeUserIndex": 1, "nextHandoffTimes": ["2026-11-04T15:00:00Z"]},
            ]
        },
    }

    assert not planned("goalert", {"data": later}, text=before.text).is_change


def test_steps_wait_as_long_as_the_step_before_them_has() -> None:
    (policy,) = draft_of("goalert").policies

    assert [step.after_seconds for step in policy.steps] == [0, 300, 600]
    assert policy.rounds == 2
    assert any("builtin-slack-channel: left out" in note.said for note in policy.notes)


def assigned(rotation: dict[str, Any] | None = None, **rule: Any) -> Answer:
    rules = [{"start": "00:00", "end": "00:00", "weekdayFilter": [True] * 7} | rule]
    target = {"id": "R", "type": "rotation", "name": "R"}
    return {
        "users": {"nodes": [{"id": "A", "name": "A", "email": "a@example.com"}]},
        "rotations": {"nodes": [rotation] if rotation else []},
        "schedules": {
            "nodes": [
                {"id": "S", "name": "S", "timeZone": "UTC", "targets": [{"target": target, "rules": rules}]},
            ]
        },
    }


TURNS = {"id": "R", "name": "R", "type": "weekly", "shiftLength": 1, "start": "2026-01-05T09:00:00Z", "timeZone": "UTC"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (assigned(), "not in the export"),
        (assigned(TURNS | {"userIDs": []}), "has nobody in it"),
        (assigned(TURNS | {"userIDs": ["A"], "type": "monthly"}), "is monthly"),
        (assigned(TURNS | {"userIDs": ["A", "B"]}), "does not say whose turn it is"),
        (assigned(TURNS | {"userIDs": ["A"], "activeUserIndex": 7}), "cannot be read"),
        (assigned(TURNS | {"userIDs": ["A"], "shiftLength": 10**7}), "cannot be read"),
        (assigned(TURNS | {"userIDs": ["A"]}, start="noon"), "a rule of 'R' cannot be read"),
        (assigned(TURNS | {"userIDs": ["A"]}, weekdayFilter=[True]), "a rule of 'R' cannot be read"),
        (assigned(TURNS | {"userIDs": ["A"]}, weekdayFilter=[False] * 7), "no rule of it ever holds"),
        ({"schedule": {"id": "S", "name": "S", "timeZone": "Moon", "targets": [{}]}}, "'Moon' is no IANA name"),
    ],
)
def test_what_cannot_be_written_says_why(answer: Answer, said: str) -> None:
    plan = planned("goalert", {"data": answer})

    assert line_of(plan, Kind.SCHEDULE, "S").verdict is Verdict.CANNOT
    assert said in said_of(plan, Kind.SCHEDULE, "S")


def test_a_rotation_of_one_person_needs_no_turns() -> None:
    plan = planned("goalert", {"data": assigned(TURNS | {"users": [{"id": "A"}], "timeZone": "Asia/Shanghai"})})

    assert called(team_of(plan), "s", datetime(2026, 3, 1, tzinfo=UTC)) == {"a@example.com"}
    assert "by the clocks of Asia/Shanghai" in said_of(plan, Kind.SCHEDULE, "S")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            {"addUserID": "A", "removeUserID": "", "start": "2027-01-01T00:00:00Z", "end": "2027-01-02T00:00:00Z"},
            "only adds",
        ),
        (
            {"addUserID": "", "removeUserID": "A", "start": "2027-01-01T00:00:00Z", "end": "2027-01-02T00:00:00Z"},
            "takes A out",
        ),
        ({"addUserID": "A", "removeUserID": "A", "start": "x", "end": "2027-01-02T00:00:00Z"}, "cannot be read"),
    ],
)
def test_overrides_without_a_counterpart_are_said(override: Answer, said: str) -> None:
    answer = assigned(TURNS | {"userIDs": ["A"]})
    overrides = {"nodes": [{**override, "target": {"id": "S", "type": "schedule"}}]}

    plan = planned("goalert", {"data": {**answer, "userOverrides": overrides}})

    assert said in said_of(plan, Kind.SCHEDULE, "S")


def test_overrides_and_temporary_schedules_that_are_over_are_left_out() -> None:
    answer: dict[str, Any] = dict(assigned(TURNS | {"userIDs": ["A"]}))
    past = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    answer["schedules"]["nodes"][0]["temporarySchedules"] = [{**past, "shifts": []}]
    answer["userOverrides"] = {"nodes": [past | {"addUserID": "A", "removeUserID": "A", "target": {"id": "S"}}]}

    assert not draft_of("goalert", {"data": answer}).schedules[0].overrides


def test_a_policy_that_calls_nobody_is_refused() -> None:
    steps = [{"id": "1", "stepNumber": 0, "delayMinutes": 5, "targets": [], "multiAck": True}]
    plan = planned("goalert", {"data": {"escalationPolicy": {"id": "P", "name": "P", "steps": steps, "repeat": 0}}})

    assert "it calls nobody" in said_of(plan, Kind.POLICY, "P")
    assert "went on after an acknowledgement" in said_of(plan, Kind.POLICY, "P")


def test_a_lone_rotation_that_cannot_be_written_is_refused() -> None:
    steps = [{"stepNumber": 0, "delayMinutes": 5, "targets": [{"type": "rotation", "id": "R"}]}]
    rotation = TURNS | {"userIDs": ["A"], "timeZone": "Moon"}
    answer = {"rotation": rotation, "escalationPolicy": {"id": "P", "name": "P", "steps": steps, "repeat": 0}}

    plan = planned("goalert", {"data": answer})

    assert "'Moon' is no IANA name" in said_of(plan, Kind.SCHEDULE, "R")
