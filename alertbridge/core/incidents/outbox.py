"""Messages to the chat that wait to be sent: each is said once, and what is not true any more is not said."""

from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.old_cards import retire
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.incident import Incident

REMEMBERED_SAYINGS = 50

_OF_THE_END = frozenset({SayingKind.COUNTDOWN, SayingKind.COUNTDOWN_MOVED, SayingKind.COUNTDOWN_KEPT})


def saying_name(saying: Saying) -> str:
    """Name a message for ever: its kind, and what led to it."""
    return f"{saying.kind}:{saying.cause}"


def stamp(at: datetime) -> str:
    """Name a due time, as the cause of what it led to."""
    return str(int(at.timestamp() * 1000))


def say(incident: Incident, saying: Saying) -> Incident:
    """Put a message last in the outbox, unless it was said already.

    Without a group there is nobody to hear it: the first card of the next one shows how things stand.
    """
    chat = incident.chat
    if chat is None or chat.is_gone:
        return incident
    name = saying_name(saying)
    if name in chat.said or any(saying_name(waiting) == name for waiting in incident.outbox):
        return incident
    return replace(incident, outbox=(*incident.outbox, saying))


def settle_saying(incident: Incident, saying: Saying) -> Incident:
    """Take a message out of the outbox for ever: it is out, or given up."""
    name = saying_name(saying)
    chat = incident.chat
    return replace(
        incident,
        chat=chat and replace(chat, said=(*chat.said, name)[-REMEMBERED_SAYINGS:]),
        outbox=tuple(waiting for waiting in incident.outbox if saying_name(waiting) != name),
    )


def announce_end(incident: Incident, *, reply_to: MessageId | None = None) -> Incident:
    """Say that the end is near, with a card of its own for each end; when it moves, that card is edited."""
    if incident.chat is None or incident.chat.countdown is not None or incident.closes_at is None:
        return incident
    if incident.chat.is_standing:
        return incident  # nobody there loses anything: the live card says when it is closed
    if any(waiting.kind is SayingKind.COUNTDOWN for waiting in incident.outbox):
        return incident  # once it is out, it is brought to the present end
    return say(
        incident,
        Saying(
            kind=SayingKind.COUNTDOWN,
            cause=stamp(incident.closes_at),
            at=incident.closes_at,
            seconds=incident.opening.route.chat.talk_extends_seconds,
            reply_to=reply_to,
        ),
    )


def tell_kept(incident: Incident, cause: str) -> Incident:
    """Say on the countdown card that a person keeps the group; if not for ever, the new end gets a card of its own."""
    incident = edit_countdown(incident, cause, SayingKind.COUNTDOWN_KEPT)
    if incident.chat is None or incident.closes_at is None:
        return incident
    return replace(incident, chat=replace(incident.chat, countdown=None))


def edit_countdown(incident: Incident, cause: str, kind: SayingKind) -> Incident:
    """Bring the countdown card, where there is one, to the present state; edits that still wait are passed over."""
    if incident.chat is None or incident.chat.countdown is None:
        return incident
    edit = Saying(
        kind=kind,
        cause=cause,
        who=incident.kept_by,
        at=incident.closes_at,
        seconds=incident.opening.route.chat.talk_extends_seconds,
        edits=incident.chat.countdown,
    )
    others = tuple(waiting for waiting in incident.outbox if waiting.edits != edit.edits)
    return say(replace(incident, outbox=others), edit)


def forget_the_end(incident: Incident) -> Incident:
    """Take back what was to be said of the countdown: the incident goes on. The next cooling has a card of its own."""
    chat = incident.chat
    if chat is not None and chat.countdown is not None:
        chat = replace(retire(chat, chat.countdown), countdown=None)
    return replace(
        incident,
        chat=chat,
        outbox=tuple(waiting for waiting in incident.outbox if waiting.kind not in _OF_THE_END),
    )
