"""What Feishu tells of chats becomes entries.

No call to Feishu and no save of an incident happens here: Feishu waits three seconds at most.
"""

from typing import Any

import msgspec
import structlog

from alertbridge.core.ids import ChatId, EntryId, OpenId
from alertbridge.core.incidents.command import ChatChanged, ChatLost, Entry, PeopleJoined, PeopleLeft
from alertbridge.core.rooms.room import Came, person_room
from alertbridge.feishu.inbound import events
from alertbridge.flows import metrics
from alertbridge.store.feed import Feed

log = structlog.get_logger(__name__)


async def record_event(event: events.AnyEvent, feed: Feed) -> None:
    """Store what happened in a chat. Raises `StoreAway`: Feishu then tells it again."""
    entry = _entry(event)
    outcome = "ignored"
    if (visitor := _who_came(event)) is not None:
        person, chat_id = visitor
        came = Came(id=EntryId(event.event_id), at=event.at, chat=chat_id)
        outcome = (await feed.append_room(person_room(person), came, receipt=event.event_id)).value
    elif entry is not None:
        chat, value, receipt = entry
        outcome = (await feed.append_by_chat(chat, value, receipt=receipt)).value
    metrics.EVENTS.labels(type(event).__name__, outcome).inc()
    log.info("event_received", type=type(event).__name__, outcome=outcome)


def _who_came(event: events.AnyEvent) -> tuple[OpenId, ChatId | None] | None:
    """Who opened the direct chat with the bot, and which chat that is; the bot, which writes first, is nobody."""
    match event:
        case events.P2PCreated(chat_id=chat, operator=by, user=events.Person(open_id=person)) if by in (None, person):
            return person, chat
        case events.P2PEntered(chat_id=chat, operator=person) if person is not None:
            return person, chat
        case _:
            return None


def _entry(event: events.AnyEvent) -> tuple[Any, Entry, str] | None:
    """The entry that an event becomes, for which chat, and under which receipt; None where it changes nothing.

    What an app did (no operator) is our own doing, or found by the next look.
    """
    entry_id = EntryId(event.event_id)
    match event:
        case events.ChatDisbanded(chat_id=chat, operator=operator):
            lost = ChatLost(id=entry_id, at=event.at, chat=chat, by=operator, was_disbanded=True)
            return chat, lost, event.event_id
        case events.BotRemoved(chat_id=chat, operator=operator):
            lost = ChatLost(id=entry_id, at=event.at, chat=chat, by=operator, was_disbanded=False)
            return chat, lost, event.event_id
        case events.UsersAdded(chat_id=chat, operator=str() as by, users=users) if users:
            joined = PeopleJoined(id=entry_id, at=event.at, chat=chat, people=_ids(users), by=by)
            return chat, joined, event.event_id
        case events.UsersRemoved(chat_id=chat, operator=str() as by, users=users) if users:
            left = PeopleLeft(id=entry_id, at=event.at, chat=chat, people=_ids(users), by=by)
            return chat, left, event.event_id
        case events.InviteWithdrawn(chat_id=chat, operator=str() as by, users=users) if users:
            left = PeopleLeft(id=entry_id, at=event.at, chat=chat, people=_ids(users), by=by, was_withdrawn=True)
            return chat, left, event.event_id
        case events.ChatUpdated(chat_id=chat, operator=str() as by, after=after):
            changed = ChatChanged(
                id=entry_id,
                at=event.at,
                chat=chat,
                by=by,
                name=after.name,
                owner=after.owner,
                settings=_settings(after),
            )
            return chat, changed, event.event_id
        case _:  # received and counted, and changes nothing
            return None


def _ids(users: tuple[events.Person, ...]) -> tuple[OpenId, ...]:
    return tuple(user.open_id for user in users)


def _settings(after: events.ChatChange) -> tuple[str, ...]:
    """What changed beside name and owner, in Feishu's words. The avatar is part of the look, and of no consequence."""
    named = {"name", "owner", "avatar"}
    return tuple(
        name for name, value in msgspec.structs.asdict(after).items() if value is not None and name not in named
    )
