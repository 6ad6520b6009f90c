"""Chats: create, look, change, share, lock, top notice, disband."""

from collections.abc import Sequence
from typing import Literal, TypedDict, Unpack

import msgspec

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.pages import Page
from alertbridge.feishu.calls.words import Approval, ChatStatus, ChatType, I18nNames, OwnerOrAll, Visibility, Who
from alertbridge.feishu.protocol import Call, parameters, segment

CHATS = "/open-apis/im/v1/chats"

ChatSort = Literal["ByCreateTimeAsc", "ByActiveTimeDesc"]
Validity = Literal["week", "year", "permanently"]


class _Settings(TypedDict, total=False):
    """What both creation and update can set."""

    avatar: str
    """Image key, uploaded with `image_type` avatar."""
    name: str
    """60 characters are recommended; a public chat needs at least 2."""
    description: str
    """100 characters are recommended."""
    i18n_names: I18nNames
    group_message_type: Literal["chat", "thread"]
    chat_type: ChatType
    join_message_visibility: Visibility
    leave_message_visibility: Visibility
    membership_approval: Approval
    urgent_setting: OwnerOrAll
    """Who may buzz."""
    video_conference_setting: OwnerOrAll
    edit_permission: OwnerOrAll
    """Who may edit name, description, avatar and announcement."""
    hide_member_count_setting: OwnerOrAll


class ChatToCreate(_Settings, total=False):
    """The body of `chat_create`."""

    owner_id: OpenId
    """Absent: the bot owns the chat, and can appoint managers later."""
    user_id_list: Sequence[OpenId]
    """At most 50. One unusable id fails the whole creation."""
    bot_id_list: Sequence[str]
    """App ids, at most 5; the caller joins by itself."""


class ChatChanges(_Settings, total=False):
    """The body of `chat_update`: what is absent stays."""

    owner_id: OpenId
    """The new owner, who must be a member."""
    add_member_permission: OwnerOrAll
    """Goes together with `share_card_permission`: only_owner + not_allowed, or all_members + allowed."""
    share_card_permission: Literal["allowed", "not_allowed"]
    at_all_permission: OwnerOrAll


class ChatInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A chat's settings. Outsiders get name, avatar, counts and status only."""

    name: str = ""
    description: str = ""
    avatar: str = ""
    """URL, not the key."""
    i18n_names: I18nNames = I18nNames()
    owner_id: OpenId | None = None
    """None when a bot owns the chat."""
    chat_mode: str = ""
    chat_type: str = ""
    external: bool = False
    tenant_key: str = ""
    group_message_type: str = ""
    add_member_permission: Who = Who.UNKNOWN
    share_card_permission: str = ""
    at_all_permission: Who = Who.UNKNOWN
    edit_permission: Who = Who.UNKNOWN
    urgent_setting: Who = Who.UNKNOWN
    video_conference_setting: Who = Who.UNKNOWN
    join_message_visibility: Who = Who.UNKNOWN
    leave_message_visibility: Who = Who.UNKNOWN
    membership_approval: str = ""
    moderation_permission: Who = Who.UNKNOWN
    hide_member_count_setting: Who = Who.UNKNOWN


class ChatCreated(ChatInfo, frozen=True, kw_only=True):
    """The new chat; or, for a `uuid` seen within 10 hours, the one it made then."""

    chat_id: ChatId


class ChatDetail(ChatInfo, frozen=True, kw_only=True):
    """The chat as it is. `chat_get` says nothing about a chat's id."""

    user_manager_id_list: tuple[OpenId, ...] = ()
    bot_manager_id_list: tuple[str, ...] = ()
    """App ids."""
    user_count: int | None = None
    bot_count: int | None = None
    chat_status: ChatStatus = ChatStatus.UNKNOWN


class ChatListItem(msgspec.Struct, frozen=True, kw_only=True):
    """A chat in a list."""

    chat_id: ChatId
    name: str = ""
    description: str = ""
    avatar: str = ""
    owner_id: OpenId | None = None
    """None when a bot owns the chat."""
    external: bool = False
    tenant_key: str = ""
    chat_status: ChatStatus = ChatStatus.UNKNOWN


class ShareLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that lets people of the tenant join. It dies when the bot leaves the chat."""

    share_link: str
    expire_time: int | None = None
    """Unix seconds."""
    is_permanent: bool = False


class Moderator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may post."""

    user_id: OpenId
    user_id_type: str = ""
    tenant_key: str = ""


class Moderation(msgspec.Struct, frozen=True, kw_only=True):
    """Who may post; `items` is filled for MODERATOR_LIST."""

    moderation_setting: Who = Who.UNKNOWN
    items: tuple[Moderator, ...] = ()
    page_token: str = ""
    has_more: bool = False


def chat_path(chat_id: ChatId) -> str:
    """Return the path of one chat."""
    return f"{CHATS}/{segment(chat_id, 'chat_id')}"


def chat_create(*, uuid: str, set_bot_manager: bool | None = None, **chat: Unpack[ChatToCreate]) -> Call[ChatCreated]:
    """Create a chat. The same `uuid` (and owner) makes at most one within 10 hours.

    `set_bot_manager` matters only with `owner_id`.
    """
    checks.idempotency_key(uuid)
    people = tuple(chat.get("user_id_list", ()))
    checks.at_most(limits.CHAT_USERS, "users in a new chat", people)
    checks.at_most(limits.CHAT_BOTS, "bots in a new chat", chat.get("bot_id_list", ()))
    owner = (chat["owner_id"],) if "owner_id" in chat else ()
    return Call(
        operation="chat_create",
        method="POST",
        path=CHATS,
        query=parameters(uuid=uuid, set_bot_manager=set_bot_manager),
        body=chat,
        answer=ChatCreated,
        people=people + owner,
    )


