"""Two Alertmanagers that hear the same: exactly one group, whoever of them sends, and however often."""

import pytest

from tests.e2e.processes import free_port
from tests.e2e.senders import Alertmanager, Prometheus, queue_stuck, target, webhook
from tests.e2e.stage import Alertbridge, Shop, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]


async def test_p2_exactly_one_group_where_each_of_a_pair_sends_everything(
    stage: Stage, alertbridge: Alertbridge, shop: Shop
) -> None:
    pair = [Alertmanager(stage, webhook(alertbridge.url), name=name) for name in ("one", "other")]
    for alertmanager in pair:
        await alertmanager.start()
    await Prometheus(stage, shop, *(target(alertmanager.address) for alertmanager in pair)).start()

    shop.breaks("orders")
    for alertmanager in pair:
        await alertmanager.has_sent()
    await alertbridge.feishu.group("orders")

    shop.recovers("orders")
    for alertmanager in pair:
        await alertmanager.has_sent(2)
    await alertbridge.feishu.ended()

    await alertbridge.closed()
    assert await alertbridge.feishu.calls("chat_create") == 1


async def test_p2_exactly_one_group_where_a_pair_does_not_wait_for_each_other(
    stage: Stage, alertbridge: Alertbridge
) -> None:
    pair = await _cluster(stage, alertbridge, peer_timeout="1ms")

    await _fire(pair, queue_stuck("orders"), queue_stuck("refunds"))
    await alertbridge.feishu.group("orders", "refunds")
    await _fire(pair, queue_stuck("orders", is_over=True), queue_stuck("refunds", is_over=True))
    await alertbridge.feishu.ended()

    await alertbridge.closed()
    assert await alertbridge.feishu.calls("chat_create") == 1


async def test_a_group_is_ended_by_the_other_of_a_pair_when_the_one_that_opened_it_has_died(
    stage: Stage, alertbridge: Alertbridge
) -> None:
    pair = await _cluster(stage, alertbridge, peer_timeout="2s")
    await _fire(pair, queue_stuck("orders"))
    group = await alertbridge.feishu.group("orders")
    died, other = await _sender_and_other(stage, pair)
    await other.knows_who_was_told()

    died.program.kill()
    await _fire([other], queue_stuck("orders", is_over=True))
    (ended,) = await alertbridge.feishu.ended()

    assert ended["chat_id"] == group["chat_id"]
    await other.has_sent()


async def _cluster(stage: Stage, alertbridge: Alertbridge, *, peer_timeout: str) -> list[Alertmanager]:
    ports = [free_port(), free_port()]
    pair = [
        Alertmanager(stage, webhook(alertbridge.url), name=name, gossip_port=port)
        for name, port in zip(("one", "other"), ports, strict=True)
    ]
    for alertmanager in pair:
        await alertmanager.start(*ports, peer_timeout=peer_timeout)
    for alertmanager in pair:
        await alertmanager.is_settled(members=2)
    return pair


async def _sender_and_other(stage: Stage, pair: list[Alertmanager]) -> list[Alertmanager]:
    async def look() -> list[Alertmanager] | None:
        sent = [alertmanager for alertmanager in pair if await alertmanager.sent()]
        return sent + [alertmanager for alertmanager in pair if alertmanager not in sent] if sent else None

    return await stage.until("one of the pair has sent", look)


async def _fire(pair: list[Alertmanager], *alerts: dict[str, object]) -> None:
    for alertmanager in pair:
        await alertmanager.fire(*alerts)
