"""What people's commands do to an incident, and when they mean nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from alertbridge.core.alert import AlertStatus
from alertbridge.core.change import Answer, Change
from alertbridge.core.chat import Saying, SayingKind
from alertbridge.core.command import Command, Verb
from alertbridge.core.incident import Incident, Status
from alertbridge.core.outbox import edit_countdown, say
from alertbridge.core.timeline import Happening, TimelineLine
from alertbridge.core.transition import begin_closing, reopen, resolve

CLICK_EDIT_DELAY = timedelta(milliseconds=500)
"""Feishu reverts a card edit that overtakes the answer to the click."""

# Which commands mean something in which status. A missing entry is the refusal.
LEGAL: Mapping[Status, frozenset[Verb]] = {
    Status.FIRING: frozenset({Verb.ACK, Verb.ASSIGN, Verb.RESOLVE}),
    Status.ACKNOWLEDGED: frozenset({Verb.ACK, Verb.ASSIGN, Verb.RESOLVE}),
    Status.RESOLVED: frozenset({Verb.REOPEN, Verb.KEEP, Verb.CLOSE}),
    Status.CLOSED: frozenset(),
}


def obey(incident: Incident, command: Command) -> Change:
    """Do what a person asks. What does not apply now is answered, and the timeline says that it was asked."""
    if command.verb not in LEGAL[incident.status]:
        line = replace(_line(command, Happening.REFUSED), text=command.verb)
        return Change(incident, (line,), answer=_refusal(incident, command))
    if (answer := _idle(incident, command)) is not None:
        return Change(incident, answer=answer)
    changed = replace(incident, version=incident.version + 1, hold_edits_until=command.at + CLICK_EDIT_DELAY)
    match command.verb:
        case Verb.ACK:
            return _acknowledge(changed, command)
        case Verb.ASSIGN:
            return _assign(changed, command)
        case Verb.RESOLVE:
            return _resolve(changed, command)
        case Verb.REOPEN:
            reopened = reopen(changed, command.at, command.id, by=command.by)
            return Change(reopened, (_line(command, Happening.REOPENED),))
        case Verb.KEEP:
            kept = replace(changed, closes_at=None, is_closing=False, kept_by=command.by)
            kept = edit_countdown(kept, command.id, SayingKind.COUNTDOWN_KEPT)
            return Change(kept, (_line(command, Happening.KEPT),))
        case Verb.CLOSE:
            closing = begin_closing(replace(changed, closes_at=command.at, kept_by=None))
            return Change(closing, (_line(command, Happening.CLOSING),))
        case _:
            assert_never(command.verb)


def _refusal(incident: Incident, command: Command) -> Answer:
    if incident.status is Status.CLOSED:
        return Answer.CLOSED
    if command.verb is Verb.RESOLVE:
        return Answer.ALREADY_SO
    return Answer.NOT_NOW


def _idle(incident: Incident, command: Command) -> Answer | None:
    """The answer to a command that asks for what is so already; None: there is something to do."""
    match command.verb:
        case Verb.ACK if incident.status is Status.ACKNOWLEDGED:
            return Answer.ALREADY_YOURS if incident.lead == command.by else Answer.ALREADY_TAKEN
        case Verb.ASSIGN if command.to in (None, incident.lead):
            return Answer.ALREADY_SO
        case Verb.KEEP if incident.closes_at is None:
            return Answer.ALREADY_SO
        case Verb.CLOSE if incident.is_closing:
            return Answer.ALREADY_SO
    return None


def _acknowledge(incident: Incident, command: Command) -> Change:
    incident = replace(incident, status=Status.ACKNOWLEDGED, status_at=command.at, lead=command.by)
    incident = say(incident, Saying(kind=SayingKind.ACK, cause=command.id, who=command.by))
    return Change(incident, (_line(command, Happening.ACKNOWLEDGED),))


def _assign(incident: Incident, command: Command) -> Change:
    """Ask a person to lead. Until they acknowledge it nobody holds the incident."""
    incident = replace(incident, status=Status.FIRING, status_at=command.at, lead=command.to)
    incident = say(incident, Saying(kind=SayingKind.ASSIGN, cause=command.id, who=command.by, to=command.to))
    line = replace(_line(command, Happening.ASSIGNED), details={"to": command.to or ""})
    return Change(incident, (line,))


def _resolve(incident: Incident, command: Command) -> Change:
    """Take a person's word for it. The alerts stay what their source says, and the next copy that fires reopens."""
    burning = frozenset(key for key, alert in incident.alerts.items() if alert.status is AlertStatus.FIRING)
    incident = resolve(replace(incident, resolving={}), command.at, command.id, by=command.by)
    return Change(incident, (_line(command, Happening.RESOLVED),), burning)


def _line(command: Command, what: Happening) -> TimelineLine:
    return TimelineLine(at=command.at, what=what, by=command.by)
