"""What happens to an incident: the entries of its inbox.

Alerts, people's commands and what Feishu tells about the chat arrive here as values; `lifecycle.observe` decides what
they change. Waiting has no entry: `lifecycle.elapse` reads the clock it is given.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.silence import SeenSilence
from alertbridge.core.chats.chat import FormKind, Remark
from alertbridge.core.ids import AlertKey, EntryId, MessageId, OpenId
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity

TEXT_LIMIT = 500
"""Characters of a note or an update that are kept."""


class Verb(StrEnum):
    """What a person may ask of an incident."""

    OPEN = "open"
    """Do not wait any longer with the group."""
    ACK = "ack"
    UNACK = "unack"
    ASSIGN = "assign"
    ROLE = "role"
    """Somebody shall have a role; that of the lead is the same as ASSIGN."""
    SEVERITY = "sev"
    HANDOVER = "handover"
    """Offer the incident to somebody; until they take it, it stays with whom it is."""
    DECLINE = "decline"
    """Do not take what was offered, for now."""
    NOTE = "note"
    UPDATE = "update"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    KEEP = "keep"
    CLOSE = "close"
    SILENCE = "silence"
    UNSILENCE = "unsilence"
    LEAVE = "leave"
    """Be taken out of the group, and not be brought back."""
    UNFOLD = "unfold"
    """In a storm: a group of its own; of an umbrella: one for each that is folded into it."""
    ESCALATE = "escalate"
    """Call the next step, or somebody, at once."""
    STILL = "still"
    """It still happens, although its source says nothing."""


class Via(StrEnum):
    """Where a command was given."""

    CARD = "card"
    CHAT = "chat"
    """A message in the incident's group."""
    DIRECT = "direct"
    """A direct message to the bot; its answer goes there, the group hears what it would hear anyway."""
    CLI = "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsReceived:
    """Alerts of one request that are new to the incident or have changed, at most 256."""

    id: EntryId
    at: datetime
    alerts: dict[AlertKey, Alert]
    truncated: int = 0
    """Alerts that the sender left out of this message (`max_alerts`)."""
    is_push: bool = False
    """From `/api/v2/alerts`: a resolve counts only after two resend delays without a firing copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A person pressed a button or typed a command."""

    id: EntryId
    at: datetime
    verb: Verb
    by: OpenId | None
    """Who asked; None for the operator's command line."""
    via: Via = Via.CARD
    to: OpenId | None = None
    """ASSIGN, ROLE, HANDOVER: who shall lead, or have the role. A HANDOVER without one: who was asked about.

    ESCALATE: who is called; None: the people of the next step.
    """
    role: Role | None = None
    """ROLE: which."""
    level: Severity | None = None
    """SEVERITY: what it shall be."""
    text: str = ""
    """NOTE, UPDATE: what was written; RESOLVE, SILENCE: the reason, if one was given. Raw: foreign text."""
    seconds: int | None = None
    """KEEP, SILENCE: for so long; KEEP without an end: None."""
    until: datetime | None = None
    """SILENCE: until then, in place of `seconds`."""
    reply_to: MessageId | None = None
    """CHAT, DIRECT: the message that asked; what is answered to it quotes it."""
    message: MessageId | None = None
    """The card that was clicked, or the form that was submitted."""
    version: int | None = None
    """The incident's version that the card showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAsked:
    """A person wants to write something: send them a form."""

    id: EntryId
    at: datetime
    form: FormKind
    by: OpenId
    message: MessageId | None
    """The card whose menu was used; the form answers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCancelled:
    """A person does not want to write after all."""

    id: EntryId
    at: datetime
    by: OpenId
    message: MessageId
    """The form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """A person wrote in the chat."""

    id: EntryId
    at: datetime
    by: OpenId


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A person wrote something to the bot in the chat that changes nothing. It is talk, too."""

    id: EntryId
    at: datetime
    by: OpenId
    reply_to: MessageId
    answer: tuple[Remark, ...]
    """What they are told."""
    is_refusal: bool = False
    """They wanted something done, and it was not; or it is no incident's, so that nothing else tells that it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLost:
    """The chat is out of our hands: disbanded by a person, or the bot was removed from it."""

    id: EntryId
    at: datetime
    chat: str
    by: OpenId | None
    was_disbanded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleJoined:
    """People came into the chat by a person's doing: added, or by themselves."""

    id: EntryId
    at: datetime
    chat: str
    people: tuple[OpenId, ...]
    by: OpenId


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleLeft:
    """People are out of the chat by a person's doing: they left, were taken out, or their invitation was."""

    id: EntryId
    at: datetime
    chat: str
    people: tuple[OpenId, ...]
    by: OpenId
    was_withdrawn: bool = False
    """The invitation was taken back: whoever did it does not want them asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChanged:
    """A person changed the chat itself."""

    id: EntryId
    at: datetime
    chat: str
    by: OpenId
    name: str | None = None
    """None: not changed."""
    owner: OpenId | None = None
    """The person who owns it now; None: not changed, or the bot does."""
    settings: tuple[str, ...] = ()
    """Other things that changed, in Feishu's words: `edit_permission`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What the incident's Alertmanager holds of it, where that is not what the incident knows."""

    id: EntryId
    at: datetime
    version: int
    """The version of the incident that was compared; of any other one this says nothing."""
    gone: tuple[AlertKey, ...] = ()
    """Alerts that are known as firing, and that it holds no more."""
    back: dict[AlertKey, datetime] = field(default_factory=dict)
    """Alerts that are known as resolved and that it holds as active, with their start."""
    silenced: dict[AlertKey, str] = field(default_factory=dict)
    """All firing alerts that silences of others cover, each with the id of one."""
    silences: dict[str, SeenSilence] = field(default_factory=dict)
    """Those silences."""
    own_until: datetime | None = None
    """When the incident's own silence ends there; None: it was not seen."""
    is_own_gone: bool = False
    """It has none of the incident's own silence any more."""


Entry = (
    AlertsReceived
    | Command
    | Inquiry
    | FormAsked
    | FormCancelled
    | Spoke
    | ChatLost
    | PeopleJoined
    | PeopleLeft
    | ChatChanged
    | LookedUp
)
