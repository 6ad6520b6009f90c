"""Who is in the group: who came and is greeted, who left and is brought back.

Greetings are gathered for a minute, and nobody is greeted twice. Only people on call are brought back, and only once:
whoever leaves again means it, and the next are called.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.route import OnLeave
from alertbridge.core.chats.chat import Chat, Saying, SayingKind
from alertbridge.core.chats.giving_way import member_key
from alertbridge.core.groups.blueprint import state_of, title_of
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import PeopleJoined, PeopleLeft
from alertbridge.core.incidents.escalation import calls_at, hasten, quiet_end, settle
from alertbridge.core.incidents.incident import OPEN, Incident, Status, called
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.roles import end_roles
from alertbridge.core.text import SUMMARY_LIMIT, TITLE_LIMIT, clean
from alertbridge.core.timeline import Happening, TimelineLine

SETTLING = timedelta(minutes=1)
"""Who comes while the group is being made sees everything begin, and needs no greeting."""

GREETING_GAP = timedelta(seconds=60)
"""People who come one after the other are greeted together."""

GREETINGS_AN_HOUR = 6


def join(incident: Incident, joined: PeopleJoined) -> Change:
    """Somebody brought people in, or they came by themselves. Who is there already is no news: we may have done it."""
    chat = incident.chat
    if chat is None or chat.id != joined.chat:
        return Change(incident)
    new = [person for person in dict.fromkeys(joined.people) if person not in chat.members]
    if not new:
        return Change(incident)
    chat = replace(chat, members=chat.members.union(new), away=chat.away.difference(new), refused=chat.refused - {*new})
    strangers = [person for person in new if person not in called(incident) | chat.greeted]
    if chat.is_standing:
        return Change(replace(incident, chat=chat))  # people come and go in a room of their own
    if strangers and joined.at - chat.created_at >= SETTLING:
        chat = await_greeting(chat, strangers, joined.at)
    lines = tuple(
        TimelineLine(at=joined.at, what=Happening.JOINED, by=joined.by, details={"to": person}) for person in new
    )
    return Change(replace(incident, chat=chat), lines)


def await_greeting(chat: Chat, people: Collection[OpenId], at: datetime) -> Chat:
    """Greet these people soon, together with others who come; only those who are there then."""
    if not people:
        return chat
    greets_at = chat.greets_at or at + GREETING_GAP
    return replace(chat, newcomers=tuple(dict.fromkeys((*chat.newcomers, *people))), greets_at=greets_at)


def greet(incident: Incident, now: datetime) -> Incident:
    """Greet those who came, when it is time, in one message; the seventh message of an hour waits for the next."""
    chat = incident.chat
    if chat is None or chat.greets_at is None or chat.greets_at > now:
        return incident
    here = tuple(person for person in chat.newcomers if person in chat.members)
    if here and (morning := quiet_end(incident, now)) is not None:
        return replace(incident, chat=replace(chat, greets_at=morning))
    recent = tuple(at for at in chat.greetings if now - at < timedelta(hours=1))
    is_ending = incident.status is Status.CLOSED or incident.is_closing
    if here and not is_ending and len(recent) >= GREETINGS_AN_HOUR:
        return replace(incident, chat=replace(chat, greets_at=recent[0] + timedelta(hours=1)))
    chat = replace(chat, newcomers=(), greets_at=None)
    if not here or is_ending:
        return replace(incident, chat=chat)
    chat = replace(chat, greeted=chat.greeted.union(here), greetings=(*recent, now))
    details = {"severity": incident.severity.name, "state": state_of(incident)}
    if incident.update is not None:
        details["latest"] = clean(incident.update.text, SUMMARY_LIMIT)
    greeting = Saying(
        kind=SayingKind.GREETING,
        cause=stamp(now),
        people=here,
        to=incident.lead,
        at=incident.status_at,
        seconds=max(0, int((now - incident.opened_at).total_seconds())),
        text=clean(title_of(incident), TITLE_LIMIT),
        details=details,
    )
    return say(replace(incident, chat=chat), greeting)


def leave(incident: Incident, left: PeopleLeft) -> Change:
    """People are gone by a person's doing. Who was not there is no news, but an invitation taken back counts."""
    chat = incident.chat
    if chat is None or chat.id != left.chat:
        return Change(incident)
    gone = [
        person
        for person in dict.fromkeys(left.people)
        if person in chat.members or (left.was_withdrawn and person not in chat.away)
    ]
    if not left.was_withdrawn:
        return lose_people(incident, gone, left.at, left.id, by=left.by)
    lines = tuple(replace(_line(left.at, Happening.LEFT, person, left.by), text="withdrawn") for person in gone)
    return Change(replace(incident, chat=_without(chat, gone, away=gone)) if gone else incident, lines)


