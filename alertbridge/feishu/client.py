"""Our side of Feishu: one method per documented call, named after it.

    async with connect(base_url=…, app_id=…, app_secret=…, quota=…) as feishu:
        chat = await feishu.at(Priority.FIRST_CARD).chat_create(uuid=…, name="[P1][firing] …")

What each call takes and answers is told by the function of the same name in `calls/`; what it can raise by `errors.py`.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from alertbridge.core.quota import Priority
from alertbridge.feishu.calls import (
    announcements,
    app,
    buzzes,
    card_updates,
    chats,
    contacts,
    docx,
    images,
    members,
    menus,
    messages,
    pins,
    reactions,
    tabs,
)
from alertbridge.feishu.protocol import Call
from alertbridge.feishu.quota import Quota
from alertbridge.feishu.transport import Gate, OnCall, TimeLimits, Transport, open_session

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_LIMITS: Final = TimeLimits()


def _sends(build: Callable[P, Call[T]]) -> "Callable[Concatenate[FeishuClient, P], Coroutine[Any, Any, T]]":
    """Turn a function that builds a call into a method that sends it."""

    @wraps(build)
    async def method(self: "FeishuClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(build(*args, **kwargs))

    return method


class FeishuClient:
    """Calls Feishu as one app, at one priority. `at` and `behind` give the same client with another manner."""

    def __init__(self, transport: Transport, priority: Priority = Priority.UPDATE, gate: Gate | None = None) -> None:
        self._transport = transport
        self._priority = priority
        self._gate = gate

    def at(self, priority: Priority) -> "FeishuClient":
        """Return a client whose calls wait for their slots at `priority`."""
        return FeishuClient(self._transport, priority, self._gate)

    def behind(self, gate: Gate) -> "FeishuClient":
        """Return a client each of whose calls, once it has its slot, waits for `gate` before it goes out.

        So a slot and what has to be stored first are waited for at the same time. What `gate` raises, the call raises.
        """
        return FeishuClient(self._transport, self._priority, gate)

    async def send(self, call: Call[T]) -> T:
        """Send a call that was built elsewhere. Raises a `FeishuError`."""
        return await self._transport.send(call, self._priority, self._gate)

    auth_tenant_access_token_internal = _sends(app.auth_tenant_access_token_internal)
    bot_info_get = _sends(app.bot_info_get)

    chat_create = _sends(chats.chat_create)
    chat_get = _sends(chats.chat_get)
    chat_list = _sends(chats.chat_list)
    chat_search = _sends(chats.chat_search)
    chat_update = _sends(chats.chat_update)
    chat_disband = _sends(chats.chat_disband)
    chat_link_create = _sends(chats.chat_link_create)
    chat_moderation_get = _sends(chats.chat_moderation_get)
    chat_moderation_update = _sends(chats.chat_moderation_update)
    chat_top_notice_put = _sends(chats.chat_top_notice_put)
    chat_top_notice_delete = _sends(chats.chat_top_notice_delete)

    chat_managers_add = _sends(members.chat_managers_add)
    chat_managers_delete = _sends(members.chat_managers_delete)
    chat_members_add = _sends(members.chat_members_add)
    chat_members_remove = _sends(members.chat_members_remove)
    chat_members_me_join = _sends(members.chat_members_me_join)
    chat_members_list = _sends(members.chat_members_list)
    chat_members_is_in_chat = _sends(members.chat_members_is_in_chat)

    chat_announcement_get = _sends(announcements.chat_announcement_get)
    chat_announcement_patch = _sends(announcements.chat_announcement_patch)
    docx_announcement_get = _sends(docx.docx_announcement_get)
    docx_announcement_blocks_list = _sends(docx.docx_announcement_blocks_list)
    docx_announcement_block_get = _sends(docx.docx_announcement_block_get)
    docx_announcement_block_children_get = _sends(docx.docx_announcement_block_children_get)
    docx_announcement_block_children_create = _sends(docx.docx_announcement_block_children_create)
    docx_announcement_blocks_batch_update = _sends(docx.docx_announcement_blocks_batch_update)
    docx_announcement_block_children_batch_delete = _sends(docx.docx_announcement_block_children_batch_delete)

    chat_tabs_create = _sends(tabs.chat_tabs_create)
    chat_tabs_update = _sends(tabs.chat_tabs_update)
    chat_tabs_sort = _sends(tabs.chat_tabs_sort)
    chat_tabs_list = _sends(tabs.chat_tabs_list)
    chat_tabs_delete = _sends(tabs.chat_tabs_delete)

    chat_menu_tree_create = _sends(menus.chat_menu_tree_create)
    chat_menu_tree_get = _sends(menus.chat_menu_tree_get)
    chat_menu_tree_delete = _sends(menus.chat_menu_tree_delete)
    chat_menu_tree_sort = _sends(menus.chat_menu_tree_sort)
    chat_menu_item_patch = _sends(menus.chat_menu_item_patch)

    message_create = _sends(messages.message_create)
    message_reply = _sends(messages.message_reply)
    message_update = _sends(messages.message_update)
    message_patch = _sends(messages.message_patch)
    message_delete = _sends(messages.message_delete)
    message_get = _sends(messages.message_get)
    message_list = _sends(messages.message_list)
    message_urgent_app = _sends(buzzes.message_urgent_app)
    message_urgent_sms = _sends(buzzes.message_urgent_sms)
    message_urgent_phone = _sends(buzzes.message_urgent_phone)
    pin_create = _sends(pins.pin_create)
    pin_list = _sends(pins.pin_list)
    pin_delete = _sends(pins.pin_delete)
    message_reaction_create = _sends(reactions.message_reaction_create)
    message_reaction_delete = _sends(reactions.message_reaction_delete)
    image_create = _sends(images.image_create)
    card_update_delayed = _sends(card_updates.card_update_delayed)

    user_batch_get_id = _sends(contacts.user_batch_get_id)
    user_batch_get = _sends(contacts.user_batch_get)
    user_get = _sends(contacts.user_get)


@asynccontextmanager
async def connect(
    *,
    base_url: str,
    app_id: str,
    app_secret: str,
    quota: Quota,
    on_call: OnCall = lambda _operation, _code, _seconds: None,
    time_limits: TimeLimits = DEFAULT_LIMITS,
) -> AsyncIterator[FeishuClient]:
    """Open a client for one app of Feishu, Lark or the sandbox (`base_url`), and close its connections at the end."""
    async with open_session(time_limits) as session:
        transport = Transport(
            session,
            base_url=base_url,
            app_id=app_id,
            app_secret=app_secret,
            quota=quota,
            on_call=on_call,
            time_limits=time_limits,
        )
        try:
            yield FeishuClient(transport)
        finally:
            await transport.tokens.aclose()
