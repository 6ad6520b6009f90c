"""What people's commands do to an incident, and when they mean nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from alertbridge.core.alerts.alert import AlertStatus
from alertbridge.core.alerts.silence import SilenceState
from alertbridge.core.chats.card import Update
from alertbridge.core.chats.chat import FormKind, Saying, SayingKind
from alertbridge.core.chats.old_cards import press
from alertbridge.core.ids import EntryId, MessageId, OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import TEXT_LIMIT, Command, FormAsked, Verb, Via
from alertbridge.core.incidents.escalation import (
    call_person,
    calls_at,
    give_back,
    hold,
    holder_of,
    order_step,
    set_severity,
    step_number,
)
from alertbridge.core.incidents.forms import VERBS, open_form, record_form
from alertbridge.core.incidents.handover import (
    can_answer,
    decline,
    hand_over,
    idle_handover,
    is_offered_to,
    keep,
    remember_note,
)
from alertbridge.core.incidents.incident import OPEN, Incident, Status, called
from alertbridge.core.incidents.outbox import announce_end, edit_countdown, say, tell_kept
from alertbridge.core.incidents.permission import may
from alertbridge.core.incidents.roles import end_roles, give_role, idle_role
from alertbridge.core.incidents.silencing import ask_silence, can_be_silenced, lift_silence, matchers_of
from alertbridge.core.incidents.staleness import hear, is_stale
from alertbridge.core.incidents.storm import unfold
from alertbridge.core.incidents.transition import begin_closing, expect, leave_triage, reopen, resolve
from alertbridge.core.oncall.role import Role
from alertbridge.core.text import clean, cut
from alertbridge.core.timeline import Happening, TimelineLine

CLICK_EDIT_DELAY = timedelta(milliseconds=500)
"""Feishu reverts a card edit that overtakes the answer to the click."""

DOUBLE_CLICK = timedelta(seconds=2)
"""The same press by the same person on the same card within this time is one press."""

CHAT_CLOSE_DELAY = timedelta(minutes=2)
"""A button asks before it closes; a message cannot, so others get this long to object."""

_OPEN = frozenset(
    {
        Verb.ACK,
        Verb.ASSIGN,
        Verb.ROLE,
        Verb.SEVERITY,
        Verb.NOTE,
        Verb.UPDATE,
        Verb.RESOLVE,
        Verb.SILENCE,
        Verb.UNSILENCE,
        Verb.STILL,
    },
)

_HELD = frozenset({Verb.ESCALATE, Verb.HANDOVER, Verb.DECLINE, Verb.LEAVE})

# Which commands mean something in which status. A missing entry is the refusal.
LEGAL: Mapping[Status, frozenset[Verb]] = {
    Status.TRIAGE: _OPEN | {Verb.OPEN},
    Status.FIRING: _OPEN | _HELD,
    Status.ACKNOWLEDGED: _OPEN | _HELD | {Verb.UNACK},
    Status.RESOLVED: frozenset({Verb.REOPEN, Verb.KEEP, Verb.CLOSE, Verb.NOTE, Verb.UPDATE, Verb.LEAVE}),
    Status.CLOSED: frozenset(),
}


_OF_UMBRELLA = frozenset({Verb.ACK, Verb.ESCALATE, Verb.NOTE, Verb.UPDATE, Verb.KEEP, Verb.CLOSE})
"""What can be asked of an umbrella, beside UNFOLD; the rest is asked of what is folded into it."""


def legal(incident: Incident) -> frozenset[Verb]:
    """Which commands mean something now: `LEGAL`, and in a storm UNFOLD; an umbrella takes fewer."""
    verbs = LEGAL[incident.status]
    if incident.opening.is_umbrella:
        verbs &= _OF_UMBRELLA
    if incident.chat is not None and incident.chat.is_standing:
        verbs -= {Verb.LEAVE}  # who is in people's own group is theirs to say
    if incident.opening.route.escalation is None or incident.folded_in is not None:
        verbs -= {Verb.ESCALATE}  # there is no ladder, or it is the umbrella's
    is_in_storm = incident.opening.is_umbrella or incident.folded_in is not None
    return verbs | {Verb.UNFOLD} if is_in_storm and incident.status in OPEN else verbs


def useful(incident: Incident, by: OpenId | None, at: datetime) -> frozenset[Verb]:
    """Which commands somebody may give now that would change something, given what they need."""

    def would_do(verb: Verb) -> bool:
        command = Command(id=EntryId(""), at=at, verb=verb, by=by, via=Via.CHAT)
        return may(incident, verb, by) and _idle(incident, command) in (None, Answer.INCOMPLETE)

    return frozenset(filter(would_do, legal(incident)))


def obey(incident: Incident, command: Command) -> Change:
    """Do what a person asks. What does not apply now is answered, and the timeline says that it was asked.

    Whatever comes of it, an old card that was used for it is brought to the present.
    """
    change = _decide(incident, command)
    chat = change.incident.chat
    if chat is None or (pressed := press(chat, command.message)) is chat:
        return change
    hold = command.at + CLICK_EDIT_DELAY
    return replace(change, incident=replace(change.incident, chat=pressed, hold_edits_until=hold))


def _decide(incident: Incident, command: Command) -> Change:
    if _is_repeated(incident.last_click, command):
        return Change(incident, answer=Answer.REPEATED)
    if command.verb not in legal(incident):
        line = replace(_line(command, Happening.REFUSED), text=command.verb)
        return Change(incident, (line,), answer=_refusal(incident, command.verb))
    if not may(incident, command.verb, command.by):
        return Change(incident, answer=Answer.NOT_ALLOWED)
    if (answer := _idle(incident, command)) is not None:
        return Change(incident, answer=answer)
    changed = replace(incident, version=incident.version + 1, hold_edits_until=command.at + CLICK_EDIT_DELAY)
    if command.message is not None:
        changed = replace(changed, last_click=command)
    match command.verb:
        case Verb.OPEN:
            return Change(leave_triage(changed, command.at), (_line(command, Happening.GROUP_DUE),))
        case Verb.ACK if changed.opening.is_umbrella:
            return _acknowledge(replace(changed, orders=(*changed.orders, command)), command)
        case Verb.ACK if _keeps(changed, command):
            return keep(changed, command)
        case Verb.ACK:
            return _acknowledge(changed, command)
        case Verb.HANDOVER:
            return hand_over(changed, command)
        case Verb.DECLINE:
            return decline(changed, command)
        case Verb.UNFOLD if changed.opening.is_umbrella:
            line = _line(command, Happening.UNFOLDING)
            return Change(replace(changed, orders=(*changed.orders, command)), (line,))
        case Verb.UNFOLD:
            return Change(unfold(changed), (_line(command, Happening.UNFOLDED),))
        case Verb.UNACK:
            return _unacknowledge(changed, command)
        case Verb.ASSIGN:
            return _assign(changed, command)
        case Verb.ROLE:
            return _assign(changed, command) if command.role is Role.LEAD else give_role(changed, command)
        case Verb.ESCALATE:
            return _escalate(changed, command)
        case Verb.LEAVE:
            return _leave(changed, command)
        case Verb.SEVERITY:
            return _set_severity(changed, command)
        case Verb.NOTE | Verb.UPDATE:
            return _write_down(changed, command)
        case Verb.RESOLVE:
            return _resolve(changed, command)
        case Verb.REOPEN:
            reopened = reopen(
                hear(changed, command.at), command.at, command.id, by=command.by, reply_to=_quoted(command)
            )
            return Change(reopened, (_line(command, Happening.REOPENED),))
        case Verb.KEEP:
            return _keep(changed, command)
        case Verb.CLOSE:
            return _close(changed, command)
        case Verb.SILENCE:
            return Change(
                ask_silence(changed, command, reply_to=_quoted(command)), (_line(command, Happening.SILENCE_ASKED),)
            )
        case Verb.UNSILENCE:
            return Change(
                lift_silence(changed, command, reply_to=_quoted(command)), (_line(command, Happening.UNSILENCED),)
            )
        case Verb.STILL:
            still = hear(changed, command.at)
            return Change(_say(still, command, SayingKind.STILL), (_line(command, Happening.STILL),))
        case _:
            assert_never(command.verb)


def _is_repeated(last: Command | None, command: Command) -> bool:
    if last is None or command.at - last.at > DOUBLE_CLICK:
        return False
    return replace(command, id=last.id, at=last.at, version=last.version) == last


def offer_form(incident: Incident, asked: FormAsked) -> Change:
    """Send the form that a person asks for, where what is written on it would mean something."""
    if VERBS[asked.form] not in legal(incident):
        return Change(incident, answer=_refusal(incident, VERBS[asked.form]))
    if asked.form is not FormKind.SILENCE:
        return open_form(incident, asked)
    if not may(incident, Verb.SILENCE, asked.by):
        return Change(incident, answer=Answer.NOT_ALLOWED)
    if not can_be_silenced(incident):
        return Change(incident, answer=Answer.NO_ALERTMANAGER)
    longest = incident.opening.route.silence_max_seconds
    return open_form(incident, asked, matchers=matchers_of(incident), longest=longest)


def _refusal(incident: Incident, verb: Verb) -> Answer:
    if incident.status is Status.CLOSED:
        return Answer.CLOSED
    if verb is Verb.RESOLVE or (verb is Verb.OPEN and incident.status in OPEN):
        return Answer.ALREADY_SO
    return Answer.NOT_NOW


def _idle(incident: Incident, command: Command) -> Answer | None:
    """The answer to a command that lacks something, or asks for what is so already; None: there is something to do."""
    match command.verb:
        case Verb.ACK if _is_held(incident, command.by):
            return Answer.ALREADY_YOURS if incident.lead == command.by else Answer.ALREADY_TAKEN
        case Verb.ASSIGN:
            return _idle_choice(command.to, incident.lead)
        case Verb.ROLE:
            return idle_role(incident, command)
        case Verb.HANDOVER:
            return idle_handover(incident, command)
        case Verb.DECLINE if not is_offered_to(incident, command.by):
            return Answer.NOT_NOW
        case Verb.SEVERITY:
            return _idle_choice(command.level, incident.severity)
        case Verb.NOTE | Verb.UPDATE if not clean(command.text, TEXT_LIMIT):
            return Answer.INCOMPLETE
        case Verb.ESCALATE if command.to is None and incident.ladder is not None and incident.ladder.order is not None:
            return Answer.ALREADY_SO  # two people pressed
        case Verb.LEAVE if not _is_member(incident, command.by):
            return Answer.ALREADY_SO
        case Verb.KEEP if _is_kept_so_long(incident, command):
            return Answer.ALREADY_SO
        case Verb.CLOSE if _is_closing_soon(incident, command):
            return Answer.ALREADY_SO
        case Verb.SILENCE if not can_be_silenced(incident):
            return Answer.NO_ALERTMANAGER
        case Verb.UNFOLD if incident.roll_up is not None and not incident.roll_up.open:
            return Answer.ALREADY_SO
        case Verb.STILL if not is_stale(incident):
            return Answer.ALREADY_SO
        case Verb.UNSILENCE if incident.silence is None or incident.silence.state is SilenceState.ENDING:
            return Answer.ALREADY_SO
    return None


def _is_member(incident: Incident, person: OpenId | None) -> bool:
    return incident.chat is not None and person in incident.chat.members - incident.chat.leaving


def _is_held(incident: Incident, person: OpenId | None) -> bool:
    """Whether acknowledging would change nothing: somebody does, nothing was folded in since, nobody hands it over."""
    is_acknowledged = incident.status is Status.ACKNOWLEDGED
    return is_acknowledged and not _has_unheld(incident) and not can_answer(incident, person)


def _keeps(incident: Incident, command: Command) -> bool:
    """Whether who holds it says that they go on."""
    is_holder = incident.status is Status.ACKNOWLEDGED and incident.lead == command.by
    return is_holder and can_answer(incident, command.by)


def _has_unheld(umbrella: Incident) -> bool:
    """Whether something was folded into it that nobody has acknowledged."""
    return umbrella.roll_up is not None and umbrella.roll_up.acked < umbrella.roll_up.open


def _idle_choice(chosen: object, present: object) -> Answer | None:
    if chosen is None:
        return Answer.INCOMPLETE
    return Answer.ALREADY_SO if chosen == present else None


def _is_kept_so_long(incident: Incident, command: Command) -> bool:
    if command.seconds is None:
        return incident.closes_at is None
    if incident.closes_at is None or incident.is_closing:
        return False
    return incident.closes_at >= command.at + timedelta(seconds=command.seconds)


def _is_closing_soon(incident: Incident, command: Command) -> bool:
    if incident.is_closing or not _is_typed(command) or incident.closes_at is None:
        return incident.is_closing
    return incident.closes_at <= command.at + CHAT_CLOSE_DELAY


# -- who is on it, and how bad it is -----------------------------------------------------------------------------------


def _acknowledge(incident: Incident, command: Command) -> Change:
    incident = replace(incident, status=Status.ACKNOWLEDGED, status_at=command.at, opens_at=None, lead=command.by)
    incident = hold(incident, command.at)
    said = _say(incident, command, SayingKind.ACK, at=incident.ack_ends_at, details=_what_it_stops(incident))
    return Change(said, (_line(command, Happening.ACKNOWLEDGED),))


def _unacknowledge(incident: Incident, command: Command) -> Change:
    """Nobody holds it any more; people are called where that was left off."""
    incident = replace(incident, status=Status.FIRING, status_at=command.at, lead=None)
    incident = give_back(incident, command.at, patient=False)
    said = _say(incident, command, SayingKind.UNACK, count=step_number(incident))
    return Change(said, (_line(command, Happening.UNACKNOWLEDGED),))


def _assign(incident: Incident, command: Command) -> Change:
    """Ask a person to lead. Until they acknowledge it nobody holds the incident."""
    incident = replace(incident, status=Status.FIRING, status_at=command.at, opens_at=None, lead=command.to)
    incident = give_back(expect(incident, called(incident)), command.at, patient=True)
    line = replace(_line(command, Happening.ASSIGNED), details={"to": command.to or ""})
    return Change(_say(incident, command, SayingKind.ASSIGN, at=calls_at(incident)), (line,))


def _escalate(incident: Incident, command: Command) -> Change:
    """Call whom a person names, or the next step: at once, whoever may be at work."""
    if command.to is not None:
        return call_person(incident, command, reply_to=_quoted(command))
    ordered = order_step(incident, command, reply_to=_quoted(command))
    return Change(ordered, (_line(command, Happening.ESCALATED),))


def _what_it_stops(incident: Incident) -> dict[str, str]:
    """What is told of an acknowledgement beside who gave it."""
    return {} if incident.opening.route.escalation is None else {"escalation": "stopped"}


def _leave(incident: Incident, command: Command) -> Change:
    """Let somebody go. Who holds the incident gives it back by that."""
    assert incident.chat is not None
    assert command.by is not None
    gone = {command.by}
    chat = replace(incident.chat, leaving=incident.chat.leaving | gone, away=incident.chat.away | gone)
    line = replace(_line(command, Happening.LEFT), details={"to": command.by})
    incident = end_roles(replace(incident, chat=chat), gone)
    if incident.status is not Status.ACKNOWLEDGED or incident.lead != command.by:
        return Change(incident, (line,))
    given_back = _unacknowledge(incident, command)
    return replace(given_back, lines=(line, *given_back.lines))


def _set_severity(incident: Incident, command: Command) -> Change:
    """Take a person's judgement; the alerts' labels do not move it any more."""
    assert command.level is not None
    text = f"{incident.severity} → {command.level}"
    holder = holder_of(incident, command.level)
    incident, told = set_severity(replace(incident, has_set_severity=True), command.level, command.at)
    line = replace(_line(command, Happening.SEVERITY_SET), text=text)
    to = holder if holder != command.by else None
    return Change(_say(incident, command, SayingKind.SEVERITY, text=text, to=to, details=told), (line,))


# -- what people tell --------------------------------------------------------------------------------------------------


def _write_down(incident: Incident, command: Command) -> Change:
    """Keep a note on the timeline, and show an update to everybody. A message that asked for it gets a receipt."""
    text = cut(command.text.strip(), TEXT_LIMIT)
    incident = record_form(incident, replace(command, text=text))
    happening = Happening.NOTED
    if command.verb is Verb.NOTE:
        incident = remember_note(incident, text)
    else:
        happening = Happening.UPDATED
        incident = replace(incident, update=Update(text=text, at=command.at, by=command.by))
    incident = hold(incident, command.at)
    if command.reply_to is not None:
        receipt = Saying(kind=SayingKind.RECEIPT, cause=command.id, reply_to=command.reply_to)
        incident = say(incident, receipt)
    return Change(incident, (replace(_line(command, happening), text=text),))


# -- the end -----------------------------------------------------------------------------------------------------------


def _resolve(incident: Incident, command: Command) -> Change:
    """Take a person's word for it. The alerts stay what their source says, and the next copy that fires reopens."""
    burning = frozenset(key for key, alert in incident.alerts.items() if alert.status is AlertStatus.FIRING)
    incident = resolve(
        replace(incident, resolving={}), command.at, command.id, by=command.by, reply_to=_quoted(command)
    )
    line = replace(_line(command, Happening.RESOLVED), text=cut(command.text.strip(), TEXT_LIMIT))
    return Change(incident, (line,), burning)


