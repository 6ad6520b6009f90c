"""Is it alive, is it ready, and what does it count."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from alertbridge.core.oncall.reach import Unreachable
from alertbridge.flows.watchdogs import Standing, standings
from alertbridge.store.errors import StoreAway, StoreError
from alertbridge.store.figures import Figures
from alertbridge.web.problems import problem
from alertbridge.web.state import WEB

PROCESS_TREE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of one `serve` count together (prometheus-client's own name)."""


async def healthz(_: web.Request) -> web.Response:
    """200 while the process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 while alerts can be stored. Whether events arrive is told as well and decides nothing: alerts do not wait."""
    state = request.app[WEB]
    try:
        await state.gauge.read()
    except StoreAway as error:
        return problem(503, f"the store is away: {error}")
    if not state.is_started():
        return problem(503, "starting: the team file is not in force yet")
    connection = state.long_connection
    told = {} if connection is None else {"feishu_events": "connected" if connection.is_open else "not connected"}
    return web.json_response({"status": "ok", **told})


async def show_metrics(request: web.Request) -> web.Response:
    """All counters of this process tree, and what the store knows; without the store the counters alone."""
    counted = REGISTRY
    if PROCESS_TREE in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # prometheus-client's own gap
    state = request.app[WEB]
    try:
        figures = await state.gauge.read()
    except StoreAway:
        figures = None
    at_present = CollectorRegistry()
    at_present.register(StoreFigures(figures))
    with suppress(StoreError):  # the gauge above says that it is away; one that cannot be read is logged by its worker
        at_present.register(WatchdogFigures(await standings(state.watchdogs, state.team.current)))
    if state.long_connection is not None:
        at_present.register(ConnectionFigure(is_open=state.long_connection.is_open))
    body = generate_latest(counted) + generate_latest(at_present)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class StoreFigures(Collector):
    """What the store counts, read once for one scrape."""

    def __init__(self, figures: Figures | None) -> None:
        self.figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; `alertbridge_store_up` 0 stands alone."""
        figures = self.figures
        yield GaugeMetricFamily("alertbridge_store_up", "Whether the store answers.", value=figures is not None)
        if figures is None:
            return
        incidents = GaugeMetricFamily("alertbridge_incidents", "Incidents not at their end.", labels=["status"])
        for status, count in sorted(figures.by_status.items()):
            incidents.add_metric([status], count)
        yield incidents
        unreachable = GaugeMetricFamily(
            "alertbridge_people_unreachable", "People of the team file whom nothing reaches.", labels=["cause"]
        )
        for cause in sorted({*Unreachable, *figures.unreachable}):
            unreachable.add_metric([cause], figures.unreachable.get(cause, 0))
        yield unreachable
        gaps = GaugeMetricFamily(
            "alertbridge_schedule_gaps", "Times within two weeks when nobody can be called.", labels=["schedule"]
        )
        for schedule, count in sorted(figures.gaps.items()):
            gaps.add_metric([schedule], count)
        yield gaps
        for name, text, value in (
            ("owned_incidents", "Incidents that a job works on or is about to.", figures.owned),
            ("queued_jobs", "Jobs in the queue, running ones included.", figures.queued),
            ("queue_lag_seconds", "Age of the oldest job that nobody runs.", figures.oldest_queued.total_seconds()),
            ("due_lag_seconds", "How late the most overdue wake is.", figures.most_overdue.total_seconds()),
            ("parked_events", "Events of chats that are not known yet.", figures.parked),
            ("dead_entries", "Inbox entries that were set aside.", figures.dead),
        ):
            yield GaugeMetricFamily(f"alertbridge_{name}", text, value=value)


class WatchdogFigures(Collector):
    """How the watchdogs stand; without any there is nothing to say."""

    def __init__(self, standing: Sequence[Standing]) -> None:
        self.standing = standing

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        names = ["watchdog", "sender"]
        heard = GaugeMetricFamily(
            "alertbridge_watchdog_last_heard_seconds",
            "How long ago it was heard; since it is expected, where it never was.",
            labels=names,
        )
        silent = GaugeMetricFamily(
            "alertbridge_watchdog_silent", "Whether an incident says that it is silent.", labels=names
        )
        for one in self.standing:
            heard.add_metric([one.watchdog, one.sender], one.quiet_for.total_seconds())
            silent.add_metric([one.watchdog, one.sender], one.is_silent)
        if self.standing:
            yield heard
            yield silent


class ConnectionFigure(Collector):
    """How the long connection is; without one there is nothing to say."""

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the one gauge."""
        yield GaugeMetricFamily(
            "alertbridge_long_connection_up", "Whether Feishu's events can arrive over it.", value=self.is_open
        )
