"""Who may post in a chat."""

from alertbridge.sandbox import events
from alertbridge.sandbox.chats import Chat
from alertbridge.sandbox.messages import Member
from alertbridge.sandbox.operations.lookups import own_chat, own_group
from alertbridge.sandbox.operations.paging import page_of
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.people import TENANT_KEY, Person
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World


@operation("chat_moderation_get")
def get(world: World, call: Call) -> JsonObject:
    """Tell the setting, and who is on the list when there is one."""
    chat = own_chat(world, call)
    id_type = call.query["user_id_type"]
    listed = chat.moderators if chat.moderation == "moderator_list" else {}
    people = [person for open_id in listed if (person := world.people.get(open_id)) is not None]
    page = page_of(people, call)
    items = [
        {"user_id_type": id_type, "user_id": person.id_as(id_type), "tenant_key": TENANT_KEY} for person in page.items
    ]
    return {"moderation_setting": chat.moderation, "items": items, **page.fields()}


@operation("chat_moderation_update")
def update(world: World, call: Call) -> JsonObject:
    """Set who may post; ids that are not in the chat are dropped silently."""
    chat = own_group(world, call)
    if not chat.acts_as_owner(call.app):
        raise Refused(232017)
    added = _members(world, chat, call, "moderator_added_list")
    removed = _members(world, chat, call, "moderator_removed_list")
    if any(person in removed for person in added):
        raise Refused(232001, "moderator_added_list and moderator_removed_list overlap")
    change_moderation(world, chat, call.body.get("moderation_setting", chat.moderation), call.bot, added, removed)
    return {}


def change_moderation(
    world: World, chat: Chat, setting: str, by: Member, added: list[Person], removed: list[Person]
) -> None:
    """Apply a posting permission and tell the bots."""
    before, chat.moderation = chat.moderation, setting
    if setting != "moderator_list":
        chat.moderators.clear()
        events.moderation_changed(world, chat, by, before, setting)
        return
    chat.moderators.update(dict.fromkeys(person.open_id for person in added))
    for person in removed:
        chat.moderators.pop(person.open_id, None)
    events.moderators_changed(world, chat, by, added=added, removed=removed, before=before)


def _members(world: World, chat: Chat, call: Call, name: str) -> list[Person]:
    found = (world.people.find(id_, call.query["user_id_type"]) for id_ in call.body.get(name, []))
    return [person for person in found if person is not None and person.open_id in chat.members]
