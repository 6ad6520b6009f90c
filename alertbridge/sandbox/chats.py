"""What a chat is: settings, members and roles, and the places messages, tabs, menus and notices live in."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alertbridge.sandbox.announcements import Announcement
from alertbridge.sandbox.apps import App
from alertbridge.sandbox.messages import Member, MemberKind, Message, bot

MAX_MEMBERS = 5000
MAX_BOTS = 15
MAX_MANAGERS = 10

OPERATE_AS_OWNER = ("im:chat:operate_as_owner",)


class ChatMode(StrEnum):
    """The kinds of chats the sandbox has."""

    GROUP = "group"
    P2P = "p2p"


class ChatStatus(StrEnum):
    """Whether the chat still exists."""

    NORMAL = "normal"
    DISSOLVED = "dissolved"
    DISSOLVED_SAVE = "dissolved_save"
    """Disbanded in the client, history kept."""


class Place(StrEnum):
    """What a chat can reserve for its owner and managers; the API knows no setting for it."""

    TABS_AND_MENU = "tabs_and_menu"
    PINS = "pins"
    TOP_NOTICE = "top_notice"


def default_settings() -> dict[str, Any]:
    """Return the settings of a new chat, named as in the API."""
    return {
        "name": "",
        "description": "",
        "avatar": "",
        "i18n_names": {},
        "chat_type": "private",
        "group_message_type": "chat",
        "join_message_visibility": "all_members",
        "leave_message_visibility": "all_members",
        "membership_approval": "no_approval_required",
        "urgent_setting": "all_members",
        "video_conference_setting": "all_members",
        "edit_permission": "all_members",
        "add_member_permission": "all_members",
        "share_card_permission": "allowed",
        "at_all_permission": "all_members",
        "hide_member_count_setting": "all_members",
        "restricted_mode_setting": {
            "status": False,
            "screenshot_has_permission_setting": "all_members",
            "download_has_permission_setting": "all_members",
            "message_has_permission_setting": "all_members",
        },
    }


@dataclass(slots=True)
class Tab:
    """A tab in the API's own words, whether custom (`doc`, `url`) or built in."""

    tab_id: str
    tab_name: str
    tab_type: str
    tab_content: dict[str, Any] = field(default_factory=dict)
    tab_config: dict[str, Any] = field(default_factory=dict)

    @property
    def is_custom(self) -> bool:
        """Whether the API may change or delete it."""
        return self.tab_type in ("doc", "url")


@dataclass(slots=True)
class MenuEntry:
    """A menu item with its children (top level) or without (second level)."""

    id: str
    item: dict[str, Any]
    children: list["MenuEntry"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TopNotice:
    """The banner of a chat: a message, or the announcement when `message_id` is None."""

    message_id: str | None
    operator: Member


@dataclass(slots=True)
class Chat:
    """A chat. `members` and `bots` map ids to the time of joining; both keep the order of joining."""

    chat_id: str
    mode: ChatMode
    owner: Member
    creator: str | None
    """The app that created it, None for a person."""
    announcement: Announcement | None
    created_at: int
    active_at: int
    settings: dict[str, Any] = field(default_factory=default_settings)
    status: ChatStatus = ChatStatus.NORMAL
    members: dict[str, int] = field(default_factory=dict)
    bots: dict[str, int] = field(default_factory=dict)
    managers: dict[Member, None] = field(default_factory=dict)
    pending: dict[str, None] = field(default_factory=dict)
    """Open_ids waiting for approval."""
    moderation: str = "all_members"
    moderators: dict[str, None] = field(default_factory=dict)
    top_notice: TopNotice | None = None
    tabs: list[Tab] = field(default_factory=list)
    menu: list[MenuEntry] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    for_admins_only: set[Place] = field(default_factory=set)
    """What only owner and managers may change, as set by a person in the client."""

    @property
    def is_dissolved(self) -> bool:
        """Whether it was disbanded."""
        return self.status is not ChatStatus.NORMAL

    @property
    def name(self) -> str:
        """The name, empty when it has none."""
        name: str = self.settings["name"]
        return name

    def has(self, member: Member) -> bool:
        """Say whether the person or bot is in the chat."""
        return member.id in (self.bots if member.kind is MemberKind.APP else self.members)

    def may_administer(self, app: App) -> bool:
        """Say whether the app's bot is owner, manager, or the creator with `im:chat:operate_as_owner`."""
        return bot(app.app_id) in self.managers or self.acts_as_owner(app)

    def acts_as_owner(self, app: App) -> bool:
        """Say whether the app's bot is owner, or the creator with `im:chat:operate_as_owner`."""
        if self.owner == bot(app.app_id):
            return True
        return self.creator == app.app_id and app.holds_any(OPERATE_AS_OWNER)

    def reserves(self, place: Place, app: App) -> bool:
        """Say whether the app's bot may not touch `place` because it is for owner and managers only."""
        return place in self.for_admins_only and not self.may_administer(app)

    def member_is_admin(self, member: Member) -> bool:
        """Say whether the member is owner or manager."""
        return member == self.owner or member in self.managers

    def may_speak(self, member: Member) -> bool:
        """Say whether the posting permission lets the member write."""
        match self.moderation:
            case "only_owner":
                return self.member_is_admin(member)
            case "moderator_list":
                return member == self.owner or member.id in self.moderators
        return True
