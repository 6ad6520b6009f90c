"""What can be done to a chat. The planner lists actions, `feishu/performer` does them; `outcome` is what came of it."""

from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.alerts.silence import Silence
from alertbridge.core.chats.card import CardView
from alertbridge.core.chats.chat import Announcement, AnnouncementKind, Form, Line, Menu, MenuItem, Saying, Tab, Text
from alertbridge.core.ids import ChatId, IncidentId, MessageId, OpenId
from alertbridge.core.oncall.policy import Way
from alertbridge.core.quota import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateChat:
    """Make the group with its people in one call; without them where Feishu refuses one of the ids."""

    uuid: str
    name: Text
    plain_name: Text
    """For where Feishu's review refuses the wording."""
    description: str
    avatar: str
    members: tuple[OpenId, ...]
    is_repeat: bool
    """Tried before, and the answer was lost: a group may be there already, under an older name."""
    key = "create_chat"
    priority = Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinChat:
    """Use a standing room: join it where the bot is not in it, and see which of `people` are."""

    chat: ChatId
    people: tuple[OpenId, ...]
    key = "join_chat"
    priority = Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class FindChat:
    """Look for a group that a lost answer may have made, by its marker."""

    incident: IncidentId
    number: int
    key = "find_chat"
    priority = Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCard:
    """Send the live card: the first one, or another where that is gone or too old to be edited."""

    chat: ChatId
    uuid: str
    view: CardView
    version: int
    mention: tuple[OpenId, ...]
    tried_at: datetime | None = None
    """First tried then, and the answer was lost: Feishu may answer with the message of that try, or with an error."""
    look_since: datetime | None = None
    """The same, longer ago than Feishu remembers `uuid`s: look among the messages of that time first."""
    key = "send_card"
    priority = Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCard:
    """Bring the live card to the present state, in place."""

    message: MessageId
    form: str
    """As in `LiveCard`: a card cannot become a post, nor a post a card."""
    view: CardView
    version: int
    is_refresh: bool = False
    """Only relative times are renewed."""
    key = "edit_card"

    @property
    def priority(self) -> Priority:
        """A refresh waits for everything else."""
        return Priority.DECORATION if self.is_refresh else Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOldCard:
    """Let a card that somebody used show the present, as the live card does."""

    chat: ChatId
    message: MessageId
    view: CardView
    version: int
    priority = Priority.DECORATION

    @property
    def key(self) -> str:
        """One name for each card."""
        return f"old_card:{self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutTopNotice:
    """Put the live card on top of the chat."""

    chat: ChatId
    message: MessageId
    key = "put_top_notice"
    priority = Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTopNotice:
    """Take the banner away at the end."""

    chat: ChatId
    key = "delete_top_notice"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMembers:
    """Add people; those whom Feishu will not add are named in the outcome."""

    chat: ChatId
    people: tuple[OpenId, ...]
    is_page: bool = False
    """Somebody among them is called, and has to be there to be reached."""
    key = "add_members"

    @property
    def priority(self) -> Priority:
        """Who is called goes first."""
        return Priority.PAGE if self.is_page else Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class AddManagers:
    """Appoint members as managers, at most ten in a chat."""

    chat: ChatId
    people: tuple[OpenId, ...]
    key = "add_managers"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMembers:
    """Take people out who asked for it."""

    chat: ChatId
    people: tuple[OpenId, ...]
    key = "remove_members"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteManagers:
    """Withdraw an appointment that we made."""

    chat: ChatId
    people: tuple[OpenId, ...]
    key = "delete_managers"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Change the name, with it the avatar. `plain_name` is used where Feishu refuses the wording."""

    chat: ChatId
    name: Text
    plain_name: Text
    avatar: str
    key = "rename"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """Write the description, with the marker by which the group is known as ours."""

    chat: ChatId
    description: str
    key = "describe"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejoin:
    """Be in the group again from which the bot was taken out: somebody may have brought it back, or it is public."""

    chat: ChatId
    key = "rejoin"
    priority = Priority.FIRST_CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtChat:
    """Look at everything that can be seen of the group: whatever events tell, this is how it is."""

    chat: ChatId
    announcement: Announcement | None
    """What should stand there; None: nothing yet."""
    key = "look_at_chat"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnnouncement:
    """Write our lines; people's notes below them are never touched."""

    chat: ChatId
    uuid: str
    kind: AnnouncementKind
    blocks: tuple[str, ...] | None
    """Ids of the blocks to rewrite; () none yet; None: look for them first."""
    before: tuple[Line, ...]
    lines: tuple[Line, ...]
    key = "write_announcement"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTabs:
    """Add tabs at the end."""

    chat: ChatId
    tabs: tuple[Tab, ...]
    key = "create_tabs"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTabs:
    """Give tabs their present name and address."""

    chat: ChatId
    tabs: tuple[Tab, ...]
    key = "update_tabs"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTabs:
    """Take tabs away that we made, and that lead nowhere any more."""

    chat: ChatId
    ids: tuple[str, ...]
    key = "delete_tabs"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class SortTabs:
    """Put the tabs in order."""

    chat: ChatId
    order: tuple[str, ...]
    """Ids of all tabs of the chat."""
    key = "sort_tabs"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtTabs:
    """List the tabs: a lost answer left it open which are there."""

    chat: ChatId
    key = "look_at_tabs"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMenu:
    """Append top-level menus."""

    chat: ChatId
    menu: tuple[Menu, ...]
    key = "create_menu"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMenu:
    """Take top-level menus away: Feishu cannot add an entry to one, so it is made anew."""

    chat: ChatId
    ids: tuple[str, ...]
    key = "delete_menu"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchMenu:
    """Give entries of a menu their present name and address."""

    chat: ChatId
    items: tuple[MenuItem, ...]
    key = "patch_menu"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class SortMenu:
    """Put the top-level menus in order."""

    chat: ChatId
    order: tuple[str, ...]
    """Ids of all of them."""
    key = "sort_menu"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtMenu:
    """Get the menu: a lost answer left it open what is there."""

    chat: ChatId
    key = "look_at_menu"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModeration:
    """Let only the owner post (`is_locked`), or `speakers` too, or everybody."""

    chat: ChatId
    is_locked: bool
    speakers: tuple[OpenId, ...] | None = None
    """The only people who may post while it is not locked; None: everybody."""
    silenced: tuple[OpenId, ...] = ()
    """Those who might before, and may not any more."""
    key = "set_moderation"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchShareLink:
    """Get the link by which others can join."""

    chat: ChatId
    key = "fetch_share_link"
    priority = Priority.DECORATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send one message, or edit one that is there."""

    chat: ChatId
    uuid: str
    saying: Saying
    tried_at: datetime | None = None
    look_since: datetime | None = None
    """Both as in `SendCard`."""
    is_page: bool = False
    """Somebody is called by it."""

    @property
    def priority(self) -> Priority:
        """What calls somebody goes first."""
        return Priority.PAGE if self.is_page else Priority.UPDATE

    @property
    def key(self) -> str:
        """One name for each message, so that a failing one does not hide behind another."""
        return say_key(self.saying)


def say_key(saying: Saying) -> str:
    """The key of the action that says it."""
    return f"say:{saying.kind}:{saying.cause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallForm:
    """Take a form away that nobody submitted; where Feishu recalls it no more, it says that it is over."""

    chat: ChatId
    form: Form
    priority = Priority.DECORATION

    @property
    def key(self) -> str:
        """One name for each form."""
        return f"recall:{self.form.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveMessages:
    """Copy the messages into our store, those of threads too."""

    chat: ChatId
    key = "archive"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class DisbandChat:
    """Disband the group. Feishu keeps no history."""

    chat: ChatId
    key = "disband"
    priority = Priority.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Buzz:
    """Call people: make a message of ours urgent for them. Made twice it calls twice, and it cannot be looked up."""

    message: MessageId
    people: tuple[OpenId, ...]
    way: Way
    cause: str
    """As in `Page`."""
    is_direct: bool = False
    """The message stands in somebody's direct chat, so what is refused there says nothing of the group."""
    is_alone: bool = False
    """It calls one person who has to be called on their own."""
    priority = Priority.PAGE

    @property
    def key(self) -> str:
        """One name for each call of a step."""
        whom = f":{self.people[0]}" if self.is_direct or self.is_alone else ""
        return f"buzz:{self.way}:{self.message}:{self.cause}{whom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDirectly:
    """Tell somebody in their direct chat, because the group cannot be used for it."""

    person: OpenId
    uuid: str
    view: CardView
    version: int
    cause: str
    """As in `Page`."""
    way: Way = Way.CARD
    """How they are called on it, once it is out."""
    priority = Priority.PAGE

    @property
    def key(self) -> str:
        """One name for each person and cause."""
        return f"page:{self.cause}:{self.person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutSilence:
    """Let Alertmanager have the incident's silence: make it, or change the one that is there."""

    silence: Silence
    key = "put_silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSilence:
    """Let Alertmanager have no silence of the incident."""

    key = "end_silence"


SilenceAction = PutSilence | EndSilence
"""What is done to an Alertmanager, not to Feishu."""

ChatAction = (
    CreateChat
    | JoinChat
    | FindChat
    | SendCard
    | EditCard
    | EditOldCard
    | PutTopNotice
    | DeleteTopNotice
    | AddMembers
    | AddManagers
    | RemoveMembers
    | DeleteManagers
    | Rename
    | Describe
    | Rejoin
    | LookAtChat
    | WriteAnnouncement
    | CreateTabs
    | UpdateTabs
    | DeleteTabs
    | SortTabs
    | LookAtTabs
    | CreateMenu
    | DeleteMenu
    | PatchMenu
    | SortMenu
    | LookAtMenu
    | SetModeration
    | FetchShareLink
    | Say
    | RecallForm
    | ArchiveMessages
    | DisbandChat
    | Buzz
    | PageDirectly
)

PageAction = Buzz | PageDirectly
"""What calls people; the rest changes the group."""

Action = ChatAction | SilenceAction
