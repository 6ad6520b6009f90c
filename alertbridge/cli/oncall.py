"""`oncall now|next|gaps|override`: who is on call, asked of a running alertbridge or read from a team file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from alertbridge.cli.calendar import draw
from alertbridge.cli.config import read_rota
from alertbridge.cli.incidents import Service
from alertbridge.cli.moments import host_now
from alertbridge.cli.output import print_json, print_table
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.core.text import clock, date_and_clock
from alertbridge.flows.oncall.duty_roster import on_call_as_json, shifts_as_json

Json = dict[str, Any]

_OVERRIDES = "/api/v1/oncall/overrides"
_SHOWN_SHIFTS = 200
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Roster:
    """Where it is read who is on call: a service, or a team file, which knows no overrides of the chat."""

    service: Service
    file: Path | None = None

    def present(self, at: datetime | None, schedule: str) -> Json:
        """Who is on call."""
        if self.file is None:
            asked = {"schedule": schedule} | ({"at": at.isoformat()} if at else {})
            answer: Json = self.service.ask("GET", f"/api/v1/oncall?{urlencode(asked)}")
            return answer
        team = read_rota(self.file)
        return on_call_as_json(team, _only(team.schedules, schedule), at or host_now())

    def shifts(self, since: datetime, until: datetime, schedule: str) -> Json:
        """All shifts and gaps of a time."""
        if self.file is None:
            asked = {"since": since.isoformat(), "until": until.isoformat(), "schedule": schedule}
            answer: Json = self.service.ask("GET", f"/api/v1/oncall/shifts?{urlencode(asked)}")
            return answer
        team = read_rota(self.file)
        return shifts_as_json(team, _only(team.schedules, schedule), since, until)


def print_present(roster: Roster, at: datetime | None, schedule: str, output: str) -> int:
    """Print who is on call; 1 where that is nobody somewhere."""
    found = roster.present(at, schedule)
    if output == "json":
        print_json(found)
    elif found["schedules"]:
        as_of = datetime.fromisoformat(found["at"])
        head = ["schedule", "on call", "until", "second", "next"]
        print_table(head, [_row_of_schedule(one, as_of) for one in found["schedules"]])
    else:
        click.echo("The team file has no schedules.")
    return 1 if any(one["now"]["is_gap"] for one in found["schedules"]) else 0


def print_next(
    roster: Roster, since: datetime | None, days: int, schedule: str, person: str, *, as_calendar: bool, output: str
) -> int:
    """Print the shifts to come, of everybody or of one person."""
    begin = since or host_now()
    found = roster.shifts(begin, begin + timedelta(days=days), schedule)
    listed = [shift for shift in found["shifts"] if not person or _is_of(person, shift)]
    if output == "json":
        print_json(found | {"shifts": listed})
    elif as_calendar:
        for line in draw(listed, begin, days):
            click.echo(line)
    elif listed:
        print_table(["schedule", "from", "to", "on call"], [_row(shift, begin) for shift in listed[:_SHOWN_SHIFTS]])
        if len(listed) > _SHOWN_SHIFTS or not found["is_complete"]:
            click.echo("There are more: ask for fewer --days, or for one --schedule.", err=True)
    else:
        click.echo(f"{person} has no shift within {days} days." if person else "The team file has no schedules.")
    return 0


def print_gaps(roster: Roster, since: datetime | None, days: int, schedule: str, output: str) -> int:
    """Print when nobody is on call; 1 where there is such a time."""
    begin = since or host_now()
    found = roster.shifts(begin, begin + timedelta(days=days), schedule)
    gaps = [shift for shift in found["shifts"] if shift["is_gap"]]
    if output == "json":
        print_json(found | {"shifts": gaps})
    elif gaps:
        print_table(["schedule", "from", "to"], [_row(gap, begin)[:3] for gap in gaps])
    else:
        click.echo(f"No gap within {days} days.")
    return 1 if gaps else 0


def make_override(service: Service, words: Sequence[str], schedule: str, output: str) -> int:
    """Let somebody cover: `WHO BY WHEN`, or `BY WHEN` for everybody's place."""
    *people, when = words
    body = {"who": people[0] if len(people) > 1 else "", "by": people[-1], "when": when, "schedule": schedule}
    made = service.ask("POST", _OVERRIDES, body)
    if output == "json":
        print_json(made)
        return 0
    for one in made["overrides"]:
        click.echo(f"{one['id']}  {_told(one)}")
    for one in made["goes_before"]:
        click.echo(f"This goes before an older one: {one['id']}  {_told(one)}")
    return 0


def list_overrides(service: Service, output: str) -> int:
    """Print the overrides that people made and that are not over."""
    found = service.ask("GET", _OVERRIDES)["overrides"]
    if output == "json":
        print_json(found)
    elif found:
        spans = [(_stamp(one, "starts_at"), _stamp(one, "ends_at")) for one in found]
        rows = [
            [one["id"], one["schedule"], *span, _covered(one), one["made_by"]]
            for one, span in zip(found, spans, strict=True)
        ]
        print_table(["id", "schedule", "from", "to", "what", "by"], rows)
    else:
        click.echo("There are no overrides but those of the team file.")
    return 0


def remove_override(service: Service, override: str) -> int:
    """Take an override back."""
    service.ask("DELETE", f"{_OVERRIDES}/{quote(override, safe='')}")
    click.echo(f"{override} does not count any more.")
    return 0


def _only(schedules: Mapping[str, Schedule], named: str) -> Mapping[str, Schedule]:
    if named and named not in schedules:
        known = ", ".join(schedules) or "none"
        raise click.ClickException(f"The team file has no schedule {named!r}; there are: {known}.")
    return {named: schedules[named]} if named else schedules


def _is_of(person: str, shift: Json) -> bool:
    return any(person.casefold() in (one["key"].casefold(), one["name"].casefold()) for one in shift["people"])


def _row_of_schedule(one: Json, as_of: datetime) -> list[str]:
    return [
        one["schedule"],
        _people(one["now"]),
        _at(one["now"]["ends_at"], one["timezone"], as_of),
        _people(one["secondary"]) if one["secondary"] else "",
        _people(one["next"]) if one["next"] else "",
    ]


def _row(shift: Json, as_of: datetime) -> list[str]:
    timezone = shift["timezone"]
    return [
        shift["schedule"],
        _at(shift["starts_at"], timezone, as_of),
        _at(shift["ends_at"], timezone, as_of),
        _people(shift) + (" (override)" if shift["is_override"] else ""),
    ]


def _people(shift: Json) -> str:
    return ", ".join(one["name"] for one in shift["people"]) or NOBODY


def _told(override: Json) -> str:
    span = f"{_stamp(override, 'starts_at')} to {_stamp(override, 'ends_at')}"
    return f"{_covered(override)}: {override['schedule']}, {span}"


def _covered(override: Json) -> str:
    people = ", ".join(one["name"] for one in override["people"])
    replaced = override["instead_of"]
    return f"{people} covers {replaced['name']}" if replaced else f"{people} is on call"


def _at(stamp: str | None, timezone: str, as_of: datetime) -> str:
    return "" if stamp is None else clock(datetime.fromisoformat(stamp), timezone, as_of)


def _stamp(override: Json, bound: str) -> str:
    """Say when an override begins or ends, on the clock that its schedule's people read."""
    return date_and_clock(datetime.fromisoformat(override[bound]), override["timezone"])
