"""A watchdog on its way through a real Alertmanager: heard again and again, and an incident once that one is dead."""

import pytest

from tests.e2e.senders import Alertmanager, webhook
from tests.e2e.stage import TEAM, Alertbridge, Json, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]

WATCHDOG: Json = {"labels": {"alertname": "Watchdog"}}


async def test_an_alertmanager_that_dies_is_missed_and_welcomed_back(stage: Stage) -> None:
    team = stage.write("own.yaml", f"{TEAM}watchdogs: {{prometheus: {{every: 30s}}}}\n")
    alertbridge = Alertbridge(stage, CONFIG_FILE=str(team))
    alertmanager = Alertmanager(stage, webhook(alertbridge.url), repeat_interval="1s")
    await alertbridge.feishu.start()
    await alertbridge.start()
    await alertmanager.start()
    await alertmanager.fire(WATCHDOG)

    async def heard_at() -> str:
        (standing,) = (await stage.get(f"{alertbridge.url}/api/v1/watchdogs"))["watchdogs"]
        return str(standing["heard_at"] or "")

    first = await stage.until("it is heard", heard_at)

    async def is_heard_again() -> bool:
        return await heard_at() > first

    await stage.until("it is heard again, although nothing has changed", is_heard_again)
    assert alertbridge.program.stop() == 0
    await alertbridge.start()
    assert await alertbridge.incidents() == []

    alertmanager.program.stop()
    stage.programs.remove(alertmanager.program)
    await alertbridge.feishu.group("WatchdogSilent", "prometheus")

    await alertmanager.start()
    await alertmanager.fire(WATCHDOG)
    (incident,) = await alertbridge.closed()
    assert incident["integration"] == "alertbridge"
    assert alertbridge.program.stop() == 0
