"""The plan: nothing twice, nothing of what people changed, and every object in the report."""

from typing import Any

import pytest

from alertbridge.importing.answers import Answer, ExportError
from alertbridge.importing.draft import Kind
from alertbridge.importing.plan import Fate, Verdict, Wishes
from tests.importing.planning import NOBODY, PRODUCTS, line_of, planned, said_of, team_of

USERS: Answer = {"users": [{"id": "U1", "name": "Ann", "email": "Ann@Example.com"}, {"id": "U2", "name": "Bo"}]}


def schedule(key: str = "S", name: str = "Ops", **fields: Any) -> Answer:
    layer = {
        "name": "L",
        "start": "2026-01-05T09:00:00Z",
        "rotation_virtual_start": "2026-01-05T09:00:00Z",
        "rotation_turn_length_seconds": 86400,
        "users": [{"user": {"id": "U1"}}],
        "restrictions": [],
    }
    return {"schedule": {"id": key, "name": name, "time_zone": "UTC", "schedule_layers": [layer | fields]}}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_second_time_nothing_is_left_to_do(product: str) -> None:
    first = planned(product)
    second = planned(product, text=first.text)

    assert first.is_change
    assert not second.is_change
    assert second.text == first.text
    assert {line.fate for line in second.lines} <= {Fate.SAME, Fate.NONE}


def test_what_changed_in_the_export_is_updated() -> None:
    first = planned("pagerduty", USERS, schedule())

    second = planned(
        "pagerduty", USERS, schedule(rotation_virtual_start="x", start="2026-02-05T09:00:00Z"), text=first.text
    )
    third = planned("pagerduty", USERS, schedule(start="2026-02-05T09:00:00Z"), text=first.text)

    assert line_of(second, Kind.SCHEDULE, "S").verdict is Verdict.CANNOT
    assert line_of(third, Kind.SCHEDULE, "S").fate is Fate.UPDATE
    assert team_of(third).schedules["ops"].layers[0].starts.month == 2


def test_what_somebody_changed_stays_until_they_say_otherwise() -> None:
    text = planned("pagerduty", USERS, schedule()).text.replace("UTC", "Asia/Shanghai")

    kept = planned("pagerduty", USERS, schedule(), text=text)
    taken = planned("pagerduty", USERS, schedule(), text=text, wishes=Wishes(people={}, replaced=frozenset({"ops"})))

    assert line_of(kept, Kind.SCHEDULE, "S").fate is Fate.KEEP
    assert "--replace ops" in said_of(kept, Kind.SCHEDULE, "S")
    assert not kept.is_change
    assert team_of(taken).schedules["ops"].timezone == "UTC"


def test_a_schedule_that_is_renamed_there_keeps_its_key_here() -> None:
    first = planned("pagerduty", USERS, schedule())

    second = planned("pagerduty", USERS, schedule(name="Operations"), text=first.text)

    assert not second.is_change
    assert line_of(second, Kind.SCHEDULE, "S").key == "ops"


def test_one_of_that_name_that_nobody_imported_is_not_touched_and_not_doubled() -> None:
    own = "schedules:\n  ops: {timezone: UTC, layers: [{starts: 2026-01-05, people: [ann]}]}\n"
    text = "people:\n  ann: {email: ann@example.com}\n" + own + "route: {}\n"

    plan = planned("pagerduty", USERS, schedule(), text=text)

    assert plan.text == text
    assert "there is one of that name already" in said_of(plan, Kind.SCHEDULE, "S")


def test_two_of_one_name_get_two_keys_and_keep_them() -> None:
    both = (USERS, schedule("S1"), schedule("S2", name="OPS!"))
    first = planned("pagerduty", *both)

    assert list(team_of(first).schedules) == ["ops", "ops-2"]
    assert not planned("pagerduty", *both, text=first.text).is_change


@pytest.mark.parametrize(
    ("name", "key"), [("值班 Ops", "值班-ops"), ("off", "off-1"), ("🔥", "schedule-s"), ("A_B", "a-b")]
)
def test_keys_are_made_of_names(name: str, key: str) -> None:
    assert list(team_of(planned("pagerduty", USERS, schedule(name=name))).schedules) == [key]


def test_people_are_found_by_email_whatever_its_case() -> None:
    text = "people:\n  annette: {email: ann@example.com}\nroute: {}\n"

    plan = planned("pagerduty", USERS, schedule(), text=text)

    assert list(team_of(plan).people) == ["annette"]
    assert line_of(plan, Kind.PERSON, "U1").fate is Fate.SAME


def test_two_people_with_one_name_before_the_at_get_two_keys() -> None:
    text = "people:\n  ann: {email: ann@elsewhere.example.com}\nroute: {}\n"

    assert list(team_of(planned("pagerduty", USERS, schedule(), text=text)).people) == ["ann", "ann-2"]