def _keep(incident: Incident, command: Command) -> Change:
    until = None if command.seconds is None else command.at + timedelta(seconds=command.seconds)
    incident = replace(incident, closes_at=until, is_closing=False, kept_by=command.by)
    if _quoted(command) is not None:
        incident = _say(incident, command, SayingKind.KEPT)
    return Change(tell_kept(incident, command.id), (_line(command, Happening.KEPT),))


def _close(incident: Incident, command: Command) -> Change:
    """End the countdown: at once where the person was asked whether they mean it, else after a short one."""
    incident = replace(incident, kept_by=None)
    line = _line(command, Happening.CLOSING)
    if not _is_typed(command):
        return Change(begin_closing(replace(incident, closes_at=command.at)), (line,))
    incident = replace(incident, closes_at=command.at + CHAT_CLOSE_DELAY, is_closing=False)
    if incident.chat is not None and incident.chat.countdown is not None:
        return Change(edit_countdown(incident, command.id, SayingKind.COUNTDOWN), (line,))
    return Change(announce_end(incident, reply_to=_quoted(command)), (line,))


# -- how it is told ----------------------------------------------------------------------------------------------------


def _say(
    incident: Incident,
    command: Command,
    kind: SayingKind,
    *,
    at: datetime | None = None,
    to: OpenId | None = None,
    text: str = "",
    count: int = 0,
    details: Mapping[str, str] | None = None,
) -> Incident:
    """Tell the group; a message there that asked for it is quoted."""
    return say(
        incident,
        Saying(
            kind=kind,
            cause=command.id,
            who=command.by,
            to=to or command.to,
            at=at or incident.closes_at,
            text=text,
            count=count,
            details=dict(details or {}),
            reply_to=_quoted(command),
        ),
    )


def _quoted(command: Command) -> MessageId | None:
    return command.reply_to if command.via is Via.CHAT else None


def _is_typed(command: Command) -> bool:
    return command.via in (Via.CHAT, Via.DIRECT)


def _line(command: Command, what: Happening) -> TimelineLine:
    return TimelineLine(at=command.at, what=what, by=command.by)
