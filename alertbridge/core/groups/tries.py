"""What a call leaves behind before its answer: its intent, and doubt where the answer never came.

A call leaves its intent in the store before it is made. Only an answer ends it; a lost one, or the death of its owner,
leaves the intent (the call is repeated with the same `uuid`, or looked up) or a gap in what is known of the chat.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.core.chats import action as act
from alertbridge.core.chats.action import Action
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Chat, SayingKind
from alertbridge.core.ids import MessageId
from alertbridge.core.incidents.incident import Incident, Intent
from alertbridge.core.incidents.paging import note_call, recover_calls
from alertbridge.core.timeline import TimelineLine

# What a second call with the same `uuid` does not do twice, or what has to be looked for before it is done again.
_REPEATED = (act.CreateChat, act.SendCard, act.Say)

# Refused where people changed the tabs or the menu, so that ours are not those we know.
OF_A_LIST = (
    act.CreateTabs,
    act.UpdateTabs,
    act.DeleteTabs,
    act.SortTabs,
    act.CreateMenu,
    act.DeleteMenu,
    act.PatchMenu,
    act.SortMenu,
)

# What may leave the chat other than it is known to be, should the answer never come.
DOUBTFUL = (
    act.EditCard,
    act.PutTopNotice,
    act.DeleteTopNotice,
    act.Rename,
    act.SetModeration,
    act.WriteAnnouncement,
    *OF_A_LIST,
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident that knows what came of an action, and what the timeline should tell of it."""

    incident: Incident
    lines: tuple[TimelineLine, ...] = ()


def intents(incident: Incident, actions: tuple[Action, ...], now: datetime) -> Incident:
    """Note what is about to be called, before it is: a crash then repeats with the same `uuid`, or looks first."""
    for action in actions:
        if isinstance(action, act.Buzz):
            incident = note_call(incident, action)
    known = {intent.key for intent in incident.intents}
    new = tuple(
        Intent(key=action.key, uuid=getattr(action, "uuid", ""), first_at=now)
        for action in actions
        if isinstance(action, _REPEATED + DOUBTFUL) and not _is_edit(action) and action.key not in known
    )
    return replace(incident, intents=(*incident.intents, *new)) if new else incident


def recover(incident: Incident) -> Incident:
    """Take over from an owner that may have died between a call and its fact: what cannot be repeated is unknown."""
    incident = recover_calls(incident)
    if not incident.intents:
        return incident
    chat = incident.chat
    for intent in incident.intents:
        chat = chat and doubt(chat, intent.key)
    waiting = {act.say_key(saying) for saying in incident.outbox} | {act.CreateChat.key, act.SendCard.key}
    kept = tuple(replace(intent, was_tried=True) for intent in incident.intents if intent.key in waiting)
    return replace(incident, chat=chat, intents=kept)


def _is_edit(action: Action) -> bool:
    """True for an edit of a message, or a reaction to one: however often it is made, it is there once."""
    if not isinstance(action, act.Say):
        return False
    return action.saying.edits is not None or action.saying.kind is SayingKind.RECEIPT


def doubt(chat: Chat, key: str) -> Chat:
    """What is known of the chat when the call named `key` may have been done, or not."""
    match key:
        case act.EditCard.key if chat.card is not None:
            return replace(chat, card=replace(chat.card, view=None))
        case act.PutTopNotice.key | act.DeleteTopNotice.key:
            return replace(chat, top_notice=MessageId(""))
        case act.Rename.key:
            return replace(chat, name={})
        case act.SetModeration.key:
            return replace(chat, is_locked=None)
        case act.WriteAnnouncement.key:
            known = chat.announcement or Announcement(kind=AnnouncementKind.DOCX)
            return replace(chat, announcement=replace(known, blocks=known.blocks or None, lines=()))
        case act.CreateTabs.key | act.UpdateTabs.key | act.DeleteTabs.key | act.SortTabs.key:
            return replace(chat, tabs=None)
        case act.CreateMenu.key | act.DeleteMenu.key | act.PatchMenu.key | act.SortMenu.key:
            return replace(chat, menu=None)
    return chat


def without_intent(incident: Incident, key: str) -> Incident:
    return replace(incident, intents=tuple(intent for intent in incident.intents if intent.key != key))


def without_trouble(incident: Incident, key: str) -> Incident:
    return replace(incident, troubles=tuple(trouble for trouble in incident.troubles if trouble.key != key))
