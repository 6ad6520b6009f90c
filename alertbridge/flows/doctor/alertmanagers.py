"""Whether the Alertmanagers of the team file answer, each replica by itself."""

import asyncio
from collections.abc import Collection

from alertbridge.config import Team
from alertbridge.core.checkup import Finding, bad, good
from alertbridge.upstream.client import Alertmanager, Alertmanagers
from alertbridge.upstream.errors import Denied, UpstreamError


async def look_at_alertmanagers(team: Team, alertmanagers: Alertmanagers, senders: Collection[str]) -> list[Finding]:
    """Ask each how it is. `senders` are the names of ingest tokens: one of another name never sends anything."""
    findings = [
        bad(f"alertmanager:{name}", "alertmanager_sender", "alertmanager_sender", name=name)
        for name in team.alertmanagers
        if senders and name not in senders
    ]
    replicas = [
        (name, url, alertmanagers.of(name, [url])) for name, at in team.alertmanagers.items() for url in at.urls
    ]
    return findings + await asyncio.gather(*(_look_at(name, url, replica) for name, url, replica in replicas))


async def _look_at(name: str, url: str, replica: Alertmanager) -> Finding:
    about = f"alertmanager:{name}:{url}"
    try:
        await replica.get_status()
    except Denied as error:
        return bad(about, "alertmanager_denied", "alertmanager_denied", name=name, url=url, cause=str(error))
    except UpstreamError as error:
        return bad(about, "alertmanager_away", "alertmanager_away", name=name, url=url, cause=str(error))
    return good(about, "alertmanager", name=name, url=url)
