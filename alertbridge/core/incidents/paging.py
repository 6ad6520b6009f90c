"""How a person is reached: the ways of a step one after the other, a louder one for each that is refused.

Where the group cannot be used for it, or nobody can be buzzed there, they get a direct message, and are buzzed there.
Who is called, and when, others decide; nobody is called any more once somebody took it over, or it is over.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.action import Buzz, PageDirectly
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.outcome import Buzzed, BuzzRefused, Hurdle
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.heads_up import drop_heads_ups
from alertbridge.core.incidents.incident import Incident, Status, called
from alertbridge.core.incidents.outbox import say
from alertbridge.core.incidents.pages import Page
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.oncall.policy import Way
from alertbridge.core.timeline import Happening, TimelineLine

DIRECT = "direct"
"""Stands for a direct message where ways are named."""

REPEATS = 2
"""A call without an answer is made so often in all: who was called cannot be looked up."""

BUZZES = (Way.APP, Way.SMS, Way.PHONE)
"""From the quietest to the loudest."""

_OF_ONE = frozenset({Hurdle.UNREAD, Hurdle.PERSON})
"""One of those who were meant is in the way of all."""

_OF_THE_MESSAGE = frozenset({Hurdle.MESSAGE, Hurdle.GONE})

_OF_THE_PLACE = frozenset({Hurdle.PERSON, Hurdle.OUTSIDE, Hurdle.FORBIDDEN}) | _OF_THE_MESSAGE
"""No way would do here."""


def page(incident: Incident, people: Iterable[OpenId], ways: Iterable[Way], cause: str, at: datetime) -> Incident:
    """Call people, in all of these ways; whom an earlier call has not reached yet is called once for both."""
    todo = _calls(_as_loud_as(incident, ways))
    wanted = tuple(dict.fromkeys(people))
    waiting = {one.person: one for one in incident.pages}
    only = len(wanted) == 1
    new = tuple(
        _joined(waiting.get(person), Page(person=person, cause=cause, at=at, todo=todo, is_only=only))
        for person in wanted
    )
    others = tuple(one for one in incident.pages if one.person not in wanted)
    here = called(incident).union(incident.invited)
    invited = (*incident.invited, *(person for person in wanted if person not in here))
    return replace(incident, pages=(*others, *new), invited=invited)


def _as_loud_as(incident: Incident, ways: Iterable[Way]) -> list[Way]:
    """The ways as loud as they may be: a drill wakes nobody, unless it was asked to."""
    allowed = _allowed(incident)
    return [way if way is Way.CARD or way in allowed else allowed[-1] for way in ways]


def _allowed(incident: Incident) -> tuple[Way, ...]:
    drill = incident.opening.drill
    return BUZZES if drill is None or drill.is_loud else (Way.APP,)


def _calls(ways: Iterable[Way]) -> tuple[Way, ...]:
    """The calls to make, the quietest first. SMS and phone buzz in the app as well; a mention needs no call."""
    loud = tuple(way for way in BUZZES if way in set(ways))
    return (loud[1:] if len(loud) > 1 and loud[0] is Way.APP else loud) or (Way.CARD,)


def _joined(before: Page | None, new: Page) -> Page:
    if before is None:
        return new
    if before.cause == new.cause:
        return replace(before, todo=_calls((*before.todo, *new.todo)))
    todo = _calls((*before.todo, *new.todo))
    return replace(new, at=before.at, todo=todo, is_direct=before.is_direct, direct=before.direct)


def stop(incident: Incident) -> Incident:
    """Call nobody any more."""
    return replace(incident, pages=()) if incident.pages else incident


def elapse_pages(incident: Incident, now: datetime) -> Change:
    """Drop the calls that nobody needs any more; go on where an answer never came."""
    if not incident.pages or incident.status is Status.TRIAGE:
        return Change(incident)
    incident = drop_heads_ups(incident)
    if incident.status not in (Status.FIRING, Status.ACKNOWLEDGED) or is_silenced(incident):
        return Change(stop(incident))
    incident = settle_mentions(incident)
    change = Change(incident)
    for one in incident.pages:
        if one.lost >= REPEATS:
            refused = _refuse(change.incident, (one,), BuzzRefused(why=Hurdle.NO_ANSWER, cause=""), now)
            change = Change(refused.incident, (*change.lines, *refused.lines))
    return change


def settle_mentions(incident: Incident) -> Incident:
    """Who is only mentioned is reached once they are in the group, and what mentions them is out."""
    chat = incident.chat
    if chat is None or chat.is_gone or chat.card is None:
        return incident
    unsaid = {saying.cause for saying in incident.outbox}
    done = {
        one.person
        for one in incident.pages
        if one.todo == (Way.CARD,) and not one.is_direct and one.person in chat.members and one.cause not in unsaid
    }
    left = tuple(one for one in incident.pages if one.person not in done)
    return replace(incident, pages=left) if done else incident


def note_message(incident: Incident, cause: str, message: MessageId) -> Incident:
    """The message that tells of a call is out: it is the one to be made urgent."""
    return _with(incident, [replace(one, message=message) for one in incident.pages if one.cause == cause])


# -- a call, before and after its answer -------------------------------------------------------------------------------


def note_call(incident: Incident, action: Buzz) -> Incident:
    """Remember that a call is about to be made."""
    return _with(incident, [replace(one, is_calling=True) for one in _pages_of(incident, action)])


def recover_calls(incident: Incident) -> Incident:
    """Take over from an owner that may have died in a call: it may have been made."""
    lost = [replace(one, is_calling=False, lost=one.lost + 1) for one in incident.pages if one.is_calling]
    return _with(incident, lost)


def not_called(incident: Incident, action: Buzz) -> Incident:
    """Nothing was called, and it is tried again."""
    return _with(incident, [replace(one, is_calling=False) for one in _pages_of(incident, action)])


def lose_answer(incident: Incident, action: Buzz, now: datetime) -> Change:
    """Repeat the call once; then go on by the next way."""
    lost = [replace(one, is_calling=False, lost=one.lost + 1) for one in _pages_of(incident, action)]
    return elapse_pages(_with(incident, lost), now)


def take_buzz(incident: Incident, action: Buzz, outcome: Buzzed | BuzzRefused, now: datetime) -> Change:
    """Take over what came of a call. Whom nobody needs any more was called all the same: the timeline tells it."""
    if isinstance(outcome, BuzzRefused):
        return _refuse(incident, _pages_of(incident, action), outcome, now)
    outside = tuple(one for one in _pages_of(incident, action) if one.person in outcome.outside)
    reached = tuple(person for person in action.people if person not in outcome.outside)
    twice = {one.person for one in _pages_of(incident, action) if one.lost}
    lines = tuple(
        _line(now, Happening.PAGED, person, action.way, "twice" if person in twice else "") for person in reached
    )
    for one in _pages_of(incident, action):
        if one.person in reached:
            done = replace(one, todo=one.todo[1:], tried=(*one.tried, action.way), reached=action.way)
            incident = _replace(incident, one, _rested(done) if done.todo else None)
    if not outside:
        return Change(incident, lines)
    if incident.chat is not None and not action.is_direct:
        incident = replace(incident, chat=replace(incident.chat, is_doubted=True))
    refused = _refuse(incident, outside, BuzzRefused(why=Hurdle.OUTSIDE, cause=""), now)
    return Change(refused.incident, (*lines, *refused.lines))


def hand_over(incident: Incident, action: Buzz | PageDirectly, people: Collection[OpenId], now: datetime) -> Change:
    """These people are called for it together with other incidents: nothing is left to be done here."""
    left = tuple(one for one in incident.pages if one.cause != action.cause or one.person not in people)
    lines = tuple(_line(now, Happening.PAGED, person, "", "together") for person in sorted(people))
    return Change(replace(incident, pages=left), lines)


def take_message(incident: Incident, action: PageDirectly, message: MessageId, now: datetime) -> Change:
    """The direct message is out: it is buzzed, where a way is left."""
    line = _line(now, Happening.PAGED, action.person, DIRECT, "")
    for one in incident.pages:
        if (one.person, one.cause) == (action.person, action.cause):
            todo = tuple(way for way in one.todo if way is not Way.CARD)
            told = replace(one, is_direct=True, direct=message, todo=todo)
            incident = _replace(incident, one, told if todo else None)
    return Change(incident, (line,))


def take_message_refused(incident: Incident, action: PageDirectly, cause: str, now: datetime) -> Change:
    """There is no way left to this person; who was called before at least knows."""
    lines: list[TimelineLine] = []
    for one in incident.pages:
        if (one.person, one.cause) == (action.person, action.cause):
            incident = _replace(incident, one, None)
            if one.reached is None:
                lines.append(_line(now, Happening.UNREACHABLE, one.person, DIRECT, cause))
                told = Saying(kind=SayingKind.UNREACHABLE, cause=f"{one.cause}:{one.person}", who=one.person)
                incident = say(incident, told)
    return Change(incident, tuple(lines))


# -- refused -----------------------------------------------------------------------------------------------------------


def _refuse(incident: Incident, pages: tuple[Page, ...], refused: BuzzRefused, now: datetime) -> Change:
    """Go on by the next way at once, and say so; where one of several is in the way of all, call each alone first."""
    if refused.why in _OF_ONE and len(pages) > 1:
        return Change(_with(incident, [replace(_rested(one), is_alone=True) for one in pages]))
    lines: list[TimelineLine] = []
    turned: dict[str, list[OpenId]] = {}
    for one in pages:
        after, instead = _turn(one, refused.why, _allowed(incident))
        incident = _replace(incident, one, after)
        lines.append(_line(now, Happening.NOT_PAGED, one.person, one.todo[0], refused.cause or str(refused.why)))
        if instead:
            turned.setdefault(instead, []).append(one.person)
    for instead, people in turned.items():
        first = pages[0]
        told = Saying(
            kind=SayingKind.VIA_FAIL,
            cause=f"{first.cause}:{first.todo[0]}:{people[0]}",
            people=tuple(people),
            details={"via": first.todo[0], "instead": instead, "why": refused.why},
        )
        incident = say(incident, told)
    return Change(incident, tuple(lines))


def _turn(one: Page, why: Hurdle, allowed: tuple[Way, ...]) -> tuple[Page | None, str]:
    """What is done instead, and what it is called; "" where it is the same way again, by another message."""
    way, one = one.todo[0], _rested(one)
    if why in _OF_THE_MESSAGE and one.message is not None and not one.is_direct:
        return replace(one, message=None), ""
    if why is Hurdle.GONE and not one.is_direct:
        return one, ""  # another card is sent
    if why in _OF_THE_PLACE and not one.is_direct:
        return replace(one, is_direct=True), DIRECT
    left, tried = one.todo[1:], (*one.tried, way)
    if not left and one.reached is None and (other := next_way(way, tried, allowed)) is not None:
        left = (other,)
    one = replace(one, todo=left, tried=tried)
    if left:
        return one, left[0]
    if one.reached is not None:
        return None, one.reached
    return (replace(one, is_direct=True) if one.direct is None else None), DIRECT


def next_way(way: Way, tried: Collection[Way], allowed: Collection[Way] = BUZZES) -> Way | None:
    """What takes the place of a way that was refused: the next louder one, else a quieter one; None: all were tried."""
    place = BUZZES.index(way)
    others = (*BUZZES[place:], *BUZZES[:place])
    return next((other for other in others if other in allowed and other not in tried), None)


# -- small steps -------------------------------------------------------------------------------------------------------


def _rested(one: Page) -> Page:
    """As it is between two calls; the next one has lost no answer yet."""
    return replace(one, is_calling=False, lost=0)


def _pages_of(incident: Incident, action: Buzz) -> tuple[Page, ...]:
    """Those whom a call is for, as far as they still have to be reached by it."""
    return tuple(
        one
        for one in incident.pages
        if one.cause == action.cause and one.person in action.people and one.todo[:1] == (action.way,)
    )


def _with(incident: Incident, changed: list[Page]) -> Incident:
    if not changed:
        return incident
    by_person = {one.person: one for one in changed}
    return replace(incident, pages=tuple(by_person.get(one.person, one) for one in incident.pages))


def _replace(incident: Incident, before: Page, after: Page | None) -> Incident:
    """Put another in its place; None: nothing is left to do for this person."""
    pages = tuple(after if one.person == before.person else one for one in incident.pages)
    return replace(incident, pages=tuple(one for one in pages if one is not None))


def _line(at: datetime, what: Happening, person: OpenId, via: str, text: str) -> TimelineLine:
    return TimelineLine(at=at, what=what, text=text, details={"to": person, "via": via})
