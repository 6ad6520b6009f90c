"""The long connection: events and clicks over a WebSocket that we open, in place of requests that Feishu sends us.

Feishu gives each event to one of the app's connections, at random (at most 50). What is not acknowledged within three
seconds it gives again, perhaps to another one. A connection that ends is opened again for as long as the process runs.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NoReturn

import aiohttp
import structlog

from alertbridge.feishu import codes
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import Busy, Failure, FeishuError, LimitReached, Refused, Unauthorized, Unreachable
from alertbridge.feishu.inbound.conversation import PONG_SECONDS, Conversation, Take
from alertbridge.feishu.inbound.endpoint import Pace, long_connection_endpoint

OPENING: Final = "long_connection_open"
"""What failures of the handshake name as their operation."""

FRAME_BYTES: Final = 4 * 1024 * 1024
"""A larger frame ends the connection; Feishu's longest message has 150 KB."""

_OPEN_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 2.0
_LEAST_WAIT_SECONDS: Final = 1.0
_REFUSALS: Final = (403, 514)
"""Forbidden, and failed authentication: Feishu's own numbers in the header `handshake-status`."""
_MEND: Final = "App ID and App Secret of a custom app, its long connection chosen in the console, at most 50 of them"

log = structlog.get_logger(__name__)


class LongConnection:
    """One app's connection. `keep` opens it again and again; `is_open` tells how it is."""

    def __init__(
        self, feishu: FeishuClient, *, app_id: str, app_secret: str, pong_seconds: float = PONG_SECONDS
    ) -> None:
        self._feishu = feishu
        self._app_id = app_id
        self._app_secret = app_secret
        self._pong_seconds = pong_seconds
        self._pace = Pace()
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether events can arrive now."""
        return self._is_open

    async def keep(self, take: Take) -> NoReturn:
        """Be connected until cancelled."""
        unreachable_seconds = _LEAST_WAIT_SECONDS
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            while True:
                try:
                    await self._connect_once(session, take)
                except Unreachable as error:
                    # Feishu's long interval spares its servers. These were not reached: it may be our own network.
                    wait = min(unreachable_seconds, self._pace.reconnect_interval)
                    unreachable_seconds *= 2
                    log.warning("long_connection_failed", cause=str(error), again_in_seconds=wait)
                except Refused as error:
                    # Asked again all the same: an app is enabled again, and nobody thinks of starting us again then.
                    wait = max(_LEAST_WAIT_SECONDS, self._pace.reconnect_interval)
                    log.error("long_connection_refused", cause=str(error), mend=_MEND, again_in_seconds=wait)
                except FeishuError as error:
                    wait = max(_LEAST_WAIT_SECONDS, self._pace.reconnect_interval)
                    log.warning("long_connection_failed", cause=str(error), again_in_seconds=wait)
                else:
                    unreachable_seconds = _LEAST_WAIT_SECONDS
                    wait = random.uniform(0, self._pace.reconnect_nonce)  # noqa: S311 - spreads clients, hides nothing
                    log.warning("long_connection_lost", again_in_seconds=round(wait, 1))
                await asyncio.sleep(wait)

    async def _connect_once(self, session: aiohttp.ClientSession, take: Take) -> None:
        """Be connected once; return when the connection has ended. Raises a `FeishuError` where there is none."""
        endpoint = await self._feishu.send(long_connection_endpoint(app_id=self._app_id, app_secret=self._app_secret))
        self._pace = endpoint.pace
        async with _opened(session, endpoint.url) as socket:
            conversation = Conversation(
                socket, service=endpoint.service, pace=self._pace, take=take, pong_seconds=self._pong_seconds
            )
            self._is_open = True
            log.info("long_connection_open")
            try:
                await conversation.hold()
            finally:
                self._is_open = False
                self._pace = conversation.pace


@asynccontextmanager
async def _opened(session: aiohttp.ClientSession, url: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open the WebSocket, and close it at the end. Raises a `FeishuError`."""
    closing = aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS)
    try:
        async with asyncio.timeout(_OPEN_SECONDS):
            socket = await session.ws_connect(url, timeout=closing, max_msg_size=FRAME_BYTES)
    except aiohttp.WSServerHandshakeError as error:
        raise _refusal(error.status, error.headers or {}) from error
    except aiohttp.InvalidURL as error:  # says the whole address, and with it the ticket
        raise Busy(Failure(operation=OPENING, msg="the address is none"), wait_seconds=_LEAST_WAIT_SECONDS) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        failure = Failure(operation=OPENING, msg=f"{type(error).__name__}: {error}")
        raise Unreachable(failure, wait_seconds=_LEAST_WAIT_SECONDS) from error
    try:
        yield socket
    finally:
        await socket.close()


def _refusal(status: int, headers: Mapping[str, str]) -> FeishuError:
    """Return what a refused handshake means; its reason stands in headers of Feishu's own."""
    said, cause = headers.get("handshake-status", ""), headers.get("handshake-autherrcode", "")
    code = int(said) if said.isascii() and said.isdigit() else None
    failure = Failure(operation=OPENING, code=code, msg=headers.get("handshake-msg", ""), status=status)
    if cause == str(codes.TOO_MANY_CONNECTIONS):
        return LimitReached(failure)
    if code in _REFUSALS:
        return Unauthorized(failure)
    return Busy(failure, wait_seconds=_LEAST_WAIT_SECONDS)
