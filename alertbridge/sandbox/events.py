"""Which event a change raises, what its body holds, and which bots hear of it."""

from collections.abc import Iterable
from typing import Any

from alertbridge.sandbox.apps import App
from alertbridge.sandbox.chats import Chat, ChatMode
from alertbridge.sandbox.messages import Member, MemberKind, Message
from alertbridge.sandbox.people import TENANT_KEY, Person
from alertbridge.sandbox.switches import AppOperator
from alertbridge.sandbox.world import Event, World

JsonObject = dict[str, Any]

_CHANGE_FIELDS = (
    "avatar",
    "name",
    "description",
    "i18n_names",
    "add_member_permission",
    "share_card_permission",
    "at_all_permission",
    "edit_permission",
    "membership_approval",
    "join_message_visibility",
    "leave_message_visibility",
    "restricted_mode_setting",
    "group_message_type",
)

_P2P_MESSAGES = ("im:message.p2p_msg:readonly", "im:message.p2p_msg")
_MENTIONS = ("im:message.group_at_msg:readonly", "im:message.group_at_msg")
_ALL_GROUP_MESSAGES = ("im:message.group_msg",)


def chat_disbanded(world: World, chat: Chat, by: Member) -> None:
    """Tell the bots inside that the chat is gone."""
    _raise(world, "im.chat.disbanded_v1", _chat_body(world, chat, by), chat, by, world.apps_in(chat))


def chat_updated(world: World, chat: Chat, by: Member, before: JsonObject, after: JsonObject) -> None:
    """Tell the bots inside what changed; nothing is sent for settings the event does not carry."""
    changed = {
        name
        for name in (*_CHANGE_FIELDS, "owner_id", "moderation_permission")
        if name in after and before.get(name) != after[name]
    }
    if not changed:
        return
    body = {
        **_chat_body(world, chat, by),
        "before_change": {name: before[name] for name in changed},
        "after_change": {name: after[name] for name in changed},
    }
    del body["name"], body["i18n_names"]
    _raise(world, "im.chat.updated_v1", body, chat, by, world.apps_in(chat))


def moderation_changed(world: World, chat: Chat, by: Member, before: str, after: str) -> None:
    """Tell the bots inside that everybody may speak now, or only the owner.

    The event has no word for a list that stood before: such a list is told as the other of its two words.
    """
    if before == "moderator_list":
        before = "only_owner" if after == "all_members" else "all_members"
    chat_updated(world, chat, by, {"moderation_permission": before}, {"moderation_permission": after})


def moderators_changed(
    world: World, chat: Chat, by: Member, *, added: list[Person], removed: list[Person], before: str
) -> None:
    """Tell the bots inside about a new list of those who may speak (the owner is always part of it)."""
    owner = world.people.get(chat.owner.id)
    listed = [*([owner] if owner and owner not in added else []), *added]
    body = {
        **_chat_body(world, chat, by),
        "before_change": {"moderation_permission": "only_owner" if before == "only_owner" else "all_members"},
        "after_change": {},
        "moderator_list": {
            "added_member_list": [{"tenant_key": TENANT_KEY, "user_id": event_ids(person)} for person in listed],
            "removed_member_list": [{"tenant_key": TENANT_KEY, "user_id": event_ids(person)} for person in removed],
        },
    }
    del body["name"], body["i18n_names"]
    _raise(world, "im.chat.updated_v1", body, chat, by, world.apps_in(chat))


def bot_added(world: World, chat: Chat, by: Member, app: App) -> None:
    """Tell the bots of the chat that one was added; when a bot added it, only the added one is told."""
    hearers = [app] if by.kind is MemberKind.APP else world.apps_in(chat)
    _raise(world, "im.chat.member.bot.added_v1", _chat_body(world, chat, by), chat, by, hearers)


def bot_deleted(world: World, chat: Chat, by: Member, app: App) -> None:
    """Tell the removed bot, nobody else."""
    _raise(world, "im.chat.member.bot.deleted_v1", _chat_body(world, chat, by), chat, by, [app])


def users_added(world: World, chat: Chat, by: Member, people: list[Person]) -> None:
    """Tell the bots inside who joined."""
    _users_event(world, "im.chat.member.user.added_v1", chat, by, people)


def users_deleted(world: World, chat: Chat, by: Member, people: list[Person]) -> None:
    """Tell the bots inside who left or was removed."""
    _users_event(world, "im.chat.member.user.deleted_v1", chat, by, people)


def users_withdrawn(world: World, chat: Chat, by: Member, people: list[Person]) -> None:
    """Tell the bots inside whose invitation was taken back."""
    _users_event(world, "im.chat.member.user.withdrawn_v1", chat, by, people)


def p2p_chat_created(world: World, chat: Chat, app: App, person: Person, by: Member) -> None:
    """Tell the bot that its first session with a person began (an event of the old envelope)."""
    body = {
        "type": "p2p_chat_create",
        "app_id": app.app_id,
        "chat_id": chat.chat_id,
        "operator": {"open_id": by.id if by.kind is MemberKind.USER else app.bot_open_id},
        "tenant_key": TENANT_KEY,
        "user": {"name": person.name, "open_id": person.open_id, "user_id": person.user_id},
    }
    _raise(world, "p2p_chat_create", body, chat, by, [app], is_v1=True)


