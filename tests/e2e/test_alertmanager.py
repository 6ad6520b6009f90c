"""The main story: Prometheus -> Alertmanager -> alertbridge -> a group, to its end."""

import pytest

from tests.e2e.senders import Alertmanager, Prometheus, target, webhook
from tests.e2e.stage import Alertbridge, Shop, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]


async def test_a_rule_that_fires_opens_a_group_and_the_group_ends_with_it(
    stage: Stage, alertbridge: Alertbridge, shop: Shop
) -> None:
    feishu = alertbridge.feishu
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    await alertmanager.start()
    await Prometheus(stage, shop, target(alertmanager.address)).start()
    assert await feishu.chats() == [], "nothing is wrong yet"

    shop.breaks("orders")
    group = await feishu.group("orders has stood still for 600 s")

    assert "QueueStuck" in group["name"]
    assert [member["name"] for member in group["members"] if member["id_type"] == "open_id"] == ["陈爱丽"]
    (incident,) = await alertbridge.incidents()
    assert (incident["status"], incident["severity"], incident["chat_id"]) == ("firing", "P1", group["chat_id"])

    shop.breaks("refunds")
    same_group = await feishu.group("orders", "refunds", "2 firing / 2")
    assert same_group["chat_id"] == group["chat_id"]

    shop.recovers("orders")
    await feishu.group("1 firing / 2")
    shop.recovers("refunds")
    (ended,) = await feishu.ended()
    assert ended["chat_id"] == group["chat_id"]

    (incident,) = await alertbridge.closed()
    assert (incident["status"], incident["route"], incident["alerts"]) == (
        "closed",
        "everything",
        {"firing": 0, "total": 2},
    )
    assert [await feishu.calls(operation) for operation in ("chat_create", "chat_disband")] == [1, 1]
    archived = [path for path in alertbridge.data_dir.rglob("*") if str(incident["id"]) in path.name]
    assert archived, "its messages were kept before the group was disbanded"
    assert alertbridge.program.stop() == 0
