"""What is known when a call was not done: refused, postponed, or without an answer; or when it found its chat gone."""

from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.backoff import backoff
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.old_cards import settle
from alertbridge.core.chats.outcome import Failed
from alertbridge.core.groups.looking import skip_look
from alertbridge.core.groups.tries import DOUBTFUL, OF_A_LIST, Recorded, doubt, without_intent, without_trouble
from alertbridge.core.incidents.incident import Incident, Trouble
from alertbridge.core.incidents.outbox import say, settle_saying, stamp
from alertbridge.core.incidents.silencing import silence_failed
from alertbridge.core.incidents.transition import lose_group
from alertbridge.core.timeline import Happening, TimelineLine

ARCHIVE_TRIES = 5
"""Failures, about half a minute, after which the group is told why it is not disbanded yet."""


def record_failure(incident: Incident, action: Action, failed: Failed, now: datetime) -> Recorded:
    """Note when it is tried again, or go on without it. The timeline tells it once."""
    before = next((trouble for trouble in incident.troubles if trouble.key == action.key), None)
    if failed.is_quota:
        return Recorded(_wait_for_quota(incident, action, failed, before, now))
    failures = (before.failures if before else 0) + 1
    trouble = Trouble(
        key=action.key,
        failures=failures,
        retry_at=now + backoff(failed, failures),
        cause=failed.cause,
        is_refused=failed.is_refused,
    )
    incident = without_trouble(incident, action.key)
    incident = _leave_open(replace(incident, troubles=(*incident.troubles, trouble)), action, failed)
    if isinstance(action, act.PutSilence):
        incident = silence_failed(incident, failed.cause, now, is_refused=failed.is_refused)
    elif failed.is_refused:
        incident = _give_up(incident, action, failed)
    elif isinstance(action, act.ArchiveMessages) and failures == ARCHIVE_TRIES:
        told = Saying(kind=SayingKind.ARCHIVE_FAIL, cause=stamp(incident.status_at), text=failed.cause)
        incident = say(incident, told)
    if before is not None and before.failures and before.is_refused is failed.is_refused:
        return Recorded(incident)  # the timeline has it: causes carry log ids, each would be another line
    details = {"action": action.key, "scope": failed.scope} if failed.scope else {"action": action.key}
    return Recorded(incident, (TimelineLine(at=now, what=Happening.TROUBLE, text=failed.cause, details=details),))


def _wait_for_quota(
    incident: Incident, action: Action, failed: Failed, before: Trouble | None, now: datetime
) -> Incident:
    """Come back later. Nothing was called, and nothing failed: what was known of earlier tries stays."""
    if isinstance(action, act.LookAtChat) and incident.chat is not None:
        return replace(incident, chat=skip_look(incident.chat, now))
    known = before or Trouble(key=action.key, failures=0, retry_at=now, cause=failed.cause, is_refused=False)
    trouble = replace(known, retry_at=now + backoff(failed, max(known.failures, 1)))
    incident = without_trouble(_not_called(incident, action.key), action.key)
    return replace(incident, troubles=(*incident.troubles, trouble))


def _not_called(incident: Incident, key: str) -> Incident:
    """Drop the intent of a call that had no effect, unless an earlier try may have had one."""
    kept = tuple(intent for intent in incident.intents if intent.key != key or intent.was_tried)
    return replace(incident, intents=kept)


def _leave_open(incident: Incident, action: Action, failed: Failed) -> Incident:
    """Keep what the next try has to know of this one."""
    is_certain = failed.is_refused or failed.wait_seconds is not None
    if isinstance(action, DOUBTFUL) and (not is_certain or (failed.is_refused and isinstance(action, OF_A_LIST))):
        chat = incident.chat and doubt(incident.chat, action.key)
        return replace(without_intent(incident, action.key), chat=chat)
    if is_certain:
        return _not_called(incident, action.key)
    tried = tuple(
        replace(intent, was_tried=True) if intent.key == action.key else intent for intent in incident.intents
    )
    return replace(incident, intents=tried)


def _give_up(incident: Incident, action: Action, failed: Failed) -> Incident:
    """Go on without what Feishu refuses, where going on is better than asking again."""
    match action:
        case act.JoinChat():
            return _leave_room(without_trouble(incident, action.key), failed.cause, "")
        case act.ArchiveMessages():
            archive = replace(incident.archive, refused=failed.cause)
            incident = replace(without_trouble(incident, action.key), archive=archive)
            if not failed.scope:
                return incident
            lacks = Saying(kind=SayingKind.LACKS_SCOPE, cause=stamp(incident.status_at), text=failed.scope)
            return say(incident, lacks)
        case act.Say(saying=saying):
            return settle_saying(without_trouble(incident, action.key), saying)
        case act.EditOldCard(message=message) if incident.chat is not None:
            return replace(without_trouble(incident, action.key), chat=settle(incident.chat, message))
    return incident


def _leave_room(incident: Incident, cause: str, how: str) -> Incident:
    """Go on in a group of its own, where people can be called; they are told there what to mend."""
    incident = replace(incident, room_refused=cause)
    told = Saying(kind=SayingKind.ROOM_UNUSABLE, cause=f"room:{incident.generation}", text=how)
    return replace(incident, outbox=(told, *incident.outbox))


def record_gone(incident: Incident, action: Action, now: datetime) -> Recorded:
    """A call found the chat gone that should do something to it."""
    chat = incident.chat
    if isinstance(action, act.CreateChat):
        # What this `uuid` made was disbanded since; only another one makes another group.
        failed = record_failure(incident, action, Failed(cause=_EARLIER_GONE, is_refused=True), now)
        return replace(failed, incident=replace(failed.incident, generation=incident.generation + 1))
    if isinstance(action, act.JoinChat):
        line = TimelineLine(at=now, what=Happening.CHAT_LOST, text="gone")
        return Recorded(_leave_room(incident, "gone", "gone"), (line,))
    if chat is None or chat.is_gone:
        return Recorded(incident)
    how, by = ("removed", chat.removed_by) if chat.removed_at else ("gone", None)
    lost = lose_group(incident, chat.removed_at or now, f"{how}:{chat.id}", by=by, how=how)
    return Recorded(lost.incident, lost.lines)


_EARLIER_GONE = "the group that an earlier try made is gone"
