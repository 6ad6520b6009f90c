"""Pinned messages."""

from alertbridge.sandbox.chats import Chat, Place
from alertbridge.sandbox.messages import Message, Pin
from alertbridge.sandbox.operations.lookups import known_message
from alertbridge.sandbox.operations.paging import page_of
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World


@operation("pin_create")
def pin(world: World, call: Call) -> JsonObject:
    """Pin a message; pinning it twice returns the existing pin."""
    message = _pinnable(world, call, call.body["message_id"])
    if message.is_deleted:
        raise Refused(230011)
    message.pin = message.pin or Pin(call.bot, call.now)
    return {"pin": _fields(message, message.pin)}


@operation("pin_delete")
def unpin(world: World, call: Call) -> JsonObject:
    """Unpin a message; also one that is not pinned or was recalled."""
    _pinnable(world, call, call.path["message_id"]).pin = None
    return {}


@operation("pin_list")
def list_(world: World, call: Call) -> JsonObject:
    """List the pins of a chat, newest first."""
    chat = world.chats.get(call.query["chat_id"])
    if chat is None:
        raise Refused(230001, "chat_id is unknown")
    if not chat.has(call.bot) or chat.is_dissolved:
        raise Refused(230002)
    start, end = _milliseconds(call, "start_time"), _milliseconds(call, "end_time")
    if start is not None and end is not None and start >= end:
        raise Refused(230001, "start_time is not before end_time")
    pinned = sorted(_pinned(chat), key=lambda one: -one[1].pinned_at)
    wanted = [
        (message, pin)
        for message, pin in pinned
        if (start is None or pin.pinned_at >= start) and (end is None or pin.pinned_at <= end)
    ]
    page = page_of(wanted, call)
    return {"items": [_fields(message, pin) for message, pin in page.items], **page.fields()}


def _pinnable(world: World, call: Call, message_id: str) -> Message:
    message, chat = known_message(world, call, message_id)
    if not chat.has(call.bot):
        raise Refused(230002)
    limit = call.operation.rate_limit.per_message_per_second
    if not world.quotas.take_second(f"pin {message_id}", limit, call.now):
        raise Refused(230047)
    if chat.reserves(Place.PINS, call.app):
        raise Refused(230046)
    return message


def _pinned(chat: Chat) -> list[tuple[Message, Pin]]:
    return [(message, message.pin) for message in chat.messages if message.pin is not None]


def _milliseconds(call: Call, name: str) -> int | None:
    text = call.query[name]
    if text is None:
        return None
    if not text.isdigit():
        raise Refused(230001, f"{name} is not a number of milliseconds")
    return int(text)


def _fields(message: Message, pin: Pin) -> JsonObject:
    return {
        "message_id": message.message_id,
        "chat_id": message.chat_id,
        "operator_id": pin.operator.id,
        "operator_id_type": pin.operator.id_type,
        "create_time": str(pin.pinned_at),
    }
