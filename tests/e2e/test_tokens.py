"""Both senders show a token: as bearer, and as the password of basic auth. The token's name is the integration."""

import pytest

from tests.e2e.senders import Alertmanager, Prometheus, queue_stuck, target, webhook
from tests.e2e.stage import Alertbridge, Shop, Stage

pytestmark = [pytest.mark.binaries, pytest.mark.usefixtures("real_senders"), pytest.mark.timeout(240)]

BEARER = {"authorization": {"credentials": "first-secret"}}
BASIC = {"basic_auth": {"username": "alertmanager", "password": "second-secret"}}
WRONG = {"authorization": {"credentials": "third-secret"}}


@pytest.fixture
async def alertbridge(stage: Stage) -> Alertbridge:
    """Give an alertbridge with a token for each way to show one."""
    alertbridge = Alertbridge(stage, INGEST_TOKEN="bearer=first-secret,basic=second-secret")
    await alertbridge.feishu.start()
    await alertbridge.start()
    return alertbridge


async def test_alertmanager_shows_its_token_both_ways_and_a_wrong_one_opens_nothing(
    stage: Stage, alertbridge: Alertbridge
) -> None:
    alertmanager = Alertmanager(stage, *(webhook(alertbridge.url, **shown) for shown in (BEARER, BASIC, WRONG)))
    await alertmanager.start()

    await alertmanager.fire(queue_stuck("orders"))
    await alertmanager.has_given_up()

    await _opened_by_both(stage, alertbridge)
    assert "unexpected status code 401" in alertmanager.program.log
    assert "third-secret" not in alertbridge.program.log


async def test_prometheus_shows_its_token_both_ways(stage: Stage, alertbridge: Alertbridge, shop: Shop) -> None:
    shown = (BEARER, BASIC, WRONG)
    await Prometheus(stage, shop, *(target(alertbridge.address, **way) for way in shown)).start()

    shop.breaks("orders")

    await _opened_by_both(stage, alertbridge)


async def _opened_by_both(stage: Stage, alertbridge: Alertbridge) -> None:
    async def look() -> bool:
        return sorted(one["integration"] for one in await alertbridge.incidents()) == ["basic", "bearer"]

    await stage.until("each token has opened an incident", look)
    await alertbridge.feishu.group("orders", count=2)
