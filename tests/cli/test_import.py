"""`import`: the plan, what is written with --apply, and what is said of files that cannot be used."""

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alertbridge.cli import importing
from alertbridge.cli.commands import main
from alertbridge.config import parse_team
from alertbridge.importing.answers import MAX_BYTES

SAMPLES = Path("tests/samples/import")
PRODUCTS = sorted(importing.READERS)


def bring(product: str, file: Path, into: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["import", product, str(file), "--into", str(into), *options])


def sample(product: str) -> Path:
    return SAMPLES / f"{product}.json"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "team.yaml"


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_is_written_until_that_is_asked(product: str, into: Path) -> None:
    result = bring(product, sample(product), into)

    assert result.exit_code in (0, importing.LEFT_OUT)
    assert "nothing is written yet" in result.stdout
    assert not into.exists()


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_is_written_is_a_good_team_file_and_a_second_time_changes_nothing(product: str, into: Path) -> None:
    bring(product, sample(product), into, "--apply")
    written = into.read_bytes()

    again = bring(product, sample(product), into, "--apply")

    assert parse_team(written).schedules
    assert "nothing to write" in again.stdout
    assert into.read_bytes() == written


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_route_of_a_new_file_calls_by_the_only_policy(product: str, into: Path) -> None:
    bring(product, sample(product), into, "--apply")

    policy = parse_team(into.read_bytes()).routes.route.escalation
    assert policy is not None
    assert policy.name in ("payments", "payments-escalation", "checkout")
    assert len(policy.steps) > 1


def test_the_route_of_a_new_file_calls_by_the_only_schedule_where_there_is_no_policy(
    into: Path, tmp_path: Path
) -> None:
    layer = {
        "start": "2026-01-05T09:00:00Z",
        "rotation_virtual_start": "2026-01-05T09:00:00Z",
        "rotation_turn_length_seconds": 86400,
        "users": [{"user": {"id": "U1"}}],
    }
    schedule = {"id": "S1", "name": "值班", "time_zone": "UTC", "schedule_layers": [layer]}
    users = [{"id": "U1", "name": "Ann", "email": "ann@example.com"}]
    (tmp_path / "all.json").write_text(json.dumps({"users": users}) + json.dumps({"schedule": schedule}))

    bring("pagerduty", tmp_path / "all.json", into, "--apply")

    assert parse_team(into.read_bytes()).routes.route.schedule == "值班"


def test_all_is_well_where_everything_can_be_brought_over(into: Path, tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_text('{"users": [{"id": "U1", "name": "Ann", "email": "ann@example.com"}]}')

    assert bring("pagerduty", file, into).exit_code == 0


def test_the_report_is_json_where_that_is_asked(into: Path) -> None:
    report = json.loads(bring("pagerduty", sample("pagerduty"), into, "--apply", "--output", "json").stdout)

    assert report["written"] is True
    assert report["file"] == str(into)
    nights = next(one for one in report["objects"] if one["id"] == "PSCHED2")
    assert (nights["kind"], nights["verdict"], nights["action"], nights["key"]) == ("schedule", "ok", "add", "nights")
    assert sum(report["summary"].values()) == len(report["objects"])


def test_the_file_keeps_its_rights_and_what_is_in_it(into: Path) -> None:
    into.write_text("# ours\nroute: {}\n")
    into.chmod(0o640)

    bring("pagerduty", sample("pagerduty"), into, "--apply")

    assert into.read_text().startswith("# ours\nroute: {}\n")
    assert into.stat().st_mode & 0o777 == 0o640
    assert list(into.parent.iterdir()) == [into]


def test_a_folder_and_an_archive_do_as_well_as_a_file(into: Path, tmp_path: Path) -> None:
    folder, archive = tmp_path / "answers", tmp_path / "answers.zip"
    folder.mkdir()
    (folder / "all.json").write_bytes(sample("pagerduty").read_bytes())
    (folder / "notes.txt").write_text("mine")
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(folder / "all.json", "export/all.json")
        zipped.writestr("export/readme.txt", "theirs")

    assert bring("pagerduty", folder, into).stdout == bring("pagerduty", archive, into).stdout
    assert "add nights" in bring("pagerduty", folder, into).stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"<html>", "this is not JSON"),
        (b'{"users": [}', ":1: this is not JSON"),
        (b'{"a": NaN}', "this is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "this is not JSON"),
        (b"[" * 200_000, "nested too deep"),
        (b"\xff\xfe", "this is not UTF-8"),
        (b"{}", "there is nothing of pagerduty in it"),
        (b'[1, "x", null]', "there is nothing of pagerduty in it"),
        (b'{"data": [{"id": "1", "username": "ann@example.com"}]}', "is it of pagerduty at all?"),
        (b" " * (MAX_BYTES + 1), "more than 32 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_used_says_why(content: bytes, said: str, into: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_bytes(content)

    result = bring("pagerduty", file, into, "--apply")

    assert result.exit_code == importing.USAGE_ERROR
    assert said in result.stderr
    assert not into.exists()


def test_an_archive_that_unpacks_to_more_than_that_is_refused(into: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for number in range(3):
            zipped.writestr(f"{number}.json", b"{}" + b" " * (MAX_BYTES // 2))

    assert "more than 32 MiB" in bring("pagerduty", archive, into).stderr


def test_an_empty_folder_and_an_empty_archive_say_what_belongs_there(into: Path, tmp_path: Path) -> None:
    empty, archive = tmp_path / "empty", tmp_path / "empty.zip"
    empty.mkdir()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.txt", "")

    assert "there is no .json file in it" in bring("pagerduty", empty, into).stderr
    assert "there is no .json file in it" in bring("pagerduty", archive, into).stderr


def test_a_broken_archive_is_refused(into: Path, tmp_path: Path) -> None:
    archive = tmp_path / "broken.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.json", "{}" * 100)
    archive.write_bytes(archive.read_bytes().replace(b"{}{}", b"[][]", 1))

    assert "this archive cannot be read" in bring("pagerduty", archive, into).stderr


def test_a_team_file_with_errors_is_not_touched(into: Path) -> None:
    into.write_text("route: {scedule: x}\n")

    result = bring("pagerduty", sample("pagerduty"), into, "--apply")

    assert result.exit_code == importing.USAGE_ERROR
    assert f"{into}:1:9: unknown key `scedule`" in result.stderr
    assert into.read_text() == "route: {scedule: x}\n"


def test_a_team_file_that_is_not_utf_8_is_not_touched(into: Path) -> None:
    into.write_bytes(b"route: {}\n# \xff\n")

    assert "this is not UTF-8" in bring("pagerduty", sample("pagerduty"), into).stderr


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    result = bring("pagerduty", sample("pagerduty"), tmp_path / "nowhere" / "team.yaml", "--apply")

    assert result.exit_code == importing.USAGE_ERROR
    assert "cannot be written" in result.stderr


def test_a_person_is_named_with_an_id_and_a_key(into: Path) -> None:
    assert "this is no ID=KEY" in bring("pagerduty", sample("pagerduty"), into, "--person", "alice").stderr


def test_the_team_file_of_the_settings_is_meant_where_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"

    result = CliRunner().invoke(
        main, ["import", "pagerduty", str(sample("pagerduty"))], env={"ALERTBRIDGE_CONFIG_FILE": str(file)}
    )

    assert str(file) in result.stdout
