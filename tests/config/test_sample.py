"""The sample team file and the published schema are what the code reads."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from alertbridge.config import parse_team
from alertbridge.config.document import NO_VALUE, plain, read_document
from alertbridge.config.entries import TeamEntry
from alertbridge.config.schema import schema_text, team_schema
from alertbridge.core.alerts.route import decide

DEPLOY = Path(__file__).parents[2] / "deploy"
SAMPLE = DEPLOY / "team.yaml"
SCHEMA = DEPLOY / "team.schema.json"
PUBLISH = """python -c 'from alertbridge.config.schema import schema_text; print(schema_text(), end="")' > """


def test_the_sample_has_neither_errors_nor_warnings() -> None:
    assert parse_team(SAMPLE.read_bytes(), source=str(SAMPLE)).warnings == ()


@pytest.mark.parametrize(
    ("labels", "route"),
    [
        ({"team": "payments", "severity": "critical"}, "payments-critical"),
        ({"team": "payments", "severity": "warning"}, "payments"),
        ({"team": "infra", "env": "prod"}, "platform"),
        ({"team": "infra", "env": "test-7"}, "development"),
        ({"team": "unknown"}, "default"),
    ],
)
def test_the_sample_routes_as_its_comments_say(labels: dict[str, str], route: str) -> None:
    assert [taken.name for taken in decide(parse_team(SAMPLE.read_bytes()).routes, labels)] == [route]


def test_the_published_schema_is_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), f"publish it again: {PUBLISH}{SCHEMA.name}"


def test_the_schema_accepts_the_sample_as_an_editor_reads_it() -> None:
    validator = jsonschema_rs.Draft202012Validator(team_schema())
    read = YAML(typ="safe", pure=True).load(SAMPLE)

    validator.validate(json.loads(json.dumps(read, default=str)))


@pytest.mark.parametrize(
    "text",
    [
        "route: {chanel: x}",
        "people: {}",
        "route: {chat: {countdown: 60}}",
        "route: {severity: {default: P5}}",
        "route: {people: 0}",
        "route: {links: {dashboard: x}}",
        "route: {people: null}",
        "route: {schedule: s}\nschedules: {s: {timezone: UTC, layers: []}}",
    ],
)
def test_the_schema_refuses_what_the_parser_refuses(text: str) -> None:
    validator = jsonschema_rs.Draft202012Validator(team_schema())

    assert not validator.is_valid(YAML(typ="safe", pure=True).load(text))


def test_every_field_says_what_it_is_for() -> None:
    definitions = team_schema()["$defs"].values()
    fields = [(owner["title"], key, field) for owner in definitions for key, field in owner["properties"].items()]

    assert [(owner, key) for owner, key, field in fields if not field.get("description")] == []


def test_the_sample_shows_every_part_of_the_file() -> None:
    shown = plain(read_document(SAMPLE.read_bytes(), "team.yaml").root)

    assert isinstance(shown, dict)
    assert shown.keys() == TeamEntry.model_fields.keys()
    assert NO_VALUE not in shown.values()
