"""The senders' doors: parse, store, answer. What is answered decides what they do next (CONTRACT section 1)."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from aiohttp import hdrs, web

from alertbridge.core.alerts.alert import Notification
from alertbridge.flows.heartbeat import pulse_in, take_pulse
from alertbridge.flows.record_alerts import Receipt, record_alerts
from alertbridge.flows.watchdogs import take_watchdogs
from alertbridge.ingest import alertmanager, grafana, prometheus
from alertbridge.ingest.senders import identify
from alertbridge.store.errors import StoreAway
from alertbridge.web.problems import problem
from alertbridge.web.state import WEB, Web

THREAD_BYTES: Final = 1024 * 1024
"""A body above this is parsed in a thread, so that short requests get their turns in between."""

_JSON: Final = {hdrs.CONTENT_TYPE: "application/json; charset=utf-8"}

Parse = Callable[[bytes, datetime], Notification]


async def receive_alertmanager(request: web.Request) -> web.Response:
    """200 once everything is stored; 400 where the body is no webhook of Alertmanager; 503 while the store is away."""
    return _taken(await _receive(request, alertmanager.parse))


async def receive_grafana(request: web.Request) -> web.Response:
    """As `receive_alertmanager`, for Grafana's contact points, unified and legacy."""
    return _taken(await _receive(request, grafana.parse))


async def receive_push(request: web.Request) -> web.Response:
    """What a Prometheus server sends to an Alertmanager. Refused alerts make it 400, although the others are stored."""
    raw_tenant = request.headers.get("X-Scope-OrgID", "").encode("utf-8", "surrogateescape")
    tenant = raw_tenant.decode("utf-8", "replace")
    receipt = await _receive(request, partial(prometheus.parse, tenant=tenant))
    if receipt.refused:
        return problem(400, "; ".join(receipt.refused))
    return _taken(receipt)


async def _receive(request: web.Request, parse: Parse) -> Receipt:
    state = request.app[WEB]
    if not state.is_started():
        raise StoreAway("starting: the team file is not in force yet")
    async with state.bodies.take(request) as body:
        now = state.clock.now()
        if len(body) > THREAD_BYTES:
            integration = await asyncio.to_thread(_integration, request, body, state, now)
            notification = await asyncio.to_thread(parse, body, now)
        else:
            integration = _integration(request, body, state, now)
            notification = parse(body, now)
        if state.has_heartbeat and (pulse := pulse_in(notification)) is not None:
            await take_pulse(pulse, state.feed, now)
            return Receipt(alerts=0, refused=())
        team = state.team.current
        if team.watchdogs:
            notification = await take_watchdogs(
                notification, integration=integration, team=team, watchdogs=state.watchdogs, now=now
            )
        return await record_alerts(
            notification,
            integration=integration,
            body=body,
            team=team,
            feed=state.feed,
            resend_delay_seconds=state.resend_delay_seconds,
        )


def _integration(request: web.Request, body: bytes, state: Web, now: datetime) -> str:
    if not state.ingest_tokens:
        return identify({}, {}, body, state.ingest_tokens, now)
    return identify(request.headers, request.query, body, state.ingest_tokens, now)


def _taken(receipt: Receipt) -> web.Response:
    counts = (receipt.alerts, len(receipt.refused), receipt.dropped)
    answer = b'{"status": "ok", "alerts": %d, "refused": %d, "dropped": %d}' % counts
    return web.Response(body=answer, headers=_JSON)
