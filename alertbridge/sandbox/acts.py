"""What a person can do by hand in the client, and the events that follow."""

from collections.abc import Callable
from typing import Any

import msgspec

from alertbridge.sandbox import events, membership
from alertbridge.sandbox.announcements import DocxAnnouncement, new_block_id, text_of
from alertbridge.sandbox.apps import DEFAULT_APP_ID, App
from alertbridge.sandbox.chats import Chat, ChatMode, Place, Tab
from alertbridge.sandbox.content import text_by_person
from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.messages import Message, Reaction, user
from alertbridge.sandbox.operations.chats import change_settings
from alertbridge.sandbox.operations.messages import answer_to, by_person, take_back
from alertbridge.sandbox.operations.moderation import change_moderation
from alertbridge.sandbox.people import Person
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]


class NotPossible(Exception):  # noqa: N818 - said to whoever holds the controls, not a fault of the sandbox
    """A person could not do that in the client; the text says why."""


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """One thing a person does by hand. Which fields count depends on the action; `target` is another person."""

    open_id: str
    action: str
    chat_id: str = ""
    target: str = ""
    app_id: str = DEFAULT_APP_ID
    name: str = ""
    settings: JsonObject = msgspec.field(default_factory=dict)
    message_id: str = ""
    emoji_type: str = ""
    tab_id: str = ""
    menu_id: str = ""
    block_id: str = ""
    text: str = ""
    event_key: str = ""
    keep_history: bool = False


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """A text a person writes; without `chat_id` it goes to the p2p chat with the bot `app_id`."""

    open_id: str
    text: str
    chat_id: str = ""
    mention_bot: bool = False
    app_id: str = DEFAULT_APP_ID
    parent_id: str = ""
    in_thread: bool = False


def act(world: World, wish: Act) -> JsonObject:
    """Do what a person wishes and return what came of it. Raises NotPossible."""
    action = _ACTIONS.get(wish.action)
    if action is None:
        raise NotPossible(f"unknown action {wish.action!r}; there are {', '.join(sorted(_ACTIONS))}")
    return action(world, find_person(world, wish.open_id), wish)


def write(world: World, wish: Written) -> Message:
    """Let a person write a text; the bots that may read it are told. Raises NotPossible."""
    person, app = find_person(world, wish.open_id), _app(world, wish.app_id)
    chat = _living(world, wish.chat_id) if wish.chat_id else _open_p2p(world, app, person)
    if person.open_id not in chat.members:
        raise NotPossible(f"{person.name} is not in the chat")
    if chat.mode is ChatMode.GROUP and not chat.may_speak(user(person.open_id)):
        raise NotPossible(f"{person.name} may not post here: the chat's posting permission is {chat.moderation}")
    mention = f'<at user_id="{app.bot_open_id}">{app.name}</at> ' if wish.mention_bot else ""
    message = by_person(chat, person, text_by_person(world, mention + wish.text), world.now())
    if wish.parent_id:
        answer_to(message, _message(world, wish.parent_id), in_thread=wish.in_thread)
    world.add_message(chat, message)
    events.message_received(world, chat, message, person)
    return message


def find_person(world: World, id_: str) -> Person:
    """Return the person with this open_id or login email. Raises NotPossible."""
    person = world.people.get(id_) or world.people.by_email(id_)
    if person is None:
        raise NotPossible(f"nobody has the open_id or email {id_!r}")
    return person


def _disband(world: World, person: Person, wish: Act) -> JsonObject:
    membership.disband(world, _living(world, wish.chat_id), user(person.open_id), keep_history=wish.keep_history)
    return {}


def _remove_bot(world: World, person: Person, wish: Act) -> JsonObject:
    chat, app = _living(world, wish.chat_id), _app(world, wish.app_id)
    if app.app_id not in chat.bots:
        raise NotPossible(f"{app.name} is not in the chat")
    membership.remove_bot(world, chat, app, user(person.open_id))
    return {}


