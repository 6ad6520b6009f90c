"""The steps between the states of an incident, whoever causes them; each says itself to the group.

triage ──still firing, or a person──▶ firing or acknowledged
  └────▶ resolved and closed at once
firing ──ack──▶ acknowledged
   ▲  ◀─assign──   │
   │  ◀─unack───   │
   │               │ resolve
reopen ◀─ resolved ◀┘ ──countdown──▶ is_closing ──▶ closed
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.drill import result_of
from alertbridge.core.alerts.route import OnLeave, OnLost
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.giving_way import GROUP, REPAIRS, member_key
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import OPEN, Incident, Status, called
from alertbridge.core.incidents.outbox import forget_the_end, say
from alertbridge.core.timeline import Happening, TimelineLine


def leave_triage(incident: Incident, at: datetime) -> Incident:
    """Let its group be made."""
    return replace(incident, status=Status.FIRING, status_at=at, opens_at=None, version=incident.version + 1)


def return_to_triage(incident: Incident, at: datetime) -> Incident:
    """Wait anew: it fires again before it was closed, and never had a group."""
    return replace(
        incident,
        status=Status.TRIAGE,
        status_at=at,
        opens_at=at + timedelta(seconds=incident.opening.route.chat.wait_seconds),
        closes_at=None,
        is_closing=False,
        kept_by=None,
        resolved_by=None,
        reopened=incident.reopened + 1,
    )


def resolve(
    incident: Incident,
    at: datetime,
    cause: str,
    *,
    by: OpenId | None,
    reply_to: MessageId | None = None,
    is_quiet: bool = False,
) -> Incident:
    """Begin to cool: the countdown to the end runs, a re-fire brings the incident back. `is_quiet`: it is not said.

    In triage nobody has seen it: that is its end.
    """
    policy = incident.opening.route.chat
    closes_at = at if incident.status is Status.TRIAGE else at + timedelta(seconds=policy.countdown_seconds)
    if incident.is_flapping:  # it may come back any minute: its group is not taken away before it is steady
        closes_at += timedelta(seconds=policy.steady_seconds)
    took = int((at - incident.opened_at).total_seconds())
    incident = replace(
        incident, status=Status.RESOLVED, status_at=at, closes_at=closes_at, resolved_by=by, kept_by=None
    )
    if is_quiet:
        return incident
    if incident.opening.drill and by is None:
        return say(incident, _end_of_drill(incident, cause))
    return say(
        incident,
        Saying(kind=SayingKind.RESOLVED, cause=cause, who=by, at=closes_at, seconds=max(0, took), reply_to=reply_to),
    )


def _end_of_drill(incident: Incident, cause: str) -> Saying:
    told = Saying(kind=SayingKind.DRILLED, cause=cause, at=incident.closes_at)
    results = [result_of(alert.annotations) for alert in incident.alerts.values()]
    if result := next(filter(None, results), None):
        on_time, steps = result
        return replace(told, count=on_time, details={"steps": str(steps)})
    return told


def reopen(
    incident: Incident,
    at: datetime,
    cause: str,
    *,
    by: OpenId | None,
    reply_to: MessageId | None = None,
    is_quiet: bool = False,
) -> Incident:
    """Return to firing in the same group; where that is gone by now, in a new one. `is_quiet`: it is not said."""
    incident = replace(
        forget_the_end(incident),
        status=Status.FIRING,
        status_at=at,
        opens_at=None,
        closes_at=None,
        is_closing=False,
        kept_by=None,
        resolved_by=None,
        reopened=incident.reopened + 1,
    )
    if incident.chat is not None and incident.chat.is_gone:
        return lose_chat(incident, at, cause, by=None, how="gone")
    incident = _ask_back(incident)
    if is_quiet:
        return incident
    return say(
        incident,
        Saying(
            kind=SayingKind.REOPENED,
            cause=cause,
            who=by,
            to=incident.lead,
            count=incident.reopened,
            reply_to=reply_to,
        ),
    )


def expect(incident: Incident, people: Collection[OpenId]) -> Incident:
    """Ask for people again who had left: they are called anew."""
    chat = incident.chat
    if chat is None or (chat.away | chat.leaving).isdisjoint(people):
        return incident
    chat = replace(chat, away=chat.away.difference(people), leaving=chat.leaving.difference(people))
    return replace(incident, chat=chat)


def _ask_back(incident: Incident) -> Incident:
    """Want those on call in the group again who left while it was over; who left twice before stays away."""
    chat = incident.chat
    if chat is None or incident.opening.route.chat.on_leave is OnLeave.ACCEPT:
        return incident
    wanted = {person for person in called(incident) if not chat.undone.get(member_key(person))}
    return replace(incident, chat=replace(chat, away=chat.away - wanted, leaving=chat.leaving - wanted))


def begin_closing(incident: Incident) -> Incident:
    """End the countdown: the group is locked, then archived. What an earlier closing archived is not all any more."""
    archive = replace(incident.archive, is_complete=False, refused="")
    return replace(incident, is_closing=True, archive=archive, version=incident.version + 1)


def lose_bot(incident: Incident, at: datetime, cause: str, *, by: OpenId | None) -> Change:
    """Somebody took the bot out of its own group: it tries to come back, unless that was done too often."""
    chat = incident.chat
    assert chat is not None
    if chat.removed_at is not None:
        return Change(incident)
    if incident.losses >= REPAIRS:
        return lose_group(incident, at, cause, by=by, how="removed")
    removed = replace(chat, removed_at=at, removed_by=by)
    return Change(replace(incident, chat=removed, losses=incident.losses + 1))


def lose_group(incident: Incident, at: datetime, cause: str, *, by: OpenId | None, how: str) -> Change:
    """The chat is lost: go on in another one, or end with it where the route says so. As `lose_chat`.

    What people take away again and again is not made again: it goes on without a group.
    """
    chat = incident.chat
    assert chat is not None
    if incident.status in OPEN and chat.removed_at is None and not chat.is_standing:
        incident = replace(incident, losses=incident.losses + 1)
    line = TimelineLine(at=at, what=Happening.CHAT_LOST, by=by, text=how)
    ends = incident.opening.route.chat.on_lost is OnLost.CLOSE and incident.status in OPEN and not chat.is_standing
    if not ends and incident.losses > REPAIRS and incident.status in OPEN and not chat.is_standing:
        without = replace(chat, is_gone=True)
        incident = replace(incident, chat=without, intents=(), troubles=(), outbox=(), version=incident.version + 1)
        return Change(incident, (line, TimelineLine(at=at, what=Happening.GAVE_WAY, by=by, text=GROUP)))
    if not ends:
        return Change(lose_chat(incident, at, cause, by=by, how=how), (line,))
    incident = replace(incident, chat=replace(chat, is_gone=True), intents=(), troubles=(), outbox=(), resolving={})
    incident = resolve(incident, at, cause, by=by, is_quiet=True)
    ended = TimelineLine(at=at, what=Happening.RESOLVED, by=by, text="lost")
    return Change(begin_closing(replace(incident, closes_at=at)), (line, ended))


def lose_chat(incident: Incident, at: datetime, cause: str, *, by: OpenId | None, how: str) -> Incident:
    """Go on without the chat: a live incident gets a new one with the same people, an ended one needs none.

    `how` is `disbanded`, `removed` (the bot was) or `gone` (found out later).
    """
    chat = incident.chat
    assert chat is not None
    incident = replace(incident, intents=(), troubles=(), outbox=())
    if incident.status not in OPEN:
        return replace(incident, chat=replace(chat, is_gone=True))
    kind = SayingKind.MOVED
    if chat.is_standing:  # it is not joined again: whoever took the bot out may have meant it
        kind, incident = SayingKind.ROOM_UNUSABLE, replace(incident, room_refused=how)
    moved = Saying(kind=kind, cause=cause, who=by, at=at, text=how)
    return replace(
        incident,
        chat=None,
        generation=incident.generation + 1,
        invited=tuple(sorted(chat.members - set(incident.responders or ()))),
        outbox=(moved,),
        handover=incident.handover and replace(incident.handover, card=None),
        version=incident.version + 1,
    )
