"""Members: add, remove, join, list, and whether the bot itself is inside."""

from dataclasses import dataclass, field

from alertbridge.sandbox import membership
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.chats import MAX_BOTS, MAX_MEMBERS, Chat
from alertbridge.sandbox.messages import bot, user
from alertbridge.sandbox.operations.lookups import find_chat, living_chat, own_chat, own_group, require_group
from alertbridge.sandbox.operations.paging import page_of
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.people import TENANT_KEY, Person, PersonStatus
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_MAX_BOTS_A_CALL = 5

_NOT_EXISTING = {"open_id": 99992351, "user_id": 99992360, "union_id": 99992364, "app_id": 232043}

FAIL_ON_UNKNOWN, REPORT, FAIL_ON_ANY = 0, 1, 2
"""The values of `succeed_type`."""


@dataclass(slots=True)
class Sorted:
    """The ids of a call by what can be done with them."""

    people: list[Person] = field(default_factory=list)
    bots: list[App] = field(default_factory=list)
    resigned: list[str] = field(default_factory=list)
    invisible: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def unusable(self) -> list[str]:
        """Every id that cannot be added, for whatever reason."""
        return [*self.resigned, *self.invisible, *self.unknown]

    @property
    def has_usable(self) -> bool:
        """Whether anybody is left to add."""
        return bool(self.people or self.bots)


@operation("chat_members_add")
def add(world: World, call: Call) -> JsonObject:
    """Add people or bots, with the partial success that `succeed_type` allows."""
    chat = own_group(world, call)
    if chat.settings["add_member_permission"] == "only_owner" and not chat.may_administer(call.app):
        raise Refused(232017)
    ids = _sorted(world, call)
    id_type = call.query["member_id_type"]
    match call.query["succeed_type"]:
        case 0 if ids.unknown:
            raise Refused(_NOT_EXISTING[id_type], msg=_not_existing_text(id_type, ids.unknown))
        case 0 if ids.invisible:
            raise Refused(232024, f"invalid ids: {ids.invisible}")
        case 2 if ids.unusable:
            refused = {"invalid_id_list": [*ids.resigned, *ids.invisible], "not_existed_id_list": ids.unknown}
            raise Refused(232043, f"invalid ids: {ids.unusable}", data=refused)
    if not ids.has_usable:
        raise Refused(232027)
    _check_room(chat, ids)
    pending: list[str] = []
    if chat.settings["membership_approval"] == "approval_required" and not chat.may_administer(call.app):
        waiting = [person for person in ids.people if person.open_id not in chat.members]
        pending = [person.id_as(id_type) for person in waiting]
        chat.pending.update(dict.fromkeys(person.open_id for person in waiting))
    else:
        membership.add_people(world, chat, ids.people, call.bot)
    for app in ids.bots:
        membership.add_bot(world, chat, app, call.bot)
    return {
        "invalid_id_list": [*ids.resigned, *ids.invisible],
        "not_existed_id_list": ids.unknown,
        "pending_approval_id_list": pending,
    }


@operation("chat_members_remove")
def remove(world: World, call: Call) -> JsonObject:
    """Remove people or bots; everybody may remove themselves, the rest is for owner and managers."""
    chat = own_group(world, call)
    id_type, ids = call.query["member_id_type"], call.body.get("id_list", [])
    is_self = id_type == "app_id" and ids == [call.app.app_id]
    if not is_self and not chat.may_administer(call.app):
        raise Refused(232014)
    if id_type == "app_id":
        return _remove_bots(world, chat, call, ids)
    found = {id_: world.people.find(id_, id_type) for id_ in ids}
    inside = [person for person in found.values() if person is not None and person.open_id in chat.members]
    if any(chat.owner == user(person.open_id) for person in inside):
        raise Refused(232076)
    if not inside:
        raise Refused(232027)
    membership.remove_people(world, chat, inside, call.bot)
    return {"invalid_id_list": [id_ for id_, person in found.items() if person not in inside]}


@operation("chat_members_me_join")
def join(world: World, call: Call) -> JsonObject:
    """Let the bot join a public chat by itself."""
    chat = living_chat(world, call)
    require_group(chat, call)
    if chat.has(call.bot):
        if world.switches.join_twice_succeeds:
            return {}
        raise Refused(232027)
    if chat.settings["chat_type"] != "public":
        raise Refused(232008)
    if chat.settings["membership_approval"] == "approval_required":
        raise Refused(232075)
    if len(chat.bots) >= MAX_BOTS:
        raise Refused(232013)
    membership.add_bot(world, chat, call.app, call.bot)
    return {}


@operation("chat_members_list")
def list_(world: World, call: Call) -> JsonObject:
    """List the people of a chat, never its bots."""
    chat = own_chat(world, call)
    id_type = call.query["member_id_type"]
    page = page_of([person for open_id in chat.members if (person := world.people.get(open_id)) is not None], call)
    items = [
        {
            "member_id_type": id_type,
            "member_id": person.id_as(id_type),
            "name": person.name,
            "tenant_key": TENANT_KEY,
        }
        for person in page.items
    ]
    total = len(chat.members) + (len(chat.bots) if world.switches.member_total_counts_bots else 0)
    return {"items": items, "member_total": total, **page.fields()}


@operation("chat_members_is_in_chat")
def is_in_chat(world: World, call: Call) -> JsonObject:
    """Say whether the calling bot is in the chat."""
    chat = find_chat(world, call)
    return {"is_in_chat": chat.has(call.bot) and not chat.is_dissolved}


def _sorted(world: World, call: Call) -> Sorted:
    ids = Sorted()
    id_type, given = call.query["member_id_type"], call.body.get("id_list", [])
    if id_type == "app_id" and len(given) > _MAX_BOTS_A_CALL:
        raise Refused(232001, "at most 5 bots")
    for id_ in dict.fromkeys(given):
        if id_type == "app_id":
            app = world.apps.get(id_)
            if app is not None and app.has_bot:
                ids.bots.append(app)
            else:
                ids.unknown.append(id_)
            continue
        person = world.people.find(id_, id_type)
        if person is None:
            ids.unknown.append(id_)
        elif person.status is PersonStatus.RESIGNED:
            ids.resigned.append(id_)
        elif not person.is_reachable:
            ids.invisible.append(id_)
        else:
            ids.people.append(person)
    return ids


def _not_existing_text(id_type: str, ids: list[str]) -> str | None:
    """Return the message with the ids in it; None keeps the documented text of the codes that carry none."""
    return f"these open ids not existed: [{' '.join(ids)}]" if id_type == "open_id" else None


def _check_room(chat: Chat, ids: Sorted) -> None:
    people = {*chat.members, *(person.open_id for person in ids.people)}
    bots = {*chat.bots, *(app.app_id for app in ids.bots)}
    if len(people) > MAX_MEMBERS or len(bots) > MAX_BOTS:
        raise Refused(232013)


def _remove_bots(world: World, chat: Chat, call: Call, ids: list[str]) -> JsonObject:
    inside = [app for app_id in ids if app_id in chat.bots and (app := world.apps.get(app_id)) is not None]
    if not inside:
        raise Refused(232027)
    for app in inside:
        leaving = bot(app.app_id)
        if chat.owner == leaving:
            if app is not call.app:
                raise Refused(232076)
            if world.next_owner(chat, leaving) is None:
                raise Refused(232029)
        membership.remove_bot(world, chat, app, call.bot)
    removed = {app.app_id for app in inside}
    return {"invalid_id_list": [app_id for app_id in ids if app_id not in removed]}
