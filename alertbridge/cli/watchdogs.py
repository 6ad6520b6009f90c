"""`watchdogs`: when each of them was heard last."""

from datetime import timedelta
from typing import Any

import click

from alertbridge.cli.incidents import Service
from alertbridge.cli.output import print_json, print_table
from alertbridge.core.text import age


def list_watchdogs(service: Service, output: str) -> int:
    """Print them; 1 where one is silent."""
    found = service.ask("GET", "/api/v1/watchdogs")["watchdogs"]
    if output == "json":
        print_json(found)
    elif found:
        print_table(["watchdog", "sender", "expected every", "last heard", "state"], [_row(one) for one in found])
    else:
        click.echo("The team file names no watchdogs.")
    return 1 if any(one["is_silent"] for one in found) else 0


def _row(one: dict[str, Any]) -> list[str]:
    quiet = _span(one["quiet_seconds"])
    return [
        one["watchdog"],
        one["sender"],
        _span(one["every_seconds"]),
        f"{quiet} ago" if one["heard_at"] else f"never, expected for {quiet}",
        "SILENT" if one["is_silent"] else "heard" if one["heard_at"] else "waiting",
    ]


def _span(seconds: int) -> str:
    return age(timedelta(seconds=seconds))["en"]
