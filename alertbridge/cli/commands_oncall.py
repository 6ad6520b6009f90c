"""The commands under `oncall` and their options; what they do is in `oncall`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertbridge.cli.moments import Moment
from alertbridge.cli.output import OUTPUT

if TYPE_CHECKING:
    from alertbridge.cli.oncall import Roster

_AT = click.option("--at", type=Moment(), help="At that time, e.g. 2026-02-01T09:00, and not now.")
_SCHEDULE = click.option("--schedule", default="", help="Only this one.")
_DAYS = click.IntRange(1, 400)


def oncall_group(url: str) -> click.Group:
    """Build the group; `url` is where a running alertbridge is by default."""

    @click.group()
    @click.option("--url", default=url, show_default=True, help="Address of a running alertbridge.")
    @click.option("--token", envvar="ALERTBRIDGE_ADMIN_TOKEN", default="", help="Admin token, where one is set.")
    @click.option("--file", type=click.Path(path_type=Path), help="Read this team file, and ask nobody.")
    @click.pass_context
    def oncall(context: click.Context, url: str, token: str, file: Path | None) -> None:
        """Show who is on call, and change it."""
        from alertbridge.cli.incidents import Service
        from alertbridge.cli.oncall import Roster

        context.obj = Roster(Service(url.rstrip("/"), token), file)

    for command in (_now, _next, _gaps, _override, _ical):
        oncall.add_command(command)
    return oncall


@click.command("now")
@_AT
@_SCHEDULE
@OUTPUT
@click.pass_obj
def _now(roster: "Roster", at: datetime | None, schedule: str, output: str) -> None:
    """Show who is on call, until when, who is second and who is next. Exit 1 if a schedule has nobody."""
    from alertbridge.cli.oncall import print_present

    raise SystemExit(print_present(roster, at, schedule, output))


@click.command("next")
@_AT
@click.option("--days", type=_DAYS, default=14, show_default=True, help="So far ahead.")
@_SCHEDULE
@click.option("--person", default="", help="Only the shifts of this person.")
@click.option("--calendar", "as_calendar", is_flag=True, help="Draw a bar for each day.")
@OUTPUT
@click.pass_obj
def _next(
    roster: "Roster", at: datetime | None, days: int, schedule: str, person: str, as_calendar: bool, output: str
) -> None:
    """List the shifts to come."""
    from alertbridge.cli.oncall import print_next

    raise SystemExit(print_next(roster, at, days, schedule, person, as_calendar=as_calendar, output=output))


@click.command("gaps")
@_AT
@click.option("--days", type=_DAYS, default=30, show_default=True, help="So far ahead.")
@_SCHEDULE
@OUTPUT
@click.pass_obj
def _gaps(roster: "Roster", at: datetime | None, days: int, schedule: str, output: str) -> None:
    """List when nobody is on call. Exit 1 if there is such a time."""
    from alertbridge.cli.oncall import print_gaps

    raise SystemExit(print_gaps(roster, at, days, schedule, output))


@click.command("override")
@click.argument("words", nargs=-1, metavar="[WHO] BY WHEN")
@click.option("--schedule", default="", help="Only in this one. Default: in all in which WHO has a shift then.")
@click.option("--list", "lists", is_flag=True, help="List the overrides that are not over.")
@click.option("--remove", "removed", default="", metavar="ID", help="Take one back.")
@OUTPUT
@click.pass_obj
def _override(roster: "Roster", words: tuple[str, ...], schedule: str, lists: bool, removed: str, output: str) -> None:
    """Let BY cover for WHO: `override alice bob 18:00-22:00`. Without WHO, BY is on call in everybody's place.

    WHEN is 18:00-22:00 (the next that is not over) or 2026-02-01T18:00/2026-02-02T09:00, on the wall clock of the
    schedule, or of the route around all others where none is named.
    """
    from alertbridge.cli.oncall import list_overrides, make_override, remove_override

    if roster.file is not None:
        raise click.UsageError("Overrides are made in a running alertbridge; those of a file are written there.")
    if lists + bool(removed) + bool(words) != 1 or len(words) not in (0, 2, 3):
        raise click.UsageError("Write `override alice bob 18:00-22:00`, `override --list` or `override --remove ID`.")
    if lists:
        raise SystemExit(list_overrides(roster.service, output))
    if removed:
        raise SystemExit(remove_override(roster.service, removed))
    raise SystemExit(make_override(roster.service, words, schedule, output))


@click.command("ical")
@click.argument("schedule", default="")
@click.option(
    "--person", default="", help="All shifts of this person (a key of the team file), in place of a schedule."
)
@click.option("--output", "file", type=click.Path(path_type=Path), help="Write to this file.")
@click.option(
    "--url", "wants_url", is_flag=True, help="Print the address that a calendar app can follow. Keep it secret."
)
@click.pass_obj
def _ical(roster: "Roster", schedule: str, person: str, file: Path | None, wants_url: bool) -> None:
    """Print the next 90 days of SCHEDULE, or of a person, as a calendar."""
    from alertbridge.cli.oncall_ical import print_calendar

    if bool(schedule) == bool(person):
        raise click.UsageError("Name a schedule, or a --person.")
    if wants_url and (roster.file is not None or file is not None):
        raise click.UsageError("Only a running alertbridge has an address, and it is printed.")
    raise SystemExit(print_calendar(roster, schedule, person, file, wants_url=wants_url))
