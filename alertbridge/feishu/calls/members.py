"""Members and managers of a chat. Changes of one chat must follow each other: side by side they are `Busy`."""

from collections.abc import Sequence
from enum import IntEnum

import msgspec

from alertbridge.core.ids import ChatId, OpenId
from alertbridge.feishu import checks, limits
from alertbridge.feishu.calls.chats import chat_path
from alertbridge.feishu.calls.words import MemberIdType
from alertbridge.feishu.protocol import Call, parameters


class SucceedType(IntEnum):
    """What happens to the rest when some ids cannot be used."""

    SKIP_RESIGNED = 0
    """Resigned people are skipped, anything else fails the call."""
    ADD_USABLE = 1
    """The usable ones are added, the others are reported."""
    ALL_OR_NOTHING = 2


class MembersAdded(msgspec.Struct, frozen=True, kw_only=True):
    """Who was *not* added, and why. Everybody else is a member now."""

    invalid_id_list: tuple[str, ...] = ()
    """Resigned, outside the app's range, or inactive."""
    not_existed_id_list: tuple[str, ...] = ()
    pending_approval_id_list: tuple[str, ...] = ()
    """Waiting for approval: not members yet."""


class MembersRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """Who was *not* removed."""

    invalid_id_list: tuple[str, ...] = ()


class ManagersChanged(msgspec.Struct, frozen=True, kw_only=True):
    """All managers afterwards; None when Feishu made the change but could not list them."""

    chat_managers: tuple[OpenId, ...] | None = None
    chat_bot_managers: tuple[str, ...] | None = None
    """App ids."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a chat."""

    member_id: OpenId
    member_id_type: str = ""
    name: str = ""
    tenant_key: str = ""


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """A page of members. Bots are never listed."""

    items: tuple[Member, ...] = ()
    page_token: str = ""
    has_more: bool = False
    member_total: int | None = None


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the caller is in the chat."""

    is_in_chat: bool


def chat_members_add(
    chat_id: ChatId,
    id_list: Sequence[str],
    *,
    member_id_type: MemberIdType = "open_id",
    succeed_type: SucceedType = SucceedType.ADD_USABLE,
) -> Call[MembersAdded]:
    """Add people, or bots with `member_id_type` app_id."""
    _check_size(id_list, member_id_type)
    return Call(
        operation="chat_members_add",
        method="POST",
        path=f"{chat_path(chat_id)}/members",
        query=parameters(member_id_type=member_id_type, succeed_type=int(succeed_type)),
        body={"id_list": id_list},
        answer=MembersAdded,
        people=tuple(id_list),
    )


def chat_members_remove(
    chat_id: ChatId, id_list: Sequence[str], *, member_id_type: MemberIdType = "open_id"
) -> Call[MembersRemoved]:
    """Remove people, or bots with `member_id_type` app_id. The owner cannot be removed by others."""
    _check_size(id_list, member_id_type)
    return Call(
        operation="chat_members_remove",
        method="DELETE",
        path=f"{chat_path(chat_id)}/members",
        query=parameters(member_id_type=member_id_type),
        body={"id_list": id_list},
        answer=MembersRemoved,
        people=tuple(id_list),
    )


def chat_members_me_join(chat_id: ChatId) -> Call[None]:
    """Join a public chat as the bot."""
    return Call(
        operation="chat_members_me_join",
        method="PATCH",
        path=f"{chat_path(chat_id)}/members/me_join",
        answer=type(None),
    )


def chat_members_list(chat_id: ChatId, *, page_size: int | None = None, page_token: str | None = None) -> Call[Members]:
    """List people in a chat, by open_id."""
    checks.page_size(page_size, limits.CHAT_PAGE)
    return Call(
        operation="chat_members_list",
        method="GET",
        path=f"{chat_path(chat_id)}/members",
        query=parameters(page_size=page_size, page_token=page_token),
        answer=Members,
    )


def chat_members_is_in_chat(chat_id: ChatId) -> Call[Presence]:
    """Ask whether the bot is in a chat."""
    return Call(
        operation="chat_members_is_in_chat",
        method="GET",
        path=f"{chat_path(chat_id)}/members/is_in_chat",
        answer=Presence,
    )


def chat_managers_add(
    chat_id: ChatId, manager_ids: Sequence[str], *, member_id_type: MemberIdType = "open_id"
) -> Call[ManagersChanged]:
    """Appoint members as managers, at most 10 in a chat (20 in a very large one). Only the owner may."""
    return _change_managers("chat_managers_add", "add_managers", chat_id, manager_ids, member_id_type)


def chat_managers_delete(
    chat_id: ChatId, manager_ids: Sequence[str], *, member_id_type: MemberIdType = "open_id"
) -> Call[ManagersChanged]:
    """Make managers ordinary members again. Only the owner may."""
    return _change_managers("chat_managers_delete", "delete_managers", chat_id, manager_ids, member_id_type)


def _change_managers(
    operation: str, verb: str, chat_id: ChatId, manager_ids: Sequence[str], member_id_type: MemberIdType
) -> Call[ManagersChanged]:
    _check_size(manager_ids, member_id_type)
    return Call(
        operation=operation,
        method="POST",
        path=f"{chat_path(chat_id)}/managers/{verb}",
        query=parameters(member_id_type=member_id_type),
        body={"manager_ids": manager_ids},
        answer=ManagersChanged,
        people=tuple(manager_ids),
    )


def _check_size(ids: Sequence[str], member_id_type: MemberIdType) -> None:
    if member_id_type == "app_id":
        checks.some(limits.CHAT_BOTS, "bots per call", ids)
    else:
        checks.some(limits.CHAT_USERS, "people per call", ids)
