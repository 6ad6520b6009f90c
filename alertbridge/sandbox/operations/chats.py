"""Chats: create, get, list, search, update, disband, share link."""

from typing import Any

from alertbridge.sandbox import events, membership
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.chats import Chat, ChatMode
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import Member, MemberKind, user
from alertbridge.sandbox.operations.lookups import find_chat, own_chat, own_group, require_group
from alertbridge.sandbox.operations.paging import page_of
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.people import TENANT_KEY, Person, PersonStatus
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.switches import Repeated
from alertbridge.sandbox.world import World

_LONGEST_QUERY = 64
_SHORTEST_PUBLIC_NAME = 2
_DAY = 24 * 3600

_FREE_FIELDS = frozenset({"avatar", "name", "description", "i18n_names"})
"""What ordinary members may change while `edit_permission` is `all_members`."""

_PERMISSIONS = (
    "urgent_setting",
    "video_conference_setting",
    "add_member_permission",
    "share_card_permission",
    "at_all_permission",
    "edit_permission",
    "group_message_type",
    "chat_type",
    "join_message_visibility",
    "leave_message_visibility",
    "membership_approval",
    "restricted_mode_setting",
    "hide_member_count_setting",
)


@operation("chat_create")
def create(world: World, call: Call) -> JsonObject:
    """Create a group. The same `uuid` and `owner_id` create at most one within 10 hours."""
    id_type, uuid = call.query["user_id_type"], call.query["uuid"]
    key = f"{call.app.app_id} {uuid} {call.body.get('owner_id', '')}"
    if uuid and (first := world.chat_uuids.get(key, call.now)) is not None:
        if world.switches.repeated_chat_uuid is Repeated.REFUSED:
            raise Refused(232001, "uuid was used before")
        return _created(world, world.chats[first], id_type)
    owner = _owner(world, call)
    people = [_invited(world, id_, id_type) for id_ in call.body.get("user_id_list", [])]
    bots = [_invited_bot(world, app_id) for app_id in call.body.get("bot_id_list", [])]
    settings = {name: value for name, value in call.body.items() if name in _FREE_FIELDS or name in _PERMISSIONS}
    _check_settings(world, call.app, settings)
    _check_public_name(settings.get("chat_type", "private"), settings.get("name", ""))

    chat = world.add_chat(owner=user(owner.open_id) if owner else call.bot, creator=call.app.app_id)
    chat.settings.update(settings)
    chat.bots[call.app.app_id] = call.now
    if owner is not None and call.query["set_bot_manager"]:
        chat.managers[call.bot] = None
    everybody = [*([owner] if owner else []), *people]
    if world.switches.creation_raises_member_events:
        membership.add_people(world, chat, everybody, call.bot)
    else:
        chat.members.update(dict.fromkeys((person.open_id for person in everybody), call.now))
    for app in bots:
        membership.add_bot(world, chat, app, call.bot)
    if uuid:
        world.chat_uuids.remember(key, chat.chat_id, call.now)
    return _created(world, chat, id_type)


@operation("chat_get")
def get(world: World, call: Call) -> JsonObject:
    """Describe a chat, in full only to those inside."""
    chat = find_chat(world, call)
    view = {
        **_described(world, chat, call.query["user_id_type"]),
        "user_count": str(len(chat.members)),
        "bot_count": str(len(chat.bots)),
        "chat_status": chat.status.value,
    }
    if not chat.has(call.bot):
        seen = ("name", "avatar", "user_count", "bot_count", "chat_status")
        return {name: view[name] for name in seen if name in view}
    if chat.mode is ChatMode.GROUP:
        managers = [manager for manager in chat.managers if manager.kind is MemberKind.USER]
        view["user_manager_id_list"] = ids_of(world, managers, call.query["user_id_type"])
        view["bot_manager_id_list"] = [one.id for one in chat.managers if one.kind is MemberKind.APP]
    return view


@operation("chat_list")
def list_(world: World, call: Call) -> JsonObject:
    """List the groups the bot is in."""
    chats = [chat for chat in world.chats.values() if call.app.app_id in chat.bots and _is_listed(chat)]
    if call.query["sort_type"] == "ByActiveTimeDesc":
        chats.sort(key=lambda chat: -chat.active_at)
    return _listed(world, call, chats)


