"""How much a group is told in an hour: above the limit, what card and timeline tell anyway is not said besides."""

from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.chats.action import say_key
from alertbridge.core.chats.chat import Chat, Saying, SayingKind
from alertbridge.core.incidents.incident import Incident

MESSAGES_AN_HOUR = 12

HOUR = timedelta(hours=1)

_DISPENSABLE = frozenset(
    {
        SayingKind.ACK,
        SayingKind.UNACK,
        SayingKind.SEVERITY,
        SayingKind.SEVERITY_BY_LABELS,
        SayingKind.RESOLVED,
        SayingKind.FLAP,
        SayingKind.OWNER_CHANGED,
        SayingKind.CANNOT_JOIN,
        SayingKind.UNSILENCED,
        SayingKind.SILENCED_UP,
        SayingKind.SILENCE_END,
    }
)
"""They call nobody, nothing can be pressed on them, and nothing depends on somebody having read them."""

_ANSWERS = frozenset(
    {
        SayingKind.ANSWER,
        SayingKind.RECEIPT,
        SayingKind.KEPT,
        SayingKind.NOTE_FORM,
        SayingKind.UPDATE_FORM,
        SayingKind.HANDOVER_FORM,
    }
)


def quieten(incident: Incident, now: datetime) -> Incident:
    """Take back what is too much for this hour; how much that was is shown on the card."""
    chat = incident.chat
    if chat is None or chat.is_gone:
        return incident
    spoken, hushed = _of_this_hour(chat.spoken, now), _of_this_hour(chat.hushed, now)
    room = MESSAGES_AN_HOUR - len(spoken)
    tried = {intent.key for intent in incident.intents}
    left: list[Saying] = []
    for saying in incident.outbox:
        if not _counts(saying):
            left.append(saying)
        elif room > 0 or saying.kind not in _DISPENSABLE or say_key(saying) in tried:
            left.append(saying)
            room -= 1
    hushed += (now,) * (len(incident.outbox) - len(left))
    if (spoken, hushed) == (chat.spoken, chat.hushed):
        return incident
    return replace(incident, chat=replace(chat, spoken=spoken, hushed=hushed), outbox=tuple(left))


def count_spoken(chat: Chat, saying: Saying, now: datetime) -> Chat:
    """Remember that a message is out, unless somebody asked for it."""
    return replace(chat, spoken=(*_of_this_hour(chat.spoken, now), now)) if _counts(saying) else chat


def _counts(saying: Saying) -> bool:
    return saying.edits is None and saying.reply_to is None and saying.kind not in _ANSWERS


def _of_this_hour(times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in times if now - at < HOUR)
