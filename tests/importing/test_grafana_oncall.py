"""Grafana OnCall: the schedules written here call the same people as its documents say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alertbridge.importing.answers import Answer
from alertbridge.importing.draft import Kind
from alertbridge.importing.plan import Verdict
from tests.importing.planning import answers_of, called, draft_of, line_of, planned, said_of, team_of

PRODUCT = "grafana-oncall"
EMAILS = {"UANN": "ann@example.com", "UBEN": "ben@example.com", "UCAI": "cai@example.com"}
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
USERS = {"results": [{"id": key, "username": key, "email": email, "teams": []} for key, email in EMAILS.items()]}


def events(shift: Answer, last: datetime) -> Iterator[tuple[datetime, list[str]]]:
    """List when a recurring shift begins on the wall and for whom, as the documents say: group after group."""
    at = datetime.fromisoformat(shift["start"])
    since = datetime.fromisoformat(shift.get("rotation_start") or shift["start"])
    groups = shift.get("rolling_users") or [shift["users"]]
    first = shift.get("start_rotation_from_user_index") or 0
    turn, period, counted = -1, None, 0
    while at < last:
        if at >= since and (not shift.get("by_day") or DAYS[at.weekday()] in shift["by_day"]):
            if shift["frequency"] == "weekly" and shift.get("by_day"):
                now: object = (at - timedelta(days=(at.weekday() - DAYS.index(shift["week_start"])) % 7)).date()
            else:
                now = counted
            counted += 1
            turn, period = (turn, period) if now == period else (turn + 1, now)
            yield at, groups[(first + turn) % len(groups)]
        at += timedelta(days=7 if shift["frequency"] == "weekly" and not shift.get("by_day") else 1)


def reference(schedule: Answer, shifts: list[Answer], at: datetime) -> set[str]:
    """Who is on call: an override, else everybody of the highest level."""
    by_level: dict[int, set[str]] = {}
    for shift in shifts:
        wall = at.astimezone(ZoneInfo(shift["time_zone"] or schedule["time_zone"])).replace(tzinfo=None)
        if shift["type"] == "override":
            begin = datetime.fromisoformat(shift["start"])
            if begin <= wall < begin + timedelta(seconds=shift["duration"]):
                return set(shift["users"])
            continue
        for begin, users in events(shift, wall + timedelta(days=1)):
            if shift["until"] and wall >= datetime.fromisoformat(shift["until"]):
                continue
            if begin <= wall < begin + timedelta(seconds=shift["duration"]):
                by_level.setdefault(shift["level"], set()).update(users)
    return by_level[max(by_level)] if by_level else set()


def everything() -> dict[str, Answer]:
    return {one["id"]: one for answer in answers_of(PRODUCT) for one in answer["results"]}


@pytest.mark.parametrize(("foreign", "key"), [("SWEB", "payments"), ("SCAL", "databases")])
def test_the_same_people_are_on_call(foreign: str, key: str) -> None:
    team, objects = team_of(planned(PRODUCT)), everything()
    schedule = objects[foreign]
    shifts = [objects[one] for one in schedule["shifts"]]

    for begin in (datetime(2026, 3, 22, tzinfo=UTC), datetime(2027, 1, 25, tzinfo=UTC)):
        for hour in range(21 * 24):
            at = begin + timedelta(hours=hour)
            assert called(team, key, at) == {EMAILS[one] for one in reference(schedule, shifts, at)}, at


def test_a_chain_becomes_steps_with_the_waits_between_them() -> None:
    (policy,) = draft_of(PRODUCT).policies

    assert [step.after_seconds for step in policy.steps] == [0, 300, 900]
    assert policy.rounds == 6
    assert [len(step.who) for step in policy.steps] == [1, 2, 1]
    assert [str(step.via[-1]) for step in policy.steps] == ["app", "phone", "phone"]
    assert any("whole channel: left out" in note.said for note in policy.notes)
    assert "it began anew right after its last call: here after 15 min" in [note.said for note in policy.notes]


def test_routes_are_left_out_with_a_hint_how_to_write_them() -> None:
    assert "write a route" in said_of(planned(PRODUCT), Kind.OTHER, "RROUTE")


def shift(**fields: Any) -> tuple[Answer, ...]:
    one = {
        "id": "O",
        "name": "o",
        "type": "rolling_users",
        "time_zone": None,
        "level": 0,
        "start": "2026-01-05T09:00:00",
        "duration": 86400,
        "frequency": "daily",
        "interval": 1,
        "rolling_users": [["UANN"], ["UBEN"]],
        "start_rotation_from_user_index": 0,
    }
    schedule = {"id": "S", "name": "S", "type": "calendar", "time_zone": "UTC", "shifts": ["O"]}
    return (USERS, {"results": [schedule]}, {"results": [one | fields]})


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (shift(frequency="monthly"), "it comes back monthly"),
        (shift(frequency=None), "nobody says how often"),
        (shift(by_month=[1]), "limited by by_month"),
        (shift(by_monthday=[1]), "limited by by_monthday"),
        (shift(duration=0), "no start or no duration"),
        (shift(start="soon"), "no start or no duration"),
        (shift(rolling_users=[]), "a turn of it has nobody"),
        (shift(rolling_users=[["UANN"], []]), "a turn of it has nobody"),
        (shift(duration=90000), "its turns overlap"),
        (shift(duration=90000, by_day=["MO"]), "its turns overlap"),
        (shift(by_day=["XX"]), "'XX' is no weekday"),
        (shift(frequency="hourly", by_day=["MO"]), "hourly on some days"),
        (shift(interval=2), "times open that are others in each week"),
        (shift(interval=10**6), "longer than a year"),
        (shift(frequency="weekly", interval=2, by_day=["MO"]), "on some days of every 2 weeks"),
        (shift(by_day=["MO", "TU", "WE"], rolling_users=[["UANN"]] * 19), "only after many weeks"),
        (shift(time_zone="Moon"), "'Moon' is no IANA name"),
        (shift(type="single_event", duration=None), "no shift that counts"),
        (shift(until="2026-02-05T09:00:00"), "no shift that counts"),
        ((USERS, {"results": [{"id": "S", "name": "S", "type": "web", "shifts": ["O"]}]}), "1 of its shifts"),
        ((USERS, {"results": [{"id": "S", "name": "S", "type": "ical"}]}), "no address of its calendar"),
    ],
)
def test_what_cannot_be_written_says_why(answers: tuple[Answer, ...], said: str) -> None:
    plan = planned(PRODUCT, *answers)

    assert line_of(plan, Kind.SCHEDULE, "S").verdict is Verdict.CANNOT
    assert said in said_of(plan, Kind.SCHEDULE, "S")


@pytest.mark.parametrize(
    ("fields", "at", "who"),
    [
        ({"frequency": "hourly", "interval": 12, "duration": 43200}, "2026-03-02T10:00", "ann"),
        ({"frequency": "hourly", "interval": 12, "duration": 43200}, "2026-03-02T22:00", "ben"),
        ({"frequency": "hourly", "interval": 12, "duration": 3600}, "2026-03-02T23:00", ""),
        ({"rotation_start": "2026-02-01T09:00:00"}, "2026-02-01T10:00", "ann"),
        ({"by_day": ["MO"], "duration": 3600}, "2026-01-12T09:30", "ben"),
        ({"by_day": DAYS}, "2026-01-12T09:30", "ben"),
        ({"by_day": ["FR"], "frequency": "weekly", "week_start": "MO"}, "2026-01-09T10:00", "ann"),
        ({"by_day": ["FR"], "frequency": "weekly", "week_start": "MO"}, "2026-01-16T10:00", "ben"),
        ({"by_day": ["FR"], "rotation_start": "2026-01-16T09:00:00"}, "2026-01-16T10:00", "ann"),
    ],
)
def test_turns_follow_each_other(fields: dict[str, Any], at: str, who: str) -> None:
    team = team_of(planned(PRODUCT, *shift(**fields)))

    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert called(team, "s", moment) == ({f"{who}@example.com"} if who else set())


def test_a_shift_in_another_zone_is_moved_and_said_to_be() -> None:
    users, schedule, own = shift(time_zone="Europe/Berlin", duration=3600)
    other = dict(own["results"][0], id="P", time_zone="Asia/Shanghai", level=1, until="2027-01-05T09:00:00")
    both = {"results": [dict(schedule["results"][0], shifts=["O", "P"])]}
    plan = planned(PRODUCT, users, both, {"results": [own["results"][0], other]})
    team = team_of(plan)

    assert called(team, "s", datetime(2026, 2, 1, 8, 30, tzinfo=UTC))
    assert called(team, "s", datetime(2026, 2, 1, 1, 30, tzinfo=UTC))
    assert "by the clocks of Europe/Berlin: here by those of UTC" in said_of(plan, Kind.SCHEDULE, "S")
    assert "Asia/Shanghai" not in said_of(plan, Kind.SCHEDULE, "S")


def test_an_event_that_happens_once_is_an_override() -> None:
    users, schedule, own = shift()
    once = {"id": "P", "name": "p", "type": "single_event", "start": "2027-01-05T09:00:00", "duration": 3600}
    listed = {"results": [dict(schedule["results"][0], shifts=["O", "P"])]}
    plan = planned(PRODUCT, users, listed, own, {"results": [once | {"users": ["UCAI"]}]})

    assert called(team_of(plan), "s", datetime(2027, 1, 5, 9, 30, tzinfo=UTC)) == {"cai@example.com"}
    assert "happens once" in said_of(plan, Kind.SCHEDULE, "S")


def test_levels_whose_hand_overs_do_not_fit_are_refused() -> None:
    users, schedule, own = shift()
    late = dict(own["results"][0], id="P", start="2026-01-05T09:30:00")
    high = dict(own["results"][0], id="Q", level=1, duration=3600)
    listed = {"results": [dict(schedule["results"][0], shifts=["O", "P", "Q"])]}

    plan = planned(PRODUCT, users, listed, {"results": [own["results"][0], late, high]})

    assert "do not fit together" in said_of(plan, Kind.SCHEDULE, "S")


def test_steps_of_a_chain_that_is_not_in_the_export_are_said() -> None:
    step = {
        "id": "E",
        "escalation_chain_id": "F",
        "position": 0,
        "type": "notify_persons",
        "persons_to_notify": ["UANN"],
    }

    assert "list the escalation chains" in said_of(planned(PRODUCT, {"results": [step]}), Kind.POLICY, "F")


def test_a_team_of_nobody_is_left_out() -> None:
    plan = planned(PRODUCT, {"results": [{"id": "T", "grafana_id": 1, "name": "T"}]})

    assert line_of(plan, Kind.TEAM, "T").verdict is Verdict.CANNOT


@pytest.mark.parametrize("kind", ["notify_person_next_each_time", "resolve", "trigger_webhook", "tomorrow's news"])
def test_steps_without_a_counterpart_are_said(kind: str) -> None:
    chain = {"id": "F", "name": "F", "team_id": None}
    steps = [{"escalation_chain_id": "F", "position": 0, "type": kind, "persons_to_notify_next_each_time": ["UANN"]}]

    draft = draft_of(PRODUCT, USERS, {"results": [chain]}, {"results": steps})

    assert draft.policies or draft.unusable
    assert [note for one in draft.policies for note in one.notes] or [
        note for one in draft.unusable for note in one.notes
    ]
