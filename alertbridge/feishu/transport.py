"""Sends calls over HTTP: connection, token, quota, time limits, log line. aiohttp's errors end here."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import aiohttp
import structlog
from yarl import URL

from alertbridge.core.quota import Priority
from alertbridge.core.quota import QuotaWait as NoSlot
from alertbridge.feishu import codes
from alertbridge.feishu.calls.app import TenantToken, auth_tenant_access_token_internal
from alertbridge.feishu.errors import (
    AnswerLost,
    Failure,
    FeishuError,
    QuotaWait,
    RateLimited,
    Unauthorized,
    Unreachable,
)
from alertbridge.feishu.protocol import LOG_ID_HEADER, Call, read
from alertbridge.feishu.quota import Quota
from alertbridge.feishu.token import TokenKeeper

T = TypeVar("T")

OnCall = Callable[[str, int | None, float], None]
"""Told after each exchange: operation, Feishu's code (None: no usable answer), seconds."""

Gate = Callable[[], Awaitable[None]]
"""What a call that has its slot waits for before it goes out."""

CONNECTIONS: Final = 100
IDLE_SECONDS: Final = 25
"""How long an idle connection is kept: shorter than gateways do, so that the server is seldom the first to close."""
DNS_SECONDS: Final = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long to wait for Feishu, in seconds."""

    connect: float = 3
    answer: float = 10
    """From asking for a connection to the last byte of the answer."""
    upload: float = 30
    """The same for an image."""


class Transport:
    """One app's way to Feishu or Lark, over a session of `open_session`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        app_id: str,
        app_secret: str,
        quota: Quota,
        on_call: OnCall,
        time_limits: TimeLimits,
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._app_id = app_id
        self._app_secret = app_secret
        self._quota = quota
        self._on_call = on_call
        self._time_limits = time_limits
        self.tokens = TokenKeeper(self._fetch_token, time.monotonic)

    async def send(self, call: Call[T], priority: Priority, gate: Gate | None = None) -> T:
        """Return the answer of `call`. Raises a `FeishuError`, and what the limiter raises when its store is away."""
        if not call.authenticated:
            return await self._exchange(call, None)
        token = await self.tokens.token()
        try:
            return await self._allowed(call, token, priority, gate)
        except Unauthorized as error:
            if error.code not in codes.STALE_TOKEN:
                raise
        self.tokens.drop(token)
        return await self._allowed(call, await self.tokens.token(), priority, gate)

    async def _fetch_token(self) -> TenantToken:
        return await self.send(
            auth_tenant_access_token_internal(app_id=self._app_id, app_secret=self._app_secret), Priority.PAGE
        )

    async def _allowed(self, call: Call[T], token: str, priority: Priority, gate: Gate | None) -> T:
        try:
            await self._quota.take(call.operation, call.limited_chat, call.limited_message, priority)
        except NoSlot as error:
            raise QuotaWait(Failure(operation=call.operation), wait_seconds=error.wait_seconds) from error
        if gate is not None:
            await gate()
        try:
            return await self._exchange(call, token)
        except RateLimited as error:
            await self._quota.block(call.operation, error.wait_seconds)
            raise

    async def _exchange(self, call: Call[T], token: str | None) -> T:
        """Send once, and account for it."""
        started = time.perf_counter()
        try:
            status, headers, body = await self._round_trip(call, token)
            answer = read(call, status, headers, body)
        except FeishuError as error:
            seconds = time.perf_counter() - started
            self._on_call(call.operation, error.code, seconds)
            log.warning(
                "feishu_call_failed",
                operation=call.operation,
                error=type(error).__name__,
                code=error.code,
                log_id=error.failure.log_id,
                status=error.failure.status,
                seconds=round(seconds, 4),
            )
            raise
        seconds = time.perf_counter() - started
        self._on_call(call.operation, codes.OK, seconds)
        log.debug(
            "feishu_call",
            operation=call.operation,
            code=codes.OK,
            log_id=headers.get(LOG_ID_HEADER, ""),
            seconds=round(seconds, 4),
        )
        return answer

    async def _round_trip(self, call: Call[Any], token: str | None) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body. Trouble before the request left is `Unreachable`, after it `AnswerLost`."""
        progress = SimpleNamespace(sent=False)
        limit = self._time_limits.upload if call.upload else self._time_limits.answer
        try:
            async with (
                asyncio.timeout(limit),
                self._session.request(
                    call.method,
                    URL(self._base_url + call.path, encoded=True),
                    params=call.query or None,
                    data=_payload(call),
                    headers=_headers(call, token),
                    allow_redirects=False,
                    trace_request_ctx=progress,
                ) as response,
            ):
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = Failure(operation=call.operation, msg=_described(error, limit))
            if progress.sent:
                raise AnswerLost(failure, wait_seconds=1) from error
            raise Unreachable(failure, wait_seconds=1) from error


def open_session(time_limits: TimeLimits) -> aiohttp.ClientSession:
    """Return a session whose requests tell when they were sent. It must be closed (`async with`)."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_note_sent)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=DNS_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=time_limits.connect),
        trace_configs=[trace],
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def _note_sent(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _sent: aiohttp.TraceRequestHeadersSentParams
) -> None:
    context.trace_request_ctx.sent = True


def _payload(call: Call[Any]) -> bytes | aiohttp.FormData | None:
    if call.upload is None:
        return call.encoded()
    form = aiohttp.FormData(dict(call.upload.fields))
    form.add_field(call.upload.file_field, call.upload.content, filename=call.upload.file_name)
    return form


def _headers(call: Call[Any], token: str | None) -> dict[str, str]:
    headers = {} if call.body is None else {"Content-Type": "application/json; charset=utf-8"}
    return headers if token is None else {**headers, "Authorization": f"Bearer {token}"}


def _described(error: Exception, limit: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {limit:g} s"
    return f"{type(error).__name__}: {error}"
