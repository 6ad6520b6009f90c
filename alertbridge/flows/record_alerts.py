"""Alerts that arrived become entries of the incidents they belong to (D6-D8)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b, sha256
from itertools import count
from secrets import token_hex

import structlog
from ulid import ULID

from alertbridge.config import Team
from alertbridge.core.alerts.alert import Alert, AlertStatus, Notification, Source
from alertbridge.core.alerts.drill import ROUTE_LABEL, drill_of
from alertbridge.core.alerts.route import ALL_LABELS, Route, drill_key, group_key, route_named, severity_of, storm_key
from alertbridge.core.ids import AlertKey, EntryId, IncidentId
from alertbridge.core.incidents.incident import Opening
from alertbridge.core.severity import Severity
from alertbridge.flows import metrics
from alertbridge.store.deliveries import Arrival, Candidate, Delivery, Storm, Taken
from alertbridge.store.feed import Feed

log = structlog.get_logger(__name__)

_AT_A_TIME = 256
"""Alerts that are routed before other requests get their turn: a few ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is told to the sender: how many alerts were taken, how many of them say nothing, why others were refused."""

    alerts: int
    refused: tuple[str, ...]
    dropped: int = 0
    """Resolved ones, and late copies, that no open incident holds."""


async def record_alerts(
    notification: Notification,
    *,
    integration: str,
    body: bytes,
    team: Team,
    feed: Feed,
    resend_delay_seconds: float,
) -> Receipt:
    """Store what one request said, before it is answered (P1). Raises `StoreAway`: nothing is acknowledged then.

    A test notification is counted and opens nothing. Malformed alerts are logged and counted, never waited for.
    """
    for reason in notification.refused:
        log.warning("alert_refused", integration=integration, source=notification.source, reason=reason)
    if notification.is_test:
        log.info("test_notification_received", integration=integration, source=notification.source)
        metrics.count_alerts(notification, Taken())
        return Receipt(alerts=0, refused=notification.refused)
    taken = Taken()
    if notification.alerts:
        arrivals = await _route(notification, integration, team, resend_delay_seconds)
        taken = await feed.deliver(
            Delivery(
                id=_entry_id(),
                body_hash=_body_hash(_sender(integration, notification.tenant), body),
                arrivals=arrivals,
                truncated=notification.truncated,
                is_push=notification.source is Source.PROMETHEUS,
            )
        )
    if notification.alerts and drill_of(notification.alerts[0].labels):
        metrics.DRILLS.inc(taken.opened)
    else:
        metrics.count_alerts(notification, taken)
    return Receipt(alerts=len(notification.alerts), refused=notification.refused, dropped=taken.dropped)


async def _route(
    notification: Notification, integration: str, team: Team, resend_delay_seconds: float
) -> tuple[Arrival, ...]:
    has_alertmanager = integration in team.alertmanagers and _is_of_alertmanager(notification)
    proposals = _Proposals(notification, integration, resend_delay_seconds, has_alertmanager=has_alertmanager)
    decide, sender = team.router.decide, _sender(integration, notification.tenant)
    arrivals: list[Arrival] = []
    for number, alert in enumerate(notification.alerts, start=1):
        candidates: tuple[Candidate, ...] = ()
        if alert.status is AlertStatus.FIRING:
            routes = decide(alert.labels)
            if ROUTE_LABEL in alert.labels:
                routes = _tried(team, alert.labels) or routes
            candidates = tuple([proposals.candidate(route, alert.labels) for route in routes])
        arrivals.append(Arrival(key=_alert_key(sender, alert), alert=alert, candidates=candidates))
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return tuple(arrivals)


def _tried(team: Team, labels: Mapping[str, str]) -> tuple[Route, ...]:
    """The route that a drill asks for by its name; () where nobody does, or there is none."""
    route = route_named(team.routes, labels[ROUTE_LABEL]) if drill_of(labels) else None
    return () if route is None else (route,)


def _quiet(route: Route) -> Route:
    """The route as it is for a drill: what people read of its steps is then what is done."""
    return replace(route, escalation=route.escalation and route.escalation.kept_in_app())


def _is_of_alertmanager(notification: Notification) -> bool:
    """Whether an Alertmanager may hold these alerts: Grafana keeps its own, and a tenant's are asked for otherwise."""
    return notification.source is not Source.GRAFANA and not notification.tenant


