"""Those who send alerts: an Alertmanager, a Prometheus that pushes directly. They speak as the real ones do."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alertbridge.core.alerts.alert import fingerprint

Post = Callable[[str, bytes], Awaitable[int]]
"""Sends a body to a path of alertbridge; answers the status."""

Clock = Callable[[], datetime]

_ZERO = "0001-01-01T00:00:00Z"
_HELD = timedelta(minutes=4)
"""A pushed alert counts for about this long unless it is pushed again."""


@dataclass(slots=True)
class Alertmanager:
    """One group of one receiver. It tells the whole group each time, resolved alerts once."""

    post: Post
    now: Clock
    alertname: str = "DiskFull"
    common: dict[str, str] = field(default_factory=dict)
    external_url: str = "http://alertmanager.example:9093"
    _firing: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def fire(self, *instances: str, summary: str = "disk is full", **labels: str) -> int:
        """Let alerts fire, told apart by `instance`; one that fires already gets these labels and summary."""
        for instance in instances or ("db-1",):
            started = self._firing.get(instance, {}).get("startsAt", _written(self.now()))
            self._firing[instance] = self._alert(instance, labels, summary, "firing", started, _ZERO)
        return await self.tell()

    async def tell(self) -> int:
        """Send the group as it is: what a repeat interval does."""
        return await self._send(list(self._firing.values()))

    async def resolve(self, *instances: str) -> int:
        """Let alerts end; all of them where none is named."""
        ended: list[dict[str, Any]] = []
        for instance in instances or tuple(self._firing):
            alert = self._firing.pop(instance)
            ended.append(alert | {"status": "resolved", "endsAt": _written(self.now())})
        return await self._send([*self._firing.values(), *ended])

    def _alert(
        self, instance: str, labels: dict[str, str], summary: str, status: str, starts_at: str, ends_at: str
    ) -> dict[str, Any]:
        labels = {"alertname": self.alertname, "instance": instance, "severity": "critical", **self.common, **labels}
        return {
            "status": status,
            "labels": labels,
            "annotations": {"summary": summary},
            "startsAt": starts_at,
            "endsAt": ends_at,
            "generatorURL": "http://prometheus.example:9090/graph",
            "fingerprint": fingerprint(_identity(labels)),
        }

    async def _send(self, alerts: list[dict[str, Any]]) -> int:
        body = {
            "version": "4",
            "receiver": "alertbridge",
            "groupKey": f'{{}}:{{alertname="{self.alertname}"}}',
            "groupLabels": {"alertname": self.alertname},
            "commonLabels": {"alertname": self.alertname},
            "commonAnnotations": {},
            "externalURL": self.external_url,
            "truncatedAlerts": 0,
            "status": "firing" if any(alert["status"] == "firing" for alert in alerts) else "resolved",
            "alerts": alerts,
        }
        return await self.post("/webhooks/alertmanager", json.dumps(body).encode())


@dataclass(slots=True)
class Prometheus:
    """Pushes as to an Alertmanager. It repeats all that fires, and for 15 minutes what has ended."""

    post: Post
    now: Clock
    alertname: str = "HighLatency"
    common: dict[str, str] = field(default_factory=dict)

    async def push(self, instances: Iterable[str], *, started: datetime, ended: datetime | None = None) -> int:
        """Send one round: these fire since `started`, or have ended at `ended`."""
        ends_at = ended or self.now() + _HELD
        alerts = [
            {
                "labels": {"alertname": self.alertname, "instance": instance, "severity": "warning", **self.common},
                "annotations": {"summary": "too slow"},
                "startsAt": _written(started),
                "endsAt": _written(ends_at),
                "generatorURL": "http://prometheus.example:9090/graph",
            }
            for instance in instances
        ]
        return await self.post("/api/v2/alerts", json.dumps(alerts).encode())


def _identity(labels: dict[str, str]) -> dict[str, str]:
    """What makes an alert the same one: here all labels but the severity, so that a story can change that."""
    return {name: value for name, value in labels.items() if name != "severity"}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