def test_whoever_imports_can_say_who_somebody_is() -> None:
    text = "people:\n  bo: {mobile: '13800138000'}\nroute: {}\n"
    answers = (USERS, schedule(users=[{"user": {"id": "U2"}}]))

    refused = planned("pagerduty", *answers, text=text)
    plan = planned("pagerduty", *answers, text=text, wishes=Wishes(people={"U2": "bo"}))

    assert "--person U2=key" in said_of(refused, Kind.SCHEDULE, "S")
    assert team_of(plan).schedules["ops"].layers[0].turns == (("bo",),)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(people={"U9": "ann"}), "the export has no U9"),
        (Wishes(people={"U1": "zoe"}), "`people` has no 'zoe'"),
        (Wishes(people={}, replaced=frozenset({"zoe"})), "--replace zoe"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(wishes: Wishes, said: str) -> None:
    with pytest.raises(ExportError, match=said):
        planned("pagerduty", USERS, schedule(), wishes=wishes)


def test_what_is_gone_from_the_export_stays_and_is_said() -> None:
    first = planned("pagerduty", USERS, schedule("S1"), schedule("S2", name="Two"))

    second = planned("pagerduty", USERS, schedule("S1"), text=first.text, wishes=NOBODY)

    assert not second.is_change
    assert any(line.key == "two" and "not in the export any more" in line.notes[0].said for line in second.lines)


def test_names_with_what_a_terminal_obeys_are_harmless() -> None:
    users: Answer = {"users": [{"id": "U1", "name": "Ann\x1b[31m\n: {x}", "email": "ann@example.com"}]}

    plan = planned("pagerduty", users, schedule(name="a\x1b]0;b\x07: c\n#"))

    assert "\x1b" not in plan.text
    assert team_of(plan).people["ann"].name == "Ann[31m : {x}"


def test_a_policy_calls_those_who_could_be_brought_over_and_says_who_is_missing() -> None:
    def target(kind: str, key: str) -> Answer:
        return {"type": f"{kind}_reference", "id": key}

    rules = [
        {"escalation_delay_in_minutes": 5, "targets": [target("schedule", "GONE")]},
        {"escalation_delay_in_minutes": 10, "targets": [target("user", "U1"), target("user", "U2")]},
        {"escalation_delay_in_minutes": 0, "targets": [{"type": "pigeon", "id": "x"}]},
    ]
    policy = {"id": "P", "name": "Ladder", "num_loops": 99, "escalation_rules": rules}
    text = "route: {escalation: ladder}\nescalation_policies:\n  ladder: {steps: [{who: [fallback]}]}\n"

    plan = planned("pagerduty", USERS, {"escalation_policy": policy}, text=text)
    taken = planned(
        "pagerduty",
        USERS,
        {"escalation_policy": policy},
        text=text,
        wishes=Wishes(people={}, replaced=frozenset({"ladder"})),
    )

    assert line_of(plan, Kind.POLICY, "P").fate is Fate.KEEP
    escalation = team_of(taken).routes.route.escalation
    assert escalation is not None
    assert [(step.after_seconds, [str(one) for one in step.who]) for step in escalation.steps] == [
        (300, ["person:ann"])
    ]
    assert escalation.rounds == 20
    said = said_of(taken, Kind.POLICY, "P")
    assert "it called the schedule GONE, which is not brought over" in said
    assert "whose email is not in the export" in said
    assert "calls a pigeon: left out" in said


def test_a_policy_whose_people_are_all_unknown_is_refused() -> None:
    rules = [{"escalation_delay_in_minutes": 5, "targets": [{"type": "user_reference", "id": "U2"}]}]

    plan = planned("pagerduty", USERS, {"escalation_policy": {"id": "P", "name": "P", "escalation_rules": rules}})

    assert line_of(plan, Kind.POLICY, "P").verdict is Verdict.CANNOT
    assert "nobody is left whom it calls" in said_of(plan, Kind.POLICY, "P")


def test_a_policy_and_a_team_of_which_the_export_has_the_name_only_are_refused() -> None:
    plan = planned("pagerduty", USERS, {"escalation_policies": [{"id": "P", "summary": "P"}], "teams": [{"id": "T"}]})

    assert "GET /escalation_policies/P" in said_of(plan, Kind.POLICY, "P")
    assert "nobody of the export is in it" in said_of(plan, Kind.TEAM, "T")


def test_an_override_of_somebody_unknown_is_left_out_and_the_schedule_is_not() -> None:
    entry = {"start": "2027-01-01T00:00:00Z", "end": "2027-01-02T00:00:00Z", "user": {"id": "U2"}}
    answer: Any = schedule()
    answer["schedule"]["overrides_subschedule"] = {"rendered_schedule_entries": [entry]}

    plan = planned("pagerduty", USERS, answer)

    assert not team_of(plan).schedules["ops"].overrides
    assert "the override from 2027-01-01T00:00 is left out" in said_of(plan, Kind.SCHEDULE, "S")


def test_a_calendar_keeps_its_address() -> None:
    calendar = {"id": "S", "name": "Feed", "type": "ical", "ical_url_primary": "https://calendar.example.com/feed.ics"}

    plan = planned("grafana-oncall", {"results": [calendar]})

    assert 'ical: {url: "https://calendar.example.com/feed.ics"}' in plan.text
    assert team_of(plan).schedules
    assert "name it by `secret`" in said_of(plan, Kind.SCHEDULE, "S")