def _add_bot(world: World, person: Person, wish: Act) -> JsonObject:
    membership.add_bot(world, _living(world, wish.chat_id), _app(world, wish.app_id), user(person.open_id))
    return {}


def _leave(world: World, person: Person, wish: Act) -> JsonObject:
    _take_out(world, person, person, wish)
    return {}


def _remove(world: World, person: Person, wish: Act) -> JsonObject:
    _take_out(world, person, find_person(world, wish.target), wish)
    return {}


def _take_out(world: World, by: Person, target: Person, wish: Act) -> None:
    chat = _living(world, wish.chat_id)
    if target.open_id not in chat.members:
        raise NotPossible(f"{target.name} is not in the chat")
    membership.remove_people(world, chat, [target], user(by.open_id))


def _add(world: World, person: Person, wish: Act) -> JsonObject:
    target = find_person(world, wish.target)
    membership.add_people(world, _living(world, wish.chat_id), [target], user(person.open_id))
    return {}


def _join(world: World, person: Person, wish: Act) -> JsonObject:
    membership.add_people(world, _living(world, wish.chat_id), [person], user(person.open_id))
    return {}


def _withdraw(world: World, person: Person, wish: Act) -> JsonObject:
    """Take an invitation back: the invited person is out again, or no longer waits."""
    chat, target = _living(world, wish.chat_id), find_person(world, wish.target)
    chat.members.pop(target.open_id, None)
    chat.pending.pop(target.open_id, None)
    events.users_withdrawn(world, chat, user(person.open_id), [target])
    return {}


def _approve(world: World, person: Person, wish: Act) -> JsonObject:
    chat, target = _living(world, wish.chat_id), find_person(world, wish.target)
    if target.open_id not in chat.pending:
        raise NotPossible(f"{target.name} does not wait for approval")
    membership.add_people(world, chat, [target], user(person.open_id))
    return {}


def _rename(world: World, person: Person, wish: Act) -> JsonObject:
    change_settings(world, _living(world, wish.chat_id), {"name": wish.name}, user(person.open_id))
    return {}


def _update(world: World, person: Person, wish: Act) -> JsonObject:
    chat = _living(world, wish.chat_id)
    if foreign := sorted(wish.settings.keys() - chat.settings.keys()):
        raise NotPossible(f"a chat has no setting {', '.join(foreign)}")
    change_settings(world, chat, wish.settings, user(person.open_id))
    return {}


def _transfer(world: World, person: Person, wish: Act) -> JsonObject:
    chat, target = _living(world, wish.chat_id), find_person(world, wish.target)
    if target.open_id not in chat.members:
        raise NotPossible(f"{target.name} is not in the chat")
    membership.hand_over(world, chat, user(target.open_id), user(person.open_id))
    return {}


def _moderate(world: World, person: Person, wish: Act) -> JsonObject:
    setting = wish.settings.get("moderation_setting", "all_members")
    change_moderation(world, _living(world, wish.chat_id), setting, user(person.open_id), [], [])
    return {}


def _reserve(world: World, _: Person, wish: Act) -> JsonObject:
    """Reserve places for owner and managers, or open them again: `settings` maps a place to true or false."""
    chat = _living(world, wish.chat_id)
    if foreign := sorted(wish.settings.keys() - set(Place)):
        raise NotPossible(f"a chat cannot reserve {', '.join(foreign)}; it can reserve {', '.join(Place)}")
    for name, is_reserved in wish.settings.items():
        (chat.for_admins_only.add if is_reserved else chat.for_admins_only.discard)(Place(name))
    return {}


def _create_chat(world: World, person: Person, wish: Act) -> JsonObject:
    """Make a group by hand with the bot `app_id` in it."""
    chat = world.add_chat(owner=user(person.open_id), creator=None)
    chat.settings["name"] = wish.name
    chat.members[person.open_id] = world.now()
    membership.add_bot(world, chat, _app(world, wish.app_id), user(person.open_id))
    return {"chat_id": chat.chat_id}


