"""`replay`: a recorded body, sent once more to the door its shape belongs to."""

import asyncio
from io import BytesIO
from pathlib import Path

import aiohttp
import click
import msgspec

from alertbridge.cli.unanswered import why_unanswered


def send(file: Path, url: str, token: str) -> int:
    """Post `file`; 0 where it was taken."""
    body = file.read_bytes()
    try:
        door = _door(msgspec.json.decode(body))
    except (ValueError, RecursionError) as error:  # msgspec's errors and broken UTF-8
        click.echo(f"{file} is not JSON: {error}", err=True)
        return 2
    try:
        status, text = asyncio.run(_post(url.rstrip("/") + door, body, token))
    except (aiohttp.ClientError, TimeoutError) as error:
        click.echo(f"{why_unanswered(url, error)} Is alertbridge running there?", err=True)
        return 1
    click.echo(f"{door}: {status} {text}")
    if status == 401:
        click.echo("Give the sender's token with --token.", err=True)
    if status == 200 and (dropped := _dropped(text)):
        click.echo(
            f"{dropped} of them opened nothing: they are resolved, and no open incident holds them. "
            "What a Prometheus pushed is resolved once its `endsAt` has passed.",
            err=True,
        )
    return 0 if status == 200 else 1


def _dropped(text: str) -> int:
    try:
        said = msgspec.json.decode(text)
    except msgspec.DecodeError:  # something else than alertbridge answers there
        return 0
    count = said.get("dropped") if isinstance(said, dict) else None
    return count if isinstance(count, int) else 0


def _door(said: object) -> str:
    if isinstance(said, list):
        return "/api/v2/alerts"
    if isinstance(said, dict) and ("ruleId" in said or "orgId" in said or said.get("version") == "1"):
        return "/webhooks/grafana"
    return "/webhooks/alertmanager"


async def _post(url: str, body: bytes, token: str) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    timeout = aiohttp.ClientTimeout(total=30)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(url, data=BytesIO(body), headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text()
