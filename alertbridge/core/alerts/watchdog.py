"""Dead man's switch: an alert that always fires is expected again and again, and its absence is what is wrong.

Senders that cannot reach us are silent, and so are senders that try while we are down. So after a pause of ours each of
them has a whole interval once more; but pauses that follow each other closely hide no absence for good: what counts too
is the time in which we did listen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.alert import Alert, AlertStatus, fingerprint
from alertbridge.core.alerts.matcher import Matcher

INTEGRATION = "alertbridge"
"""The integration of alerts that we raise by ourselves; no sender's token has this name."""

ALERT_NAME = "WatchdogSilent"

REPEAT_AFTER = timedelta(hours=1)
"""How often an absence is told again, as every sender repeats what goes on firing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """What a team file expects to hear."""

    name: str
    matchers: tuple[Matcher, ...]
    """Which alerts it is. While they fire they are heard, and open nothing."""
    every_seconds: int
    """A sender that was not heard for so long is silent."""
    senders: tuple[str, ...]
    """Integrations, each of which has to be heard."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the alert that says it is silent, beside its own."""

    @property
    def every(self) -> timedelta:
        """The longest silence that is none yet."""
        return timedelta(seconds=self.every_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How long senders could reach us."""

    since: datetime
    """Without a pause."""
    total: timedelta
    """In all, pauses left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A silence that was told."""

    began_at: datetime
    last_heard_at: datetime | None
    """None: never yet."""
    labels: dict[str, str]
    """Its alert is known by them until it is over, whatever the team file says meanwhile."""
    told_at: datetime | None = None
    """When the alert was stored last; None: perhaps it never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of one watchdog of one sender."""

    since: datetime
    """When it was expected for the first time."""
    heard_at: datetime | None = None
    listened: timedelta = timedelta()
    """How long we had listened in all when it was heard last, or first expected."""
    alarm: Alarm | None = None


def recognised(watchdogs: Sequence[Watchdog], labels: Mapping[str, str]) -> list[Watchdog]:
    """Those among `watchdogs` that an alert with these labels is."""
    return [one for one in watchdogs if all(matcher.matches(labels) for matcher in one.matchers)]


def hear(watch: Watch | None, heard_at: datetime | None, listening: Listening, now: datetime) -> Watch:
    """Take in when it was heard last. An alarm stays, until its end was told too."""
    if watch is None:
        return Watch(since=now, heard_at=heard_at, listened=listening.total)
    if heard_at == watch.heard_at:
        return watch
    return replace(watch, heard_at=heard_at, listened=listening.total)


def is_silent(watch: Watch, every: timedelta, listening: Listening, now: datetime) -> bool:
    """Whether it was expected in vain for a whole interval without a pause of ours, or for two of them in pieces."""
    last = max(watch.heard_at or watch.since, listening.since)
    return now - last >= every or listening.total - watch.listened >= 2 * every


def is_over(watch: Watch) -> bool:
    """Whether what is in alarm was heard again."""
    return watch.alarm is not None and watch.heard_at != watch.alarm.last_heard_at


def alarm_labels(watchdog: Watchdog, sender: str) -> dict[str, str]:
    """What is known of a silence: the team file's own labels count more than the usual ones."""
    usual = {"severity": "critical"}
    fixed = {"alertname": ALERT_NAME, "watchdog": watchdog.name, "sender": sender}
    return {**usual, **watchdog.labels, **fixed}


def alarm_alert(alarm: Alarm, summary: str, *, ended_at: datetime | None = None) -> Alert:
    """The alert that says so; with `ended_at` the one that says it is over."""
    return Alert(
        fingerprint=fingerprint(alarm.labels),
        status=AlertStatus.FIRING if ended_at is None else AlertStatus.RESOLVED,
        labels=alarm.labels,
        annotations={"summary": summary},
        starts_at=alarm.began_at,
        ends_at=ended_at,
    )
