"""What Feishu tells of chats becomes entries.

No call to Feishu and no save of an incident happens here: Feishu waits three seconds at most.
"""

from typing import Any

import structlog

from alertbridge.core.command import ChatLost, Entry, Spoke
from alertbridge.core.ids import EntryId
from alertbridge.feishu.inbound import events
from alertbridge.flows import metrics
from alertbridge.store.feed import Feed

log = structlog.get_logger(__name__)


async def record_event(event: events.AnyEvent, feed: Feed) -> None:
    """Store what happened in a chat. Raises `StoreAway`: Feishu then tells it again."""
    entry = _entry(event)
    outcome = "ignored"
    if entry is not None:
        chat, value, receipt = entry
        outcome = (await feed.append_by_chat(chat, value, receipt=receipt)).value
    metrics.EVENTS.labels(type(event).__name__, outcome).inc()
    log.info("event_received", type=type(event).__name__, outcome=outcome)


def _entry(event: events.AnyEvent) -> tuple[Any, Entry, str] | None:
    """The entry that an event becomes, for which chat, and under which receipt; None where it changes nothing."""
    entry_id = EntryId(event.event_id)
    match event:
        case events.ChatDisbanded(chat_id=chat, operator=operator):
            lost = ChatLost(id=entry_id, at=event.at, chat=chat, by=operator, was_disbanded=True)
            return chat, lost, event.event_id
        case events.BotRemoved(chat_id=chat, operator=operator):
            lost = ChatLost(id=entry_id, at=event.at, chat=chat, by=operator, was_disbanded=False)
            return chat, lost, event.event_id
        case events.MessageReceived(open_id=by) if by and event.sender_type == "user" and event.chat_type == "group":
            # One message can come under two event ids.
            spoke = Spoke(id=EntryId(event.message_id), at=event.sent_at or event.at, by=by)
            return event.chat_id, spoke, event.message_id
        case _:  # received and counted, and changes nothing yet
            return None
