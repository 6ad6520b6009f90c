"""One problem: everything that is known of it.

`lifecycle` says how the outside world changes it, `facts` what our own calls to Feishu did.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.drill import Drill
from alertbridge.core.alerts.route import OnClose, Route
from alertbridge.core.alerts.silence import SeenSilence, Silence
from alertbridge.core.chats.card import Update
from alertbridge.core.chats.chat import Chat, Saying
from alertbridge.core.ids import AlertKey, ChatId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.command import Command
from alertbridge.core.incidents.ladder import Ladder
from alertbridge.core.incidents.pages import Page
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity


class Status(StrEnum):
    """Where an incident stands."""

    TRIAGE = "triage"
    """It fires, but not for long enough to be worth a group."""
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    """Cooling: a re-fire returns to firing in the same group."""
    CLOSED = "closed"
    """Its group key is free again; a re-fire opens a new incident."""


OPEN = frozenset({Status.TRIAGE, Status.FIRING, Status.ACKNOWLEDGED})
"""Not resolved: people are at work, or should be soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the web process knew when it proposed the incident; kept for the incident's whole life."""

    integration: str
    tenant: str
    group_key: str
    route: Route
    group_labels: dict[str, str]
    resolve_wait_seconds: float
    """How long a directly pushed resolve waits for a firing copy of another replica: two resend delays."""
    has_alertmanager: bool = False
    """Its alerts come from an Alertmanager whose API the team file names."""
    is_umbrella: bool = False
    """It has no alerts of its own: others are folded into it."""
    drill: Drill | None = None
    """It is none: somebody sees whether everybody would be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call about to be made. Found again after a crash, it is repeated with the same `uuid` or looked up first.

    One whose repetition does no harm is forgotten then; what it may have changed counts as unknown.
    """

    key: str
    """Name of the action, e.g. `create_chat`, `say:resolved:<cause>`."""
    uuid: str
    first_at: datetime
    was_tried: bool = False
    """It may have been done: its answer was lost, or its owner died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An action that fails: how often, why, and when it is tried again."""

    key: str
    failures: int
    retry_at: datetime
    cause: str
    """Feishu's code and words, or what the network did."""
    is_refused: bool
    """Feishu said no (trying again needs somebody to change something), not merely *not now*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """How far the chat's history is in our store."""

    messages: int = 0
    is_complete: bool = False
    """Everything that was said before the lock is there."""
    refused: str = ""
    """Why it cannot be read (a missing scope): the group is then locked, not disbanded. Asked anew at each closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The last incident of the same group key, which was closed before this one began."""

    id: IncidentId
    number: int
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What an umbrella knows of an incident that is folded into it."""

    number: int
    status: Status
    severity: Severity | None
    """None: nobody has looked at it yet."""
    title: str
    """Foreign text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldRow:
    """One that burns, as the umbrella's card names it."""

    id: IncidentId
    number: int
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """How everything stands that is folded into an umbrella."""

    total: int
    open: int
    acked: int
    """Of the open ones."""
    rows: tuple[FoldRow, ...]
    """The worst of the open ones."""
    ends_at: datetime | None
    """When the storm is over, unless it goes on; None: it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The incident is on its way to the next person, or its holder is asked whether it shall be."""

    cause: str
    """What led to it; with its kind the name of the card on which it is answered."""
    is_offered: bool
    """Offered to those who come; else its holder is only asked."""
    holder: OpenId | None
    """Who leads until somebody takes it; None: nobody."""
    to: tuple[OpenId, ...]
    """Who comes; the first shall lead."""
    ends_at: datetime
    """Not taken by then it is given back; not answered by then it stays."""
    card: MessageId | None = None
    """Where it is answered; None: not out yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Who answers for the incident, as the rota told it last."""

    names: tuple[str, ...]
    """Who is on shift, by their keys in the team file; empty: nobody is."""
    people: tuple[OpenId, ...]
    """Who is called: those on shift and whom the route names, else the fallback."""
    until: datetime | None = None
    """When others come on shift; None: not for a long time."""
    next_names: tuple[str, ...] = ()
    next_people: tuple[OpenId, ...] = ()
    is_asked: bool = False
    """Its holder was asked whether they hand over when this shift ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything decisions depend on. Written only by its owner job."""

    id: IncidentId
    number: int
    opening: Opening
    status: Status
    severity: Severity
    opened_at: datetime
    status_at: datetime
    """Since when it has this status."""
    version: int = 0
    """Rises with every accepted change; cards carry it, so that an old card is known as old."""
    has_set_severity: bool = False
    """A person decided the severity; labels do not move it any more."""
    update: Update | None = None
    """The newest one that was given."""
    updates_asked: tuple[datetime, ...] = ()
    """When its lead was reminded to give one."""
    alerts: dict[AlertKey, Alert] = field(default_factory=dict)
    resolving: dict[AlertKey, datetime] = field(default_factory=dict)
    """Firing alerts whose push sender reported them resolved: when that counts, unless a firing copy comes first."""
    truncated: int = 0
    value_at_open: str = ""
    notes: tuple[str, ...] = ()
    """The newest that people wrote down, cleaned: what who takes over is told."""
    responders: tuple[OpenId, ...] | None = None
    """People on call when it opened, resolved to open ids; None until looked up."""
    on_call: OnCall | None = None
    """None: not looked at yet, or no schedule tells."""
    relieved: dict[OpenId, datetime] = field(default_factory=dict)
    """Who was on call before, and when they leave the group if they hold nothing."""
    unreachable: dict[str, str] = field(default_factory=dict)
    """People of the team file who could not be resolved, by name, with the reason."""
    lead: OpenId | None = None
    roles: dict[Role, OpenId] = field(default_factory=dict)
    """Who has which, beside the lead."""
    has_roles: bool = False
    """Those that its route gives were given."""
    handover: Handover | None = None
    """The one that is under way."""
    resolved_by: OpenId | None = None
    """Who resolved it; None: the source did, or it is not resolved."""
    closes_at: datetime | None = None
    """While resolved: when the countdown ends. None while resolved: kept by a person."""
    is_closing: bool = False
    """The countdown is over: locked, then archived, then closed."""
    kept_by: OpenId | None = None
    reopened: int = 0
    refreshed: int = 0
    chat: Chat | None = None
    generation: int = 0
    """Rises only when a chat is known to be gone; part of the `uuid` of the next one."""
    losses: int = 0
    """How often people took its group away from us: disbanded it, or removed the bot."""
    room_refused: str = ""
    """Why it has a group of its own although its route names a standing room; "" as long as that one may do."""
    invited: tuple[OpenId, ...] = ()
    """People wanted in the chat beside responders and lead: the members of a chat that was lost."""
    intents: tuple[Intent, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    outbox: tuple[Saying, ...] = ()
    """Messages to the chat that are not out yet, in order."""
    answered: dict[OpenId, datetime] = field(default_factory=dict)
    """Who was lately told something they asked for, and when."""
    archive: Archive = field(default_factory=Archive)
    heard_at: datetime | None = None
    """When its source last said anything; kept where the route asks about silent ones."""
    stale_at: datetime | None = None
    """Since when that is too long ago; None: it is not."""
    silence: Silence | None = None
    """The silence that people asked for, until Alertmanager has none of it any more."""
    last_click: Command | None = None
    """The newest that counted; the same one again, at once, is a finger that pressed twice."""
    silenced_upstream: dict[AlertKey, str] = field(default_factory=dict)
    """Alerts that silences of others cover, each with the id of one."""
    silences_upstream: dict[str, SeenSilence] = field(default_factory=dict)
    """Those silences, by id."""
    hold_edits_until: datetime | None = None
    """A click's own card edit goes out after its toast, at least 500 ms later."""
    earlier: Earlier | None = None
    opens_at: datetime | None = None
    """In triage: when its group is made. Kept when it recovers there; None once it has left triage."""
    flips: tuple[datetime, ...] = ()
    """When its source last resolved or reopened it, the newest last."""
    is_flapping: bool = False
    """It flips so often that flips are not told any more."""
    folded_in: IncidentId | None = None
    """The umbrella in whose group it is shown; None: it has a group of its own."""
    roll_up: RollUp | None = None
    """An umbrella's: what is folded into it."""
    orders: tuple[Command, ...] = ()
    """An umbrella's: what has to be passed on to everything that is folded into it."""
    pages: tuple[Page, ...] = ()
    """People who are being called, until they are reached or nobody needs them any more."""
    ladder: Ladder | None = None
    """Where its escalation stands; None: nobody was ever wanted, or its route calls nobody."""
    summoned: tuple[OpenId, ...] = ()
    """Everybody who was called by a step, or by a person."""
    ack_ends_at: datetime | None = None
    """While acknowledged: when that does not count any more, unless something is heard; None: it stays."""
    quiet_until: datetime | None = None
    """Nobody is called before: it is not bad enough for the quiet hours of its route. None: it is not the time."""

    @property
    def room(self) -> ChatId | None:
        """The standing room that it uses; None: it has a group of its own."""
        named = self.opening.route.chat.existing
        return ChatId(named) if named and not self.room_refused else None

    @property
    def on_close(self) -> OnClose:
        """What becomes of its group at its end: a standing room stays as it is."""
        if self.room is not None:
            return OnClose.KEEP
        return OnClose.DISBAND if self.opening.drill else self.opening.route.chat.on_close


def called(incident: Incident) -> frozenset[OpenId]:
    """The people who have to be in the group: on call, called by the escalation, leading, in a role, or asked to."""
    lead = (incident.lead,) if incident.lead else ()
    people = (*(incident.responders or ()), *incident.summoned, *lead, *incident.roles.values())
    return frozenset((*people, *offered_to(incident)))


def offered_to(incident: Incident) -> tuple[OpenId, ...]:
    """Who is asked to take over, the one who shall lead first."""
    return incident.handover.to if incident.handover is not None and incident.handover.is_offered else ()
