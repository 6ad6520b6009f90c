"""The token: kept, renewed in its last half hour, by one request for all who wait."""

import asyncio

import pytest

from alertbridge.feishu.calls.app import TenantToken
from alertbridge.feishu.errors import Failure, Unauthorized, Unreachable
from alertbridge.feishu.token import RENEW_SECONDS, RETRY_SECONDS, SPARE_SECONDS, TokenKeeper


class Feishu:
    """Hands out `t-1`, `t-2`, … with a life, fails when told to, and can be held back."""

    def __init__(self, expire: int = 7200) -> None:
        self.expire = expire
        self.asked = 0
        self.now = 1000.0
        self.fails = False
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self) -> TenantToken:
        self.asked += 1
        number = self.asked
        await self.open.wait()
        if self.fails:
            raise Unreachable(Failure(operation="auth_tenant_access_token_internal"), wait_seconds=1)
        return TenantToken(tenant_access_token=f"t-{number}", expire=self.expire)

    def keeper(self) -> TokenKeeper:
        return TokenKeeper(self.fetch, lambda: self.now)


async def test_a_token_is_kept_until_its_last_half_hour() -> None:
    feishu = Feishu()
    keeper = feishu.keeper()

    assert await keeper.token() == "t-1"
    feishu.now += 7200 - RENEW_SECONDS - 1
    assert await keeper.token() == "t-1"
    feishu.now += 1
    assert await keeper.token() == "t-2"


async def test_a_token_with_little_life_is_not_asked_for_again_at_once() -> None:
    """Feishu returns the same token while half an hour remains: its life can be anything up to two hours."""
    feishu = Feishu(expire=RENEW_SECONDS - 60)
    keeper = feishu.keeper()

    assert await keeper.token() == "t-1"
    assert await keeper.token() == "t-1"
    feishu.now += RETRY_SECONDS
    assert await keeper.token() == "t-2"


async def test_one_request_serves_all_who_wait() -> None:
    feishu = Feishu()
    feishu.open.clear()
    keeper = feishu.keeper()
    waiting = [asyncio.ensure_future(keeper.token()) for _ in range(50)]
    await asyncio.sleep(0)
    feishu.open.set()

    assert set(await asyncio.gather(*waiting)) == {"t-1"}
    assert feishu.asked == 1


async def test_a_failure_reaches_all_who_wait_and_the_next_one_asks_again() -> None:
    feishu = Feishu()
    feishu.fails = True
    feishu.open.clear()
    keeper = feishu.keeper()
    waiting = [asyncio.ensure_future(keeper.token()) for _ in range(3)]
    await asyncio.sleep(0)
    feishu.open.set()

    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unreachable] * 3
    assert feishu.asked == 1

    feishu.fails = False
    assert await keeper.token() == "t-2"


async def test_who_asked_first_may_give_up_without_harm_to_the_others() -> None:
    feishu = Feishu()
    feishu.open.clear()
    keeper = feishu.keeper()
    first, second = (asyncio.ensure_future(keeper.token()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    feishu.open.set()

    assert await second == "t-1"
    assert first.cancelled()


async def test_a_failed_renewal_leaves_a_living_token_in_use_and_is_not_repeated_by_every_call() -> None:
    feishu = Feishu()
    keeper = feishu.keeper()
    await keeper.token()
    feishu.fails = True
    feishu.now += 7200 - RENEW_SECONDS

    assert await keeper.token() == "t-1"
    assert await keeper.token() == "t-1"
    assert feishu.asked == 2

    feishu.now += RETRY_SECONDS
    assert await keeper.token() == "t-1"
    assert feishu.asked == 3


async def test_a_failed_renewal_of_a_dying_token_is_an_error() -> None:
    feishu = Feishu()
    keeper = feishu.keeper()
    await keeper.token()
    feishu.fails = True
    feishu.now += 7200 - SPARE_SECONDS

    with pytest.raises(Unreachable):
        await keeper.token()


async def test_only_the_token_that_was_refused_is_dropped() -> None:
    feishu = Feishu()
    keeper = feishu.keeper()
    await keeper.token()

    keeper.drop("t-0")
    assert await keeper.token() == "t-1"
    keeper.drop("t-1")
    assert await keeper.token() == "t-2"


async def test_closing_ends_a_renewal_under_way() -> None:
    feishu = Feishu()
    feishu.open.clear()
    keeper = feishu.keeper()
    waiting = asyncio.ensure_future(keeper.token())
    await asyncio.sleep(0)

    await keeper.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await keeper.aclose()


def test_wrong_credentials_are_told_apart_from_trouble_on_the_way() -> None:
    assert not issubclass(Unauthorized, Unreachable)
