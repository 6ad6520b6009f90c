"""Reactions: an emoji under a message."""

from typing import NewType

import msgspec

from alertbridge.core.ids import MessageId
from alertbridge.feishu.calls.messages import message_path
from alertbridge.feishu.protocol import Call, segment

ReactionId = NewType("ReactionId", str)


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """A reaction that was set or removed."""

    reaction_id: ReactionId
    action_time: int = 0
    """Unix milliseconds."""


def message_reaction_create(message_id: MessageId, emoji_type: str) -> Call[Reaction]:
    """React with an emoji of Feishu's list, such as OK or DONE."""
    if not emoji_type:
        raise ValueError("emoji_type must name an emoji, such as OK")
    return Call(
        operation="message_reaction_create",
        method="POST",
        path=f"{message_path(message_id)}/reactions",
        body={"reaction_type": {"emoji_type": emoji_type}},
        answer=Reaction,
    )


def message_reaction_delete(message_id: MessageId, reaction_id: ReactionId) -> Call[Reaction]:
    """Take back one of the bot's own reactions."""
    return Call(
        operation="message_reaction_delete",
        method="DELETE",
        path=f"{message_path(message_id)}/reactions/{segment(reaction_id, 'reaction_id')}",
        answer=Reaction,
    )
