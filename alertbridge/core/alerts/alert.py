"""What an alert is: one series of a sender, how it is recognised, and what one request said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_64_BITS = 0xFFFFFFFFFFFFFFFF
_REMEMBERED_BYTES = 1024

_REPLACED_NAMES = frozenset({"DatasourceNoData", "DatasourceError"})


class AlertStatus(StrEnum):
    """What the sender says of one alert."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Source(StrEnum):
    """Whose dialect a request spoke. An alert is the same whichever way its sender tells of it."""

    ALERTMANAGER = "alertmanager"
    GRAFANA = "grafana"
    PROMETHEUS = "prometheus"
    ALERTBRIDGE = "alertbridge"
    """We ourselves: a watchdog is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One series as the sender last described it. Its texts are untrusted and not yet cleaned for any display."""

    fingerprint: str
    """16 hex digits over all labels the sender knows, or `rule-<id>` of a legacy Grafana rule."""

    status: AlertStatus
    labels: dict[str, str]
    annotations: dict[str, str]

    starts_at: datetime
    """Aware UTC; the time of arrival where the sender gave none."""

    ends_at: datetime | None
    """Resolved: since when. Firing: until when it counts without a refresh (direct push), else None."""

    generator_url: str = ""

    links: dict[str, str] = field(default_factory=dict)
    """What the sender offered of `dashboard`, `panel`, `silence` and `image`."""

    value: str = ""
    """The measured value, ready for people; empty where unknown."""

    @property
    def name(self) -> str:
        """What people call this alert, never empty.

        Grafana replaces `alertname` when a rule has no data or fails; the rule people know is then in `rulename`.
        """
        alertname = self.labels.get("alertname", "")
        if alertname in _REPLACED_NAMES:
            alertname = self.labels.get("rulename", alertname)
        return (
            alertname
            or self.annotations.get("summary")
            or ", ".join(f"{name}={value}" for name, value in sorted(self.labels.items()))
            or self.fingerprint
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What one request said. An alert that it does not list is not thereby resolved."""

    source: Source

    tenant: str
    """Grafana's `orgId`, a ruler's `X-Scope-OrgID`, or empty. Equal labels in two tenants are two alerts."""

    group: str | None
    """The sender's own group (receiver and groupKey), opaque; None where the sender does not group."""

    group_labels: dict[str, str]

    alerts: tuple[Alert, ...]

    truncated: int = 0
    """Alerts of the group that are not in `alerts` because there were too many."""

    refused: tuple[str, ...] = ()
    """One reason for each malformed alert: what, where, how to mend."""

    is_test: bool = False
    """Somebody pressed Grafana's Test button: nothing is wrong."""

    external_url: str = ""


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return the identity of a label set as Prometheus and Alertmanager compute it: 16 hex digits, FNV-1a 64.

    Labels without a value do not count. Source: https://pkg.go.dev/github.com/prometheus/common/model#LabelSet.Fingerprint
    """
    pairs = sorted(pair for pair in labels.items() if pair[1])
    data = b"".join([b"%b\xff%b\xff" % (name.encode(), value.encode()) for name, value in pairs])
    return _remembered_hash(data) if len(data) <= _REMEMBERED_BYTES else _hash(data)


def _hash(data: bytes) -> str:
    hashed = _OFFSET
    for byte in data:
        hashed = ((hashed ^ byte) * _PRIME) & _64_BITS
    return f"{hashed:016x}"


# A Prometheus that pushes repeats every alert each minute; the loop over its bytes costs more than all other parsing.
_remembered_hash = lru_cache(maxsize=8192)(_hash)