def chat_get(chat_id: ChatId) -> Call[ChatDetail]:
    """Look at a chat. A disbanded one is told by its `chat_status`, not by an error."""
    return Call(operation="chat_get", method="GET", path=chat_path(chat_id), answer=ChatDetail)


def chat_list(
    *, sort_type: ChatSort | None = None, page_size: int | None = None, page_token: str | None = None
) -> Call[Page[ChatListItem]]:
    """List the chats that the bot is in, without direct ones. `ByActiveTimeDesc` may skip chats while paging."""
    checks.page_size(page_size, limits.CHAT_PAGE)
    return Call(
        operation="chat_list",
        method="GET",
        path=CHATS,
        query=parameters(sort_type=sort_type, page_size=page_size, page_token=page_token),
        answer=Page[ChatListItem],
    )


def chat_search(query: str, *, page_size: int | None = None, page_token: str | None = None) -> Call[Page[ChatListItem]]:
    """Search names of chats and members, in chats the bot is in and public ones. Terms with `-` must be quoted."""
    checks.some(limits.SEARCH_CHARACTERS, "characters of a search", query)
    checks.page_size(page_size, limits.CHAT_PAGE)
    return Call(
        operation="chat_search",
        method="GET",
        path=f"{CHATS}/search",
        query=parameters(query=query, page_size=page_size, page_token=page_token),
        answer=Page[ChatListItem],
    )


def chat_update(chat_id: ChatId, **changes: Unpack[ChatChanges]) -> Call[None]:
    """Change a chat. Ordinary members may change names, description and avatar only, and only if the chat lets them."""
    if not changes:
        raise ValueError("chat_update needs something to change")
    if changes.get("add_member_permission") is not None or changes.get("share_card_permission") is not None:
        pair = (changes.get("add_member_permission"), changes.get("share_card_permission"))
        if pair not in {("only_owner", "not_allowed"), ("all_members", "allowed")}:
            raise ValueError(f"add_member_permission and share_card_permission go together, not as {pair}")
    return Call(
        operation="chat_update",
        method="PUT",
        path=chat_path(chat_id),
        body=changes,
        answer=type(None),
        people=(changes["owner_id"],) if "owner_id" in changes else (),
    )


def chat_disband(chat_id: ChatId) -> Call[None]:
    """Disband a chat. Its history is deleted. Doing it twice is `ChatGone`."""
    return Call(operation="chat_disband", method="DELETE", path=chat_path(chat_id), answer=type(None))


def chat_link_create(chat_id: ChatId, *, validity_period: Validity = "week") -> Call[ShareLink]:
    """Get a link with which others can join."""
    return Call(
        operation="chat_link_create",
        method="POST",
        path=f"{chat_path(chat_id)}/link",
        body={"validity_period": validity_period},
        answer=ShareLink,
    )


def chat_moderation_get(
    chat_id: ChatId, *, page_size: int | None = None, page_token: str | None = None
) -> Call[Moderation]:
    """Get who may post."""
    checks.page_size(page_size, limits.CHAT_PAGE)
    return Call(
        operation="chat_moderation_get",
        method="GET",
        path=f"{chat_path(chat_id)}/moderation",
        query=parameters(page_size=page_size, page_token=page_token),
        answer=Moderation,
    )


def chat_moderation_update(
    chat_id: ChatId,
    *,
    moderation_setting: Literal["all_members", "only_owner", "moderator_list"],
    moderator_added_list: Sequence[OpenId] = (),
    moderator_removed_list: Sequence[OpenId] = (),
) -> Call[None]:
    """Set who may post. The lists belong to `moderator_list`; who is not in the chat is dropped silently."""
    if moderation_setting != "moderator_list" and (moderator_added_list or moderator_removed_list):
        raise ValueError("moderators are listed only with moderator_list")
    if both := set(moderator_added_list) & set(moderator_removed_list):
        raise ValueError(f"added and removed at once: {', '.join(sorted(both))}")
    lists = {"moderator_added_list": moderator_added_list, "moderator_removed_list": moderator_removed_list}
    return Call(
        operation="chat_moderation_update",
        method="PUT",
        path=f"{chat_path(chat_id)}/moderation",
        body={"moderation_setting": moderation_setting, **{name: ids for name, ids in lists.items() if ids}},
        answer=type(None),
        people=(*moderator_added_list, *moderator_removed_list),
    )


def chat_top_notice_put(chat_id: ChatId, *, message_id: MessageId | None) -> Call[None]:
    """Put a message on top of the chat, or the announcement for None. It replaces what was there."""
    notice = {"action_type": "2"} if message_id is None else {"action_type": "1", "message_id": message_id}
    return Call(
        operation="chat_top_notice_put",
        method="POST",
        path=f"{chat_path(chat_id)}/top_notice/put_top_notice",
        body={"chat_top_notice": [notice]},
        answer=type(None),
    )


def chat_top_notice_delete(chat_id: ChatId) -> Call[None]:
    """Remove whatever is on top of the chat."""
    return Call(
        operation="chat_top_notice_delete",
        method="POST",
        path=f"{chat_path(chat_id)}/top_notice/delete_top_notice",
        answer=type(None),
    )
