"""What is counted, in Prometheus' naming: base units, `_total` for counters, no label without bounds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache

from prometheus_client import Counter, Histogram

from alertbridge.core.alerts.alert import Notification
from alertbridge.core.chats.action import Buzz, PageAction
from alertbridge.core.chats.outcome import AnswerLost, Buzzed, BuzzRefused, Gathered, Outcome, Sent
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.escalation import Called
from alertbridge.core.incidents.paging import DIRECT
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
DRILLS = Counter("alertbridge_drills_total", "Drills that began; no other counter of alerts and incidents knows them.")
LOOKS = Counter(
    "alertbridge_upstream_looks_total",
    "Looks at an Alertmanager; the outcome is `done`, `away` or `failed`.",
    ["integration", "outcome"],
)
CALENDAR_READS = Counter(
    "alertbridge_calendar_reads_total",
    "Tries to read the calendar of a schedule; the outcome is `read` or `failed`.",
    ["schedule", "outcome"],
)
EVENTS = Counter("alertbridge_feishu_events_total", "Events and clicks from Feishu.", ["type", "outcome"])
FEISHU_CALLS = Counter("alertbridge_feishu_calls_total", "Calls to Feishu; code 0 is success.", ["operation", "code"])
FEISHU_SECONDS = Histogram(
    "alertbridge_feishu_call_seconds", "Duration of calls to Feishu.", ["operation"], buckets=_SECONDS
)
QUOTA_WAITS = Counter("alertbridge_quota_waits_total", "Calls that the quota put off by more than a second.")
PAGES = Counter(
    "alertbridge_pages_total",
    "Calls to people by way (`app`, `sms`, `phone`, `direct` message): `called`, `refused`, `lost` (no answer),"
    " `gathered` (called together with other incidents).",
    ["way", "outcome"],
)
PAGE_LATENESS = Histogram(
    "alertbridge_page_late_seconds",
    "From when somebody had to be called to when Feishu said that they are.",
    buckets=(0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 900),
)
RECONCILES = Histogram("alertbridge_reconcile_seconds", "Duration of one pass over one incident.", buckets=_SECONDS)
RECONCILE_FAILURES = Counter("alertbridge_reconcile_failures_total", "Passes that ended in an unforeseen error.")
STEPS = Counter(
    "alertbridge_escalation_steps_total",
    "Escalation steps called; the outcome is `called`, `fallback` (a schedule named nobody) or `nobody`.",
    ["outcome"],
)
DEAD_ENTRIES = Counter("alertbridge_dead_entries_total", "Inbox entries set aside after three failed passes.")
UNREADABLE = Counter(
    "alertbridge_incidents_unreadable_total", "Stored incidents found damaged; each once by each process."
)
HEARTBEATS = Counter(
    "alertbridge_heartbeats_total",
    "Outward heartbeats: `sent`, or the part that stopped one: door, store, worker, feishu, monitor.",
    ["outcome"],
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


def count_page(action: PageAction, outcome: Outcome) -> frozenset[OpenId]:
    """Count one call to people; returns who was called."""
    way, people = (action.way, action.people) if isinstance(action, Buzz) else (DIRECT, (action.person,))
    called: frozenset[OpenId] = frozenset()
    match outcome:
        case Gathered(people=gathered, rest=rest):
            PAGES.labels(way, "gathered").inc(len(gathered))
            if rest is not None and isinstance(action, Buzz):
                others = tuple(person for person in people if person not in gathered)
                return count_page(replace(action, people=others), rest)
            return called
        case Buzzed(outside=outside):
            called = frozenset(people) - outside
        case Sent():
            called = frozenset(people)
        case BuzzRefused():
            pass
        case AnswerLost():
            PAGES.labels(way, "lost").inc(len(people))
            return called
        case _:
            return called  # not made, for now
    PAGES.labels(way, "called").inc(len(called))
    PAGES.labels(way, "refused").inc(len(people) - len(called))
    return called


def count_lateness(due: Iterable[datetime], now: datetime) -> None:
    """Measure how late calls were that were due at these times."""
    for at in due:
        PAGE_LATENESS.observe(max(0.0, (now - at).total_seconds()))


def count_step(called: Called) -> None:
    """Count one step of an escalation."""
    STEPS.labels("nobody" if not called.people else "fallback" if called.gaps else "called").inc()


def count_call(operation: str, code: int | None, seconds: float) -> None:
    """Count one call to Feishu; `code` None: no answer."""
    FEISHU_CALLS.labels(operation, "none" if code is None else str(code)).inc()
    FEISHU_SECONDS.labels(operation).observe(seconds)
