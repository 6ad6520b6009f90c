"""Sending events, callbacks and URL checks to an app and retrying like Feishu (BEHAVIOUR 11).

To its event URL they go signed and encrypted; without one, over a long connection.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
import msgspec
import structlog

from alertbridge.sandbox.app_answer import BAD_BODY, NO_CONNECTION, NO_URL, NOT_200, TIMED_OUT, AppAnswer
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.faults import FaultKind, Faults
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.people import TENANT_KEY
from alertbridge.sandbox.sealing import encrypt, sign
from alertbridge.sandbox.world import Event, World

JsonObject = dict[str, Any]

RETRY_AFTER_SECONDS = (15, 5 * 60, 3600, 6 * 3600)
ANSWER_SECONDS = 3.0
CONNECT_SECONDS = 2.0
CHALLENGE_SECONDS = 1.0

_CALLBACKS = frozenset({"card.action.trigger"})
"""Their samples carry `create_time` in microseconds, those of events in milliseconds."""

log = structlog.get_logger(__name__)


class Outbound:
    """The sending side. `start` and `close` frame its life; `emit` may be called at any time between."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._work: asyncio.Queue[Coroutine[Any, Any, None]] = asyncio.Queue()
        self._last_of: dict[str, asyncio.Event] = {}
        self._held: dict[str, list[Event]] = {}
        self._runner: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool and begin to send."""
        self._session = aiohttp.ClientSession()
        self._runner = asyncio.create_task(self._run(), name="sandbox-outbound")

    async def close(self) -> None:
        """Stop sending; what was not delivered yet is lost."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        while not self._work.empty():
            self._work.get_nowait().close()
        if self._session is not None:
            await self._session.close()

    def emit(self, event: Event) -> None:
        """Send an event in the background, if its app has an event URL or ever had a long connection."""
        if not _is_reachable(event.app):
            return
        fault = self._faults.next_for_event(event.type)
        held = self._held.pop(event.app.app_id, [])
        match fault.kind if fault else None:
            case FaultKind.EVENT_DROPPED:
                pass
            case FaultKind.EVENT_OUT_OF_ORDER:
                self._held[event.app.app_id] = [event]
            case FaultKind.EVENT_TWICE:
                payload = envelope(event)
                self._send(event, payload)
                self._send(event, payload)
            case FaultKind.EVENT_LATE:
                assert fault is not None
                self._send(event, envelope(event), late_ms=round(fault.seconds * 1000))
            case _:
                self._send(event, envelope(event))
        for earlier in held:
            self._send(earlier, envelope(earlier))

    async def check_url(self, app: App, url: str) -> str | None:
        """Send `url_verification` to an event URL; return what is wrong with the answer, None when it is right."""
        challenge = new_id("")
        payload = {"challenge": challenge, "token": app.verification_token, "type": "url_verification"}
        answer = await self._post(app, url, payload, seconds=CHALLENGE_SECONDS, is_signed=False)
        if answer.status != 200:
            return f"answered {answer.status}" if answer.status else f"no answer within {CHALLENGE_SECONDS:.0f} s"
        if not isinstance(answer.body, dict) or answer.body.get("challenge") != challenge:
            return "did not echo the challenge"
        return None

    async def callback(self, app: App, event_type: str, body: JsonObject) -> AppAnswer:
        """Send a card callback once and return the app's answer."""
        if not _is_reachable(app):
            return AppAnswer(None, None, NO_URL)
        event = Event(app, event_type, body, self._world.now(), "")
        answer = await self._hand_over(app, envelope(event))
        if answer.client_error is None and answer.status == 200:
            self._world.tally.delivered(event_type)
        return answer

    def _send(self, event: Event, payload: JsonObject, *, late_ms: int = 0) -> None:
        """Queue a delivery behind the earlier ones of the same chat and app (a late one waits for nobody)."""
        done = asyncio.Event()
        before: asyncio.Event | None = None
        if not late_ms:
            key = f"{event.app.app_id} {event.order_key}"
            before = self._last_of.get(key)
            self._last_of[key] = done
        self._world.tally.events_under_way += 1
        self._work.put_nowait(self._deliver(event, payload, before, done, self._world.now() + late_ms))

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(await self._work.get())

    async def _deliver(
        self, event: Event, payload: JsonObject, before: asyncio.Event | None, done: asyncio.Event, due_ms: int
    ) -> None:
        try:
            if before is not None:
                await before.wait()
            await self._wait_until(due_ms)
            is_delivered = await self._attempt(event, payload)
            done.set()
            for seconds in RETRY_AFTER_SECONDS:
                if is_delivered:
                    return
                await self._wait_until(self._world.now() + seconds * 1000)
                is_delivered = await self._attempt(event, payload)
            if not is_delivered:
                log.warning("event_given_up", type=event.type, app=event.app.app_id)
        finally:
            done.set()
            self._world.tally.events_under_way -= 1
            self._world.changes.note()

    async def _wait_until(self, due_ms: int) -> None:
        """Wait on the sandbox's clock, visibly: a delivery that waits is not under way."""
        if due_ms <= self._world.now():
            return
        tally = self._world.tally
        tally.events_under_way -= 1
        tally.events_waiting += 1
        self._world.changes.note()
        try:
            await self._world.clock.wait_until(due_ms)
        finally:
            tally.events_under_way += 1
            tally.events_waiting -= 1

    async def _attempt(self, event: Event, payload: JsonObject) -> bool:
        answer = await self._hand_over(event.app, payload)
        if answer.status != 200:
            log.info("event_not_acknowledged", type=event.type, status=answer.status)
            return False
        self._world.tally.delivered(event.type)
        return True

    async def _hand_over(self, app: App, payload: JsonObject) -> AppAnswer:
        if app.event_url:
            return await self._post(app, app.event_url, payload, seconds=ANSWER_SECONDS)
        # Neither signed nor encrypted: the app has shown its secret when it connected.
        part_bytes = self._world.switches.event_part_bytes
        return await app.connections.deliver(
            msgspec.json.encode(payload), part_bytes=part_bytes, seconds=ANSWER_SECONDS
        )

    async def _post(
        self, app: App, url: str, payload: JsonObject, *, seconds: float, is_signed: bool = True
    ) -> AppAnswer:
        assert self._session is not None, "start() comes first"
        body = msgspec.json.encode(payload)
        if app.encrypt_key:
            body = msgspec.json.encode({"encrypt": encrypt(body, app.encrypt_key)})
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if is_signed and (app.encrypt_key or self._world.switches.signature_without_encrypt_key):
            headers |= self._signature(app, body)
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                raw = await response.read()
                return _app_answer(response.status, raw)
        except TimeoutError:
            return AppAnswer(None, None, TIMED_OUT)
        except (aiohttp.ClientError, OSError):
            return AppAnswer(None, None, NO_CONNECTION)

    def _signature(self, app: App, body: bytes) -> dict[str, str]:
        timestamp, nonce = str(self._world.now() // 1000), new_id("")
        return {
            "X-Lark-Request-Timestamp": timestamp,
            "X-Lark-Request-Nonce": nonce,
            "X-Lark-Signature": sign(timestamp, nonce, app.encrypt_key, body),
        }


def _is_reachable(app: App) -> bool:
    return bool(app.event_url) or app.connections.is_used


def envelope(event: Event) -> JsonObject:
    """Put an event into the envelope of its version, with an id of its own."""
    app = event.app
    if event.is_v1:
        return {
            "ts": f"{event.created_at / 1000:.6f}",
            "uuid": new_id(""),
            "token": app.verification_token,
            "type": "event_callback",
            "event": event.body,
        }
    return {
        "schema": "2.0",
        "header": {
            "event_id": new_id(""),
            "event_type": event.type,
            "create_time": f"{event.created_at}000" if event.type in _CALLBACKS else str(event.created_at),
            "token": app.verification_token,
            "app_id": app.app_id,
            "tenant_key": TENANT_KEY,
        },
        "event": event.body,
    }


def _app_answer(status: int, raw: bytes) -> AppAnswer:
    try:
        body = msgspec.json.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return AppAnswer(status, raw.decode(errors="replace"), BAD_BODY if status == 200 else NOT_200)
    return AppAnswer(status, body, None if status == 200 else NOT_200)
