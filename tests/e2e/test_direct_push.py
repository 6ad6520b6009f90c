"""Prometheus without an Alertmanager: alertbridge stands in its place."""

import pytest

from tests.e2e.senders import RESEND_DELAY_SECONDS, Prometheus, target
from tests.e2e.stage import Alertbridge, Shop, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]


async def test_prometheus_opens_a_group_and_ends_it_with_nothing_in_between(stage: Stage, shop: Shop) -> None:
    alertbridge = Alertbridge(stage, RESEND_DELAY_SECONDS=str(RESEND_DELAY_SECONDS))
    await alertbridge.feishu.start()
    await alertbridge.start()
    await Prometheus(stage, shop, target(alertbridge.address)).start()

    shop.breaks("orders")
    shop.breaks("refunds")
    group = await alertbridge.feishu.group("orders", "refunds")
    (incident,) = await alertbridge.incidents()
    assert incident["group_labels"] == {"alertname": "QueueStuck"}

    shop.recovers("orders")
    await alertbridge.feishu.group("1 firing / 2")
    shop.recovers("refunds")
    (ended,) = await alertbridge.feishu.ended()

    assert ended["chat_id"] == group["chat_id"]
    await alertbridge.closed()


async def test_an_alert_that_prometheus_repeats_for_as_long_as_it_fires_is_told_once(stage: Stage, shop: Shop) -> None:
    alertbridge = Alertbridge(stage, RESEND_DELAY_SECONDS=str(RESEND_DELAY_SECONDS))
    await alertbridge.feishu.start()
    await alertbridge.start()
    await Prometheus(stage, shop, target(alertbridge.address)).start()
    shop.breaks("orders")
    group = await alertbridge.feishu.group("orders")

    async def repeated() -> bool:
        return await stage.counted(alertbridge.url, "alertbridge_alerts_received_total", source="prometheus") >= 6

    await stage.until("Prometheus has repeated the alert", repeated)

    (same,) = await alertbridge.feishu.chats()
    assert len(same["messages"]) == len(group["messages"])
    assert [chat["status"] for chat in await alertbridge.feishu.chats()] == ["normal"]
