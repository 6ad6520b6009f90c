"""Chat managers: only the owner appoints and removes them."""

from alertbridge.sandbox.chats import MAX_MANAGERS, Chat
from alertbridge.sandbox.messages import Member, MemberKind, bot, user
from alertbridge.sandbox.operations.chats import ids_of
from alertbridge.sandbox.operations.lookups import own_group
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_MAX_BOTS_A_CALL = 5


@operation("chat_managers_add")
def add(world: World, call: Call) -> JsonObject:
    """Appoint members; those who are managers already stay it."""
    chat, named = _named(world, call)
    wanted = {**chat.managers, **dict.fromkeys(member for member in named if member != chat.owner)}
    if len(wanted) > MAX_MANAGERS:
        raise Refused(232040)
    chat.managers = wanted
    return _managers(world, chat, call)


@operation("chat_managers_delete")
def delete(world: World, call: Call) -> JsonObject:
    """Take the role away; from members who do not have it, too."""
    chat, named = _named(world, call)
    for member in named:
        chat.managers.pop(member, None)
    return _managers(world, chat, call)


def _named(world: World, call: Call) -> tuple[Chat, list[Member]]:
    """Return the chat and the members named in the call, those who are in the chat."""
    chat = own_group(world, call)
    if chat.owner != call.bot:
        raise Refused(232038)
    id_type, ids = call.query["member_id_type"], call.body.get("manager_ids", [])
    if id_type == "app_id":
        if len(ids) > _MAX_BOTS_A_CALL:
            raise Refused(232001, "at most 5 bots")
        named = [bot(app_id) for app_id in ids]
    else:
        people = (world.people.find(id_, id_type) for id_ in ids)
        named = [user(person.open_id) for person in people if person is not None]
    inside = [member for member in named if chat.has(member)]
    if not inside:
        raise Refused(232027)
    return chat, inside


def _managers(world: World, chat: Chat, call: Call) -> JsonObject:
    id_type = call.query["member_id_type"]
    users = [manager for manager in chat.managers if manager.kind is MemberKind.USER]
    return {
        "chat_managers": ids_of(world, users, "open_id" if id_type == "app_id" else id_type),
        "chat_bot_managers": [manager.id for manager in chat.managers if manager.kind is MemberKind.APP],
    }