@operation("chat_search")
def search(world: World, call: Call) -> JsonObject:
    """Find groups by name or by the beginning of a member's name, among the bot's own and the public ones."""
    query = (call.query["query"] or "").strip()
    if not query or len(query) > _LONGEST_QUERY:
        return {"items": [], "has_more": False}
    wanted = query.strip('"').casefold()
    visible = (
        chat
        for chat in world.chats.values()
        if _is_listed(chat) and (call.app.app_id in chat.bots or chat.settings["chat_type"] == "public")
    )
    return _listed(world, call, [chat for chat in visible if _matches(world, chat, wanted)])


@operation("chat_update")
def update(world: World, call: Call) -> JsonObject:
    """Change settings, or hand the chat over to another owner."""
    chat = own_group(world, call)
    wanted = {name: value for name, value in call.body.items() if name in _FREE_FIELDS or name in _PERMISSIONS}
    _check_may_update(chat, call)
    _check_settings(world, call.app, wanted, avatar_code=232041)
    _check_member_permissions(wanted)
    if "name" in wanted or "chat_type" in wanted:
        is_public = wanted.get("chat_type", chat.settings["chat_type"]) == "public"
        name = wanted.get("name", chat.name)
        _check_public_name("public" if is_public else "private", name)
        if is_public and _is_taken(world, chat, name):
            raise Refused(232026)
    owner = _new_owner(world, chat, call)
    change_settings(world, chat, wanted, call.bot)
    if owner is not None:
        membership.hand_over(world, chat, user(owner.open_id), call.bot)
    return {}


@operation("chat_disband")
def disband(world: World, call: Call) -> JsonObject:
    """Disband a group the bot owns, or created and may operate as owner."""
    chat = own_group(world, call)
    if not chat.acts_as_owner(call.app):
        raise Refused(232017)
    membership.disband(world, chat, call.bot)
    return {}


