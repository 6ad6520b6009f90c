"""A Feishu group as values: what was last seen of it (`Chat`) and what an incident wants it to be (`Wanted`)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from alertbridge.core.alerts.silence import Pairs
from alertbridge.core.chats.card import CardView
from alertbridge.core.ids import ChatId, MessageId, OpenId

Text = dict[str, str]
"""One piece of our own copy by language: `{"zh": …, "en": …}`, the primary language first."""


class AnnouncementKind(StrEnum):
    """Feishu's two incompatible announcements."""

    DOCX = "docx"
    DOC = "doc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab that opens a page. `id` is Feishu's; "" in what is wanted."""

    name: str
    url: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    """One entry of a menu; `url` is what it opens."""

    name: Text
    url: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A top-level menu and its entries, at most five."""

    name: Text
    items: tuple[MenuItem, ...]
    id: str = ""


class LineStyle(StrEnum):
    """How a line of the announcement is set (docx block kinds)."""

    HEADING = "heading2"
    TEXT = "text"
    BULLET = "bullet"
    DIVIDER = "note"
    """The grey line between ours and theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the announcement: fixed label, then plain text, a person or links."""

    style: LineStyle
    text: str
    person: OpenId | None = None
    others: tuple[tuple[str, OpenId], ...] = ()
    """Further people, each with the words before them."""
    links: tuple[tuple[str, str], ...] = ()
    """What each link is called, and where it leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is on the announcement now. `blocks` are Feishu's ids of our lines (docx kind), in order."""

    kind: AnnouncementKind
    blocks: tuple[str, ...] | None = ()
    """None: our lines may or may not be there (an answer was lost); look for them before writing."""
    lines: tuple[Line, ...] = ()
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCard:
    """The card on top: which message, what it shows, when it was sent and last edited."""

    message: MessageId
    form: str
    """Feishu's message type: `interactive`, or `post` where it would take no card."""
    view: CardView | None
    """None: not known, because an answer was lost."""
    sent_at: datetime
    edited_at: datetime
    is_gone: bool = False
    """It cannot be edited any more: recalled, or too old."""


