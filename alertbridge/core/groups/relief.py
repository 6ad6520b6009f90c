"""What a shift change means to an incident that is open: who comes, who goes, who holds it from then on.

Where somebody holds it, nobody is woken: who comes joins and is greeted, and the holder is asked, a little before their
shift ends, whether they hand over. Where nobody does, it is offered to who comes, who is called. Who goes and holds
nothing leaves the group a while after somebody holds the incident; who still takes part then stays.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.route import Route
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.groups.company import await_greeting
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.handover import ask_holder, forget_question, offer
from alertbridge.core.incidents.incident import Incident, OnCall, Status, called
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.paging import page
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.incidents.transition import expect
from alertbridge.core.oncall.policy import TargetKind, Way
from alertbridge.core.timeline import Happening, TimelineLine

NOTICE = timedelta(minutes=10)
"""How long before the end of their shift a holder is asked."""

STAY = timedelta(minutes=15)
"""So long who was relieved stays in the group, to be asked things."""

ROTA_LOOK = timedelta(minutes=2)
"""How often it is seen whether somebody changed who is on call."""

LATE_LOOK = timedelta(seconds=15)
"""The same where a shift has ended, and nobody could say yet who came."""


LATE_LOOKS = timedelta(minutes=10)
"""So long; after that its schedule may be gone for good."""


def follows_rota(incident: Incident) -> bool:
    """Whether a shift change concerns it now: people are or should be at work on it, and a schedule says who."""
    is_open = incident.status in (Status.FIRING, Status.ACKNOWLEDGED)
    is_known = incident.responders is not None and incident.folded_in is None
    return is_open and is_known and bool(schedules_of(incident.opening.route))


def schedules_of(route: Route) -> tuple[str, ...]:
    """The schedules that say who is on call for a route: its own, and those that its policy calls first."""
    own = () if route.schedule is None else (route.schedule,)
    policy = route.escalation
    first = () if policy is None else policy.steps[0].who
    named = (target.name for target in first if target.kind is TargetKind.SCHEDULE)
    return tuple(dict.fromkeys((*own, *named)))


def take_shift(incident: Incident, seen: OnCall, now: datetime) -> Change:
    """Take over who is on call, as the rota says it now. The first time it only remembers."""
    known = incident.on_call
    if known is None:
        return Change(replace(incident, on_call=seen))
    is_same_end = known.until == seen.until and known.next_people == seen.next_people
    held = incident.status is Status.ACKNOWLEDGED
    if held and not seen.names:
        # Nobody comes: who was called before remains, and who holds it is not disturbed.
        return Change(replace(incident, on_call=replace(seen, people=known.people, is_asked=known.is_asked)))
    incident = replace(incident, on_call=replace(seen, is_asked=known.is_asked and is_same_end))
    incoming = tuple(person for person in seen.people if person not in known.people)
    outgoing = tuple(person for person in known.people if person not in seen.people)
    if not incoming and not outgoing:
        return Change(incident if is_same_end else forget_question(incident))
    was_asked = known.is_asked and known.until is not None and known.until <= now
    if not was_asked:
        incident = forget_question(incident)
    stay = (person for person in incident.responders or () if person not in outgoing)
    incident = replace(
        incident,
        responders=tuple(dict.fromkeys((*stay, *incoming))),
        invited=tuple(person for person in incident.invited if person not in outgoing),
        summoned=tuple(person for person in incident.summoned if person not in outgoing),
        relieved={person: at for person, at in incident.relieved.items() if person not in incoming}
        | dict.fromkeys(outgoing, now + STAY),
        version=incident.version + 1,
    )
    incident = expect(incident, incoming)
    lines = tuple(
        TimelineLine(at=now, what=Happening.SHIFT_CHANGED, details={"to": person}) for person in incoming
    ) or (TimelineLine(at=now, what=Happening.SHIFT_CHANGED, text="nobody"),)
    if not incoming:
        return Change(incident, lines)
    if held or incident.handover is not None or _is_quiet(incident):
        asks = held and incident.lead in outgoing and not was_asked
        asks = asks and incident.handover is None and not _is_quiet(incident)
        incident = _welcome(incident, incoming, now)
        return Change(ask_holder(incident, incoming, now, now) if asks else incident, lines)
    out = incident.lead if incident.lead in outgoing else next(iter(outgoing), None)
    if incident.lead in outgoing:
        incident = replace(incident, lead=None)
    cause = f"shift:{stamp(now)}"
    if not seen.names:
        incident = _tell_gap(incident, incoming, cause)
    incident = offer(incident, incoming, now, cause, out=out, is_shift=True, is_called=not seen.names)
    return Change(page(incident, incoming, (Way.APP,), cause, now), lines)


def elapse_shift(incident: Incident, now: datetime) -> Change:
    """Ask who holds it before their shift ends; let go who was relieved some time ago."""
    known = incident.on_call
    if known is not None and (at := _asks_at(incident)) is not None and at <= now:
        coming = tuple(person for person in known.next_people if person not in known.people)
        assert known.until is not None
        incident = replace(incident, on_call=replace(known, is_asked=True))
        incident = ask_holder(incident, coming or known.next_people, known.until, now)
    return _let_go(incident, now)


def shift_times(incident: Incident, now: datetime) -> Iterator[datetime]:
    """When the rota has to be looked at again, or `elapse_shift` has something to do."""
    yield from incident.relieved.values()
    if not follows_rota(incident):
        return
    yield now + ROTA_LOOK
    known = incident.on_call
    if known is not None and known.until is not None:
        if known.until > now:
            yield known.until
        elif now - known.until < LATE_LOOKS:
            yield now + LATE_LOOK
    if (at := _asks_at(incident)) is not None:
        yield max(now, at)


def take_part(incident: Incident, person: OpenId | None, at: datetime) -> Incident:
    """Somebody does or says something: who was relieved, and goes on, is not let go meanwhile."""
    if person is None or person not in incident.relieved:
        return incident
    return replace(incident, relieved=incident.relieved | {person: at + STAY})


def _asks_at(incident: Incident) -> datetime | None:
    """When its holder is asked whether they hand over; None: there is nothing to ask."""
    known, lead = incident.on_call, incident.lead
    if known is None or known.until is None or known.is_asked or not follows_rota(incident):
        return None
    if incident.status is not Status.ACKNOWLEDGED or lead not in known.people or lead in known.next_people:
        return None
    is_free = incident.handover is None and not _is_quiet(incident)
    return known.until - NOTICE if is_free and known.next_names else None


def _is_quiet(incident: Incident) -> bool:
    """Whether nobody is called or asked for it now. What is folded into an umbrella passes on by itself."""
    return incident.opening.is_umbrella or is_silenced(incident) or incident.quiet_until is not None


def _tell_gap(incident: Incident, instead: tuple[OpenId, ...], cause: str) -> Incident:
    """Say that nobody is on shift now, and who is called instead."""
    details = {"schedule": schedules_of(incident.opening.route)[0], "gap": "empty"}
    return say(incident, Saying(kind=SayingKind.NOBODY, cause=cause, people=instead, details=details))


def _welcome(incident: Incident, people: tuple[OpenId, ...], now: datetime) -> Incident:
    chat = incident.chat
    if chat is None or chat.is_standing:
        return incident
    new = [person for person in people if person not in chat.greeted]
    return replace(incident, chat=await_greeting(chat, new, now))


def _let_go(incident: Incident, now: datetime) -> Change:
    """Take out of the group who was relieved, once somebody holds the incident; who holds something stays longer."""
    due = [person for person, at in incident.relieved.items() if at <= now]
    if not due:
        return Change(incident)
    chat = incident.chat
    is_held = incident.status is Status.ACKNOWLEDGED and incident.lead is not None
    if incident.status in (Status.RESOLVED, Status.CLOSED) or chat is None or chat.is_standing:
        return Change(replace(incident, relieved={}))
    gone = [person for person in due if is_held and person not in called(incident)]
    later = {person: now + STAY for person in due if person not in gone}
    kept = {person: at for person, at in incident.relieved.items() if person not in due}
    here = [person for person in gone if person in chat.members]
    chat = replace(chat, leaving=chat.leaving.union(here))  # not away: who is called again comes back
    lines = tuple(TimelineLine(at=now, what=Happening.LEFT, text="relieved", details={"to": person}) for person in here)
    return Change(replace(incident, chat=chat, relieved=kept | later), lines)
