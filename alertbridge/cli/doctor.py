"""`doctor`: look at everything that an installation needs, and say what to mend, and where."""

import asyncio
import os
from contextlib import AsyncExitStack

import click

from alertbridge.cli.environment import Unusable, missing_credentials, read_settings
from alertbridge.cli.event_url import check_event_url
from alertbridge.cli.moments import host_now
from alertbridge.cli.output import print_json
from alertbridge.config import ConfigError, Team, empty_team, parse_team
from alertbridge.core.checkup import Finding, Health, bad, exit_code, good, note, unknown
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.text import clean
from alertbridge.feishu.client import connect
from alertbridge.feishu.quota import Unshared
from alertbridge.flows.doctor.alertmanagers import look_at_alertmanagers
from alertbridge.flows.doctor.app import look_at_app
from alertbridge.flows.doctor.calendars import look_at_calendars
from alertbridge.flows.doctor.console import Console, Page
from alertbridge.flows.doctor.groups import look_at_a_group, probe
from alertbridge.flows.doctor.long_connection import look_at_long_connection
from alertbridge.flows.doctor.people import look_at_people
from alertbridge.flows.doctor.rooms import look_at_rooms
from alertbridge.flows.doctor.scopes import look_at_scopes
from alertbridge.flows.doctor.watchdogs import look_at_watchdogs
from alertbridge.logs import configure_logs
from alertbridge.settings import Events, LogLevel, Settings, open_doors, unknown_variables
from alertbridge.store.checks import check_store
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.embedded import find_store
from alertbridge.store.errors import BadUrl, StoreAway, StoreError
from alertbridge.store.watchdogs import Watchdogs
from alertbridge.upstream.client import open_alertmanagers
from alertbridge.wiring import alertmanager_credentials, calendar_places, default_chat, feishu_keys

_LINE_LIMIT = 2000

_MARKS = {Health.GOOD: "ok", Health.NOTE: "note", Health.BAD: "MEND", Health.UNKNOWN: "????"}


def examine(*, with_probe: bool, output: str) -> int:
    """Look at everything, and print what was found; returns the exit code."""
    configure_logs(LogLevel.ERROR)  # that a probe is refused is what it is for
    settings = read_settings()
    findings = asyncio.run(_look(settings, with_probe=with_probe))
    code = exit_code(findings)
    if output == "json":
        print_json({"findings": [_as_json(finding) for finding in findings], "exit": code})
    else:
        for finding in findings:
            _print(finding, settings.languages)
    return code


# -- printing ----------------------------------------------------------------------------------------------------------


def _as_json(finding: Finding) -> dict[str, object]:
    return {"name": finding.name, "health": finding.health, "says": finding.says, "mend": finding.mend or None}


def _print(finding: Finding, languages: copy.Languages) -> None:
    """Print what was found and, below it, what to do: each in the languages that are set."""
    mark = _MARKS[finding.health]
    for line in copy.spoken(finding.says, languages).values():
        click.echo(f"{mark:<5}{clean(line, _LINE_LIMIT)}")
        mark = ""
    for line in copy.spoken(finding.mend, languages).values() if finding.mend else ():
        click.echo(f"       -> {clean(line, _LINE_LIMIT)}")


# -- looking -----------------------------------------------------------------------------------------------------------