class SayingKind(StrEnum):
    """Ids of the messages in the copy catalogue (CHAT.md section 4)."""

    ANSWER = "answer"
    """What somebody asked for in words; its words come with it."""
    ACK = "ack"
    UNACK = "unack"
    ASSIGN = "assign"
    ROLE = "role"
    HANDOVER = "handover"
    """A card on which it is taken, or not."""
    HANDOVER_ASK = "handover_ask"
    """A card on which its holder says whether to hand it over."""
    HANDOVER_OVER = "handover_over"
    """An edit of either: how it ended."""
    HANDOVER_DECLINED = "handover_declined"
    UPDATE_DUE = "update_due"
    HANDOVER_FORM = "handover_form"
    SEVERITY = "severity"
    SEVERITY_BY_LABELS = "severity_by_labels"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    COUNTDOWN = "countdown"
    COUNTDOWN_MOVED = "countdown_moved"
    COUNTDOWN_KEPT = "countdown_kept"
    KEPT = "kept"
    NOTE_FORM = "note_form"
    NOTE_RECORD = "note_record"
    """An edit of the form: what was written on it."""
    UPDATE_FORM = "update_form"
    UPDATE_RECORD = "update_record"
    RECEIPT = "receipt"
    """No text: a reaction on the message that asked."""
    ARCHIVED = "archived"
    ARCHIVE_FAIL = "archive_fail"
    MOVED = "moved"
    LACKS_SCOPE = "lacks_scope"
    GREETING = "greeting"
    LEFT = "left"
    LEFT_AGAIN = "left_again"
    OWNER_CHANGED = "owner_changed"
    QUIET = "quiet"
    CANNOT_JOIN = "cannot_join"
    RELINK = "relink"
    ROOM_UNUSABLE = "room_unusable"
    FLAP = "flap"
    STALE = "stale"
    STILL = "still"
    STALE_OVER = "stale_over"
    SILENCE_FORM = "silence_form"
    SILENCE_PENDING = "silence_pending"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    SILENCE_FAILED = "silence_failed"
    SILENCE_GIVEN_UP = "silence_given_up"
    SILENCE_END = "silence_end"
    SILENCED_UP = "silenced_up"
    VIA_FAIL = "via_fail"
    """A call was refused; `details`: by which way, what is used instead, and why."""
    UNREACHABLE = "unreachable"
    DRILL = "drill"
    DRILLED = "drilled"
    STEP = "step"
    STEP_LAST = "step_last"
    STEP_TAKEN = "step_taken"
    """An edit of the card of a step: somebody acknowledged."""
    CALLED = "called"
    """A person named somebody to be called."""
    NOBODY = "nobody"
    NOBODY_AT_ALL = "nobody_at_all"
    ACK_EXPIRED = "ack_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line of an answer."""

    words: Text
    """Foreign parts are cleaned."""
    links: tuple[tuple[Text, str], ...] = ()
    """What each is called, and where it leads: encoded addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A message to the chat. `cause` is the entry or due time that led to it: with the kind it names the message."""

    kind: SayingKind
    cause: str
    who: OpenId | None = None
    to: OpenId | None = None
    at: datetime | None = None
    seconds: int = 0
    count: int = 0
    text: str = ""
    since: datetime | None = None
    """STALE: when the source last said anything."""
    matchers: Pairs = ()
    """SILENCED and what comes before it: what it matches."""
    also: tuple[int, ...] = ()
    """SILENCED: numbers of other open incidents that it affects."""
    edits: MessageId | None = None
    """Not a new message: an edit of this one."""
    reply_to: MessageId | None = None
    """The message that it answers, and quotes."""
    people: tuple[OpenId, ...] = ()
    """Whom it greets, calls, or tells of."""
    then: tuple[OpenId, ...] = ()
    """Who is called next, as far as that was known."""
    details: dict[str, str] = field(default_factory=dict)
    """How things stood when it was decided; a repeat says the same."""
    remarks: tuple[Remark, ...] = ()
    """ANSWER: what is said."""


