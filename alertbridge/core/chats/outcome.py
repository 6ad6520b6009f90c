"""What came of an action, as `feishu/performer` tells it and `groups/facts` takes it in."""

from dataclasses import dataclass
from enum import StrEnum

from alertbridge.core.chats.chat import AnnouncementKind, Menu, Picture, Tab
from alertbridge.core.ids import ChatId, MessageId, OpenId


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is so now. `note` tells the timeline what was not as planned (a step of the card ladder, a plain name)."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMade:
    """The group exists; `members` are in it."""

    chat: ChatId
    members: tuple[OpenId, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """What a lost answer may have made is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message is out."""

    message: MessageId
    form: str
    """Its message type."""
    note: str = ""
    chat: ChatId | None = None
    """Where it stands, where that was not known before: a direct chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersAdded:
    """Those who could be added are in; the others, each with the reason."""

    refused: dict[OpenId, str]


class Hurdle(StrEnum):
    """Why somebody was not buzzed; the copy catalogue has the words."""

    QUOTA = "quota"
    """The tenant has paid for no more SMS or phone calls, or may buzz no more."""
    SCOPE = "scope"
    """The app may not use this way."""
    UNREAD = "unread"
    """Somebody has too many unread buzzes, which fails the call for all."""
    PERSON = "person"
    """Somebody is out of the app's range, or left the company; the same."""
    OUTSIDE = "outside"
    """They are not in the chat."""
    FORBIDDEN = "forbidden"
    """By the chat's settings, or because Feishu judged it risky."""
    MESSAGE = "message"
    """This message cannot be made urgent: folded, not ours."""
    GONE = "gone"
    """The message was recalled."""
    NO_ANSWER = "no_answer"
    """Twice."""
    OTHER = "other"
    """Refused for what we do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buzzed:
    """Those who were meant are called, but for `outside`, who are not in the chat."""

    outside: frozenset[OpenId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuzzRefused:
    """Nobody was called."""

    why: Hurdle
    cause: str
    """Operation, Feishu's code and words, log id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Some who were meant are called for several incidents at once: their direct chat does it."""

    people: frozenset[OpenId]
    rest: "Outcome | None" = None
    """What came of calling the others; None: there were none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementWritten:
    """Our lines stand there."""

    kind: AnnouncementKind
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TabsSeen:
    """All tabs of the chat now that lead to pages."""

    tabs: tuple[Tab, ...]
    order: tuple[str, ...] = ()
    """Ids of all its tabs, left to right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSeen:
    """The whole menu of the chat now."""

    menu: tuple[Menu, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSeen:
    """What the look showed."""

    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMade:
    """The share link."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """Everything is in our store and was read back."""

    messages: int
    """How many were read back from there, in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceMade:
    """Alertmanager has the silence that `cause` asked for."""

    cause: str
    id: str
    also: tuple[int, ...] = ()
    """Numbers of other open incidents with alerts that it covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatGone:
    """The chat does not exist any more, or the bot is out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGone:
    """The live card cannot be edited any more: recalled by somebody, or 14 days old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Not done."""

    cause: str
    """Operation, Feishu's code and words, log id; or what the network did."""
    wait_seconds: float | None = None
    """Feishu or our own quota named a wait: nothing was done. None: back off; it may have been done unless refused."""
    is_refused: bool = False
    """Somebody has to change something before it can work."""
    scope: str = ""
    """The scope that is missing, where that is the reason."""
    is_quota: bool = False
    """Nothing failed: the call has to wait for its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost:
    """The call was made and its answer never came: it may have been done. The intent stays."""

    cause: str


Outcome = (
    Done
    | ChatMade
    | NotFound
    | Sent
    | MembersAdded
    | Buzzed
    | BuzzRefused
    | Gathered
    | AnnouncementWritten
    | TabsSeen
    | MenuSeen
    | ChatSeen
    | LinkMade
    | Archived
    | SilenceMade
    | ChatGone
    | CardGone
    | Failed
    | AnswerLost
)