def p2p_chat_entered(world: World, chat: Chat, app: App, person: Person) -> None:
    """Tell the bot that a person opened their chat with it."""
    body: JsonObject = {"chat_id": chat.chat_id, "operator_id": event_ids(person)}
    if chat.messages:
        body["last_message_id"] = chat.messages[-1].message_id
        body["last_message_create_time"] = str(chat.messages[-1].created_at)
    by = Member(MemberKind.USER, person.open_id)
    _raise(world, "im.chat.access_event.bot_p2p_chat_entered_v1", body, chat, by, [app])


def bot_menu_clicked(world: World, chat: Chat, app: App, person: Person, event_key: str) -> None:
    """Tell the bot that an entry of its own menu (in the p2p chat) was clicked."""
    body = {
        "operator": {"operator_name": person.name, "operator_id": event_ids(person)},
        "event_key": event_key,
        "timestamp": world.now() // 1000,
    }
    _raise(world, "application.bot.menu_v6", body, chat, Member(MemberKind.USER, person.open_id), [app])


def message_received(world: World, chat: Chat, message: Message, person: Person) -> None:
    """Tell the bots that may read it what a person wrote: p2p, @bot or all group messages, by the scopes they hold."""
    mentioned = {mention.id for mention in message.mentions}
    hearers = [app for app in world.apps_in(chat) if _may_read(app, chat, app.bot_open_id in mentioned)]
    if not hearers:
        return
    details: JsonObject = {
        "message_id": message.message_id,
        "create_time": str(message.created_at),
        "update_time": str(message.created_at),
        "chat_id": chat.chat_id,
        "chat_type": "p2p" if chat.mode is ChatMode.P2P else "group",
        "message_type": message.msg_type,
        "content": message.read_content,
    }
    for name, value in (
        ("root_id", message.root_id),
        ("parent_id", message.parent_id),
        ("thread_id", message.thread_id),
    ):
        if value is not None:
            details[name] = value
    if message.mentions:
        details["mentions"] = [_event_mention(world, mention.key, mention.id) for mention in message.mentions]
    sender = {"sender_id": event_ids(person), "sender_type": "user", "tenant_key": TENANT_KEY}
    _raise(world, "im.message.receive_v1", {"sender": sender, "message": details}, chat, message.sender, hearers)


def event_ids(person: Person) -> JsonObject:
    """Return the three ids of a person as events carry them."""
    return {"union_id": person.union_id, "user_id": person.user_id, "open_id": person.open_id}


def _may_read(app: App, chat: Chat, is_mentioned: bool) -> bool:
    if chat.mode is ChatMode.P2P:
        return app.holds_any(_P2P_MESSAGES)
    return app.holds_any(_ALL_GROUP_MESSAGES) or (is_mentioned and app.holds_any(_MENTIONS))


def _event_mention(world: World, key: str, open_id: str) -> JsonObject:
    person = world.people.get(open_id)
    if person is not None:
        ids = event_ids(person)
        return {"key": key, "id": ids, "mentioned_type": "user", "name": person.name, "tenant_key": TENANT_KEY}
    ids = {"union_id": "", "user_id": "", "open_id": open_id}
    name = next((app.name for app in world.apps if app.bot_open_id == open_id), "")
    return {"key": key, "id": ids, "mentioned_type": "bot", "name": name, "tenant_key": TENANT_KEY}


def _users_event(world: World, event_type: str, chat: Chat, by: Member, people: list[Person]) -> None:
    if not people:
        return
    users = [{"name": person.name, "tenant_key": TENANT_KEY, "user_id": event_ids(person)} for person in people]
    _raise(world, event_type, {**_chat_body(world, chat, by), "users": users}, chat, by, world.apps_in(chat))


def _chat_body(world: World, chat: Chat, by: Member) -> JsonObject:
    return {
        "chat_id": chat.chat_id,
        "operator_id": _operator_ids(world, by),
        "external": False,
        "operator_tenant_key": TENANT_KEY,
        "name": chat.name,
        "i18n_names": chat.settings["i18n_names"],
    }


def _operator_ids(world: World, by: Member) -> JsonObject:
    person = world.people.get(by.id)
    if person is not None:
        return event_ids(person)
    app = world.apps.get(by.id)
    if app is not None and world.switches.app_operator is AppOperator.BOT:
        return {"union_id": "", "user_id": "", "open_id": app.bot_open_id}
    return {"union_id": "", "user_id": "", "open_id": ""}


def _raise(
    world: World,
    event_type: str,
    body: JsonObject,
    chat: Chat,
    by: Member,
    hearers: Iterable[App],
    *,
    is_v1: bool = False,
) -> None:
    now = world.now()
    for app in hearers:
        is_own = by.kind is MemberKind.APP and by.id == app.app_id
        is_wanted = app.subscribes(event_type) and app.holds_any(world.event_scopes.get(event_type, ()))
        if is_wanted and (world.switches.own_changes_raise_events or not is_own):
            world.emit(Event(app, event_type, body, now, chat.chat_id, is_v1))
