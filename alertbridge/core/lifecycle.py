"""How an incident lives: what alerts, people, the chat and time change in it.

`open_incident`, `observe`, `elapse` and `close` are functions of values. Each returns the incident after it, the lines
that tell it, and the alerts whose next copy must count as news although it says nothing new. What alerts mean is in
`occurrence`, what people may ask in `obey`, who comes and goes in `company`, what people change about the group in
`by_hand`, the steps between the states in `transition`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.chats.chat import Remark, Saying, SayingKind
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups import by_hand, company, looking, relief
from alertbridge.core.ids import IncidentId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import (
    AlertsReceived,
    ChatChanged,
    ChatLost,
    Command,
    Entry,
    FormAsked,
    FormCancelled,
    Inquiry,
    LookedUp,
    PeopleJoined,
    PeopleLeft,
    Spoke,
    Verb,
    Via,
)
from alertbridge.core.incidents.drill import drill_times, elapse_drill
from alertbridge.core.incidents.escalation import elapse_ack, escalation_times, quiet_end, settle
from alertbridge.core.incidents.flapping import elapse_flapping, steady_at
from alertbridge.core.incidents.forms import cancel_form
from alertbridge.core.incidents.handover import elapse_handover, handover_times, settle_handover
from alertbridge.core.incidents.incident import Earlier, Incident, Opening, Status
from alertbridge.core.incidents.noise import quieten
from alertbridge.core.incidents.obey import obey, offer_form
from alertbridge.core.incidents.occurrence import alert_times, elapse_alerts, extend, take_alerts
from alertbridge.core.incidents.outbox import announce_end, edit_countdown, say, stamp
from alertbridge.core.incidents.paging import elapse_pages, stop
from alertbridge.core.incidents.permission import is_stranger
from alertbridge.core.incidents.silencing import elapse_silence, end_silence, silence_times
from alertbridge.core.incidents.staleness import elapse_staleness, hear, staleness_times
from alertbridge.core.incidents.storm import storm_ends_at, unfold_what_matters
from alertbridge.core.incidents.transition import begin_closing, leave_triage, lose_bot, lose_group
from alertbridge.core.incidents.updates import elapse_updates, update_times
from alertbridge.core.incidents.upstream import take_look
from alertbridge.core.timeline import Happening, TimelineLine

__all__ = ["Answer", "Change", "close", "elapse", "extend", "hear", "next_due", "observe", "open_incident"]

COUNTDOWN_NOTICE = timedelta(minutes=10)
"""How long before the end the countdown card comes."""

LONGEST_SLEEP = timedelta(hours=1)
"""Nothing that is not at its end is left alone for longer (D2)."""

ANSWER_GAP = timedelta(seconds=10)
"""Who asks faster than that is not answered each time."""

REFUSAL_GAP = timedelta(seconds=2)
"""The same for commands that come to nothing: who gave two believes that both were obeyed, unless told."""

_REFRESHES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))
"""Ages at which an unacknowledged incident's card is renewed; then hourly."""


def open_incident(
    incident: IncidentId,
    number: int,
    opening: Opening,
    at: datetime,
    *,
    earlier: Earlier | None = None,
    folded_in: IncidentId | None = None,
) -> Change:
    """Begin an incident with the route values it keeps for life. Its alerts follow as its first entry.

    `earlier` is what its group key opened before: the new group is told, once there is one. `folded_in`: too many like
    it begin, and it is shown in the group of this umbrella.
    """
    is_at_once = opening.is_umbrella or folded_in is not None or opening.drill is not None
    wait = timedelta(seconds=0 if is_at_once else opening.route.chat.wait_seconds)
    opened = Incident(
        id=incident,
        number=number,
        opening=opening,
        status=Status.TRIAGE if wait else Status.FIRING,
        severity=opening.route.default_severity,
        opened_at=at,
        status_at=at,
        earlier=earlier,
        opens_at=at + wait if wait else None,
        folded_in=folded_in,
    )
    lines = [TimelineLine(at=at, what=Happening.OPENED, details={"route": opening.route.name})]
    if earlier is not None:
        told = Saying(kind=SayingKind.RELINK, cause=earlier.id, at=earlier.closed_at, count=earlier.number)
        opened = replace(opened, outbox=(told,))
        lines.append(TimelineLine(at=at, what=Happening.RELINKED, details={"number": str(earlier.number)}))
    if opening.drill is not None:
        opened = replace(opened, outbox=(*opened.outbox, Saying(kind=SayingKind.DRILL, cause=incident)))
    return Change(opened, tuple(lines))


