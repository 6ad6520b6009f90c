"""What came of calling people; where a call could not be made at all, it is soon made again."""

from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.chats.action import Buzz, PageAction, PageDirectly
from alertbridge.core.chats.outcome import (
    AnswerLost,
    Buzzed,
    BuzzRefused,
    ChatGone,
    Failed,
    Gathered,
    Hurdle,
    Outcome,
    Sent,
)
from alertbridge.core.groups.setbacks import record_failure, record_gone
from alertbridge.core.groups.tries import Recorded, without_trouble
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.escalation import hasten
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.paging import (
    hand_over,
    lose_answer,
    not_called,
    take_buzz,
    take_message,
    take_message_refused,
)

LONGEST_WAIT = timedelta(seconds=15)
"""However often it failed: somebody waits to be called."""


def record_page(incident: Incident, action: PageAction, outcome: Outcome, now: datetime) -> Recorded:
    """Take over what came of a call, or of the direct message in its place."""
    match outcome:
        case Gathered():
            return _gathered(incident, action, outcome, now)
        case Failed():
            return _postpone(incident, action, outcome, now)
        case AnswerLost(cause=cause):
            return _postpone(incident, action, Failed(cause=cause), now, is_lost=True)
        case ChatGone():
            return record_gone(incident, action, now)
    incident = without_trouble(incident, action.key)
    match action, outcome:
        case Buzz(), Buzzed() | BuzzRefused():
            if isinstance(outcome, BuzzRefused) and outcome.why is Hurdle.GONE:
                incident = _lose_card(incident, action)
            return _recorded(take_buzz(incident, action, outcome, now))
        case PageDirectly(), Sent(message=message):
            return _recorded(take_message(incident, action, message, now))
        case PageDirectly(), BuzzRefused(cause=cause):
            change = take_message_refused(incident, action, cause, now)
            waits_in_vain = _is_of_nobody_else(incident, action)
            return Recorded(_call_next(change.incident, now) if waits_in_vain else change.incident, change.lines)
    raise AssertionError(f"{type(outcome).__name__} is no outcome of {type(action).__name__}")


def _is_of_nobody_else(incident: Incident, action: PageDirectly) -> bool:
    """Whether a call that comes to nothing was for one person only, whom no earlier way has reached."""
    return any(
        one.is_only and one.reached is None and (one.person, one.cause) == (action.person, action.cause)
        for one in incident.pages
    )


def _call_next(incident: Incident, now: datetime) -> Incident:
    """Do not wait for who cannot be reached at all; a round that begins anew waits all the same."""
    ladder = incident.ladder
    return hasten(incident, now) if ladder is not None and ladder.step else incident


def _gathered(incident: Incident, action: PageAction, outcome: Gathered, now: datetime) -> Recorded:
    incident = incident if outcome.rest else without_trouble(incident, action.key)
    change = hand_over(incident, action, outcome.people, now)
    if outcome.rest is None or not isinstance(action, Buzz):
        return _recorded(change)
    others = tuple(person for person in action.people if person not in outcome.people)
    rest = record_page(change.incident, replace(action, people=others), outcome.rest, now)
    return Recorded(rest.incident, (*change.lines, *rest.lines))


def _postpone(
    incident: Incident, action: PageAction, failed: Failed, now: datetime, *, is_lost: bool = False
) -> Recorded:
    recorded = record_failure(incident, action, failed, now)
    soon = tuple(
        replace(trouble, retry_at=min(trouble.retry_at, now + LONGEST_WAIT)) if trouble.key == action.key else trouble
        for trouble in recorded.incident.troubles
    )
    incident = replace(recorded.incident, troubles=soon)
    if isinstance(action, PageDirectly):
        return Recorded(incident, recorded.lines)
    if not is_lost:
        return Recorded(not_called(incident, action), recorded.lines)
    change = lose_answer(incident, action, now)
    return Recorded(change.incident, (*recorded.lines, *change.lines))


def _lose_card(incident: Incident, action: Buzz) -> Incident:
    """The live card is not there any more: another one is sent."""
    chat = incident.chat
    if chat is None or chat.card is None or chat.card.message != action.message:
        return incident
    return replace(incident, chat=replace(chat, card=replace(chat.card, is_gone=True), top_notice=None))


def _recorded(change: Change) -> Recorded:
    return Recorded(change.incident, change.lines)
