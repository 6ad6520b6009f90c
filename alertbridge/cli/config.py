"""`check-config` and `routes test`: the team file, looked at without starting anything."""

import asyncio
from pathlib import Path

import click

from alertbridge.calendars.errors import CalendarError
from alertbridge.cli.environment import Unusable, missing_credentials, read_settings
from alertbridge.cli.moments import host_now
from alertbridge.cli.output import print_json, print_table
from alertbridge.config import ConfigError, Person, Team, parse_team
from alertbridge.core.alerts.route import decide, group_key, severity_of
from alertbridge.core.checkup import Health
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.core.text import PERSON_LIMIT, clean
from alertbridge.feishu.client import connect
from alertbridge.feishu.errors import FeishuError
from alertbridge.feishu.quota import Unshared
from alertbridge.flows.doctor.calendars import look_at_calendars
from alertbridge.flows.oncall.calendars import CalendarPlaces, read_calendar, with_calendars
from alertbridge.flows.oncall.reach import find_unreachable, handles_of
from alertbridge.logs import configure_logs
from alertbridge.settings import LogLevel

USAGE_ERROR = 2
UNREACHABLE = 1


def read_team(file: Path) -> Team:
    """Read a team file; prints every problem and leaves with 2 where it cannot be used."""
    try:
        return parse_team(file.read_bytes(), source=str(file))
    except OSError as error:
        click.echo(f"{file}: cannot be read: {error.strerror}", err=True)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
    raise SystemExit(USAGE_ERROR)


def read_rota(file: Path) -> Team:
    """Read a team file, and the calendars that are files beside it; says which schedules stay empty, and why."""
    team, texts = read_team(file), {}
    places, now = CalendarPlaces(folder=file.parent, secrets={}), host_now()
    for schedule, source in team.calendars.items():
        if not source.file:
            click.echo(f"warning: {schedule} has nobody here: its calendar is not a file", err=True)
            continue
        try:
            texts[schedule] = asyncio.run(read_calendar(source, places, team.schedules[schedule].timezone, now))
        except CalendarError as error:
            click.echo(f"warning: {schedule} has nobody here: {source.file}: {error}", err=True)
    return with_calendars(team, texts)


def check(file: Path, *, asks: bool) -> int:
    """Say what is wrong with a team file, or what is in it; with `asks` also who of it cannot be called."""
    team = read_team(file)
    for warning in team.warnings:
        click.echo(f"warning: {warning}", err=True)
    for line in asyncio.run(_calendars(team, file.parent)):
        click.echo(f"warning: {file}: {line}", err=True)
    if asks and (amiss := asyncio.run(_unreachable(team))):
        for line in amiss:
            click.echo(f"{file}: {line}", err=True)
        return UNREACHABLE
    click.echo(f"{file}: good: {_count(team)} routes, {len(team.people)} people, {len(team.schedules)} schedules")
    return 0


def test_routes(file: Path, labels: tuple[str, ...], output: str) -> int:
    """Show where an alert would go."""
    team = read_team(file)
    known: dict[str, str] = {}
    for label in labels:
        name, equals, value = label.partition("=")
        if not equals or not name:
            click.echo(f"{label!r} is no label: write name=value", err=True)
            return USAGE_ERROR
        known[name] = value
    routes = decide(team.routes, known)
    taken = [
        {
            "route": route.name,
            "severity": str(severity_of(route, known)),
            "people": list(route.people),
            "schedule": route.schedule or "",
            "escalation": (route.escalation.name or "default") if route.escalation else "",
            "lobby": route.lobby or "",
            "wait_seconds": route.chat.wait_seconds,
            "storm_above": route.storm.above,
            "on_close": route.chat.on_close.value,
            "group_key": group_key("default", "", route, known, group=None),
        }
        for route in routes
    ]
    if output == "json":
        print_json(taken)
    else:
        head = ["route", "severity", "people", "schedule", "escalation", "lobby", "wait", "storm above", "on close"]
        rows = [
            [
                str(one["route"]),
                str(one["severity"]),
                ", ".join(route.people),
                str(one["schedule"]),
                str(one["escalation"]),
                str(one["lobby"]),
                f"{one['wait_seconds']} s",
                str(one["storm_above"] or "off"),
                str(one["on_close"]),
            ]
            for route, one in zip(routes, taken, strict=True)
        ]
        print_table(head, rows)
    return 0


async def _calendars(team: Team, folder: Path) -> list[str]:
    """Read the calendars that are files beside the team file, and say what is amiss with them."""
    places, now = CalendarPlaces(folder=folder, secrets={}), host_now()
    findings = await look_at_calendars(team, places, now, files_only=True)
    return [finding.says["en"] for finding in findings if finding.health is not Health.GOOD]


async def _unreachable(team: Team) -> list[str]:
    """Ask Feishu about everybody, and say who cannot be called. Raises `click.ClickException`."""
    settings = read_settings()
    if missing := missing_credentials(settings):
        raise Unusable(f"not set: {', '.join(missing)}. Without them Feishu cannot be asked.")
    configure_logs(LogLevel.ERROR)
    try:
        async with connect(
            base_url=settings.feishu_base_url,
            app_id=settings.feishu_app_id,
            app_secret=settings.feishu_app_secret.get_secret_value(),
            quota=Unshared(),
        ) as feishu:
            found = await find_unreachable(feishu, team)
    except FeishuError as error:
        raise click.ClickException(f"Feishu could not be asked: {error}") from error
    return [_line(team.people[key], why) for key, why in found.items()]


def _line(person: Person, why: Unreachable) -> str:
    said = copy.text(f"unreachable.{why}")["en"]
    return f"{clean(person.key, PERSON_LIMIT)} ({', '.join(handles_of(person))}) cannot be called: {said}"


def _count(team: Team) -> int:
    nodes, total = [team.routes], 0
    while nodes:
        node = nodes.pop()
        total += 1
        nodes.extend(node.children)
    return total
