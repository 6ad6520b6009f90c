"""What is kept of a group after Feishu has deleted it."""

from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.ids import MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMessage:
    """One message of a group, as people read it."""

    id: MessageId
    at: datetime
    by: str
    """Open id of a person, or the app's id."""
    kind: str
    """Feishu's `msg_type`."""
    text: str
    """Of a card its texts, of a file its name."""