def _open(world: World, person: Person, wish: Act) -> JsonObject:
    app = _app(world, wish.app_id)
    chat = _open_p2p(world, app, person)
    events.p2p_chat_entered(world, chat, app, person)
    return {"chat_id": chat.chat_id}


def _open_p2p(world: World, app: App, person: Person) -> Chat:
    chat, is_new = world.p2p_chat(app, person)
    if is_new:
        events.p2p_chat_created(world, chat, app, person, user(person.open_id))
    return chat


def _click_bot_menu(world: World, person: Person, wish: Act) -> JsonObject:
    app = _app(world, wish.app_id)
    events.bot_menu_clicked(world, _open_p2p(world, app, person), app, person, wish.event_key)
    return {}


def _delete_top_notice(world: World, _: Person, wish: Act) -> JsonObject:
    _living(world, wish.chat_id).top_notice = None
    return {}


def _delete_tab(world: World, _: Person, wish: Act) -> JsonObject:
    chat = _living(world, wish.chat_id)
    kept = [tab for tab in chat.tabs if tab.tab_id != wish.tab_id or not tab.is_custom]
    if len(kept) == len(chat.tabs):
        raise NotPossible(f"there is no such tab to delete: {wish.tab_id!r}")
    chat.tabs = kept
    return {}


def _rename_tab(world: World, _: Person, wish: Act) -> JsonObject:
    _tab(_living(world, wish.chat_id), wish.tab_id).tab_name = wish.name
    return {}


def _move_tab(world: World, _: Person, wish: Act) -> JsonObject:
    """Put a tab last."""
    chat = _living(world, wish.chat_id)
    tab = _tab(chat, wish.tab_id)
    chat.tabs = [*(one for one in chat.tabs if one is not tab), tab]
    return {}


def _tab(chat: Chat, tab_id: str) -> Tab:
    found = next((tab for tab in chat.tabs if tab.tab_id == tab_id and tab.is_custom), None)
    if found is None:
        raise NotPossible(f"there is no such tab to change: {tab_id!r}")
    return found


def _rename_menu(world: World, _: Person, wish: Act) -> JsonObject:
    """Give an entry of the menu, of either level, another name in every language."""
    entries = [entry for top in _living(world, wish.chat_id).menu for entry in (top, *top.children)]
    entry = next((entry for entry in entries if entry.id == wish.menu_id), None)
    if entry is None:
        raise NotPossible(f"there is no such menu: {wish.menu_id!r}")
    names = dict.fromkeys(entry.item.get("i18n_names") or {}, wish.name)
    entry.item = {**entry.item, "name": wish.name, "i18n_names": names}
    return {}


def _dismiss(world: World, _: Person, wish: Act) -> JsonObject:
    """Make a manager an ordinary member again."""
    chat, target = _living(world, wish.chat_id), find_person(world, wish.target)
    if user(target.open_id) not in chat.managers:
        raise NotPossible(f"{target.name} is no manager here")
    del chat.managers[user(target.open_id)]
    return {}


def _delete_menu(world: World, _: Person, wish: Act) -> JsonObject:
    chat = _living(world, wish.chat_id)
    if all(entry.id != wish.menu_id for entry in chat.menu):
        raise NotPossible(f"there is no such menu: {wish.menu_id!r}")
    chat.menu = [entry for entry in chat.menu if entry.id != wish.menu_id]
    return {}


def _recall(world: World, _: Person, wish: Act) -> JsonObject:
    message = _message(world, wish.message_id)
    take_back(world.chats[message.chat_id], message, world.now())
    return {}


def _react(world: World, person: Person, wish: Act) -> JsonObject:
    message = _message(world, wish.message_id)
    reaction = Reaction(new_id(""), user(person.open_id), wish.emoji_type, world.now())
    message.reactions[reaction.reaction_id] = reaction
    return {"reaction_id": reaction.reaction_id}


def _read_buzzes(_: World, person: Person, __: Act) -> JsonObject:
    person.unread_buzzes = 0
    return {}


