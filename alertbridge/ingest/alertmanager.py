"""Alertmanager's webhook, and what other senders make of it (Mimir, Grafana Cloud, hand-made scripts)."""

from datetime import datetime

from alertbridge.core.alerts.alert import Notification, Source
from alertbridge.ingest import grafana, webhook
from alertbridge.ingest.loose import read_json
from alertbridge.ingest.refusals import BadBody


def parse(body: bytes, now: datetime) -> Notification:
    """Return what the body says. `now` (aware UTC) is the time of arrival. Raises `BadBody`."""
    if (head := webhook.decode(body)) is not None:
        return webhook.notification(head, head.alerts, now, Source.ALERTMANAGER)
    loose = read_json(body)
    if grafana.is_legacy(loose):
        raise BadBody("The body is a legacy Grafana dashboard alert: send it to /webhooks/grafana.")
    head, listed = webhook.mend(loose)
    return webhook.notification(head, listed, now, Source.ALERTMANAGER)