class _Proposals:
    """The incidents that the alerts of one request would open; alerts of one group share the proposal."""

    def __init__(
        self, notification: Notification, integration: str, resend_delay_seconds: float, *, has_alertmanager: bool
    ) -> None:
        self._notification = notification
        self._integration = integration
        self._resolve_wait_seconds = 2 * resend_delay_seconds
        self._has_alertmanager = has_alertmanager
        self._known: dict[tuple[str, object], Candidate] = {}

    def candidate(self, route: Route, labels: Mapping[str, str]) -> Candidate:
        """The incident that an alert with these labels would open by this route."""
        group = route.name, self._told_apart_by(route, labels)
        known = self._known.get(group)
        if known is None:
            known = self._known[group] = self._propose(route, labels)
        return known

    def _told_apart_by(self, route: Route, labels: Mapping[str, str]) -> object:
        """What of the labels tells groups of one route apart within one request; see `group_key`."""
        if drill := drill_of(labels):
            return drill
        if route.group_by == ALL_LABELS:
            return tuple(labels.items())
        if route.group_by is not None:
            return tuple([labels.get(name) for name in route.group_by])
        return labels.get("alertname") if self._notification.group is None else None

    def _propose(self, route: Route, labels: Mapping[str, str]) -> Candidate:
        told = self._notification
        drill = drill_of(labels)
        key = (
            drill_key(self._integration, told.tenant, route, drill.id)
            if drill
            else group_key(self._integration, told.tenant, route, labels, group=told.group)
        )
        opening = Opening(
            integration=self._integration,
            tenant=told.tenant,
            group_key=key,
            route=_quiet(route) if drill and not drill.is_loud else route,
            group_labels=_group_labels(told.group_labels, labels, route),
            resolve_wait_seconds=self._resolve_wait_seconds,
            has_alertmanager=self._has_alertmanager and drill is None,
            drill=drill,
        )
        return Candidate(
            group_key=key, incident=IncidentId(str(ULID())), opening=opening, storm=self._storm(route, labels)
        )

    def _storm(self, route: Route, labels: Mapping[str, str]) -> Storm | None:
        if not route.storm.above or drill_of(labels):
            return None
        return Storm(
            key=storm_key(self._integration, self._notification.tenant, route),
            above=route.storm.above,
            steady_ms=1000 * route.storm.steady_seconds,
            is_exempt=severity_of(route, labels) is Severity.P1,
        )


_process = token_hex(8)
_numbers = count()


def _entry_id() -> EntryId:
    """Return an id that no process has given: asking for random bytes each time costs a system call."""
    return EntryId(f"{_process}-{next(_numbers)}")


def _alert_key(sender: bytes, alert: Alert) -> AlertKey:
    """Name one alert of one sender. A fingerprint alone could be forged by another sender."""
    named = sender + alert.fingerprint.encode("utf-8", "surrogatepass")
    return AlertKey(blake2b(named, digest_size=12).hexdigest())


def _body_hash(sender: bytes, body: bytes) -> str:
    """Name one body of one sender: two senders may say the same, and neither is a copy of the other."""
    digest = sha256(sender)  # most processors have instructions for it: half the time of others on long bodies
    digest.update(body)
    return digest.hexdigest()[:32]


def _sender(integration: str, tenant: str) -> bytes:
    return f"{len(integration)}:{integration}{len(tenant)}:{tenant}".encode("utf-8", "surrogatepass")


def _group_labels(of_sender: Mapping[str, str], labels: Mapping[str, str], route: Route) -> dict[str, str]:
    """The labels that make the group: the route's, else the sender's, else the alert's name."""
    if route.group_by == ALL_LABELS:
        return dict(labels)
    if route.group_by is not None:
        return {name: labels[name] for name in route.group_by if labels.get(name)}
    if of_sender:
        return dict(of_sender)
    return {"alertname": labels["alertname"]} if labels.get("alertname") else {}
