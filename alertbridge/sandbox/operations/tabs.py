"""The tabs of a chat; every call returns all of them."""

from alertbridge.sandbox.chats import Chat, Place, Tab
from alertbridge.sandbox.ids import new_number
from alertbridge.sandbox.operations.lookups import own_chat
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import World

_MAX_CUSTOM = 20


@operation("chat_tabs_create")
def create(world: World, call: Call) -> JsonObject:
    """Add tabs behind the others."""
    chat = _tabbed_chat(world, call)
    wanted = call.body["chat_tabs"]
    for tab in wanted:
        _check_content(world, call, tab, tab.get("tab_content", {}))
    if sum(tab.is_custom for tab in chat.tabs) + len(wanted) > _MAX_CUSTOM:
        raise Refused(232046)
    chat.tabs += [
        Tab(
            tab_id=new_number(),
            tab_name=tab.get("tab_name", ""),
            tab_type=tab["tab_type"],
            tab_content=tab.get("tab_content", {}),
            tab_config=tab.get("tab_config", {}),
        )
        for tab in wanted
    ]
    return _all(chat)


@operation("chat_tabs_update")
def update(world: World, call: Call) -> JsonObject:
    """Change custom tabs; what is not given stays."""
    chat = _tabbed_chat(world, call)
    changes = [(_custom(chat, tab.get("tab_id", "")), tab) for tab in call.body.get("chat_tabs", [])]
    for tab, wanted in changes:
        _check_content(world, call, wanted, wanted.get("tab_content", tab.tab_content))
    for tab, wanted in changes:
        tab.tab_type = wanted["tab_type"]
        tab.tab_name = wanted.get("tab_name", tab.tab_name)
        tab.tab_content = wanted.get("tab_content", tab.tab_content)
        tab.tab_config = wanted.get("tab_config", tab.tab_config)
    return _all(chat)


@operation("chat_tabs_sort")
def sort(world: World, call: Call) -> JsonObject:
    """Put all tabs into a new order; the message tab stays first wherever it is named."""
    chat = _tabbed_chat(world, call)
    wanted = call.body.get("tab_ids", [])
    by_id = {tab.tab_id: tab for tab in chat.tabs}
    if len(wanted) != len(by_id) or set(wanted) != by_id.keys():
        raise Refused(232001, "tab_ids must hold every tab of the chat once")
    chat.tabs = sorted((by_id[tab_id] for tab_id in wanted), key=lambda tab: tab.tab_type != "message")
    return _all(chat)


@operation("chat_tabs_list")
def list_(world: World, call: Call) -> JsonObject:
    """List the tabs."""
    return _all(own_chat(world, call))


@operation("chat_tabs_delete")
def delete(world: World, call: Call) -> JsonObject:
    """Delete custom tabs."""
    chat = _tabbed_chat(world, call)
    doomed = {_custom(chat, tab_id).tab_id for tab_id in call.body["tab_ids"]}
    chat.tabs = [tab for tab in chat.tabs if tab.tab_id not in doomed]
    return _all(chat)


def _tabbed_chat(world: World, call: Call) -> Chat:
    chat = own_chat(world, call)
    if chat.reserves(Place.TABS_AND_MENU, call.app):
        raise Refused(232055)
    return chat


def _custom(chat: Chat, tab_id: str) -> Tab:
    tab = next((tab for tab in chat.tabs if tab.tab_id == tab_id), None)
    if tab is None:
        raise Refused(232001, f"there is no tab {tab_id}")
    if not tab.is_custom:
        raise Refused(232049)
    return tab


def _check_content(world: World, call: Call, wanted: JsonObject, content: JsonObject) -> None:
    link = content.get(wanted["tab_type"], "")
    if not link.startswith(("http://", "https://")):
        raise Refused(232048)
    icon = wanted.get("tab_config", {}).get("icon_key")
    if icon and not world.owns_image(call.app, icon):
        raise Refused(232056)


def _all(chat: Chat) -> JsonObject:
    return {"chat_tabs": [_fields(tab) for tab in chat.tabs]}


def _fields(tab: Tab) -> JsonObject:
    fields: JsonObject = {"tab_id": tab.tab_id, "tab_name": tab.tab_name, "tab_type": tab.tab_type}
    if tab.tab_content:
        fields["tab_content"] = tab.tab_content
    if tab.tab_config:
        fields["tab_config"] = tab.tab_config
    return fields
