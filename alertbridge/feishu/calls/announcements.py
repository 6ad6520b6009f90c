"""The old kind of announcement (`doc`): one JSON text, changed by the old documents' own operations."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from alertbridge.core.ids import ChatId
from alertbridge.feishu import checks
from alertbridge.feishu.calls.chats import chat_path
from alertbridge.feishu.protocol import Call


class OldAnnouncement(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement of the old kind."""

    revision: int
    content: str = ""
    """JSON text of the document."""
    create_time: int = 0
    """Unix seconds."""
    update_time: int = 0
    """Unix seconds."""
    owner_id: str = ""
    owner_id_type: str = ""
    modifier_id: str = ""
    modifier_id_type: str = ""


def chat_announcement_get(chat_id: ChatId) -> Call[OldAnnouncement]:
    """Get an old announcement. A chat with the new kind is `WrongAnnouncementKind`."""
    return Call(
        operation="chat_announcement_get",
        method="GET",
        path=f"{chat_path(chat_id)}/announcement",
        answer=OldAnnouncement,
    )


def chat_announcement_patch(chat_id: ChatId, *, revision: int, requests: Sequence[Mapping[str, Any]]) -> Call[None]:
    """Change an old announcement. `revision` may lag by at most 100; `requests` are Docs operations."""
    checks.some(len(requests), "the changes", requests)
    serialized = [msgspec.json.encode(request).decode() for request in requests]
    return Call(
        operation="chat_announcement_patch",
        method="PATCH",
        path=f"{chat_path(chat_id)}/announcement",
        body={"revision": str(revision), "requests": serialized},
        answer=type(None),
    )
