"""Finding what a call is about, with the refusals all group operations share (BEHAVIOUR 4)."""

from alertbridge.sandbox.chats import Chat, ChatMode
from alertbridge.sandbox.messages import Message
from alertbridge.sandbox.operations.registry import Call
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

UNKNOWN_MESSAGE = 99992354


def find_chat(world: World, call: Call) -> Chat:
    """Return the chat in the path, in whatever state. Refuses an unknown one with the code the operation lists."""
    chat = world.chats.get(call.path["chat_id"])
    if chat is None:
        raise Refused(232006 if call.operation.lists(232006) else world.switches.unknown_chat_code)
    return chat


def living_chat(world: World, call: Call) -> Chat:
    """Return the chat in the path; refuses a disbanded one where the operation lists that (232009)."""
    chat = find_chat(world, call)
    if chat.is_dissolved and call.operation.lists(232009):
        raise Refused(232009)
    return chat


def own_chat(world: World, call: Call) -> Chat:
    """Return the chat in the path that the calling bot is in (232011 when it is not)."""
    chat = living_chat(world, call)
    if not chat.has(call.bot):
        raise Refused(232011)
    return chat


def own_group(world: World, call: Call) -> Chat:
    """Return the group in the path that the calling bot is in; refuses a p2p chat."""
    chat = own_chat(world, call)
    require_group(chat, call)
    return chat


def require_group(chat: Chat, call: Call) -> None:
    """Refuse a p2p chat with the code the operation lists for it."""
    if chat.mode is not ChatMode.GROUP:
        raise Refused(next((code for code in (232008, 232090, 232062) if call.operation.lists(code)), 232001))


def message_in_path(world: World, call: Call) -> tuple[Message, Chat]:
    """Return the message in the path and its chat; refuses an unknown one, and one whose chat was disbanded."""
    return known_message(world, call, call.path["message_id"])


def known_message(world: World, call: Call, message_id: str) -> tuple[Message, Chat]:
    """Return the message `message_id` and its chat; refuses an unknown one, and one whose chat was disbanded."""
    message = world.messages.get(message_id)
    if message is None:
        raise Refused(UNKNOWN_MESSAGE, msg=f"these ids not existed: [{message_id}]")
    chat = world.chats[message.chat_id]
    if chat.is_dissolved and call.operation.lists(232009):
        raise Refused(232009)
    if message.is_purged:
        raise Refused(230110)
    return message, chat


def own_message_chat(world: World, call: Call) -> tuple[Message, Chat]:
    """Return the message in the path and its chat, which the calling bot must be in (230002)."""
    message, chat = message_in_path(world, call)
    if not chat.has(call.bot):
        raise Refused(230002)
    return message, chat
