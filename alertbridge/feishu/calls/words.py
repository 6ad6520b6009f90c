"""Feishu's own words for who may do what, and its localized names."""

from enum import StrEnum
from typing import Literal

import msgspec

OwnerOrAll = Literal["only_owner", "all_members"]
Visibility = Literal["only_owner", "all_members", "not_anyone"]
Approval = Literal["no_approval_required", "approval_required"]
ChatType = Literal["private", "public"]
PersonIdType = Literal["open_id", "union_id", "user_id"]
MemberIdType = Literal["open_id", "union_id", "user_id", "app_id"]


class Lenient(StrEnum):
    """A set of words that Feishu may extend: an unknown word is read as UNKNOWN, and spaces as underscores.

    Source: sample answers of chat_get show `all members` where the table says `all_members`.
    """

    @classmethod
    def _missing_(cls, value: object) -> "Lenient":
        spelled = str(value).strip().lower().replace(" ", "_")
        return cls._value2member_map_.get(spelled) or cls("unknown")  # type: ignore[return-value]


class Who(Lenient):
    """Who in a chat may do or see something."""

    ONLY_OWNER = "only_owner"
    """Owner and managers."""
    ALL_MEMBERS = "all_members"
    MODERATOR_LIST = "moderator_list"
    NOT_ANYONE = "not_anyone"
    UNKNOWN = "unknown"


class ChatStatus(Lenient):
    """Whether a chat still lives."""

    NORMAL = "normal"
    DISSOLVED = "dissolved"
    DISSOLVED_SAVE = "dissolved_save"
    """Disbanded in the client, its history kept."""
    UNKNOWN = "unknown"


class I18nNames(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name per client language."""

    zh_cn: str = ""
    en_us: str = ""
    ja_jp: str = ""
