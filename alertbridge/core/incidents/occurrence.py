"""What alerts say about their incident: that it burns, how badly, that it is over, that it is back.

An alert that no message lists is not thereby resolved. A push sender has no other way to say that it is: its alerts run
out when nobody renews them, and a resolve of one replica waits for a firing copy of the other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.route import Route, severity_of
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import AlertKey
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import AlertsReceived, LookedUp
from alertbridge.core.incidents.escalation import holder_of, set_severity
from alertbridge.core.incidents.flapping import flip
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.transition import reopen, resolve, return_to_triage
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening, TimelineLine

STALE_GRACE = timedelta(seconds=60)
"""A directly pushed alert is over this long after the last `endsAt` it was given (DESIGN D7)."""

RESOLVED_ALERTS = 1000
"""So many that do not fire any more are remembered: where labels come and go, an incident of weeks would only grow."""

FULL_ALERTS = 200
"""Of so many alerts, the worst, the annotations are kept; of all the others only the labels."""


def firing(incident: Incident) -> list[Alert]:
    """The alerts that fire now, worst first, then oldest."""
    return sorted(filter(_is_firing, incident.alerts.values()), key=_rank(incident.opening.route))


def count_firing(incident: Incident) -> int:
    """How many of its alerts fire now."""
    return sum(map(_is_firing, incident.alerts.values()))


def value_of(route: Route, alert: Alert) -> str:
    """The measured value as people read it: the annotation the route names, else what the sender tells, else ""."""
    return alert.annotations.get(route.chat.value, "") or alert.value


def take_alerts(incident: Incident, entry: AlertsReceived) -> Change:
    """Take over what one request says. A firing copy of a resolved incident reopens it, even if it says nothing new."""
    if incident.status is Status.CLOSED:
        return Change(incident)  # its alerts are free, and a copy of them may have opened another incident
    alerts, resolving = dict(incident.alerts), dict(incident.resolving)
    wait = timedelta(seconds=incident.opening.resolve_wait_seconds) if entry.is_push else None
    is_news = has_recovered = False
    for key, alert in entry.alerts.items():
        known = alerts.get(key)
        if _is_firing(alert):
            resolving.pop(key, None)
            alerts[key] = told = _refired(known, alert)
            is_news = is_news or known is None or replace(told, ends_at=known.ends_at) != known
        elif known is None:  # it is ours, so the entry that told of its beginning was set aside
            alerts[key] = alert
            is_news = has_recovered = True
        elif not _is_firing(known) or _is_older(alert, known):
            continue
        elif wait is not None:
            resolving.setdefault(key, entry.at + wait)
        else:
            resolving.pop(key, None)
            alerts[key] = _recovered(known, alert, entry.at)
            is_news = has_recovered = True
    has_fired = any(_is_firing(alert) for alert in entry.alerts.values())
    is_first = not incident.alerts
    if is_news:
        alerts = _slim(incident.opening.route, _without_the_longest_over(alerts))
    incident = replace(incident, alerts=alerts, resolving=resolving, truncated=entry.truncated)
    if not is_news and not (has_fired and incident.status is Status.RESOLVED):
        return Change(incident)
    change = _conclude(
        replace(incident, version=incident.version + 1),
        entry.at,
        entry.id,
        has_fired=has_fired,
        has_recovered=has_recovered,
        is_first=is_first,
    )
    return replace(change, lines=(_count(incident, entry.at), *change.lines)) if is_news else change


def elapse_alerts(incident: Incident, now: datetime) -> Change:
    """Resolve what waited long enough, and what nobody renews any more."""
    waited = {key for key, at in incident.resolving.items() if at <= now}
    ran_out = {key for key, alert in incident.alerts.items() if _can_run_out(alert) and _runs_out_at(alert) <= now}
    ran_out -= waited
    if not waited | ran_out:
        return Change(incident)
    over = {
        key: replace(alert, status=AlertStatus.RESOLVED, ends_at=min(alert.ends_at or now, now))
        for key, alert in incident.alerts.items()
        if key in waited | ran_out
    }
    incident = replace(
        incident,
        alerts={**incident.alerts, **over},
        resolving={key: at for key, at in incident.resolving.items() if key not in over},
        version=incident.version + 1,
    )
    lines = [_count(incident, now)] if waited else []
    if ran_out:
        details = {"count": str(len(ran_out))}
        lines.append(TimelineLine(at=now, what=Happening.ALERTS, text="ran_out", details=details))
    change = _conclude(incident, now, stamp(now), has_fired=False, has_recovered=True, is_first=False)
    # A copy that brings one of these back says just what the last one said.
    return Change(change.incident, (*lines, *change.lines), frozenset(ran_out))


def take_looked_up(incident: Incident, look: LookedUp) -> Change:
    """Resolve what the source holds no more although it never said so, and fire what it holds again."""
    gone = {key for key in look.gone if (alert := incident.alerts.get(key)) is not None and _is_firing(alert)}
    back = {
        key: starts_at
        for key, starts_at in look.back.items()
        if (alert := incident.alerts.get(key)) is not None and not _is_firing(alert)
    }
    if not gone and not back:
        return Change(incident)
    changed = {key: replace(incident.alerts[key], status=AlertStatus.RESOLVED, ends_at=look.at) for key in gone}
    for key, starts_at in back.items():
        changed[key] = replace(incident.alerts[key], status=AlertStatus.FIRING, starts_at=starts_at, ends_at=None)
    incident = replace(
        incident,
        alerts={**incident.alerts, **changed},
        resolving={key: at for key, at in incident.resolving.items() if key not in gone},
        version=incident.version + 1,
    )
    lines = tuple(
        TimelineLine(at=look.at, what=Happening.ALERTS, text=text, details={"count": str(len(keys))})
        for text, keys in (("gone", gone), ("back", back))
        if keys
    )
    change = _conclude(incident, look.at, look.id, has_fired=bool(back), has_recovered=bool(gone), is_first=False)
    return Change(change.incident, (*lines, *change.lines), frozenset(gone))


def extend(incident: Incident, ends_at: Mapping[AlertKey, datetime]) -> Incident:
    """Take over the latest `endsAt` of firing alerts, which the store keeps without waking anybody."""
    moved = {
        key: replace(alert, ends_at=until)
        for key, alert in incident.alerts.items()
        if (until := ends_at.get(key)) is not None and _can_run_out(alert) and until + STALE_GRACE > _runs_out_at(alert)
    }
    return replace(incident, alerts={**incident.alerts, **moved}) if moved else incident


def alert_times(incident: Incident) -> Iterator[datetime]:
    """When `elapse_alerts` has something to do."""
    yield from incident.resolving.values()
    yield from (_runs_out_at(alert) for alert in incident.alerts.values() if _can_run_out(alert))


# -- conclusions -------------------------------------------------------------------------------------------------------


def _conclude(
    incident: Incident, at: datetime, cause: str, *, has_fired: bool, has_recovered: bool, is_first: bool
) -> Change:
    """Draw the conclusions from the alerts as they are now: reopened, resolved, severity.

    Only a recovery resolves: what a person reopened stays open although nothing burns. Only a firing copy reopens:
    what a person resolved stays resolved although its alerts still burn. And alerts that the sender cut from its
    message may still fire, so only a whole message ends an incident.
    """
    lines: list[TimelineLine] = []
    worst = min(filter(_is_firing, incident.alerts.values()), key=_rank(incident.opening.route), default=None)
    if has_fired and incident.status is Status.RESOLVED:
        is_flip = incident.resolved_by is None
        if is_flip:
            flipped = flip(incident, at, cause)
            incident, lines = flipped.incident, [*flipped.lines]
        if incident.opens_at is not None:
            incident = return_to_triage(incident, at)
        else:
            incident = reopen(incident, at, cause, by=None, is_quiet=is_flip and incident.is_flapping)
        lines.append(TimelineLine(at=at, what=Happening.REOPENED))
    elif has_recovered and worst is None and not incident.truncated and incident.status in OPEN:
        flipped = flip(incident, at, cause)
        incident = resolve(flipped.incident, at, cause, by=None, is_quiet=flipped.incident.is_flapping)
        lines = [*flipped.lines, TimelineLine(at=at, what=Happening.RESOLVED)]
    if worst is None or incident.status not in OPEN:
        return Change(incident, tuple(lines))
    if is_first:
        incident = replace(incident, value_at_open=value_of(incident.opening.route, worst))
    severity = severity_of(incident.opening.route, worst.labels)
    if not incident.has_set_severity and severity is not incident.severity:
        text = f"{incident.severity.name} → {severity.name}"
        holder = holder_of(incident, severity)
        incident, told = set_severity(incident, severity, at)
        if not is_first:
            said = Saying(kind=SayingKind.SEVERITY_BY_LABELS, cause=cause, text=text, to=holder, details=told)
            incident = say(incident, said)
            lines.append(TimelineLine(at=at, what=Happening.SEVERITY, text=text))
    return Change(incident, tuple(lines))


def _count(incident: Incident, at: datetime) -> TimelineLine:
    details = {"firing": str(count_firing(incident)), "total": str(len(incident.alerts))}
    return TimelineLine(at=at, what=Happening.ALERTS, details=details)


def _rank(route: Route) -> Callable[[Alert], tuple[Severity, datetime, str]]:
    """What alerts are sorted by, worst first: an incident may have thousands, whose labels say a few severities."""
    known: dict[str, Severity] = {}

    def rank(alert: Alert) -> tuple[Severity, datetime, str]:
        word = alert.labels.get(route.severity_label, "")
        severity = known.get(word)
        if severity is None:
            severity = known[word] = severity_of(route, alert.labels)
        return severity, alert.starts_at, alert.fingerprint

    return rank


# -- one alert ---------------------------------------------------------------------------------------------------------


def _is_firing(alert: Alert) -> bool:
    return alert.status is AlertStatus.FIRING


def _refired(known: Alert | None, alert: Alert) -> Alert:
    """The alert as told now; HA senders disagree by seconds about the start, and the earliest is the truth."""
    if known is None or not _is_firing(known):
        return alert
    return replace(alert, starts_at=min(known.starts_at, alert.starts_at))


def _is_older(resolve: Alert, known: Alert) -> bool:
    """True for a late copy that tells the end of an earlier occurrence (CONTRACT 2.6)."""
    return resolve.ends_at is not None and resolve.ends_at <= known.starts_at


def _recovered(known: Alert, told: Alert, at: datetime) -> Alert:
    """The alert at its end, with the value it recovered to where the sender tells one."""
    return replace(
        known,
        status=AlertStatus.RESOLVED,
        ends_at=told.ends_at or at,
        value=told.value,
        annotations=known.annotations | told.annotations,
    )


def _can_run_out(alert: Alert) -> bool:
    return _is_firing(alert) and alert.ends_at is not None


def _runs_out_at(alert: Alert) -> datetime:
    assert alert.ends_at is not None
    return alert.ends_at + STALE_GRACE


def _without_the_longest_over(alerts: dict[AlertKey, Alert]) -> dict[AlertKey, Alert]:
    """Forget resolved alerts beyond `RESOLVED_ALERTS`, but not the first one of all, which names the incident."""
    over = [key for key, alert in alerts.items() if not _is_firing(alert)]
    if len(over) <= RESOLVED_ALERTS:
        return alerts
    first = min(alerts, key=lambda key: (alerts[key].starts_at, alerts[key].fingerprint))
    over.sort(key=lambda key: (key == first, alerts[key].ends_at or alerts[key].starts_at, key))
    forgotten = set(over[:-RESOLVED_ALERTS])
    return {key: alert for key, alert in alerts.items() if key not in forgotten}


def _slim(route: Route, alerts: dict[AlertKey, Alert]) -> dict[AlertKey, Alert]:
    """Keep annotations of the first `FULL_ALERTS` only: firing ones before resolved ones, the worst, the oldest."""
    if len(alerts) <= FULL_ALERTS:
        return alerts

    rank = _rank(route)
    full = [key for key, alert in alerts.items() if alert.annotations or alert.links]
    full.sort(key=lambda key: (not _is_firing(alerts[key]), rank(alerts[key]), key))
    return alerts | {key: replace(alerts[key], annotations={}, links={}) for key in full[FULL_ALERTS:]}
