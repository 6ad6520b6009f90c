"""Opsgenie: the schedules written here call the same people as Opsgenie's documents say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.core.oncall.policy import TargetKind
from alertbridge.importing.answers import Answer
from alertbridge.importing.draft import Kind
from alertbridge.importing.plan import Verdict
from tests.importing.planning import answers_of, called, draft_of, line_of, planned, said_of, team_of

TURNS = {"hourly": 1, "daily": 24, "weekly": 168}
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
EMAILS = {f"u-{name}": f"{name}@example.com" for name in ("ann", "ben", "cai", "dan")}
TEAMS = {"t-pay": ["u-ann", "u-dan"]}


def reference(schedule: Answer, at: datetime) -> set[str]:
    """Who Opsgenie says is on call: everybody whom a rotation names whose time it is."""
    zone = ZoneInfo(schedule["timezone"])
    return {one for rotation in schedule["rotations"] for one in _of(rotation, at, zone)}


def _of(rotation: Answer, at: datetime, zone: ZoneInfo) -> Iterator[str]:
    start = datetime.fromisoformat(rotation["startDate"])
    if at < start or (rotation.get("endDate") and at >= datetime.fromisoformat(rotation["endDate"])):
        return
    wall = at.astimezone(zone).replace(tzinfo=None)
    if not _allowed(rotation.get("timeRestriction"), wall):
        return
    begun = start.astimezone(zone).replace(tzinfo=None)
    turn = (wall - begun) // timedelta(hours=TURNS[rotation["type"]] * rotation["length"])
    who = rotation["participants"][turn % len(rotation["participants"])]
    if who["type"] == "user":
        yield who["id"]
    elif who["type"] == "team":
        yield from TEAMS[who["id"]]


def _allowed(restriction: dict[str, Any] | None, wall: datetime) -> bool:
    if not restriction:
        return True
    minute = wall.hour * 60 + wall.minute
    if restriction["type"] == "time-of-day":
        one = restriction["restriction"]
        start, end = one["startHour"] * 60 + one["startMin"], one["endHour"] * 60 + one["endMin"]
        return bool(start <= minute < end if start < end else minute >= start or minute < end)
    minute += wall.weekday() * 1440
    for one in restriction["restrictions"]:
        start = DAYS.index(one["startDay"]) * 1440 + one["startHour"] * 60 + one["startMin"]
        end = DAYS.index(one["endDay"]) * 1440 + one["endHour"] * 60 + one["endMin"]
        if start <= minute < end if start < end else minute >= start or minute < end:
            return True
    return False


def schedules() -> dict[str, Answer]:
    return {
        one["id"]: one
        for answer in answers_of("opsgenie")
        if isinstance(answer["data"], list)
        for one in answer["data"]
        if "rotations" in one and "timezone" in one
    }


def halves(since: datetime, days: int) -> Iterator[datetime]:
    return (since + timedelta(minutes=30 * number) for number in range(days * 48))


def test_people_of_all_rotations_are_on_call_at_once() -> None:
    team, schedule = team_of(planned("opsgenie")), schedules()["s-pay"]

    for at in halves(datetime(2026, 3, 2, tzinfo=UTC), 28):
        assert called(team, "payments-schedule", at) == {EMAILS[one] for one in reference(schedule, at)}, at


def test_rotations_whose_hand_overs_do_not_fit_become_schedules_and_policies_name_them_all() -> None:
    plan = planned("opsgenie")
    team, schedule = team_of(plan), schedules()["s-night"]

    assert "do not fit together" in said_of(plan, Kind.SCHEDULE, "s-night")
    for at in halves(datetime(2026, 3, 20, tzinfo=UTC), 28):
        both = called(team, "nights", at) | called(team, "nights-2", at)
        assert both == {EMAILS[one] for one in reference(schedule, at)}, at


USERS = [{"type": "user", "id": key, "username": email} for key, email in EMAILS.items()]
RESTRICTIONS = st.one_of(
    st.none(),
    st.builds(
        lambda start, hours: {
            "type": "time-of-day",
            "restriction": {"startHour": start, "startMin": 0, "endHour": (start + hours) % 24, "endMin": 0},
        },
        st.integers(0, 23),
        st.integers(1, 23),
    ),
    st.builds(
        lambda first, last, start: {
            "type": "weekday-and-time-of-day",
            "restrictions": [
                {"startDay": first, "startHour": start, "startMin": 0, "endDay": last, "endHour": 18, "endMin": 30}
            ],
        },
        st.sampled_from(DAYS),
        st.sampled_from(DAYS),
        st.integers(0, 17),
    ),
)
ROTATIONS = st.builds(
    lambda day, clock, turn, length, people, restriction: {
        "id": "r",
        "name": "r",
        "startDate": (datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day, hours=clock)).isoformat(),
        "type": turn,
        "length": length,
        "participants": people,
        "timeRestriction": restriction,
    },
    st.integers(0, 20),
    st.sampled_from([1, 1, 1, 10]),
    st.sampled_from(["daily", "weekly"]),
    st.integers(1, 2),
    st.lists(st.sampled_from(USERS), min_size=1, max_size=3),
    RESTRICTIONS,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROTATIONS, min_size=1, max_size=3))
def test_any_rotations_call_the_same_people(rotations: list[Any]) -> None:
    schedule = {"id": "s", "name": "any", "timezone": "Asia/Shanghai", "rotations": rotations}
    team = team_of(planned("opsgenie", {"data": [schedule]}))

    for at in halves(datetime(2026, 3, 1, tzinfo=UTC), 8):
        here = {email for key in team.schedules for email in called(team, key, at)}
        assert here == {EMAILS[one] for one in reference(schedule, at)}, at


def test_delays_are_counted_from_the_alert_and_become_waits_between_steps() -> None:
    (policy,) = draft_of("opsgenie").policies

    assert [step.after_seconds for step in policy.steps] == [0, 600, 3000]
    assert [target.kind for target in policy.steps[1].who] == [TargetKind.PERSON, TargetKind.SCHEDULE]
    assert policy.rounds == 3


def test_what_a_rule_did_differently_is_said() -> None:
    said = "\n".join(note.said for note in draft_of("opsgenie").policies[0].notes)

    assert "called the next one on call: left out" in said
    assert "although somebody had acknowledged" in said


def rotation(**fields: object) -> Answer:
    one: dict[str, object] = {
        "name": "R",
        "startDate": "2026-01-05T09:00:00Z",
        "type": "weekly",
        "length": 1,
        "participants": [{"type": "user", "id": "u-ann", "username": "ann@example.com"}],
    }
    return {"data": [{"id": "s", "name": "S", "timezone": "UTC", "rotations": [one | fields]}]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (rotation(participants=[]), "names nobody"),
        (rotation(participants=[{"type": "none"}]), "names nobody"),
        (rotation(participants=[{"type": "escalation", "id": "e"}]), "names a escalation"),
        (rotation(participants=[{"type": "team", "id": "t"}]), "GET /v2/teams/ID"),
        (rotation(participants=[{"type": "none"}, USERS[0]]), "turns of nobody"),
        (rotation(type="monthly"), "does not say when its turns are"),
        (rotation(length=0), "does not say when its turns are"),
        (rotation(startDate=None), "does not say when its turns are"),
        (rotation(timeRestriction={"type": "time-of-day"}), "time restriction of rotation 'R'"),
        (
            rotation(timeRestriction={"type": "time-of-day", "restriction": {"startHour": 99, "endHour": 1}}),
            "restriction",
        ),
        (rotation(endDate="2026-02-01T09:00:00Z"), "no rotation that counts"),
        ({"data": [{"id": "s", "name": "S", "timezone": "UTC", "enabled": True}]}, "?expand=rotation"),
        ({"data": {"id": "s", "name": "S", "timezone": "", "rotations": [{}]}}, "it has no time zone"),
    ],
)
def test_what_cannot_be_written_says_why(answer: Answer, said: str) -> None:
    plan = planned("opsgenie", answer)

    assert line_of(plan, Kind.SCHEDULE, "s").verdict is Verdict.CANNOT
    assert said in said_of(plan, Kind.SCHEDULE, "s")


def test_turns_of_nobody_are_hours_in_which_a_layer_does_not_count() -> None:
    people = [USERS[0]] * 5 + [{"type": "none"}] * 2
    team = team_of(planned("opsgenie", rotation(type="daily", participants=people)))

    assert called(team, "s", datetime(2026, 3, 6, 12, tzinfo=UTC)) == {"ann@example.com"}
    assert called(team, "s", datetime(2026, 3, 7, 12, tzinfo=UTC)) == set()


def test_overrides_that_overlap_are_cut_and_that_is_said() -> None:
    def override(user: int, start: str, end: str) -> Answer:
        return {"_parent": {"id": "s"}, "user": USERS[user], "startDate": start, "endDate": end}

    answers = (
        rotation(),
        {"data": [override(1, "2027-01-01T00:00:00Z", "2027-01-05T00:00:00Z")]},
        {"data": [override(2, "2027-01-02T00:00:00Z", "2027-01-03T00:00:00Z")]},
        {"data": [override(2, "2020-01-02T00:00:00Z", "2020-01-03T00:00:00Z")]},
        {"data": [override(2, "2027-03-02T00:00:00Z", "x")]},
    )
    plan = planned("opsgenie", *answers)
    team = team_of(plan)

    assert [called(team, "s", datetime(2027, 1, day, 12, tzinfo=UTC)) for day in (1, 2, 3, 6)] == [
        {"ben@example.com"},
        {"cai@example.com"},
        {"ben@example.com"},
        {"ann@example.com"},
    ]
    assert "overlap" in said_of(plan, Kind.SCHEDULE, "s")
    assert "names no person or no time" in said_of(plan, Kind.SCHEDULE, "s")


def test_a_schedule_that_is_switched_off_is_said_to_be() -> None:
    answer = rotation()
    answer["data"][0]["enabled"] = False

    assert "switched off" in said_of(planned("opsgenie", answer), Kind.SCHEDULE, "s")


def test_a_team_without_members_is_left_out() -> None:
    plan = planned("opsgenie", {"data": {"id": "t", "name": "T", "members": []}})

    assert line_of(plan, Kind.TEAM, "t").verdict is Verdict.CANNOT


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"recipient": {"type": "group", "id": "g"}}, "calls a group"),
        ({"recipient": {"type": "team", "id": "t-pay"}, "notifyType": "default"}, "by its routing rules"),
        ({"recipient": {}}, "calls a nameless recipient"),
    ],
)
def test_recipients_without_a_counterpart_are_said(rule: dict[str, Any], said: str) -> None:
    answer = {"data": [{"id": "e", "name": "E", "rules": [rule], "repeat": {"closeAlertAfterAll": True}}]}
    draft = draft_of("opsgenie", answer)
    notes = [note.said for policy in draft.policies for note in policy.notes]
    notes += [note.said for one in draft.unusable for note in one.notes]

    assert any(said in note for note in notes)
    assert any("stays open" in note for note in notes)