async def _look(settings: Settings, *, with_probe: bool) -> list[Finding]:
    async with AsyncExitStack() as stack:
        console = Console(settings.feishu_base_url, settings.feishu_app_id)
        findings = _look_at_settings(settings, console)
        connection, of_store = await _look_at_store(settings, stack)
        team, of_team = _look_at_team(settings)
        findings += [*of_store, *of_team]
        if connection is not None:
            findings += await _look_at_watchdogs(team, connection, settings)
        if settings.feishu_events is Events.WEBHOOK:
            findings.append(await check_event_url(settings.public_url, feishu_keys(settings), console))
        alertmanagers = await stack.enter_async_context(open_alertmanagers(alertmanager_credentials(settings)))
        findings += await look_at_alertmanagers(team, alertmanagers, settings.ingest_token.keys())
        findings += await look_at_calendars(team, calendar_places(settings), host_now(), files_only=False)
        if missing_credentials(settings):
            return findings
        feishu = await stack.enter_async_context(
            connect(
                base_url=settings.feishu_base_url,
                app_id=settings.feishu_app_id,
                app_secret=settings.feishu_app_secret.get_secret_value(),
                quota=Unshared(),
            )
        )
        of_app = await look_at_app(feishu, console)
        findings += of_app
        if exit_code(of_app):
            return findings
        if settings.feishu_events is Events.WEBSOCKET:
            secret = settings.feishu_app_secret.get_secret_value()
            findings.append(await look_at_long_connection(feishu, settings.feishu_app_id, secret, console))
        findings += await look_at_scopes(feishu, team, console)
        findings += await look_at_people(feishu, team, console)
        findings += await look_at_rooms(feishu, team)
        if connection is None or not with_probe:
            return findings + await look_at_a_group(feishu, console)
        return findings + await probe(feishu, connection, console, settings.languages)


def _look_at_settings(settings: Settings, console: Console) -> list[Finding]:
    findings = []
    if missing := missing_credentials(settings):
        findings.append(
            bad("settings", "app_missing", "credentials", names=", ".join(missing), **console.way(Page.CREDENTIALS))
        )
    if doors := open_doors(settings):
        findings.append(bad("settings", "open_doors", "open_doors", host=settings.host, names=", ".join(doors)))
    if names := unknown_variables(os.environ):
        findings.append(note("settings", "unknown_variables", "unknown_variables", names=", ".join(names)))
    return findings or [good("settings", "settings")]


async def _look_at_store(settings: Settings, stack: AsyncExitStack) -> tuple[Connection | None, list[Finding]]:
    """Return the way to the store, None where there is none, and what is wrong with it."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else await find_store(settings.data_dir)
    if url is None:
        return None, [note("store", "store_none", "store_none", folder=str(settings.data_dir))]
    try:
        connection = Connection(open_pool(url, size=1))
    except BadUrl as error:
        raise Unusable(str(error)) from error
    stack.push_async_callback(connection.aclose)
    try:
        problems = await check_store(connection)
    except StoreAway as error:
        return None, [unknown("store", "store_away", "store_away", cause=str(error))]
    amiss = [bad("store", "store_problem", "store_problem", what=one.what, how=one.mend) for one in problems]
    return connection, amiss or [good("store", "store")]


async def _look_at_watchdogs(team: Team, connection: Connection, settings: Settings) -> list[Finding]:
    try:
        return await look_at_watchdogs(team, Watchdogs(connection), settings.ingest_token.keys())
    except StoreError as error:
        return [unknown("watchdogs", "store_away", "store_away", cause=str(error))]


def _look_at_team(settings: Settings) -> tuple[Team, list[Finding]]:
    """Return the team of the file, an empty one where it cannot be used, and what is wrong with it."""
    chat, file = default_chat(settings), settings.config_file
    if file is None:
        return empty_team(chat), [note("team", "team_none", "team_none")]
    try:
        team = parse_team(file.read_bytes(), source=str(file), chat=chat)
    except ConfigError as error:
        problems = [str(problem) for problem in error.problems]
    except OSError as error:
        problems = [f"{file}: {error.strerror}"]
    else:
        sizes = {"people": len(team.people), "schedules": len(team.schedules)}
        warnings = [note("team", "team_warning", problem=str(warning)) for warning in team.warnings]
        return team, [good("team", "team", file=str(file), **sizes), *warnings]
    return empty_team(chat), [
        bad("team", "team_problem", "team_problem", problem=problem, file=str(file)) for problem in problems
    ]