def observe(incident: Incident, entry: Entry) -> Change:
    """Apply one entry of the inbox. An entry that changes nothing returns the incident as it was."""
    change = _observe(incident, entry)
    if incident.status is Status.FIRING and change.incident.status is not Status.FIRING:
        change = replace(change, incident=stop(change.incident))
    unfolded = unfold_what_matters(change.incident, entry.at)
    settled = settle(settle_handover(unfolded.incident), entry.at)
    if isinstance(entry, Command | Inquiry | FormAsked | Spoke):
        settled = relief.take_part(settled, entry.by, entry.at)
    return replace(change, incident=settled, lines=(*change.lines, *unfolded.lines))


def _observe(incident: Incident, entry: Entry) -> Change:
    match entry:
        case AlertsReceived():
            return take_alerts(hear(incident, entry.at), entry)
        case LookedUp():
            return take_look(incident, entry)
        case Command() | FormAsked() | FormCancelled() if entry.message is not None and is_stranger(incident, entry.by):
            return Change(looking.doubt(incident), answer=Answer.STRANGER)
        case Command():
            return _obey(incident, entry)
        case FormAsked():
            return offer_form(incident, entry)
        case FormCancelled():
            return cancel_form(incident, entry)
        case Inquiry():
            return _answer(incident, entry)
        case Spoke():
            return _hear(incident, entry)
        case ChatLost():
            return _lose_chat(incident, entry)
        case PeopleJoined():
            return company.join(incident, entry)
        case PeopleLeft():
            return company.leave(incident, entry)
        case ChatChanged():
            return by_hand.change(incident, entry)
        case _:
            assert_never(entry)


def elapse(incident: Incident, now: datetime) -> Change:
    """Do what is due at `now`: resolves that waited, alerts that ran out, the end of triage, card refreshes, an end."""
    incident, of_silence = elapse_silence(incident, now)
    if incident.status is Status.CLOSED:
        return Change(incident, of_silence)
    drilled = elapse_drill(incident, now)
    change = elapse_alerts(drilled.incident, now)
    steadied = elapse_flapping(change.incident, now)
    asked = elapse_staleness(steadied.incident, now)
    handed = elapse_handover(settle_handover(asked.incident), now)
    relieved = relief.elapse_shift(handed.incident, now)
    incident = relieved.incident
    done = (drilled, change, steadied, asked, handed, relieved)
    lines = (*of_silence, *(line for one in done for line in one.lines))
    if incident.status is Status.TRIAGE and incident.opens_at is not None and incident.opens_at <= now:
        incident = leave_triage(incident, now)
        lines = (*lines, TimelineLine(at=now, what=Happening.GROUP_DUE))
    if incident.status is Status.FIRING and not incident.opening.is_umbrella:
        incident = replace(incident, refreshed=_refreshes(now - incident.opened_at))
    end = incident.closes_at
    if end is not None and not incident.is_closing:
        if (morning := _morning(incident, end, now)) is not None:
            incident = replace(incident, closes_at=morning + COUNTDOWN_NOTICE, version=incident.version + 1)
        elif end <= now:
            incident = begin_closing(incident)
            lines = (*lines, TimelineLine(at=now, what=Happening.CLOSING))
        elif end - now <= COUNTDOWN_NOTICE < end - incident.status_at:
            incident = announce_end(incident)
    paged = elapse_pages(incident, now)
    incident, lines = paged.incident, (*lines, *paged.lines)
    incident = settle(incident, now)
    expired = elapse_ack(incident, now)
    reminded = elapse_updates(expired.incident, now)
    incident, lines = reminded.incident, (*lines, *expired.lines, *reminded.lines)
    incident = looking.ask_to_look(company.greet(incident, now), now)
    return Change(quieten(incident, now), lines, change.forget | asked.forget)


def next_due(incident: Incident, now: datetime) -> datetime:
    """When `elapse` has something to do next; at most an hour ahead, so that nothing is ever forgotten (D2)."""
    times = [now + LONGEST_SLEEP, *silence_times(incident)]
    if incident.status is not Status.CLOSED:
        times += [*alert_times(incident), *drill_times(incident), *staleness_times(incident)]
        times += [*handover_times(incident), *escalation_times(incident), *update_times(incident)]
        times += relief.shift_times(incident, now)
        if (steady := steady_at(incident)) is not None:
            times.append(steady)
    if incident.status is Status.TRIAGE and incident.opens_at is not None:
        times.append(incident.opens_at)
    if (storm_end := storm_ends_at(incident)) is not None:
        times.append(storm_end)
    if incident.status is Status.FIRING and not incident.opening.is_umbrella:
        times.append(incident.opened_at + _refresh_after(now - incident.opened_at))
    if incident.chat is not None and incident.chat.greets_at is not None:
        times.append(incident.chat.greets_at)
    if (look_at := looking.look_at(incident)) is not None:
        times.append(look_at)
    if incident.closes_at is not None and not incident.is_closing:
        notice = incident.closes_at - COUNTDOWN_NOTICE
        times.append(notice if notice > now else incident.closes_at)
    return max(now, min(times))


