"""The one banner on top of a chat."""

from alertbridge.sandbox.chats import Chat, Place, TopNotice
from alertbridge.sandbox.operations.lookups import own_chat
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World


@operation("chat_top_notice_put")
def put(world: World, call: Call) -> JsonObject:
    """Put a message or the announcement on top; of several entries the last wins."""
    chat = own_chat(world, call)
    _check_permission(chat, call)
    entries = call.body["chat_top_notice"]
    if not entries:
        raise Refused(232001, "chat_top_notice is empty")
    notices = [_notice(world, chat, call, entry) for entry in entries]
    chat.top_notice = notices[-1]
    return {}


@operation("chat_top_notice_delete")
def delete(world: World, call: Call) -> JsonObject:
    """Remove whatever is on top."""
    chat = own_chat(world, call)
    _check_permission(chat, call)
    if chat.top_notice is None and not world.switches.delete_missing_top_notice_succeeds:
        raise Refused(232001, "there is no top notice")
    chat.top_notice = None
    return {}


def _check_permission(chat: Chat, call: Call) -> None:
    if chat.reserves(Place.TOP_NOTICE, call.app):
        raise Refused(232014)


def _notice(world: World, chat: Chat, call: Call, entry: JsonObject) -> TopNotice:
    if entry.get("action_type", "2") == "2":
        return TopNotice(None, call.bot)
    message = world.messages.get(entry.get("message_id", ""))
    if message is None or message.chat_id != chat.chat_id or message.is_deleted:
        raise Refused(232001, "message_id is not a message of this chat")
    return TopNotice(message.message_id, call.bot)
