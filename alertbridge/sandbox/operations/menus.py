"""The menu of a group: at most three top levels with at most five children each, links only."""

from alertbridge.sandbox.chats import Chat, MenuEntry, Place
from alertbridge.sandbox.ids import new_number
from alertbridge.sandbox.operations.lookups import own_chat, own_group
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_MAX_TOP_LEVELS = 3
_LONGEST_NAME = 120

_FIELDS = {"ICON": "image_key", "NAME": "name", "I18N_NAME": "i18n_names", "REDIRECT_LINK": "redirect_link"}
"""A name in `update_fields` -> the property it stands for."""


@operation("chat_menu_tree_create")
def create(world: World, call: Call) -> JsonObject:
    """Append top levels with their children."""
    chat = _menu_chat(world, call)
    wanted = call.body["menu_tree"]["chat_menu_top_levels"]
    if len(chat.menu) + len(wanted) > _MAX_TOP_LEVELS:
        raise Refused(232070)
    for top in wanted:
        children = top.get("children", [])
        _check_item(world, call, top["chat_menu_item"], has_children=bool(children))
        for child in children:
            _check_item(world, call, child.get("chat_menu_item", {}), has_children=False)
    chat.menu += [
        MenuEntry(
            new_number(),
            top["chat_menu_item"],
            [MenuEntry(new_number(), child["chat_menu_item"]) for child in top.get("children", [])],
        )
        for top in wanted
    ]
    return _tree(chat)


@operation("chat_menu_item_patch")
def patch(world: World, call: Call) -> JsonObject:
    """Change the named properties of one item; a named property that is not given is cleared."""
    chat = _menu_chat(world, call)
    entry = _find(chat, call.path["menu_item_id"])
    if entry is None:
        raise Refused(232001, "menu_item_id is unknown")
    given = call.body["chat_menu_item"]
    item = dict(entry.item)
    for name in (_FIELDS[field] for field in call.body["update_fields"]):
        if name in given:
            item[name] = given[name]
        else:
            item.pop(name, None)
    _check_item(world, call, item, has_children=bool(entry.children))
    entry.item = item
    return {"chat_menu_item": item}


@operation("chat_menu_tree_sort")
def sort(world: World, call: Call) -> JsonObject:
    """Put the top levels into another order."""
    chat = _menu_chat(world, call)
    wanted = call.body["chat_menu_top_level_ids"]
    by_id = {entry.id: entry for entry in chat.menu}
    if len(wanted) != len(by_id) or set(wanted) != by_id.keys():
        raise Refused(232072)
    chat.menu = [by_id[id_] for id_ in wanted]
    return _tree(chat)


@operation("chat_menu_tree_get")
def get(world: World, call: Call) -> JsonObject:
    """Show the menu."""
    return _tree(own_chat(world, call))


@operation("chat_menu_tree_delete")
def delete(world: World, call: Call) -> JsonObject:
    """Delete top levels with everything below them."""
    chat = _menu_chat(world, call)
    doomed = set(call.body["chat_menu_top_level_ids"])
    if doomed - {entry.id for entry in chat.menu}:
        raise Refused(232001, "chat_menu_top_level_ids holds an unknown id")
    chat.menu = [entry for entry in chat.menu if entry.id not in doomed]
    return _tree(chat)


def _menu_chat(world: World, call: Call) -> Chat:
    chat = own_group(world, call)
    if chat.reserves(Place.TABS_AND_MENU, call.app):
        raise Refused(232055)
    return chat


def _find(chat: Chat, id_: str) -> MenuEntry | None:
    entries = (entry for top in chat.menu for entry in (top, *top.children))
    return next((entry for entry in entries if entry.id == id_), None)


def _check_item(world: World, call: Call, item: JsonObject, *, has_children: bool) -> None:
    """Refuse an item whose kind, link, icon or name does not fit (232078 where the operation lists it)."""
    illegal = 232078 if call.operation.lists(232078) else 232001
    if not item.get("name"):
        raise Refused(illegal, "a menu item needs a name")
    if not all(0 < len(name) <= _LONGEST_NAME for name in item.get("i18n_names", {}).values()):
        raise Refused(illegal, "a translated name has 1 to 120 characters")
    kind = item.get("action_type", "NONE")
    if has_children and (kind != "NONE" or item.get("image_key")):
        raise Refused(illegal, "an item with children has no link and no icon of its own")
    links = item.get("redirect_link", {})
    if kind == "REDIRECT_LINK" and not links:
        raise Refused(illegal, "REDIRECT_LINK needs redirect_link")
    if not all(link.startswith(("http://", "https://")) for link in links.values()):
        raise Refused(illegal, "a link starts with http:// or https://")
    icon = item.get("image_key")
    if icon and not world.owns_image(call.app, icon):
        raise Refused(232056 if call.operation.lists(232056) else illegal)


def _tree(chat: Chat) -> JsonObject:
    tops = [
        {
            "chat_menu_top_level_id": top.id,
            "chat_menu_item": top.item,
            "children": [{"chat_menu_second_level_id": one.id, "chat_menu_item": one.item} for one in top.children],
        }
        for top in chat.menu
    ]
    return {"menu_tree": {"chat_menu_top_levels": tops}}
