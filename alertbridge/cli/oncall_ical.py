"""`oncall ical`: shifts as a calendar, and where an app can follow it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from alertbridge.cli.config import read_rota
from alertbridge.cli.moments import host_now
from alertbridge.cli.oncall import Roster
from alertbridge.core.copy.catalogue import LANGUAGES
from alertbridge.flows.oncall.shared_calendars import calendar_of_person, calendar_of_schedule


def print_calendar(roster: Roster, schedule: str, person: str, file: Path | None, *, wants_url: bool) -> int:
    """Print a calendar or its address, or write it to a file."""
    found = _of_file(roster.file, schedule, person) if roster.file else _ask(roster, schedule, person)
    if wants_url:
        click.echo(found["url"])
    elif file is None:
        click.echo(found["text"], nl=False)
    else:
        try:
            file.write_text(found["text"], encoding="utf-8", newline="")
        except OSError as error:
            raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
        click.echo(f"{file}: written")
    return 0


def _ask(roster: Roster, schedule: str, person: str) -> dict[str, Any]:
    asked = {"schedule": schedule} if schedule else {"person": person}
    found: dict[str, Any] = roster.service.ask("GET", f"/api/v1/oncall/ical?{urlencode(asked)}")
    return found


def _of_file(file: Path, schedule: str, person: str) -> dict[str, Any]:
    team, now = read_rota(file), host_now()
    write = calendar_of_schedule if schedule else calendar_of_person
    try:
        return {"text": write(team, schedule or person, now, LANGUAGES)}
    except KeyError as error:
        kind = "schedule" if schedule else "person"
        raise click.ClickException(f"The team file has no {kind} {schedule or person!r}.") from error
