"""What a real Alertmanager never says: the end of a silenced alert, a silence made by hand. It is asked."""

import time
from datetime import UTC, datetime

import pytest

from tests.e2e.senders import RESEND_DELAY_SECONDS, Alertmanager, queue_stuck, webhook
from tests.e2e.stage import TEAM, Alertbridge, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]


async def test_a_silence_made_by_hand_is_shown_and_the_end_of_its_alerts_is_found(stage: Stage) -> None:
    team = stage.folder / "own.yaml"
    alertbridge = Alertbridge(
        stage,
        CONFIG_FILE=str(team),
        ALERTMANAGER_LOOK_SECONDS="1",
        RESEND_DELAY_SECONDS=str(RESEND_DELAY_SECONDS),  # so long after its start Alertmanager is believed, times ten
    )
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    team.write_text(f"{TEAM}alertmanagers: {{default: {{urls: ['http://{alertmanager.address}']}}}}\n")
    await alertbridge.feishu.start()
    await alertbridge.start()
    await alertmanager.start()
    await alertmanager.fire(queue_stuck("orders"))
    await alertbridge.feishu.group("QueueStuck", "触发中")

    by_hand = {
        "matchers": [{"name": "queue", "value": "orders", "isRegex": False}],
        "startsAt": datetime.fromtimestamp(time.time(), UTC).isoformat(),
        "endsAt": datetime.fromtimestamp(time.time() + 3600, UTC).isoformat(),
        "createdBy": "sre@example.com",
        "comment": "换盘",
    }
    async with stage.session.post(f"http://{alertmanager.address}/api/v2/silences", json=by_hand) as answer:
        assert answer.status == 200
    group = await alertbridge.feishu.group("QueueStuck", "已静默", "换盘")
    assert "sre@example.com 在 Alertmanager 静默至" in str(group["messages"])

    sent = await alertmanager.sent()
    await alertmanager.fire(queue_stuck("orders", is_over=True))
    (incident,) = await alertbridge.closed()

    assert incident["alerts"] == {"firing": 0, "total": 1}
    assert await alertmanager.sent() == sent, "Alertmanager never said so"
    assert alertbridge.program.stop() == 0
