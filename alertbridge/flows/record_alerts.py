"""Alerts that arrived become entries of the incidents they belong to (D6-D8)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import structlog
from ulid import ULID

from alertbridge.config import Team
from alertbridge.core.alert import Alert, AlertStatus, Notification, Source
from alertbridge.core.ids import AlertKey, EntryId, IncidentId
from alertbridge.core.incident import Opening
from alertbridge.core.route import ALL_LABELS, Route, decide, group_key
from alertbridge.flows import metrics
from alertbridge.store.deliveries import Arrival, Candidate, Delivery, Taken
from alertbridge.store.feed import Feed

log = structlog.get_logger(__name__)

_AT_A_TIME = 256
"""Alerts that are routed before other requests get their turn: a few ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is told to the sender: how many alerts were stored, and why others were not."""

    alerts: int
    refused: tuple[str, ...]


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
                id=EntryId(str(ULID())),
                body_hash=_body_hash(integration, notification.tenant, body),
                arrivals=arrivals,
                truncated=notification.truncated,
                is_push=notification.source is Source.PROMETHEUS,
            )
        )
    metrics.count_alerts(notification, taken)
    return Receipt(alerts=len(notification.alerts), refused=notification.refused)


async def _route(
    notification: Notification, integration: str, team: Team, resend_delay_seconds: float
) -> tuple[Arrival, ...]:
    arrivals: list[Arrival] = []
    proposals: dict[str, Candidate] = {}
    for count, alert in enumerate(notification.alerts, start=1):
        candidates: tuple[Candidate, ...] = ()
        if alert.status is AlertStatus.FIRING:
            candidates = tuple(
                _candidate(notification, integration, alert, route, proposals, resend_delay_seconds)
                for route in decide(team.routes, alert.labels)
            )
        key = alert_key(integration, notification.tenant, alert.fingerprint)
        arrivals.append(Arrival(key=key, alert=alert, candidates=candidates))
        if count % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return tuple(arrivals)


def alert_key(integration: str, tenant: str, fingerprint: str) -> AlertKey:
    """Name one alert of one sender. A fingerprint alone could be forged by another sender."""
    return AlertKey(
        blake2b(_sender(integration, tenant) + fingerprint.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    )


def _body_hash(integration: str, tenant: str, body: bytes) -> str:
    """Name one body of one sender: two senders may say the same, and neither is a copy of the other."""
    digest = blake2b(_sender(integration, tenant), digest_size=16)
    digest.update(body)
    return digest.hexdigest()


def _sender(integration: str, tenant: str) -> bytes:
    return f"{len(integration)}:{integration}{len(tenant)}:{tenant}".encode("utf-8", "surrogatepass")


def _candidate(
    notification: Notification,
    integration: str,
    alert: Alert,
    route: Route,
    proposals: dict[str, Candidate],
    resend_delay_seconds: float,
) -> Candidate:
    """The incident that this alert would open; alerts of one group in one request share the proposal."""
    key = group_key(integration, notification.tenant, route, alert.labels, group=notification.group)
    if (known := proposals.get(key)) is not None:
        return known
    opening = Opening(
        integration=integration,
        tenant=notification.tenant,
        group_key=key,
        route=route,
        group_labels=_group_labels(notification.group_labels, alert.labels, route),
        resolve_wait_seconds=2 * resend_delay_seconds,
    )
    return proposals.setdefault(key, Candidate(group_key=key, incident=IncidentId(str(ULID())), opening=opening))


def _group_labels(of_sender: Mapping[str, str], labels: Mapping[str, str], route: Route) -> dict[str, str]:
    """The labels that make the group: the route's, else the sender's, else the alert's name."""
    if route.group_by == ALL_LABELS:
        return dict(labels)
    if route.group_by is not None:
        return {name: labels[name] for name in route.group_by if labels.get(name)}
    if of_sender:
        return dict(of_sender)
    return {"alertname": labels["alertname"]} if labels.get("alertname") else {}
