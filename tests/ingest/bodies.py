"""Bodies for the tests of `ingest`: the documented samples, and webhooks with one thing changed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alertbridge.core.alerts.alert import Alert, Notification

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ZERO = "0001-01-01T00:00:00Z"

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def samples(prefix: str) -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob(f"{prefix}*.json"))


def a_told_alert(**changes: Any) -> dict[str, Any]:
    """One alert as Alertmanager tells it. A change to `...` leaves that key out."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "host": "db-1"},
        "annotations": {"summary": "disk is full"},
        "startsAt": "2026-11-22T09:27:00.092Z",
        "endsAt": ZERO,
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": "57c6d9296de2ad39",
        **changes,
    }
    return {name: value for name, value in alert.items() if value is not ...}


def a_webhook(*alerts: object, **changes: Any) -> bytes:
    """A webhook with these alerts. A change to `...` leaves that key out."""
    webhook = {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "team",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
        **changes,
    }
    return json.dumps({name: value for name, value in webhook.items() if value is not ...}).encode()


def only(notification: Notification) -> Alert:
    """The one alert of a notification that refused nothing."""
    assert notification.refused == ()
    (alert,) = notification.alerts
    return alert