class FormKind(StrEnum):
    """What a form asks for."""

    NOTE = "note"
    UPDATE = "update"
    SILENCE = "silence"
    HANDOVER = "handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A card of ours on which somebody may write, until it is recalled."""

    kind: FormKind
    message: MessageId
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCard:
    """A card of ours that is not kept up to date any more."""

    message: MessageId
    is_pressed: bool = False
    """Somebody used it since it was last brought to the present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCard:
    """The card of an escalation step that is out."""

    message: MessageId
    saying: Saying
    """What it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What Feishu last told of the group. None in a field means: not known, look before acting on it."""

    id: ChatId
    created_at: datetime
    name: Text
    """Empty: not known."""
    named_at: datetime
    avatar: str = ""
    """Name of the picture (`p1` … `p4`, `resolved`), "" for Feishu's default."""
    members: frozenset[OpenId] = frozenset()
    refused: frozenset[OpenId] = frozenset()
    """People whom Feishu would not add: resigned, out of range, waiting for approval. Not asked for again."""
    leaving: frozenset[OpenId] = frozenset()
    """People who asked to be taken out, and are still in."""
    managers: frozenset[OpenId] = frozenset()
    card: LiveCard | None = None
    top_notice: MessageId | None = None
    """What is on top; None: nothing, "": not known."""
    announcement: Announcement | None = None
    tabs: tuple[Tab, ...] | None = ()
    menu: tuple[Menu, ...] | None = ()
    is_locked: bool | None = False
    share_link: str = ""
    countdown: MessageId | None = None
    """The countdown card of the present cooling, edited when it moves."""
    step: StepCard | None = None
    """The newest card of an escalation step, while nobody has acknowledged."""
    forms: tuple[Form, ...] = ()
    """Those that are out and open, at most one of a kind."""
    old_cards: tuple[OldCard, ...] = ()
    """The newest of them, the oldest first."""
    spoken: tuple[datetime, ...] = ()
    """When messages that nobody asked for went out, in the last hour or before."""
    hushed: tuple[datetime, ...] = ()
    """When one was not said because it would have been too many."""
    said: tuple[str, ...] = ()
    """Names (`kind:cause`) of the newest messages that are out, or that Feishu refused: none is said twice."""
    is_gone: bool = False
    """Disbanded, or the bot is out of it: nothing more can be done there."""
    is_standing: bool = False
    """People's own group, which other incidents use as well: only messages of ours are ours there."""
    away: frozenset[OpenId] = frozenset()
    """People who left, or were taken out, and are not brought back."""
    newcomers: tuple[OpenId, ...] = ()
    """People whom a person added, and who were not greeted yet."""
    greets_at: datetime | None = None
    """When they are greeted, all together."""
    greeted: frozenset[OpenId] = frozenset()
    """Nobody is greeted twice."""
    greetings: tuple[datetime, ...] = ()
    """When the newest greetings were decided."""
    manual_name: str = ""
    """What a person called it; "": it has the name that we gave it."""
    owner: OpenId | None = None
    """A person who owns it; None: the bot does."""
    description: str | None = None
    """None: not known, and left alone."""
    tab_order: tuple[str, ...] = ()
    """Ids of all tabs, left to right; (): not known."""
    made_tabs: frozenset[str] = frozenset()
    """Ids of the tabs that we made: only those are ever deleted."""
    rebuilt: tuple[datetime, ...] = ()
    """When our lines of the announcement were found damaged, within the last hour."""
    looked_at: datetime | None = None
    """When the real group was last looked at."""
    listed_at: datetime | None = None
    """When its members were last listed; None: never, so who is there is known from calls and events only."""
    speakers: frozenset[OpenId] | None = None
    """The only people who may write, beside the owner; None: everybody may, unless it is locked."""
    removed_at: datetime | None = None
    """When the bot was taken out; None: it is in, as far as we know."""
    removed_by: OpenId | None = None
    is_doubted: bool = False
    """The real group may be another than this: look."""
    undone: dict[str, int] = field(default_factory=dict)
    """How often people undid a thing of ours, by its name in `giving_way`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a look at the real group showed. None in a field means: it could not be seen, nothing follows from it."""

    name: str
    """As search sees it."""
    description: str
    owner: OpenId | None
    """None: the bot."""
    managers: frozenset[OpenId]
    members: frozenset[OpenId] | None = None
    is_locked: bool | None = None
    speakers: frozenset[OpenId] | None = None
    """As in `Chat`; it says something only where `is_locked` is known."""
    tabs: tuple[Tab, ...] | None = None
    """Those that lead to a page, left to right."""
    tab_order: tuple[str, ...] = ()
    """Ids of all tabs, left to right."""
    menu: tuple[Menu, ...] | None = None
    is_announced: bool | None = None
    """Our lines of the announcement stand as we wrote them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the chat should be. None in a field means: leave it as it is."""

    exists: bool
    name: Text
    plain_name: Text
    """The name without the title, for where Feishu's review refuses the wording."""
    description: str
    avatar: str
    members: tuple[OpenId, ...]
    managers: tuple[OpenId, ...]
    card: CardView | None
    mention: tuple[OpenId, ...]
    """Called by the first card."""
    is_pinned: bool
    announcement: tuple[Line, ...] | None
    tabs: tuple[Tab, ...] | None
    menu: tuple[Menu, ...] | None
    is_locked: bool
    speakers: tuple[OpenId, ...] | None
    """The only people who may write while it is not locked; None: everybody."""
    is_archived: bool
    room: ChatId | None = None
    """A standing room to use in place of a group of its own; of that only card and messages are wanted."""
