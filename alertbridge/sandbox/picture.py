"""The world as one JSON document: what `GET /sandbox/state` answers and the page draws."""

from typing import Any

from alertbridge.sandbox.announcements import DocxAnnouncement
from alertbridge.sandbox.chats import Chat, MenuEntry
from alertbridge.sandbox.messages import Member, Message, bot, user
from alertbridge.sandbox.people import Person
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]

_OWN_WORDS = frozenset({"name", "description", "avatar", "i18n_names"})


def picture_of(world: World) -> JsonObject:
    """Return people, chats and counts."""
    return {
        "version": world.changes.version,
        "now": world.now(),
        "speed": world.clock.speed,
        "apps": [
            {
                "app_id": app.app_id,
                "name": app.name,
                "open_id": app.bot_open_id,
                "event_url": app.event_url,
                "long_connections": len(app.connections),
            }
            for app in world.apps
        ],
        "people": [person_picture(person) for person in world.people],
        "chats": [_chat(world, chat) for chat in world.chats.values()],
        "operations": world.tally.operations,
        "refused": world.tally.refused,
        "events": world.tally.events,
        "deliveries": {"under_way": world.tally.events_under_way, "waiting": world.tally.events_waiting},
    }


def person_picture(person: Person) -> JsonObject:
    """Return one person."""
    return {
        "open_id": person.open_id,
        "union_id": person.union_id,
        "user_id": person.user_id,
        "name": person.name,
        "en_name": person.en_name,
        "email": person.email,
        "mobile": person.mobile,
        "status": person.status.value,
        "unread_buzzes": person.unread_buzzes,
    }


def message_picture(world: World, message: Message) -> JsonObject:
    """Return one message; `content` is the parsed content as it was sent."""
    return {
        "message_id": message.message_id,
        "chat_id": message.chat_id,
        "sender": _member(world, message.sender),
        "msg_type": message.msg_type,
        "content": message.content,
        "created_at": message.created_at,
        "updated_at": message.updated_at,
        "deleted": message.is_deleted,
        "parent_id": message.parent_id,
        "thread_id": message.thread_id,
        "mentions": [{"key": one.key, "id": one.id, "name": one.name} for one in message.mentions],
        "reactions": [
            {"emoji_type": one.emoji_type, "operator": _member(world, one.operator)}
            for one in message.reactions.values()
        ],
        "urgent": [{"kind": buzz.kind, "open_ids": list(buzz.open_ids)} for buzz in message.urgent],
        "pinned": message.pin is not None,
    }


def _chat(world: World, chat: Chat) -> JsonObject:
    settings = chat.settings
    return {
        "chat_id": chat.chat_id,
        "chat_mode": chat.mode.value,
        "name": settings["name"],
        "i18n_names": settings["i18n_names"],
        "description": settings["description"],
        "avatar": settings["avatar"],
        "avatar_url": f"/sandbox/images/{settings['avatar']}" if settings["avatar"] else "",
        "status": chat.status.value,
        "created_at": chat.created_at,
        "active_at": chat.active_at,
        "owner": _member(world, chat.owner),
        "creator": chat.creator,
        "managers": [_member(world, manager) for manager in chat.managers],
        "members": [_joined(world, user(open_id), at) for open_id, at in chat.members.items()]
        + [_joined(world, bot(app_id), at) for app_id, at in chat.bots.items()],
        "pending": list(chat.pending),
        "settings": {name: value for name, value in settings.items() if name not in _OWN_WORDS},
        "moderation": {"setting": chat.moderation, "moderators": list(chat.moderators)},
        "top_notice": _top_notice(world, chat),
        "announcement": _announcement(world, chat),
        "tabs": [
            {
                "tab_id": tab.tab_id,
                "tab_name": tab.tab_name,
                "tab_type": tab.tab_type,
                "tab_content": tab.tab_content,
                "tab_config": tab.tab_config,
            }
            for tab in chat.tabs
        ],
        "menu": [_menu_entry(entry) for entry in chat.menu],
        "messages": [message_picture(world, message) for message in chat.messages],
    }


def _joined(world: World, member: Member, at: int) -> JsonObject:
    return {**_member(world, member), "joined_at": at}


def _top_notice(world: World, chat: Chat) -> JsonObject | None:
    notice = chat.top_notice
    if notice is None:
        return None
    kind = "announcement" if notice.message_id is None else "message"
    return {"kind": kind, "message_id": notice.message_id, "operator": _member(world, notice.operator)}


def _announcement(world: World, chat: Chat) -> JsonObject | None:
    announcement = chat.announcement
    if announcement is None:
        return None
    if isinstance(announcement, DocxAnnouncement):
        return {
            "kind": "docx",
            "revision": announcement.revision,
            "updated_at": announcement.updated_at,
            "modifier": _member(world, announcement.modifier),
            "blocks": list(announcement.blocks.values()),
            "lines": [line for _, line in docx_lines(world, announcement)],
        }
    return {
        "kind": "doc",
        "revision": announcement.revision,
        "updated_at": announcement.updated_at,
        "modifier": _member(world, announcement.modifier),
        "title": announcement.title,
        "blocks": [],
        "lines": list(announcement.paragraphs),
    }


def docx_lines(world: World, announcement: DocxAnnouncement) -> list[tuple[str, str]]:
    """Return (block_id, plain text) of every block below the page, in reading order."""
    lines: list[tuple[str, str]] = []

    def read(block_id: str) -> None:
        block = announcement.blocks[block_id]
        if block_id != announcement.page_id:
            lines.append((block_id, _block_text(world, block)))
        for child in block.get("children", []):
            read(child)

    read(announcement.page_id)
    return lines


def _block_text(world: World, block: JsonObject) -> str:
    bodies = (value for value in block.values() if isinstance(value, dict))
    elements: list[JsonObject] = next((body["elements"] for body in bodies if "elements" in body), [])
    texts = (
        element["text_run"]["content"]
        if "text_run" in element
        else f"@{world.name_of(user(element.get('mention_user', {}).get('user_id', '')))}"
        for element in elements
    )
    return "".join(texts)


def _menu_entry(entry: MenuEntry) -> JsonObject:
    return {**entry.item, "id": entry.id, "children": [_menu_entry(child) for child in entry.children]}


def _member(world: World, member: Member) -> JsonObject:
    return {"id": member.id, "id_type": member.id_type, "name": world.name_of(member)}
