"""`incidents list|show|ack|resolve|silence|unsilence`: a running alertbridge, asked through its API."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import click

from alertbridge.cli.output import print_json, print_table
from alertbridge.cli.unanswered import why_unanswered
from alertbridge.core.text import clean

_LINE_LIMIT = 2000

_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service is, and the token that opens it."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON answer; anything else is told in one line, and the command ends with 1."""
        try:
            status, answer = asyncio.run(self._send(method, path, body))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise click.ClickException(f"{why_unanswered(self.url, error)} Is it running?") from error
        if status == 401:
            how = "This token is not the admin token" if self.token else "This needs the admin token"
            raise click.ClickException(f"{how}: give it with `--token …` or in ALERTBRIDGE_ADMIN_TOKEN.")
        if status != 200:
            detail = answer.get("detail") if isinstance(answer, dict) else None
            raise click.ClickException(detail or f"{self.url}{path} answered {status}")
        return answer

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session,
            session.request(method, self.url + path, json=body) as answer,
        ):
            is_json = "json" in answer.content_type
            return answer.status, await answer.json(content_type=None) if is_json else await answer.text()


def list_incidents(service: Service, *, is_closed: bool, output: str) -> int:
    """Print the incidents, worst first."""
    found = service.ask("GET", "/api/v1/incidents" + ("?closed=true" if is_closed else ""))["incidents"]
    if output == "json":
        print_json(found)
    elif found:
        print_table(["#", "sev", "status", "title", "alerts", "opened", "route"], [_row(one) for one in found])
    else:
        click.echo("No incident is closed yet." if is_closed else "Nothing open.")
    return 0


def show_incident(service: Service, incident: str, output: str) -> int:
    """Print one incident with its timeline."""
    one = service.ask("GET", _path(incident))
    if output == "json":
        print_json(one)
        return 0
    head = (
        "number",
        "id",
        "status",
        "severity",
        "title",
        "route",
        "opened_at",
        "opens_at",
        "closes_at",
        "chat_id",
        "share_link",
    )
    for name in head:
        if one.get(name) is not None:
            value = _time(one[name]) if name.endswith("_at") else str(one[name])
            click.echo(f"{name:<11} {clean(value, _LINE_LIMIT)}")
    for name in ("earlier", "later"):
        if one.get(name) is not None:
            click.echo(f"{name:<11} #{one[name]['number']}")
    click.echo()
    for line in one["timeline"]:
        click.echo(f"{_time(line['at'])}  {clean(line['told']['en'], _LINE_LIMIT)}")
    return 0


def act(service: Service, incident: str, verb: str, body: dict[str, Any] | None = None) -> int:
    """Ask for something; 0 where it was recorded, or is so already."""
    answer = service.ask("POST", f"{_path(incident)}/{verb}", body)
    click.echo(f"#{answer['number']} {verb}: {answer['answer'].replace('_', ' ')}")
    return 0


def _path(incident: str) -> str:
    return "/api/v1/incidents/" + quote(incident.lstrip("#"), safe="")


def _row(one: dict[str, Any]) -> list[str]:
    alerts = one.get("alerts", {"firing": 0, "total": 0})
    return [
        str(one["number"]),
        one.get("severity", ""),
        one["status"],
        one.get("title", ""),
        f"{alerts['firing']}/{alerts['total']}",
        _time(one["opened_at"]),
        one["route"],
    ]


def _time(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
