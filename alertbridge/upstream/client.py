"""Sends calls to one Alertmanager, or to the replicas of one cluster: the first that answers counts."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import aiohttp
import structlog

from alertbridge.upstream import protocol
from alertbridge.upstream.errors import Away, Denied, UpstreamError
from alertbridge.upstream.protocol import Call, PostableSilence, Status, UpstreamAlert, UpstreamSilence

T = TypeVar("T")

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 10.0
"""From asking for a connection to the last byte; an Alertmanager with many alerts takes a second or two."""

log = structlog.get_logger(__name__)


class _NotSent(Away):
    """Nobody was reached: nothing was done."""


class Alertmanager:
    """One method per call, named after it. Each raises an `UpstreamError`.

    `urls` are the replicas of one cluster. They share their silences; which alerts they hold is each one's own matter.
    """

    def __init__(self, session: aiohttp.ClientSession, urls: Sequence[str], headers: Mapping[str, str]) -> None:
        self._session = session
        self._urls = tuple(urls)
        self._headers = headers

    async def get_alerts(self) -> list[UpstreamAlert]:
        """All alerts that are not over."""
        return await self._send(protocol.get_alerts())

    async def get_silences(self) -> list[UpstreamSilence]:
        """All silences, those that ended too."""
        return await self._send(protocol.get_silences())

    async def post_silences(self, silence: PostableSilence) -> str:
        """Make a silence, or change the one named in it; returns its id from now on."""
        return (await self._send(protocol.post_silences(silence))).id

    async def delete_silence(self, silence: str) -> None:
        """End a silence."""
        await self._send(protocol.delete_silence(silence))

    async def get_status(self) -> Status:
        """The process that answers first."""
        return await self._send(protocol.get_status())

    def replicas(self) -> list["Alertmanager"]:
        """Each replica by itself, for answers that have to come from one process."""
        return [Alertmanager(self._session, [url], self._headers) for url in self._urls]

    async def _send(self, call: Call[T]) -> T:
        """Ask one replica after the other, until one does it or says that it never will.

        What changes something is asked of another one only where it certainly was not done.
        """
        failures: list[tuple[str, UpstreamError]] = []
        for url in self._urls:
            try:
                return await self._ask(url, call)
            except (Away, Denied) as error:
                log.warning("alertmanager_call_failed", method=call.method, url=url + call.path, cause=str(error))
                failures.append((url, error))
                if call.method != "GET" and not isinstance(error, Denied | _NotSent):
                    break
        # Somebody has to mend what is denied; what is away may come back by itself.
        worst = next((error for _, error in failures if isinstance(error, Denied)), failures[-1][1])
        said = "; ".join(f"{url}: {error}" for url, error in failures)
        raise (Denied if isinstance(worst, Denied) else Away)(said, status=worst.status)

    async def _ask(self, url: str, call: Call[T]) -> T:
        headers = {**self._headers, **({"Content-Type": "application/json"} if call.body is not None else {})}
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self._session.request(
                    call.method, url + call.path, data=call.body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                status, body = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _NotSent(str(error)) from error
        except TimeoutError as error:
            raise Away(f"no answer within {ANSWER_SECONDS:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Away(str(error) or type(error).__name__) from error
        return protocol.read(call, status, body)


class Alertmanagers:
    """The way to all of them, with what each wants to be shown."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Mapping[str, str]) -> None:
        self._session = session
        self._credentials = credentials

    def of(self, integration: str, urls: Sequence[str]) -> Alertmanager:
        """Whoever sends under the name of this integration and listens at `urls`."""
        return Alertmanager(self._session, urls, _authorization(self._credentials.get(integration, "")))


@asynccontextmanager
async def open_alertmanagers(credentials: Mapping[str, str]) -> AsyncIterator[Alertmanagers]:
    """Connect when asked to; `credentials` by integration, each a bearer token or `user:password`."""
    timeout: Any = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Alertmanagers(session, credentials)


def _authorization(credential: str) -> dict[str, str]:
    """Basic auth where there is a colon, which no bearer token has (RFC 6750)."""
    if not credential:
        return {}
    user, colon, password = credential.partition(":")
    if colon:
        return {"Authorization": aiohttp.encode_basic_auth(user, password)}
    return {"Authorization": f"Bearer {credential}"}