def lose_people(
    incident: Incident,
    people: Collection[OpenId],
    at: datetime,
    cause: str,
    *,
    by: OpenId | None,
    is_told: bool = True,
) -> Change:
    """`people` are out of the group. Those on call are brought back once, while the incident is open.

    `is_told`: the group hears of it; the timeline does in any case.
    """
    chat = incident.chat
    if chat is None or not people:
        return Change(incident)
    if chat.is_standing:
        return Change(replace(incident, chat=_without(chat, people, away=())))
    policy = incident.opening.route.chat
    may_return = called(incident) if policy.on_leave is OnLeave.INVITE and incident.status in OPEN else frozenset()
    may_return -= chat.leaving
    back = [person for person in people if person in may_return and not chat.undone.get(member_key(person))]
    again = [person for person in people if person in may_return and person not in back]
    lost = [person for person in people if person in called(incident) and person not in back]
    chat = _without(chat, people, away=[person for person in people if person not in back])
    chat = replace(chat, undone={**chat.undone, **{member_key(person): 1 for person in back}})
    incident = end_roles(replace(incident, chat=chat), [person for person in people if person not in back])
    lines = [_line(at, Happening.LEFT, person, by) for person in people]
    if lost and incident.status in (Status.FIRING, Status.ACKNOWLEDGED):
        given_back = _call_others(incident, lost, at)
        incident, lines = given_back.incident, [*lines, *given_back.lines]
    for kind, what, leavers in (
        (SayingKind.LEFT, Happening.BROUGHT_BACK, back),
        (SayingKind.LEFT_AGAIN, Happening.LEFT_AGAIN, again),
    ):
        lines += [_line(at, what, person, None) for person in leavers]
        for person in leavers if is_told else ():
            told = Saying(kind=kind, cause=f"{cause}:{person}", who=person)
            if kind is SayingKind.LEFT_AGAIN and calls_at(incident) == at:
                told = replace(told, details={"next": "now"})
            incident = say(incident, told)
    return Change(incident, tuple(lines))


def _call_others(incident: Incident, lost: Collection[OpenId], at: datetime) -> Change:
    """Wait no longer for people who are gone for good: what one of them held is given back, the next are called."""
    if incident.status is not Status.ACKNOWLEDGED:
        return Change(hasten(incident, at))
    if incident.lead not in lost:
        return Change(incident)
    line = TimelineLine(at=at, what=Happening.UNACKNOWLEDGED, by=incident.lead, text="left")
    incident = replace(incident, status=Status.FIRING, status_at=at, lead=None, version=incident.version + 1)
    return Change(hasten(settle(incident, at), at), (line,))


def _without(chat: Chat, people: Collection[OpenId], *, away: Collection[OpenId]) -> Chat:
    return replace(
        chat,
        members=chat.members.difference(people),
        leaving=chat.leaving.difference(people),
        managers=chat.managers.difference(people),
        newcomers=tuple(person for person in chat.newcomers if person not in people),
        away=chat.away.union(away),
    )


def _line(at: datetime, what: Happening, person: OpenId, by: OpenId | None) -> TimelineLine:
    return TimelineLine(at=at, what=what, by=by, details={"to": person})