def _write_announcement(world: World, person: Person, wish: Act) -> JsonObject:
    """Add a paragraph at the end of the announcement."""
    announcement, by = _living(world, wish.chat_id).announcement, user(person.open_id)
    if announcement is None:
        raise NotPossible("this chat has no announcement")
    if not isinstance(announcement, DocxAnnouncement):
        announcement.paragraphs.append(wish.text)
        announcement.revision += 1
        announcement.modifier, announcement.updated_at = by, world.now()
        return {}
    block_id, page = new_block_id(), announcement.blocks[announcement.page_id]
    block = {"block_id": block_id, "parent_id": announcement.page_id, "block_type": 2, "text": text_of(wish.text)}
    page = {**page, "children": [*page["children"], block_id]}
    announcement.write({**announcement.blocks, announcement.page_id: page, block_id: block}, by, world.now())
    return {"block_id": block_id}


def _edit_block(world: World, person: Person, wish: Act) -> JsonObject:
    """Give a line of the announcement another text."""
    announcement = _living(world, wish.chat_id).announcement
    if not isinstance(announcement, DocxAnnouncement) or wish.block_id not in announcement.blocks:
        raise NotPossible(f"there is no such block: {wish.block_id!r}")
    block = announcement.blocks[wish.block_id]
    kind = next((name for name, value in block.items() if isinstance(value, dict) and "elements" in value), None)
    if kind is None:
        raise NotPossible("this block has no text")
    announcement.write(
        {**announcement.blocks, wish.block_id: {**block, kind: text_of(wish.text)}}, user(person.open_id), world.now()
    )
    return {}


def _delete_block(world: World, person: Person, wish: Act) -> JsonObject:
    announcement = _living(world, wish.chat_id).announcement
    if not isinstance(announcement, DocxAnnouncement) or wish.block_id not in announcement.blocks:
        raise NotPossible(f"there is no such block: {wish.block_id!r}")
    blocks = dict(announcement.blocks)
    parent_id = blocks.pop(wish.block_id)["parent_id"]
    parent = blocks[parent_id]
    blocks[parent_id] = {**parent, "children": [id_ for id_ in parent["children"] if id_ != wish.block_id]}
    announcement.write(blocks, user(person.open_id), world.now())
    return {}


_ACTIONS: dict[str, Callable[[World, Person, Act], JsonObject]] = {
    "disband": _disband,
    "remove_bot": _remove_bot,
    "add_bot": _add_bot,
    "leave": _leave,
    "remove": _remove,
    "add": _add,
    "join": _join,
    "withdraw": _withdraw,
    "approve": _approve,
    "rename": _rename,
    "update": _update,
    "transfer": _transfer,
    "moderate": _moderate,
    "reserve": _reserve,
    "create_chat": _create_chat,
    "open_p2p": _open,
    "click_bot_menu": _click_bot_menu,
    "delete_top_notice": _delete_top_notice,
    "delete_tab": _delete_tab,
    "rename_tab": _rename_tab,
    "move_tab": _move_tab,
    "rename_menu": _rename_menu,
    "dismiss": _dismiss,
    "edit_block": _edit_block,
    "delete_menu": _delete_menu,
    "recall": _recall,
    "react": _react,
    "read_buzzes": _read_buzzes,
    "write_announcement": _write_announcement,
    "delete_block": _delete_block,
}


def _app(world: World, app_id: str) -> App:
    app = world.apps.get(app_id)
    if app is None:
        raise NotPossible(f"there is no app {app_id!r}")
    return app


def _living(world: World, chat_id: str) -> Chat:
    chat = world.chats.get(chat_id)
    if chat is None:
        raise NotPossible(f"there is no chat {chat_id!r}")
    if chat.is_dissolved:
        raise NotPossible("the chat was disbanded")
    return chat


def _message(world: World, message_id: str) -> Message:
    message = world.messages.get(message_id)
    if message is None or message.is_purged:
        raise NotPossible(f"there is no message {message_id!r}")
    return message
