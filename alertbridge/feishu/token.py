"""The app's token: fetched once for all calls that need it, kept while Feishu honours it.

While at least half an hour remains Feishu returns the same token again; after that a new one, and both work until they
expire. So it is asked for in the last half hour, not before.
Source: the open platform's documentation of `tenant_access_token/internal`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from alertbridge.feishu.calls.app import TenantToken
from alertbridge.feishu.errors import FeishuError

RENEW_SECONDS: Final = 30 * 60
"""A token with less left is renewed."""
RETRY_SECONDS: Final = 10
"""After a failed renewal the old token serves this long before the next try: an outage must not slow every call."""
SPARE_SECONDS: Final = 30
"""A token with less left is not used: it could expire on its way."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    expires_at: float
    renew_at: float


class TokenKeeper:
    """Hands out the current token. `clock` is a monotonic clock in seconds: a token's life is this process's affair."""

    def __init__(self, fetch: Callable[[], Awaitable[TenantToken]], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: _Kept | None = None
        self._renewal: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Return a token that Feishu should accept. Raises what the token call raises."""
        kept = self._kept
        if kept is not None and self._clock() < kept.renew_at:
            return kept.token
        try:
            return await self._renewed()
        except FeishuError as error:
            if kept is None or self._kept is not kept or self._clock() >= kept.expires_at - SPARE_SECONDS:
                raise
            log.warning("feishu_token_renewal_failed", operation=error.operation, code=error.code)
            self._kept = _Kept(kept.token, kept.expires_at, self._clock() + RETRY_SECONDS)
            return kept.token

    def drop(self, token: str) -> None:
        """Forget `token`, which Feishu refused; a newer one stays."""
        if self._kept is not None and self._kept.token == token:
            self._kept = None

    async def aclose(self) -> None:
        """End a renewal under way."""
        if self._renewal is not None and not self._renewal.done():
            self._renewal.cancel()
            await asyncio.wait({self._renewal})

    async def _renewed(self) -> str:
        # A task of its own: whoever asks first may be cancelled without failing all the others who wait for it.
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(), name="feishu-token")
            self._renewal.add_done_callback(_retrieved)
        return await asyncio.shield(self._renewal)

    async def _renew(self) -> str:
        asked_at = self._clock()
        answer = await self._fetch()
        expires_at = asked_at + answer.expire
        self._kept = _Kept(
            answer.tenant_access_token, expires_at, max(expires_at - RENEW_SECONDS, asked_at + RETRY_SECONDS)
        )
        return answer.tenant_access_token


def _retrieved(renewal: "asyncio.Task[str]") -> None:
    """Look at the outcome, which nobody else may be left to do: asyncio complains about errors nobody looked at."""
    if not renewal.cancelled():
        renewal.exception()
