"""alertbridge is away while Alertmanager has something to say: nothing is lost, nothing is doubled."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.e2e.senders import Alertmanager, queue_stuck, webhook
from tests.e2e.stage import Alertbridge, Stage
from tests.store_server import StoreServer

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]


@pytest.fixture
def store() -> Iterator[StoreServer]:
    """Give a store that does not run yet."""
    with TemporaryDirectory(prefix="ab-e2e-") as home:
        store = StoreServer(Path(home))
        yield store
        store.kill()


async def test_p1_what_fires_while_nobody_listens_is_delivered_by_the_retry(stage: Stage) -> None:
    alertbridge = Alertbridge(stage)
    await alertbridge.feishu.start()
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    await alertmanager.start()

    await alertmanager.fire(queue_stuck("orders"))
    await alertmanager.was_refused()
    await alertbridge.start()
    await alertbridge.feishu.group("orders")

    await alertmanager.fire(queue_stuck("orders", is_over=True))
    await alertbridge.feishu.ended()


async def test_p1_while_the_store_is_away_the_sender_gets_503_and_tries_again(stage: Stage, store: StoreServer) -> None:
    alertbridge = Alertbridge(stage, REDIS_URL=store.url)
    await alertbridge.feishu.start()
    alertbridge.program.start()
    await stage.until("the web process answers", lambda: stage.get(f"{alertbridge.url}/healthz"))
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    await alertmanager.start()

    await alertmanager.fire(queue_stuck("orders"))
    await alertmanager.was_refused(2)
    assert await stage.status(f"{alertbridge.url}/readyz") == 503
    assert "unexpected status code 503" in alertmanager.program.log
    store.start()

    await alertbridge.feishu.group("orders")
    await alertmanager.fire(queue_stuck("orders", is_over=True))
    await alertbridge.feishu.ended()
    assert alertbridge.program.stop() == 0


async def test_p2_killed_in_the_middle_of_a_group_it_goes_on_where_it_stood(
    stage: Stage, alertbridge: Alertbridge
) -> None:
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    await alertmanager.start()
    await alertmanager.fire(queue_stuck("orders"))

    async def is_made() -> bool:
        return bool(await alertbridge.feishu.calls("chat_create"))

    await stage.until("a group is being made", is_made)
    alertbridge.program.kill()
    await alertmanager.fire(queue_stuck("refunds"))
    await alertmanager.was_refused()
    assert not await alertbridge.is_ready()
    await alertbridge.start()

    group = await alertbridge.feishu.group("orders", "refunds")
    assert len([message for message in group["messages"] if message["msg_type"] == "interactive"]) == 1

    alertbridge.program.kill()
    await alertmanager.fire(queue_stuck("orders", is_over=True), queue_stuck("refunds", is_over=True))
    await alertbridge.start()
    (ended,) = await alertbridge.feishu.ended()

    assert ended["chat_id"] == group["chat_id"]
    await alertbridge.closed()


async def test_p3_killed_during_the_countdown_it_still_ends_the_group(stage: Stage, alertbridge: Alertbridge) -> None:
    alertmanager = Alertmanager(stage, webhook(alertbridge.url))
    await alertmanager.start()
    await alertmanager.fire(queue_stuck("orders"))
    await alertbridge.feishu.group("orders")
    await alertmanager.fire(queue_stuck("orders", is_over=True))

    async def is_resolved() -> bool:
        return [incident["status"] for incident in await alertbridge.incidents()] == ["resolved"]

    await stage.until("the countdown runs", is_resolved)
    alertbridge.program.kill()
    await alertbridge.start()

    await alertbridge.feishu.ended()
    await alertbridge.closed()
