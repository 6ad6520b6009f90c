"""`import`: schedules, escalation policies and people of another product, planned first, then written."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from alertbridge.cli.moments import host_now
from alertbridge.cli.output import print_json
from alertbridge.config import ConfigError, parse_team
from alertbridge.core.text import clean
from alertbridge.importing import goalert, grafana_oncall, opsgenie, pagerduty
from alertbridge.importing.answers import MAX_BYTES, Answer, ExportError, read_answers
from alertbridge.importing.blocks import scalar
from alertbridge.importing.draft import Draft, Kind, Note
from alertbridge.importing.plan import Fate, Line, Plan, Verdict, Wishes, plan
from alertbridge.importing.splice import TeamText

USAGE_ERROR = 2
LEFT_OUT = 1

READERS: dict[str, Callable[[Sequence[Answer], datetime], Draft]] = {
    pagerduty.PRODUCT: pagerduty.read,
    opsgenie.PRODUCT: opsgenie.read,
    grafana_oncall.PRODUCT: grafana_oncall.read,
    goalert.PRODUCT: goalert.read,
}

_NEW_FILE = "# Which alerts are whose: see deploy/team.yaml for all that a route can say.\nroute: {}\n"
_LINE_LIMIT = 400
_SIGNS = {Verdict.OK: "✓", Verdict.CHANGED: "~", Verdict.CANNOT: "✗"}


def run(
    product: str,
    source: Path,
    into: Path,
    *,
    people: Sequence[str] = (),
    replaced: Sequence[str] = (),
    is_applied: bool = False,
    output: str = "table",
) -> int:
    """Show what would be written into a team file, and write it where that is asked.

    Returns 0; 1 where something cannot be brought over; 2 where nothing can be, or the file cannot be used.
    """
    try:
        wishes = Wishes(people=dict(_pair(person) for person in people), replaced=frozenset(replaced))
        answers = [answer for name, text in _files(source) for answer in read_answers(text, name)]
        draft = _draft(product, answers, source)
        text = into.read_bytes().decode("utf-8") if into.exists() else _NEW_FILE
        if into.exists():
            parse_team(text, source=str(into))
        planned = plan(draft, TeamText(text, str(into)), wishes)
        if not into.exists():
            planned = replace(planned, text=_with_a_route(planned))
        parse_team(planned.text, source=str(into))
    except ExportError as error:
        click.echo(clean(str(error), _LINE_LIMIT), err=True)
        return USAGE_ERROR
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return USAGE_ERROR
    except UnicodeDecodeError:
        click.echo(f"{into}: this is not UTF-8; save it as UTF-8", err=True)
        return USAGE_ERROR
    except OSError as error:
        click.echo(f"{error.filename}: cannot be read: {error.strerror}", err=True)
        return USAGE_ERROR

    is_written = is_applied and planned.is_change
    if is_written:
        try:
            _write(into, planned.text)
        except OSError as error:
            click.echo(f"{into}: cannot be written: {error.strerror}", err=True)
            return USAGE_ERROR
    if output == "json":
        print_json(_as_json(planned, into, is_written=is_written))
    else:
        _print(planned, into, is_written=is_written)
    return LEFT_OUT if any(line.verdict is Verdict.CANNOT for line in planned.lines) else 0


def _draft(product: str, answers: Sequence[Answer], source: Path) -> Draft:
    draft = READERS[product](answers, host_now())
    is_of_it = draft.people or draft.schedules or draft.policies or draft.teams or any(one.id for one in draft.unusable)
    if not is_of_it:
        hint = f"give what its API answers, as docs/import.md says; is it of {product} at all?"
        raise ExportError(f"{source}: there is nothing of {product} in it", hint)
    return draft


def _with_a_route(planned: Plan) -> str:
    """Let the route of a new file call by the only policy or schedule, where there is no choice."""
    for kind, field in ((Kind.POLICY, "escalation"), (Kind.SCHEDULE, "schedule")):
        keys = [line.key for line in planned.lines if line.kind is kind and line.fate is Fate.ADD]
        if len(keys) == 1:
            return planned.text.replace("route: {}\n", f"route:\n  {field}: {scalar(keys[0])}\n", 1)
    return planned.text


def _pair(person: str) -> tuple[str, str]:
    foreign, equals, key = person.partition("=")
    if not equals or not foreign or not key:
        raise ExportError(f"--person {person}: this is no ID=KEY", "write the id from the plan, =, a key of `people`")
    return foreign, key


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    """Read one file, the JSON files of a folder or those of a zip archive. Raises `ExportError`."""
    found = sorted(source.rglob("*.json")) if source.is_dir() else [source]
    if not found:
        raise ExportError(f"{source}: there is no .json file in it", "save each answer of the API as one")
    left = MAX_BYTES
    for path in found:
        if zipfile.is_zipfile(path):
            members = _members(path, left)
        else:
            with path.open("rb") as file:
                members = [(str(path), file.read(left + 1))]
        for name, text in members:
            left -= len(text)
            if left < 0:
                hint = "export users, teams, schedules and escalation policies only, no incidents or alerts"
                raise ExportError(f"{source}: more than {MAX_BYTES >> 20} MiB", hint)
            yield name, text


def _members(path: Path, limit: int) -> list[tuple[str, bytes]]:
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda member: member.filename):
                if member.filename.endswith(".json"):
                    with archive.open(member) as file:
                        found.append((f"{path}:{member.filename}", file.read(limit + 1)))
                        limit -= len(found[-1][1])
                if limit < 0:
                    break
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # damaged; packed oddly; with a password
        raise ExportError(f"{path}: this archive cannot be read", "unpack it, and name the folder") from error
    if not found:
        raise ExportError(f"{path}: there is no .json file in it", "save each answer of the API as one")
    return found


def _write(into: Path, text: str) -> None:
    """Replace the file in one step: nobody reads half of it."""
    into = into.resolve()
    mode = into.stat().st_mode & 0o777 if into.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=into.parent, prefix=f".{into.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        beside.chmod(mode)
        beside.replace(into)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _as_json(planned: Plan, into: Path, *, is_written: bool) -> dict[str, Any]:
    return {
        "file": str(into),
        "written": is_written,
        "objects": [
            {
                "kind": str(line.kind),
                "id": line.id,
                "name": line.name,
                "verdict": str(line.verdict),
                "action": str(line.fate),
                "key": line.key,
                "notes": [{"said": note.said, "hint": note.hint} for note in line.notes],
            }
            for line in planned.lines
        ],
        "summary": {str(verdict): _count(planned, verdict) for verdict in Verdict},
    }


def _print(planned: Plan, into: Path, *, is_written: bool) -> None:
    for line in planned.lines:
        click.echo(clean(f"{_SIGNS[line.verdict]} {_headline(line)}", _LINE_LIMIT))
        for note in line.notes:
            click.echo(f"    {_sentence(note)}")
    counts = ", ".join(f"{_count(planned, verdict)} {verdict}" for verdict in Verdict)
    if is_written:
        click.echo(f"{into}: written: {counts}. Look at it with: alertbridge check-config {into}")
    elif planned.is_change:
        click.echo(f"{into}: nothing is written yet: {counts}. Write it with --apply.")
    else:
        click.echo(f"{into}: nothing to write: {counts}.")


def _headline(line: Line) -> str:
    what = f"{line.kind} {line.name}"
    if line.fate is Fate.NONE:
        return what if line.verdict is not Verdict.CANNOT else f"{what}: {line.verdict}"
    return f"{what}: {line.fate} {line.key}" + (f", {line.verdict}" if line.verdict is Verdict.CHANGED else "")


def _sentence(note: Note) -> str:
    said = f"{note.said}; {note.hint}" if note.hint else note.said
    return clean(said, _LINE_LIMIT)


def _count(planned: Plan, verdict: Verdict) -> int:
    return sum(line.verdict is verdict for line in planned.lines)
