"""`check-config` and `routes test`: a team file looked at from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from alertbridge.cli.commands import main

TEAM = """
people:
  alice: {email: alice@example.com}
  bob: {email: bob@example.com}
schedules:
  weekly:
    timezone: UTC
    layers: [{rotation: weekly, handover: {day: monday, time: "09:00"}, starts: 2020-01-06, people: [bob]}]
route:
  routes:
    - {name: 支付, matchers: [team="pay"], people: [alice], continue: true}
    - name: rest
      schedule: weekly
      severity: {default: P4}
      chat: {on_close: lock}
"""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return a_file(tmp_path, TEAM)


def a_file(folder: Path, text: str) -> Path:
    file = folder / "team.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def ask(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_good_file_is_counted(team: Path) -> None:
    result = ask("check-config", team)

    assert result.exit_code == 0
    assert result.stdout == f"{team}: good: 3 routes, 2 people, 1 schedules\n"


def test_the_sample_is_good() -> None:
    assert ask("check-config", "deploy/team.yaml").exit_code == 0


def test_warnings_are_told_and_are_no_error(tmp_path: Path) -> None:
    file = a_file(tmp_path, "people: {alice: {email: a@example.com}}\nroute: {routes: [{name: a}, {name: b}]}\n")

    result = ask("check-config", file)

    assert result.exit_code == 0
    assert f"warning: {file}:" in result.stderr


def test_every_problem_is_named_with_its_line(tmp_path: Path) -> None:
    file = a_file(tmp_path, "people: {alice: {emial: a@example.com}}\n\nroute:\n  people: [nobody]\n")

    result = ask("check-config", file)

    assert result.exit_code == 2
    assert f"{file}:1:" in result.stderr
    assert "email" in result.stderr
    assert f"{file}:4:" in result.stderr
    assert "nobody" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["check-config"], ["routes", "test"]])
def test_a_file_that_is_not_there_is_2(tmp_path: Path, command: list[str]) -> None:
    result = ask(*command, tmp_path / "none.yaml", *(["a=b"] if command[0] == "routes" else []))

    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stderr


# -- routes test -------------------------------------------------------------------------------------------------------


def taken(*arguments: object) -> list[dict[str, Any]]:
    result = ask("routes", "test", "--output", "json", *arguments)
    assert result.exit_code == 0
    routes: list[dict[str, Any]] = json.loads(result.stdout)
    return routes


def test_every_route_that_an_alert_takes_is_shown(team: Path) -> None:
    first, second = taken(team, "team=pay", "severity=critical")

    assert (first["route"], first["severity"], first["people"], first["on_close"]) == (
        "支付",
        "P1",
        ["alice"],
        "disband",
    )
    assert (second["route"], second["schedule"], second["on_close"]) == ("rest", "weekly", "lock")
    assert (second["wait_seconds"], second["storm_above"], second["lobby"]) == (0, 30, "")
    assert first["group_key"] != second["group_key"]


def test_a_value_may_hold_anything(team: Path) -> None:
    (only,) = taken(team, "team=", "url=a=b=c")

    assert (only["route"], only["severity"]) == ("rest", "P4")


def test_the_table_keeps_its_columns_with_chinese_names(team: Path) -> None:
    result = ask("routes", "test", team, "team=pay")

    assert result.exit_code == 0
    head, first, second = result.stdout.splitlines()
    assert head.split() == [
        "route",
        "severity",
        "people",
        "schedule",
        "escalation",
        "lobby",
        "wait",
        "storm",
        "above",
        "on",
        "close",
    ]
    assert head.index("severity") == second.index("P4")
    assert first.index("P3") == head.index("severity") - 2, "two characters that are two places wide each"


def test_p8_foreign_text_does_not_reach_the_terminal_raw(tmp_path: Path) -> None:
    file = a_file(tmp_path, 'route: {name: "a\\e[31mb\\u202ec"}')

    result = ask("routes", "test", file, "a=b")

    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


@pytest.mark.parametrize("label", ["team", "=pay", ""])
def test_what_is_no_label_is_2_and_told(team: Path, label: str) -> None:
    result = ask("routes", "test", team, label)

    assert result.exit_code == 2
    assert "write name=value" in result.stderr


def test_labels_are_needed(team: Path) -> None:
    assert ask("routes", "test", team).exit_code == 2
