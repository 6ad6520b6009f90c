"""An incident whose source says nothing any more: shown, asked about, at last taken as over, where its route says so.

Only a source that repeats itself can fall silent, and only where nobody can be asked: what an Alertmanager holds is
looked up, and what is pushed directly runs out by itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.alert import AlertStatus
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import AlertKey
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import OPEN, Incident
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.transition import resolve
from alertbridge.core.timeline import Happening, TimelineLine


def hear(incident: Incident, at: datetime) -> Incident:
    """Note that the source, or a person in its place, says that it still happens."""
    if not _patience(incident) or (incident.heard_at is not None and at <= incident.heard_at):
        return incident
    if incident.stale_at is None or at <= incident.stale_at:
        return replace(incident, heard_at=at)
    return replace(incident, heard_at=at, stale_at=None, version=incident.version + 1)


def is_stale(incident: Incident) -> bool:
    """Whether an open incident has not been heard of for too long."""
    return incident.status in OPEN and incident.stale_at is not None


def ends_at(incident: Incident) -> datetime:
    """When a stale incident counts as over."""
    assert incident.stale_at is not None
    return incident.stale_at + _patience(incident)


def elapse_staleness(incident: Incident, now: datetime) -> Change:
    """Ask about what has not been heard of for too long; what nobody answers for as long again is over."""
    if not _can_fall_silent(incident):
        return Change(incident if incident.stale_at is None else replace(incident, stale_at=None))
    if incident.stale_at is None:
        return _fall_silent(incident, now) if _heard_at(incident) + _patience(incident) <= now else Change(incident)
    return _give_up(incident, now) if ends_at(incident) <= now else Change(incident)


def staleness_times(incident: Incident) -> Iterator[datetime]:
    """When `elapse_staleness` has something to do."""
    if _can_fall_silent(incident):
        yield _heard_at(incident) + _patience(incident) if incident.stale_at is None else ends_at(incident)


def _fall_silent(incident: Incident, now: datetime) -> Change:
    patience = _patience(incident)
    heard = _heard_at(incident)
    incident = replace(incident, stale_at=now, version=incident.version + 1)
    told = Saying(
        kind=SayingKind.STALE,
        cause=stamp(now),
        at=ends_at(incident),
        seconds=int(patience.total_seconds()),
        since=heard,
    )
    # The next copy says what the last one said, and yet it is news.
    return Change(say(incident, told), (TimelineLine(at=now, what=Happening.STALE),), _burning(incident))


def _give_up(incident: Incident, now: datetime) -> Change:
    resolved = resolve(
        replace(incident, stale_at=None, version=incident.version + 1), now, stamp(now), by=None, is_quiet=True
    )
    told = Saying(kind=SayingKind.STALE_OVER, cause=stamp(now), at=resolved.closes_at)
    return Change(say(resolved, told), (TimelineLine(at=now, what=Happening.STALE_OVER),), _burning(incident))


def _can_fall_silent(incident: Incident) -> bool:
    if incident.status not in OPEN or not _patience(incident) or incident.opening.has_alertmanager:
        return False
    burning = [alert for alert in incident.alerts.values() if alert.status is AlertStatus.FIRING]
    return bool(burning) and all(alert.ends_at is None for alert in burning)


def _burning(incident: Incident) -> frozenset[AlertKey]:
    return frozenset(key for key, alert in incident.alerts.items() if alert.status is AlertStatus.FIRING)


def _heard_at(incident: Incident) -> datetime:
    return incident.heard_at or incident.opened_at


def _patience(incident: Incident) -> timedelta:
    return timedelta(seconds=incident.opening.route.chat.stale_after_seconds)
