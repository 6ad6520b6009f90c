"""How an incident passes from one person to the next: offered to them, taken, or not.

Until somebody takes it, who holds it holds it. What nobody takes in time is given back, so that the escalation calls
somebody: who hands over may be on their way home. A holder who is only asked, and does not answer, keeps it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from alertbridge.core.chats.action import say_key
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.change import Answer, Change
from alertbridge.core.incidents.command import Command, Via
from alertbridge.core.incidents.escalation import calls_at, foreseen, give_back, hold
from alertbridge.core.incidents.forms import end_form
from alertbridge.core.incidents.incident import Handover, Incident, Status
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.paging import page
from alertbridge.core.incidents.state import state_of
from alertbridge.core.incidents.transition import expect
from alertbridge.core.oncall.policy import Way
from alertbridge.core.text import LABEL_LIMIT, clean
from alertbridge.core.timeline import Happening, TimelineLine

CARDS: Final = frozenset({SayingKind.HANDOVER, SayingKind.HANDOVER_ASK})
"""The messages on which a hand-over is answered."""

NOTES: Final = 3
"""Of each kind that are told."""

REMEMBERED_NOTES: Final = 8

_TO_DO: Final = ("待办", "todo", "to do")
"""How a note begins that says what is still to be done."""

_ALIVE: Final = frozenset({Status.FIRING, Status.ACKNOWLEDGED})


def remember_note(incident: Incident, text: str) -> Incident:
    """Keep what somebody wrote down for who takes over."""
    note = clean(text, LABEL_LIMIT)
    return replace(incident, notes=(*incident.notes, note)[-REMEMBERED_NOTES:])


# -- what people ask ---------------------------------------------------------------------------------------------------


def idle_handover(incident: Incident, command: Command) -> Answer | None:
    """The answer to a command that lacks a person, or names who has it already; None: there is something to do."""
    people = _meant(incident, command)
    if not people:
        return Answer.INCOMPLETE
    known = incident.handover
    is_offered = known is not None and known.is_offered and known.to == people
    return Answer.ALREADY_SO if is_offered or people == (incident.lead,) else None


def hand_over(incident: Incident, command: Command) -> Change:
    """Offer the incident to somebody, because its holder or another person says so."""
    people = _meant(incident, command)
    incident = end_form(_finish(incident, "passed_on"), command.message, command.at)
    incident = offer(
        incident,
        people,
        command.at,
        command.id,
        out=incident.lead or command.by,
        reply_to=command.reply_to if command.via is Via.CHAT else None,
    )
    on_shift = incident.responders or () if incident.on_call is None else incident.on_call.people
    if here := [person for person in people if person in on_shift]:  # others are not woken by a word
        incident = page(incident, here, (Way.APP,), command.id, command.at)
    line = TimelineLine(at=command.at, what=Happening.HANDOVER, by=command.by, details={"to": people[0]})
    return Change(incident, (line,))


def can_answer(incident: Incident, person: OpenId | None) -> bool:
    """Whether acknowledging says something although somebody holds it: it is taken over, or its holder keeps it."""
    known = incident.handover
    return known is not None and (known.is_offered or person == incident.lead)


def keep(incident: Incident, command: Command) -> Change:
    """Let the holder go on."""
    line = TimelineLine(at=command.at, what=Happening.HANDOVER_KEPT, by=command.by)
    return Change(hold(_finish(incident, "kept", who=command.by), command.at), (line,))


def is_offered_to(incident: Incident, person: OpenId | None) -> bool:
    """Whether they are the one to take it, or not to."""
    return incident.handover is not None and incident.handover.is_offered and person in incident.handover.to


def decline(incident: Incident, command: Command) -> Change:
    """Do not take it now. Its holder, who thinks to be rid of it, is told."""
    incident = _finish(incident, "declined", who=command.by)
    line = TimelineLine(at=command.at, what=Happening.HANDOVER_DECLINED, by=command.by)
    if incident.status is Status.ACKNOWLEDGED and incident.lead is not None:
        told = Saying(kind=SayingKind.HANDOVER_DECLINED, cause=command.id, who=command.by, to=incident.lead)
        incident = say(incident, told)
    return Change(incident, (line,))


def _meant(incident: Incident, command: Command) -> tuple[OpenId, ...]:
    """Who shall take it: the one who is named, else those whom the question was about."""
    if command.to is not None:
        return (command.to,)
    known = incident.handover
    return known.to if known is not None and not known.is_offered else ()


# -- how it goes -------------------------------------------------------------------------------------------------------


def offer(
    incident: Incident,
    people: tuple[OpenId, ...],
    at: datetime,
    cause: str,
    *,
    out: OpenId | None,
    reply_to: MessageId | None = None,
    is_shift: bool = False,
    is_called: bool = False,
) -> Incident:
    """Ask `people` to take the incident, with what they have to know; `out` is whose it was.

    `is_shift`: because their shift begins; `is_called`: another message mentions them.
    """
    ends_at = at + timedelta(seconds=incident.opening.route.chat.handover_seconds)
    offered = Handover(cause=cause, is_offered=True, holder=incident.lead, to=people, ends_at=ends_at)
    incident = expect(replace(incident, handover=offered), people)
    told = Saying(
        kind=SayingKind.HANDOVER,
        cause=cause,
        who=out,
        to=people[0],
        people=() if is_called else people,
        at=calls_at(incident) or ends_at,
        then=foreseen(incident) if calls_at(incident) else (),
        seconds=max(0, int((at - incident.opened_at).total_seconds())),
        details={
            "by": "shift" if is_shift else "hand",
            "state": state_of(incident),
            "tried": _tried(incident),
            "open": _to_do(incident),
        },
        reply_to=reply_to,
    )
    return say(incident, told)


def ask_holder(incident: Incident, coming: tuple[OpenId, ...], ends_at: datetime, now: datetime) -> Incident:
    """Ask who holds it whether they hand over to those who come when their shift ends, at `ends_at`."""
    assert incident.lead is not None
    wait = timedelta(seconds=incident.opening.route.chat.handover_seconds)
    cause = f"ask:{stamp(now)}"
    question = Handover(
        cause=cause, is_offered=False, holder=incident.lead, to=coming, ends_at=max(ends_at, now) + wait
    )
    told = Saying(
        kind=SayingKind.HANDOVER_ASK, cause=cause, who=incident.lead, to=coming[0], people=(incident.lead,), at=ends_at
    )
    return say(replace(incident, handover=question), told)


def forget_question(incident: Incident) -> Incident:
    """Take back what its holder was asked: others come, or at another time."""
    known = incident.handover
    return incident if known is None or known.is_offered else _finish(incident, "void")


def settle_handover(incident: Incident) -> Incident:
    """End what is answered by how things stand: somebody took it, or nobody has to any more."""
    known = incident.handover
    if known is None:
        return incident
    if incident.status not in _ALIVE:
        return _finish(incident, "void")
    if incident.lead is None or incident.lead == known.holder:
        return incident if known.is_offered or incident.lead is not None else _finish(incident, "void")
    is_taken = incident.status is Status.ACKNOWLEDGED
    return _finish(incident, "taken" if is_taken else "void", who=incident.lead)


def elapse_handover(incident: Incident, now: datetime) -> Change:
    """Give back what was offered, and what nobody took in time; who did not answer a question keeps it."""
    known = incident.handover
    if known is None or now < known.ends_at:
        return Change(incident)
    if not known.is_offered:
        return Change(_finish(incident, "unanswered", who=known.holder))
    line = TimelineLine(at=now, what=Happening.HANDOVER_LAPSED, details={"to": known.to[0]})
    incident = replace(_finish(incident, "lapsed"), version=incident.version + 1)
    if incident.status is Status.ACKNOWLEDGED and incident.lead is not None:
        incident = replace(incident, status=Status.FIRING, status_at=now, lead=None)
        incident = give_back(incident, now, patient=False)
    return Change(incident, (line,))


def handover_times(incident: Incident) -> Iterator[datetime]:
    """When `elapse_handover` has something to do."""
    if incident.handover is not None:
        yield incident.handover.ends_at


def keep_card(incident: Incident, saying: Saying, message: MessageId) -> Incident | None:
    """Remember the card on which a hand-over is answered; None: that was over before the card was out."""
    known = incident.handover
    if known is None or known.cause != saying.cause:
        return None
    return replace(incident, handover=replace(known, card=message))


def _finish(incident: Incident, how: str, *, who: OpenId | None = None) -> Incident:
    """Forget the present hand-over; its card says `how` it ended, one that is not out yet need not come."""
    known = incident.handover
    if known is None:
        return incident
    tried = {intent.key for intent in incident.intents}
    left = tuple(
        saying
        for saying in incident.outbox
        if saying.kind not in CARDS or saying.cause != known.cause or say_key(saying) in tried
    )
    unneeded = tuple(one for one in incident.pages if one.cause != known.cause)
    incident = replace(incident, handover=None, outbox=left, pages=unneeded)
    if known.card is None:
        return incident
    told = Saying(
        kind=SayingKind.HANDOVER_OVER,
        cause=known.cause,
        who=who,
        to=known.to[0],
        at=known.ends_at,
        text=how,
        edits=known.card,
    )
    return say(incident, told)


# -- what is told of it ------------------------------------------------------------------------------------------------


def _is_to_do(note: str) -> bool:
    return note.lower().startswith(_TO_DO)


def _tried(incident: Incident) -> str:
    """The newest notes, and the newest update, which is the latest word."""
    notes = [note for note in incident.notes if not _is_to_do(note)][-NOTES:]
    if incident.update is not None:
        notes.append(clean(incident.update.text, LABEL_LIMIT))
    return " · ".join(notes)


def _to_do(incident: Incident) -> str:
    """The newest notes that say what is still to be done, without the word that says so."""
    notes = [note for note in incident.notes if _is_to_do(note)][-NOTES:]
    return " · ".join(_without_word(note) for note in notes)


def _without_word(note: str) -> str:
    word = next(word for word in _TO_DO if note.lower().startswith(word))
    return note[len(word) :].lstrip(" :：,，") or note
