"""What the senders of the demo send: an Alertmanager for checkout and for a line, a Grafana for a full disk."""

from datetime import datetime
from typing import Any

Body = dict[str, Any]

_NEVER = "0001-01-01T00:00:00Z"


def checkout_webhook(pods: int, severity: str, *, began_at: datetime, resolved_at: datetime | None = None) -> Body:
    """Alertmanager's webhook about so many pods of checkout; they fire unless `resolved_at` is given."""
    alerts = [_pod(number, severity, began_at, resolved_at) for number in range(1, pods + 1)]
    common = dict(set.intersection(*(set(alert["labels"].items()) for alert in alerts)))
    return _alertmanager(common, alerts, resolved_at)


def line_webhook(*, began_at: datetime, resolved_at: datetime | None = None) -> Body:
    """Alertmanager's webhook about a line of the network team."""
    labels = {"alertname": "LinkDown", "line": "sh1-bj2", "team": "network", "severity": "warning"}
    alert = {
        "status": _status(resolved_at),
        "labels": labels,
        "annotations": {"summary": "上海一区到北京二区专线中断"},
        "startsAt": began_at.isoformat(),
        "endsAt": _NEVER if resolved_at is None else resolved_at.isoformat(),
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=link_up",
        "fingerprint": "1a2b3c4d5e6f7081",
    }
    return _alertmanager(labels, [alert], resolved_at)


def disk_webhook(*, began_at: datetime) -> Body:
    """Grafana's webhook about a full disk of the storage team."""
    labels = {"alertname": "DiskFull", "host": "db-1", "team": "storage", "severity": "warning"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "db-1 磁盘使用率超过 90%"},
        "startsAt": began_at.isoformat(),
        "endsAt": _NEVER,
        "generatorURL": "https://grafana.example.com/alerting/grafana/disk/view",
        "fingerprint": "5d1f0f6c7a1b2c3d",
        "values": {"A": 92.1, "C": 1},
        "valueString": "[ var='A' labels={host=db-1} value=92.1 ]",
    }
    return {
        "version": "1",
        "orgId": 1,
        "groupKey": '{}:{alertname="DiskFull"}',
        "status": "firing",
        "state": "alerting",
        "receiver": "alertbridge",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "https://grafana.example.com/",
        "alerts": [alert],
    }


def _alertmanager(common: dict[str, str], alerts: list[Body], resolved_at: datetime | None) -> Body:
    name = common["alertname"]
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": _status(resolved_at),
        "receiver": "alertbridge",
        "groupLabels": {"alertname": name},
        "commonLabels": common,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com",
        "alerts": alerts,
    }


def _pod(number: int, severity: str, began_at: datetime, resolved_at: datetime | None) -> Body:
    labels = {"alertname": "High5xx", "service": "checkout", "cluster": "sh1", "instance": f"10.2.3.{number}:9100"}
    is_critical = severity == "critical"
    share = "12.4%" if is_critical else "6.1%"
    # The critical rule is new: nobody has written a runbook for it yet.
    runbook = {} if is_critical else {"runbook_url": "https://wiki.example.com/runbooks/High5xx"}
    # The series is the same whatever its severity: Alertmanager tells it apart by the fingerprint.
    return {
        "status": _status(resolved_at),
        "labels": labels | {"severity": severity},
        "annotations": {"summary": f"订单接口 5xx 占比 {share}，阈值 5%"} | runbook,
        "startsAt": began_at.isoformat(),
        "endsAt": _NEVER if resolved_at is None else resolved_at.isoformat(),
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=rate",
        "fingerprint": f"c0ffee00c0ffee{number:02x}",
    }


def _status(resolved_at: datetime | None) -> str:
    return "firing" if resolved_at is None else "resolved"
