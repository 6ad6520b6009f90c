"""A silence from alertbridge in a real Alertmanager: it covers the alerts, is changed in place, ends with it."""

import pytest

from tests.e2e.senders import Alertmanager, queue_stuck, webhook
from tests.e2e.stage import TEAM, Alertbridge, Json, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]


async def command(stage: Stage, alertbridge: Alertbridge, verb: str, **wish: object) -> None:
    """Say it as the operator."""
    async with stage.session.post(f"{alertbridge.url}/api/v1/incidents/1/{verb}", json=wish) as answer:
        assert answer.status == 200, await answer.text()


async def silences(stage: Stage, alertmanager: Alertmanager, state: str) -> list[Json]:
    """Those in this state."""
    listed: list[Json] = await stage.get(f"http://{alertmanager.address}/api/v2/silences")
    return [silence for silence in listed if silence["status"]["state"] == state]


async def test_a_silence_covers_the_alerts_of_an_incident_until_it_ends(stage: Stage) -> None:
    team = stage.folder / "own.yaml"
    alertbridge = Alertbridge(stage, CONFIG_FILE=str(team))
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    team.write_text(f"{TEAM}alertmanagers: {{default: {{urls: ['http://{alertmanager.address}']}}}}\n")
    await alertbridge.feishu.start()
    await alertbridge.start()
    await alertmanager.start()
    await alertmanager.fire(queue_stuck("orders"), queue_stuck("refunds"))
    await alertbridge.feishu.group("QueueStuck")

    await command(stage, alertbridge, "silence", seconds=3600, reason="部署 deploy")
    await alertbridge.feishu.group("已静默", "QueueStuck")

    async def suppressed() -> bool:
        alerts = await stage.get(f"http://{alertmanager.address}/api/v2/alerts")
        return [alert["status"]["state"] for alert in alerts] == ["suppressed", "suppressed"]

    await stage.until("both alerts are silenced", suppressed)
    (made,) = await silences(stage, alertmanager, "active")
    assert [(one["name"], one["value"], one["isRegex"]) for one in made["matchers"]] == [
        ("alertname", "QueueStuck", False)
    ]
    assert made["comment"].startswith("部署 deploy · #1")

    await command(stage, alertbridge, "silence", seconds=7200)

    async def changed() -> bool:
        (there,) = await silences(stage, alertmanager, "active")
        return bool(there["id"] == made["id"] and there["endsAt"] > made["endsAt"])

    await stage.until("the same silence lasts longer", changed)
    await command(stage, alertbridge, "unsilence")

    async def unsilenced() -> bool:
        return await silences(stage, alertmanager, "active") == []

    await stage.until("the silence is over", unsilenced)
    await alertbridge.feishu.group("触发中", "QueueStuck")
    await command(stage, alertbridge, "silence", seconds=3600)

    async def silenced_again() -> bool:
        return len(await silences(stage, alertmanager, "active")) == 1

    await stage.until("there is a new silence", silenced_again)

    await command(stage, alertbridge, "resolve")
    await stage.until("the silence ended with the incident", unsilenced)
    assert alertbridge.program.stop() == 0