def close(incident: Incident, now: datetime) -> Change:
    """End the incident: its group key is free, a re-fire opens a new one. What remains is to take leave of the chat."""
    closed = replace(
        incident,
        status=Status.CLOSED,
        status_at=now,
        closes_at=None,
        is_closing=False,
        resolving={},
        flips=(),
        is_flapping=False,
        version=incident.version + 1,
    )
    closed = end_silence(closed)
    if incident.archive.is_complete and incident.on_close is not OnClose.KEEP:
        closed = say(closed, Saying(kind=SayingKind.ARCHIVED, cause=stamp(now), count=incident.archive.messages))
    return Change(closed, (TimelineLine(at=now, what=Happening.CLOSED),))


# -- the chat ----------------------------------------------------------------------------------------------------------


def _obey(incident: Incident, command: Command) -> Change:
    """Do what a person asks; what they tell the group in a command is talk like any other."""
    if command.via is not Via.CHAT:
        return obey(incident, command)
    heard = _hear(incident, command) if command.verb in (Verb.NOTE, Verb.UPDATE) else Change(incident)
    obeyed = obey(heard.incident, command)
    obeyed = replace(obeyed, lines=(*heard.lines, *obeyed.lines))
    if obeyed.answer is Answer.DONE:
        return obeyed
    # It applied when it was read: who wrote it waits for an answer.
    overtaken = Remark(words=copy.text("answer.overtaken"))
    told = Saying(
        kind=SayingKind.ANSWER, cause=command.id, who=command.by, reply_to=command.reply_to, remarks=(overtaken,)
    )
    return replace(obeyed, incident=say(obeyed.incident, told))


def _answer(incident: Incident, inquiry: Inquiry) -> Change:
    """Tell a person what they asked for, unless they were told something just now."""
    heard = _hear(incident, inquiry)
    answered = {who: at for who, at in incident.answered.items() if inquiry.at - at < ANSWER_GAP}
    before, gap = answered.get(inquiry.by), REFUSAL_GAP if inquiry.is_refusal else ANSWER_GAP
    if before is not None and inquiry.at - before < gap:
        return heard
    answer = Saying(
        kind=SayingKind.ANSWER,
        cause=inquiry.id,
        who=inquiry.by,
        reply_to=inquiry.reply_to,
        remarks=inquiry.answer,
    )
    asked = replace(heard.incident, answered={**answered, inquiry.by: inquiry.at})
    return replace(heard, incident=say(asked, answer))


def _hear(incident: Incident, spoke: Spoke | Inquiry | Command) -> Change:
    """Talk during the countdown postpones the end; once the group is being closed it is only archived."""
    if incident.is_closing:
        return Change(replace(incident, archive=replace(incident.archive, is_complete=False)))
    if incident.closes_at is None or spoke.at >= incident.closes_at:
        return Change(incident)
    # Up to the full minute: a lively talk moves the end, and with it the cards, once a minute and not with every word.
    quiet_until = spoke.at + timedelta(seconds=incident.opening.route.chat.talk_extends_seconds, minutes=1)
    closes_at = quiet_until.replace(second=0, microsecond=0)
    if closes_at <= incident.closes_at:
        return Change(incident)
    incident = replace(incident, closes_at=closes_at, version=incident.version + 1)
    line = TimelineLine(at=spoke.at, what=Happening.POSTPONED, by=spoke.by)
    return Change(edit_countdown(incident, spoke.id, SayingKind.COUNTDOWN_MOVED), (line,))


def _lose_chat(incident: Incident, lost: ChatLost) -> Change:
    chat = incident.chat
    if chat is None or chat.id != lost.chat or chat.is_gone:
        return Change(incident)
    if lost.was_disbanded:
        return lose_group(incident, lost.at, lost.id, by=lost.by, how="disbanded")
    if chat.is_standing or incident.status is Status.CLOSED:
        return lose_group(incident, lost.at, lost.id, by=lost.by, how="removed")
    return lose_bot(incident, lost.at, lost.id, by=lost.by)


def _morning(incident: Incident, end: datetime, now: datetime) -> datetime | None:
    """When its end may be announced, if that has to wait for the end of quiet hours. What is announced stays."""
    chat = incident.chat
    if end - now > COUNTDOWN_NOTICE or chat is None or chat.is_gone or chat.countdown is not None:
        return None
    is_announced = any(saying.kind is SayingKind.COUNTDOWN for saying in incident.outbox)
    return None if is_announced else quiet_end(incident, now)


# -- the clock ---------------------------------------------------------------------------------------------------------


def _refreshes(age: timedelta) -> int:
    hours = int(age / timedelta(hours=1))
    return sum(1 for after in _REFRESHES if after <= age) + max(0, hours - 1)


def _refresh_after(age: timedelta) -> timedelta:
    for after in _REFRESHES:
        if after > age:
            return after
    return timedelta(hours=int(age / timedelta(hours=1)) + 1)
