"""What is counted, in Prometheus' naming: base units, `_total` for counters, no label without bounds."""

from functools import cache

from prometheus_client import Counter, Histogram

from alertbridge.core.alerts.alert import Notification
from alertbridge.store.deliveries import Taken

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

NOTIFICATIONS = Counter("alertbridge_notifications_total", "Requests with alerts that were stored.", ["source"])
ALERTS = Counter(
    "alertbridge_alerts_received_total",
    "Alerts received: changed something, said nothing new, dropped (resolved and unknown), refused as malformed; "
    "watchdog: a sign of life that opens nothing.",
    ["source", "outcome"],
)
INCIDENTS_OPENED = Counter("alertbridge_incidents_opened_total", "Incidents opened.")
LOOKS = Counter(
    "alertbridge_upstream_looks_total",
    "Looks at an Alertmanager; the outcome is `done`, `away` or `failed`.",
    ["integration", "outcome"],
)
EVENTS = Counter("alertbridge_feishu_events_total", "Events and clicks from Feishu.", ["type", "outcome"])
FEISHU_CALLS = Counter("alertbridge_feishu_calls_total", "Calls to Feishu; code 0 is success.", ["operation", "code"])
FEISHU_SECONDS = Histogram(
    "alertbridge_feishu_call_seconds", "Duration of calls to Feishu.", ["operation"], buckets=_SECONDS
)
QUOTA_WAITS = Counter("alertbridge_quota_waits_total", "Calls that the quota put off by more than a second.")
RECONCILES = Histogram("alertbridge_reconcile_seconds", "Duration of one pass over one incident.", buckets=_SECONDS)
RECONCILE_FAILURES = Counter("alertbridge_reconcile_failures_total", "Passes that ended in an unforeseen error.")
DEAD_ENTRIES = Counter("alertbridge_dead_entries_total", "Inbox entries set aside after three failed passes.")
UNREADABLE = Counter(
    "alertbridge_incidents_unreadable_total", "Stored incidents found damaged; each once by each process."
)
RELOADS = Counter("alertbridge_config_reloads_total", "Team files offered.", ["outcome"])


_notifications = cache(NOTIFICATIONS.labels)  # finding a counter by its labels takes longer than counting
_alerts = cache(ALERTS.labels)


def count_alerts(notification: Notification, taken: Taken) -> None:
    """Count one request that was stored."""
    source = notification.source
    _notifications(source).inc()
    for outcome, count in (
        ("changed", taken.changed),
        ("unchanged", taken.unchanged),
        ("dropped", taken.dropped),
        ("refused", len(notification.refused)),
    ):
        if count:
            _alerts(source, outcome).inc(count)
    if taken.opened:
        INCIDENTS_OPENED.inc(taken.opened)


def count_call(operation: str, code: int | None, seconds: float) -> None:
    """Count one call to Feishu; `code` None: no answer."""
    FEISHU_CALLS.labels(operation, "none" if code is None else str(code)).inc()
    FEISHU_SECONDS.labels(operation).observe(seconds)
