"""Looks at everything that can be seen of a group. What Feishu does not show is left out of the picture."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Picture
from alertbridge.core.chats.outcome import ChatGone, ChatSeen
from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu import announcing, errors, limits, places
from alertbridge.feishu.calls.pages import every_item
from alertbridge.feishu.calls.words import ChatStatus, Who
from alertbridge.feishu.client import FeishuClient

T = TypeVar("T")


async def look(feishu: FeishuClient, action: act.LookAtChat, languages: tuple[str, ...]) -> ChatSeen | ChatGone:
    """Compose the picture, one call after the other: nobody waits for it. A part that is refused is left out."""
    chat = action.chat
    detail = await feishu.chat_get(chat)
    if detail.chat_status in (ChatStatus.DISSOLVED, ChatStatus.DISSOLVED_SAVE):
        return ChatGone()
    if not (await feishu.chat_members_is_in_chat(chat)).is_in_chat:
        return ChatGone()  # outsiders are told no more than the name, and would take that for everything
    members = await _if_allowed(_members(feishu, chat))
    moderation = await _if_allowed(feishu.chat_moderation_get(chat, page_size=limits.CHAT_PAGE))
    tabs = await _if_allowed(feishu.chat_tabs_list(chat))
    menu = await _if_allowed(feishu.chat_menu_tree_get(chat))
    is_announced = None
    if action.announcement is not None:
        is_announced = await _if_allowed(announcing.is_intact(feishu, chat, action.announcement))
    # A list of several pages is not of our making: it counts as not seen.
    setting = moderation.moderation_setting if moderation and not moderation.has_more else None
    listed = moderation.items if moderation else ()
    seen = places.tabs_seen(tabs) if tabs else None
    return ChatSeen(
        picture=Picture(
            name=detail.name,
            description=detail.description,
            owner=detail.owner_id,
            managers=frozenset(detail.user_manager_id_list),
            members=members,
            is_locked=None if setting is None else setting is Who.ONLY_OWNER,
            speakers=frozenset(one.user_id for one in listed) if setting is Who.MODERATOR_LIST else None,
            tabs=seen.tabs if seen else None,
            tab_order=seen.order if seen else (),
            menu=places.menu_seen(menu, languages).menu if menu else None,
            is_announced=is_announced,
        )
    )


async def _members(feishu: FeishuClient, chat: ChatId) -> frozenset[OpenId]:
    pages = every_item(lambda token: feishu.chat_members_list(chat, page_size=limits.CHAT_PAGE, page_token=token))
    return frozenset([member.member_id async for member in pages])


async def _if_allowed(call: Coroutine[Any, Any, T]) -> T | None:
    """What a call answers; None where Feishu refuses it, for a scope that is missing perhaps."""
    try:
        return await call
    except (errors.ChatGone, errors.NotInChat):
        raise
    except errors.Refused:
        return None
