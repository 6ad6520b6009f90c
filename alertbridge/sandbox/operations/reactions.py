"""Emoji reactions on messages."""

import re

from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import MemberKind, Message, Reaction
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_EMOJI = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
"""The form of the documented names; the list itself is long and grows."""


@operation("message_reaction_create")
def react(world: World, call: Call) -> JsonObject:
    """Put an emoji on a message."""
    message = _message(world, call)
    emoji = call.body["reaction_type"]["emoji_type"]
    if not _EMOJI.fullmatch(emoji):
        raise Refused(231001)
    for reaction in message.reactions.values():
        if reaction.operator == call.bot and reaction.emoji_type == emoji:
            if world.switches.repeated_reaction_succeeds:
                return _fields(reaction)
            raise Refused(231015)
    reaction = Reaction(new_id(""), call.bot, emoji, call.now)
    message.reactions[reaction.reaction_id] = reaction
    return _fields(reaction)


@operation("message_reaction_delete")
def take_back(world: World, call: Call) -> JsonObject:
    """Take one's own emoji back."""
    message = _message(world, call)
    reaction_id = call.path["reaction_id"]
    reaction = message.reactions.get(reaction_id)
    if reaction is None:
        is_elsewhere = any(reaction_id in other.reactions for other in world.messages.values())
        raise Refused(231010 if is_elsewhere else 231011)
    if reaction.operator != call.bot:
        raise Refused(231007)
    del message.reactions[reaction_id]
    return _fields(reaction)


def _message(world: World, call: Call) -> Message:
    message = world.messages.get(call.path["message_id"])
    if message is None:
        raise Refused(231003)
    chat = world.chats[message.chat_id]
    if chat.is_dissolved:
        raise Refused(232009)
    if message.is_deleted:
        raise Refused(231003)
    if not chat.has(call.bot):
        raise Refused(231002)
    return message


def _fields(reaction: Reaction) -> JsonObject:
    kind = "app" if reaction.operator.kind is MemberKind.APP else "user"
    return {
        "reaction_id": reaction.reaction_id,
        "operator": {"operator_id": reaction.operator.id, "operator_type": kind},
        "action_time": str(reaction.action_at),
        "reaction_type": {"emoji_type": reaction.emoji_type},
    }