@operation("chat_link_create")
def share(world: World, call: Call) -> JsonObject:
    """Give a link with which others can join."""
    chat = own_chat(world, call)
    require_group(chat, call)
    if chat.settings["add_member_permission"] == "only_owner" and not chat.may_administer(call.app):
        raise Refused(232064)
    period = call.body.get("validity_period", "week")
    link = f"https://applink.feishu.cn/client/chat/chatter/add_by_link?link_token={new_id('')}"
    if period == "permanently":
        return {"share_link": link, "is_permanent": True}
    days = 7 if period == "week" else 365
    return {"share_link": link, "expire_time": str(call.now // 1000 + days * _DAY), "is_permanent": False}


def change_settings(world: World, chat: Chat, wanted: JsonObject, by: Member) -> None:
    """Apply settings and tell the bots what is different."""
    before = {name: chat.settings[name] for name in wanted}
    chat.settings.update(wanted)
    events.chat_updated(world, chat, by, before, wanted)


def ids_of(world: World, members: list[Member], id_type: str) -> list[str]:
    """Return the ids of people in the wanted type."""
    people = (world.people.get(member.id) for member in members)
    return [person.id_as(id_type) for person in people if person is not None]


def _created(world: World, chat: Chat, id_type: str) -> JsonObject:
    return {"chat_id": chat.chat_id, **_described(world, chat, id_type)}


def _described(world: World, chat: Chat, id_type: str) -> JsonObject:
    view: JsonObject = {
        "avatar": world.image_url(chat.settings["avatar"]),
        "description": chat.settings["description"],
        "i18n_names": chat.settings["i18n_names"],
        "chat_mode": chat.mode.value,
        "chat_tag": "inner",
        "external": False,
        "tenant_key": TENANT_KEY,
        **_owner_fields(world, chat, id_type),
    }
    if chat.name:
        view["name"] = chat.name
    if chat.mode is ChatMode.GROUP:
        view.update({name: chat.settings[name] for name in _PERMISSIONS})
        view["moderation_permission"] = chat.moderation
    return view


def _owner_fields(world: World, chat: Chat, id_type: str) -> JsonObject:
    person = world.people.get(chat.owner.id) if chat.owner.kind is MemberKind.USER else None
    return {} if person is None else {"owner_id": person.id_as(id_type), "owner_id_type": id_type}


def _listed(world: World, call: Call, chats: list[Chat]) -> JsonObject:
    page = page_of(chats, call)
    items = [
        {
            "chat_id": chat.chat_id,
            "avatar": world.image_url(chat.settings["avatar"]),
            "name": chat.name,
            "description": chat.settings["description"],
            "external": False,
            "tenant_key": TENANT_KEY,
            "chat_status": chat.status.value,
            **_owner_fields(world, chat, call.query["user_id_type"]),
        }
        for chat in page.items
    ]
    return {"items": items, **page.fields()}


def _is_listed(chat: Chat) -> bool:
    return chat.mode is ChatMode.GROUP and not chat.is_dissolved


def _matches(world: World, chat: Chat, wanted: str) -> bool:
    names: list[str] = [chat.name, *chat.settings["i18n_names"].values()]
    if any(wanted in name.casefold() for name in names):
        return True
    people = (world.people.get(open_id) for open_id in chat.members)
    return any(
        person is not None
        and (person.name.casefold().startswith(wanted) or person.en_name.casefold().startswith(wanted))
        for person in people
    )


def _owner(world: World, call: Call) -> Person | None:
    owner_id = call.body.get("owner_id")
    return _invited(world, owner_id, call.query["user_id_type"]) if owner_id else None


def _invited(world: World, id_: str, id_type: str) -> Person:
    """Return the person to invite; any unusable id fails the whole creation."""
    person = world.people.find(id_, id_type)
    if person is None:
        raise Refused(232030, f"invalid ids: [{id_}]")
    if person.status is PersonStatus.RESIGNED:
        raise Refused(232022, f"invalid ids: [{id_}]")
    if not person.is_reachable:
        raise Refused(232043, f"invalid ids: [{id_}]")
    return person


def _invited_bot(world: World, app_id: str) -> App:
    app = world.apps.get(app_id)
    if app is None or not app.has_bot:
        raise Refused(232021, f"invalid ids: [{app_id}]")
    return app


def _check_settings(world: World, app: App, settings: JsonObject, *, avatar_code: int = 232001) -> None:
    avatar = settings.get("avatar")
    if avatar:
        image = world.images.get(avatar)
        if image is None or image.app_id != app.app_id or image.image_type != "avatar":
            raise Refused(avatar_code, "avatar is not the key of an avatar this app uploaded")
    restricted: dict[str, Any] | None = settings.get("restricted_mode_setting")
    if restricted is not None:
        forbids = "not_anyone" in restricted.values()
        if restricted.get("status", False) != forbids:
            raise Refused(232001, "restricted_mode_setting.status does not fit the other settings")


def _check_public_name(chat_type: str, name: str) -> None:
    if chat_type != "public":
        return
    if not name:
        raise Refused(232042)
    if len(name) < _SHORTEST_PUBLIC_NAME:
        raise Refused(232020)


def _is_taken(world: World, chat: Chat, name: str) -> bool:
    return any(
        other is not chat and other.settings["chat_type"] == "public" and other.name == name and not other.is_dissolved
        for other in world.chats.values()
    )


def _check_may_update(chat: Chat, call: Call) -> None:
    if chat.may_administer(call.app):
        return
    if chat.settings["edit_permission"] == "only_owner":
        raise Refused(232002)
    if not _FREE_FIELDS.issuperset(call.body):
        raise Refused(232016)


def _check_member_permissions(wanted: JsonObject) -> None:
    pair = (wanted.get("add_member_permission"), wanted.get("share_card_permission"))
    if pair not in ((None, None), ("only_owner", "not_allowed"), ("all_members", "allowed")):
        raise Refused(232001, "add_member_permission and share_card_permission must be set together")


def _new_owner(world: World, chat: Chat, call: Call) -> Person | None:
    owner_id = call.body.get("owner_id")
    if not owner_id:
        return None
    if not chat.acts_as_owner(call.app):
        raise Refused(232016)
    person = world.people.find(owner_id, call.query["user_id_type"])
    if person is None:
        raise Refused(232035)
    if person.open_id not in chat.members:
        raise Refused(232012)
    return person
