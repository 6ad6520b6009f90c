"""How an incident lives: what alerts, people, the chat and time change in it.

`open_incident`, `observe`, `elapse` and `close` are functions of values. Each returns the incident after it, the lines
that tell it, and the alerts whose next copy must count as news although it says nothing new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from alertbridge.core.alert import Alert, AlertStatus
from alertbridge.core.chat import Saying, SayingKind
from alertbridge.core.command import AlertsReceived, ChatLost, Command, Entry, Spoke, Verb
from alertbridge.core.ids import AlertKey, IncidentId, OpenId
from alertbridge.core.incident import Incident, Opening, Status
from alertbridge.core.route import OnClose, Route, severity_of
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening, TimelineLine

STALE_GRACE = timedelta(seconds=60)
"""A directly pushed alert is over this long after the last `endsAt` it was given (DESIGN D7)."""

COUNTDOWN_NOTICE = timedelta(minutes=10)
"""How long before the end the countdown card comes."""

CLICK_EDIT_DELAY = timedelta(milliseconds=500)
"""Feishu reverts a card edit that overtakes the answer to the click."""

FULL_ALERTS = 200
"""Of so many alerts, the worst, the annotations are kept; of all the others only the labels."""

_REFRESHES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))


class Answer(StrEnum):
    """What a command came to; the toast says it."""

    DONE = "done"
    ALREADY_YOURS = "already_yours"
    ALREADY_TAKEN = "already_taken"
    ALREADY_SO = "already_so"
    NOT_NOW = "not_now"
    CLOSED = "closed"


# Which commands mean something in which status. A missing entry is the refusal.
LEGAL: Mapping[Status, frozenset[Verb]] = {
    Status.FIRING: frozenset({Verb.ACK, Verb.ASSIGN, Verb.RESOLVE}),
    Status.ACKNOWLEDGED: frozenset({Verb.ACK, Verb.ASSIGN, Verb.RESOLVE}),
    Status.RESOLVED: frozenset({Verb.REOPEN, Verb.KEEP, Verb.CLOSE}),
    Status.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Change:
    """An incident after something happened."""

    incident: Incident
    lines: tuple[TimelineLine, ...] = ()
    forget: frozenset[AlertKey] = field(default_factory=frozenset)
    """Alerts to be looked at afresh: the next copy counts although it says what the last one said."""
    answer: Answer = Answer.DONE


def open_incident(incident: IncidentId, number: int, opening: Opening, at: datetime) -> Change:
    """Begin an incident with the route values it keeps for life. Its alerts follow as its first entry."""
    opened = Incident(
        id=incident,
        number=number,
        opening=opening,
        status=Status.FIRING,
        severity=opening.route.default_severity,
        opened_at=at,
        status_at=at,
    )
    return Change(opened, (TimelineLine(at=at, what=Happening.OPENED, details={"route": opening.route.name}),))


def observe(incident: Incident, entry: Entry) -> Change:
    """Apply one entry of the inbox. An entry that changes nothing returns the incident as it was."""
    match entry:
        case AlertsReceived():
            return _observe_alerts(incident, entry)
        case Command():
            return _obey(incident, entry)
        case Spoke():
            return _hear(incident, entry)
        case ChatLost():
            return _lose_chat(incident, entry)
        case _:
            assert_never(entry)


def extend(incident: Incident, ends_at: Mapping[AlertKey, datetime]) -> Incident:
    """Take over the latest `endsAt` of firing alerts, which the store keeps without waking anybody."""
    moved = {
        key: replace(alert, ends_at=until)
        for key, alert in incident.alerts.items()
        if (until := ends_at.get(key)) is not None and _can_run_out(alert) and until + STALE_GRACE > _runs_out_at(alert)
    }
    return replace(incident, alerts={**incident.alerts, **moved}) if moved else incident


def elapse(incident: Incident, now: datetime) -> Change:
    """Do what is due at `now`: resolves that waited, alerts that ran out, card refreshes, the countdown."""
    if incident.status is Status.CLOSED:
        return Change(incident)
    change = _elapse_alerts(incident, now)
    incident, lines = change.incident, list(change.lines)
    if incident.status is Status.FIRING:
        incident = replace(incident, refreshed=_refreshes(now - incident.opened_at))
    end = incident.closes_at
    if end is not None and not incident.is_closing:
        if end <= now:
            incident = replace(incident, is_closing=True, version=incident.version + 1)
            lines.append(TimelineLine(at=now, what=Happening.CLOSING))
        elif end - now <= COUNTDOWN_NOTICE < end - incident.status_at:
            incident = _say_once(
                incident,
                Saying(
                    kind=SayingKind.COUNTDOWN,
                    cause=_stamp(incident.status_at),
                    at=end,
                    seconds=incident.opening.route.chat.talk_extends_seconds,
                ),
            )
    return Change(incident, tuple(lines), change.forget)


def next_due(incident: Incident, now: datetime) -> datetime:
    """When `elapse` has something to do next; at most an hour ahead, so that nothing is ever forgotten (D2)."""
    times = [now + timedelta(hours=1), *incident.resolving.values()]
    if incident.status in (Status.FIRING, Status.ACKNOWLEDGED):
        times += [_runs_out_at(alert) for alert in incident.alerts.values() if _can_run_out(alert)]
    if incident.status is Status.FIRING:
        times.append(incident.opened_at + _refresh_after(now - incident.opened_at))
    if incident.closes_at is not None and not incident.is_closing:
        notice = incident.closes_at - COUNTDOWN_NOTICE
        times += [incident.closes_at, notice if notice > now else incident.closes_at]
    return max(now, min(times))


def close(incident: Incident, now: datetime) -> Change:
    """End the incident: its group key is free, a re-fire opens a new one. What remains is to take leave of the chat."""
    closed = replace(
        incident,
        status=Status.CLOSED,
        status_at=now,
        closes_at=None,
        is_closing=False,
        version=incident.version + 1,
    )
    if incident.archive.is_complete and incident.opening.route.chat.on_close is not OnClose.KEEP:
        closed = _say_once(closed, Saying(kind=SayingKind.ARCHIVED, cause=_stamp(now), count=incident.archive.messages))
    return Change(closed, (TimelineLine(at=now, what=Happening.CLOSED),))


# -- alerts ------------------------------------------------------------------------------------------------------------


def _observe_alerts(incident: Incident, entry: AlertsReceived) -> Change:
    alerts, resolving = dict(incident.alerts), dict(incident.resolving)
    wait = timedelta(seconds=incident.opening.resolve_wait_seconds) if entry.is_push else None
    news = 0
    for key, alert in entry.alerts.items():
        known = alerts.get(key)
        if alert.status is AlertStatus.FIRING:
            resolving.pop(key, None)
            alerts[key] = _refired(known, alert)
            news += 1
        elif known is None or known.status is AlertStatus.RESOLVED or _is_older(alert, known):
            continue
        elif wait is not None:
            resolving.setdefault(key, entry.at + wait)
        else:
            alerts[key] = _resolved(known, alert.ends_at or entry.at, alert)
            news += 1
    incident = replace(incident, resolving=resolving, truncated=entry.truncated)
    if not news:
        return Change(incident)
    first = not incident.alerts
    incident = replace(incident, alerts=_slim(alerts), version=incident.version + 1)
    line = TimelineLine(
        at=entry.at, what=Happening.ALERTS, details={"firing": str(len(firing(incident))), "total": str(len(alerts))}
    )
    change = _settle(incident, entry.at, entry.id, is_first=first)
    return replace(change, lines=(line, *change.lines))


def _elapse_alerts(incident: Incident, now: datetime) -> Change:
    """Resolve what waited long enough and what nobody refreshes any more."""
    waited = {key for key, at in incident.resolving.items() if at <= now}
    ran_out = {key for key, alert in incident.alerts.items() if _can_run_out(alert) and _runs_out_at(alert) <= now}
    if not waited | ran_out:
        return Change(incident)
    alerts = dict(incident.alerts)
    for key in waited | ran_out:
        alerts[key] = _resolved(alerts[key], min(alerts[key].ends_at or now, now))
    lines = []
    if ran_out - waited:
        lines.append(TimelineLine(at=now, what=Happening.ALERTS, text="ran_out", details={"count": str(len(ran_out))}))
    incident = replace(
        incident,
        alerts=alerts,
        resolving={key: at for key, at in incident.resolving.items() if key not in waited | ran_out},
        version=incident.version + 1,
    )
    change = _settle(incident, now, _stamp(now), is_first=False)
    return Change(change.incident, (*lines, *change.lines), frozenset(ran_out | waited))


def _settle(incident: Incident, at: datetime, cause: str, *, is_first: bool) -> Change:
    """Draw the conclusions from the alerts as they are now: severity, resolved, reopened."""
    lines: list[TimelineLine] = []
    burning = firing(incident)
    if burning and incident.severity_by is None:
        worst = min(severity_of(incident.opening.route, alert.labels) for alert in burning)
        if is_first:
            incident = replace(incident, severity=worst, value_at_open=value_of(incident.opening.route, burning[0]))
        elif worst is not incident.severity:
            text = f"{incident.severity.name} → {worst.name}"
            incident = _say_once(
                replace(incident, severity=worst), Saying(kind=SayingKind.SEVERITY, cause=cause, text=text)
            )
            lines.append(TimelineLine(at=at, what=Happening.SEVERITY, text=text))
    if burning and incident.status is Status.RESOLVED:
        incident = _reopen(incident, at, cause, by=None)
        lines.append(TimelineLine(at=at, what=Happening.REOPENED))
    elif not burning and not incident.truncated and incident.status in (Status.FIRING, Status.ACKNOWLEDGED):
        # Alerts that the sender cut from its message may still fire: only a whole message ends an incident.
        incident = _resolve(incident, at, cause, by=None)
        lines.append(TimelineLine(at=at, what=Happening.RESOLVED))
    return Change(incident, tuple(lines))


def value_of(route: Route, alert: Alert) -> str:
    """The measured value as people read it: the annotation the route names, else what the sender tells, else ""."""
    return alert.annotations.get(route.chat.value, "") or alert.value


def firing(incident: Incident) -> list[Alert]:
    """The alerts that fire now, worst first, then oldest."""

    def rank(alert: Alert) -> tuple[Severity, datetime, str]:
        return severity_of(incident.opening.route, alert.labels), alert.starts_at, alert.fingerprint

    return sorted((alert for alert in incident.alerts.values() if alert.status is AlertStatus.FIRING), key=rank)


def _slim(alerts: dict[AlertKey, Alert]) -> dict[AlertKey, Alert]:
    """Keep annotations of the first `FULL_ALERTS` only, firing ones before resolved ones, oldest first."""
    if len(alerts) <= FULL_ALERTS:
        return alerts
    ranked = sorted(alerts.items(), key=lambda item: (item[1].status, item[1].starts_at, item[0]))
    return dict(ranked[:FULL_ALERTS]) | {
        key: replace(alert, annotations={}, links={}) if alert.annotations or alert.links else alert
        for key, alert in ranked[FULL_ALERTS:]
    }


def _refired(known: Alert | None, alert: Alert) -> Alert:
    """The alert as told now; HA senders disagree by seconds about the start, and the earliest is the truth."""
    if known is None or known.status is AlertStatus.RESOLVED:
        return alert
    return replace(alert, starts_at=min(known.starts_at, alert.starts_at))


def _is_older(resolve: Alert, known: Alert) -> bool:
    """True for a late copy that tells the end of an earlier occurrence (CONTRACT 2.6)."""
    return resolve.ends_at is not None and resolve.ends_at <= known.starts_at


def _resolved(known: Alert, at: datetime, told: Alert | None = None) -> Alert:
    """The alert at its end, with the value it recovered to where the sender tells one."""
    if told is None:
        return replace(known, status=AlertStatus.RESOLVED, ends_at=at)
    annotations = known.annotations | told.annotations
    return replace(known, status=AlertStatus.RESOLVED, ends_at=at, value=told.value, annotations=annotations)


def _can_run_out(alert: Alert) -> bool:
    return alert.status is AlertStatus.FIRING and alert.ends_at is not None


def _runs_out_at(alert: Alert) -> datetime:
    assert alert.ends_at is not None
    return alert.ends_at + STALE_GRACE


# -- people ------------------------------------------------------------------------------------------------------------


def _obey(incident: Incident, command: Command) -> Change:
    if command.verb not in LEGAL[incident.status]:
        answer = _refusal(incident, command)
        line = TimelineLine(at=command.at, what=Happening.REFUSED, by=command.by, text=command.verb)
        return Change(incident, (line,), answer=answer)
    changed = replace(incident, version=incident.version + 1, hold_edits_until=command.at + CLICK_EDIT_DELAY)
    match command.verb:
        case Verb.ACK:
            return _acknowledge(incident, changed, command)
        case Verb.ASSIGN:
            return _assign(incident, changed, command)
        case Verb.RESOLVE:
            alerts = {key: _resolved(alert, command.at) for key, alert in changed.alerts.items()}
            still_firing = frozenset(key for key, alert in changed.alerts.items() if alert.status is AlertStatus.FIRING)
            changed = _resolve(replace(changed, alerts=alerts, resolving={}), command.at, command.id, by=command.by)
            return Change(changed, (_line(command, Happening.RESOLVED),), still_firing)
        case Verb.REOPEN:
            changed = _reopen(changed, command.at, command.id, by=command.by)
            return Change(changed, (_line(command, Happening.REOPENED),))
        case Verb.KEEP:
            return _keep(incident, changed, command)
        case Verb.CLOSE:
            if incident.is_closing:
                return Change(incident, answer=Answer.ALREADY_SO)
            return Change(replace(changed, closes_at=command.at), (_line(command, Happening.CLOSING),))
        case _:
            assert_never(command.verb)


def _refusal(incident: Incident, command: Command) -> Answer:
    if incident.status is Status.CLOSED:
        return Answer.CLOSED
    if command.verb is Verb.RESOLVE:
        return Answer.ALREADY_SO
    return Answer.NOT_NOW


def _acknowledge(incident: Incident, changed: Incident, command: Command) -> Change:
    if incident.status is Status.ACKNOWLEDGED:
        return Change(incident, answer=Answer.ALREADY_YOURS if incident.lead == command.by else Answer.ALREADY_TAKEN)
    changed = replace(changed, status=Status.ACKNOWLEDGED, status_at=command.at, lead=command.by)
    changed = _say_once(changed, Saying(kind=SayingKind.ACK, cause=command.id, who=command.by))
    return Change(changed, (_line(command, Happening.ACKNOWLEDGED),))


def _assign(incident: Incident, changed: Incident, command: Command) -> Change:
    if command.to == incident.lead:
        return Change(incident, answer=Answer.ALREADY_SO)
    changed = replace(changed, status=Status.FIRING, status_at=command.at, lead=command.to)
    changed = _say_once(changed, Saying(kind=SayingKind.ASSIGN, cause=command.id, who=command.by, to=command.to))
    line = replace(_line(command, Happening.ASSIGNED), details={"to": command.to or ""})
    return Change(changed, (line,))


def _keep(incident: Incident, changed: Incident, command: Command) -> Change:
    if incident.closes_at is None:
        return Change(incident, answer=Answer.ALREADY_SO)
    changed = replace(changed, closes_at=None, is_closing=False, kept_by=command.by)
    return Change(_edit_countdown(changed, command.id, SayingKind.COUNTDOWN_KEPT), (_line(command, Happening.KEPT),))


def _resolve(incident: Incident, at: datetime, cause: str, *, by: OpenId | None) -> Incident:
    closes_at = at + timedelta(seconds=incident.opening.route.chat.countdown_seconds)
    took = int((at - incident.opened_at).total_seconds())
    incident = replace(
        incident, status=Status.RESOLVED, status_at=at, closes_at=closes_at, resolved_by=by, kept_by=None
    )
    return _say_once(
        incident,
        Saying(kind=SayingKind.RESOLVED, cause=cause, who=by, at=closes_at, seconds=max(0, took)),
    )


def _reopen(incident: Incident, at: datetime, cause: str, *, by: OpenId | None) -> Incident:
    incident = replace(
        incident,
        status=Status.FIRING,
        status_at=at,
        closes_at=None,
        is_closing=False,
        kept_by=None,
        resolved_by=None,
        reopened=incident.reopened + 1,
        archive=replace(incident.archive, is_complete=False),
        chat=replace(incident.chat, countdown=None) if incident.chat else None,
        # A countdown or a farewell that is not out yet is not true any more.
        outbox=tuple(saying for saying in incident.outbox if saying.kind not in _OF_THE_END),
    )
    return _say_once(
        incident,
        Saying(kind=SayingKind.REOPENED, cause=cause, who=by, to=incident.lead, count=incident.reopened),
    )


_OF_THE_END = frozenset({SayingKind.COUNTDOWN, SayingKind.COUNTDOWN_MOVED, SayingKind.COUNTDOWN_KEPT})


# -- the chat ----------------------------------------------------------------------------------------------------------


def _hear(incident: Incident, spoke: Spoke) -> Change:
    """Talk during the countdown postpones the end; once the group is being closed it is only archived."""
    if incident.is_closing:
        return Change(replace(incident, archive=replace(incident.archive, is_complete=False)))
    if incident.closes_at is None or spoke.at >= incident.closes_at:
        return Change(incident)
    closes_at = spoke.at + timedelta(seconds=incident.opening.route.chat.talk_extends_seconds)
    if closes_at <= incident.closes_at:
        return Change(incident)
    incident = replace(incident, closes_at=closes_at, version=incident.version + 1)
    line = TimelineLine(at=spoke.at, what=Happening.POSTPONED, by=spoke.by)
    return Change(_edit_countdown(incident, spoke.id, SayingKind.COUNTDOWN_MOVED), (line,))


def _lose_chat(incident: Incident, lost: ChatLost) -> Change:
    chat = incident.chat
    if chat is None or chat.id != lost.chat or chat.is_gone:
        return Change(incident)
    what = "disbanded" if lost.was_disbanded else "removed"
    lines = (TimelineLine(at=lost.at, what=Happening.CHAT_LOST, by=lost.by, text=what),)
    return Change(lose_chat(incident, lost.at, lost.id, by=lost.by, how=what), lines)


def lose_chat(incident: Incident, at: datetime, cause: str, *, by: OpenId | None, how: str) -> Incident:
    """Go on without the chat: a live incident gets a new one with the same people, an ended one needs none.

    `how` is `disbanded`, `removed` (the bot was) or `gone` (found out by a refused call).
    """
    assert incident.chat is not None
    if incident.status not in (Status.FIRING, Status.ACKNOWLEDGED):
        return replace(incident, chat=replace(incident.chat, is_gone=True), intents=())
    moved = Saying(kind=SayingKind.MOVED, cause=cause, who=by, at=at, text=how)
    return replace(
        incident,
        chat=None,
        generation=incident.generation + 1,
        invited=tuple(sorted(incident.chat.members - set(incident.responders or ()))),
        intents=(),
        troubles=(),
        outbox=(moved,),
        version=incident.version + 1,
    )


def _edit_countdown(incident: Incident, cause: str, kind: SayingKind) -> Incident:
    """Bring the countdown card, where there is one, to the present state."""
    if incident.chat is None or incident.chat.countdown is None:
        return incident
    return _say_once(
        incident,
        Saying(
            kind=kind,
            cause=cause,
            who=incident.kept_by,
            at=incident.closes_at,
            seconds=incident.opening.route.chat.talk_extends_seconds,
            edits=incident.chat.countdown,
        ),
    )


# -- small parts -------------------------------------------------------------------------------------------------------


def saying_name(saying: Saying) -> str:
    """Name a message for ever: its kind, and what led to it."""
    return f"{saying.kind}:{saying.cause}"


def _say_once(incident: Incident, saying: Saying) -> Incident:
    name = saying_name(saying)
    said = incident.chat.said if incident.chat else ()
    if name in said or any(saying_name(waiting) == name for waiting in incident.outbox):
        return incident
    return replace(incident, outbox=(*incident.outbox, saying))


def _line(command: Command, what: Happening) -> TimelineLine:
    return TimelineLine(at=command.at, what=what, by=command.by)


def _stamp(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _refreshes(age: timedelta) -> int:
    hours = int(age / timedelta(hours=1))
    return sum(1 for after in _REFRESHES if after <= age) + max(0, hours - 1)


def _refresh_after(age: timedelta) -> timedelta:
    for after in _REFRESHES:
        if after > age:
            return after
    return timedelta(hours=int(age / timedelta(hours=1)) + 1)
