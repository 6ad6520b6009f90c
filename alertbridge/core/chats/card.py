"""What the live card says, as values; `feishu/cards` turns it into Feishu's JSON in every language.

Nothing here is cleaned or escaped: alert text is carried raw, each surface cleans it for itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from alertbridge.core.alerts.silence import Pairs
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.oncall.policy import Way
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity


class State(StrEnum):
    """The state word of names, tags and cards (CHAT.md section 2)."""

    TRIAGE = "triage"
    FIRING = "firing"
    ACKED = "acked"
    SILENCED = "silenced"
    """Open, and all that fires is covered by silences."""
    STORM = "storm"
    """An umbrella, as long as something under it burns."""
    STALE = "stale"
    """Open, and its source has said nothing for too long."""
    RESOLVED = "resolved"
    CLOSED = "closed"


class Tag(StrEnum):
    """What else is remarkable, beside the state."""

    FLAPPING = "flapping"
    """Its source resolves and reopens it again and again."""
    PART_SILENCED = "part_silenced"
    """A silence covers some of what fires, and some not."""
    DRILL = "drill"


class Button(StrEnum):
    """What can be pressed; the value is the `a` of the callback."""

    OPEN = "open"
    ACK = "ack"
    ESCALATE = "escalate"
    RESOLVE = "resolve"
    ASSIGN = "assign"
    KEEP = "keep"
    REOPEN = "reopen"
    CLOSE = "close"
    UNSILENCE = "unsilence"
    ACK_ALL = "ack_all"
    UNFOLD = "unfold"
    STILL = "still"
    TAKE_OVER = "take_over"
    NOT_YET = "decline"
    KEEP_LEAD = "keep_lead"
    HAND_OVER = "handover"
    """To whom was asked about."""
    HAND_OVER_TO = "handover_to"
    """Picks a person."""
    SAVE_NOTE = "save_note"
    """Submits a form, as the next does."""
    SAVE_UPDATE = "save_update"
    SAVE_SILENCE = "save_silence"
    CANCEL = "cancel"
    """Takes a form away."""


MENU: Final = "menu"
"""The same for the overflow menu; which of its entries was chosen is the callback's `option`."""


class Option(StrEnum):
    """An entry of the overflow menu, which holds only what can be undone; the value is the callback's `option`."""

    NOTE = "note"
    """Opens a form, as the next does."""
    UPDATE = "update"
    SILENCE = "silence"
    SEV_P1 = "sev_P1"
    SEV_P2 = "sev_P2"
    SEV_P3 = "sev_P3"
    SEV_P4 = "sev_P4"
    UNACK = "unack"
    HANDOVER = "handover"
    TIMELINE = "timeline"
    """Opens the incident's page; the app is not asked."""


class LinkKind(StrEnum):
    """Where a link leads; the copy catalogue has its label."""

    INCIDENT = "incident"
    DASHBOARD = "dashboard"
    RUNBOOK = "runbook"
    LOGS = "logs"
    ON_CALL = "on_call"
    SOURCE = "source"


class NextKind(StrEnum):
    """What happens next: the line every card has."""

    TRIAGE = "triage"
    """Its group is made at `at` if it still fires."""
    STORM = "storm"
    """A storm goes on; what ends it is in `StormView`."""
    WAIT_ACK = "wait_ack"
    """Nobody holds it and nothing calls people: the route has no escalation."""
    WAIT_RECOVERY = "wait_recovery"
    """Acknowledged: waiting for recovery."""
    STEP = "step"
    """Unless somebody acknowledges before `at`, the step `number` of the escalation is called."""
    ROUND = "round"
    """The last step was called; the next round begins at `at`."""
    CALLED_ALL = "called_all"
    """All rounds are over: nobody else is called."""
    QUIET = "quiet"
    """Nobody is called before `at`."""
    STOPPED = "stopped"
    """Acknowledged: the escalation waits with it for recovery."""
    ACK_ENDS = "ack_ends"
    """The acknowledgement counts until `at`."""
    STALE = "stale"
    """Taken as over at `at`, unless it is heard of again."""
    SILENCE_ENDS = "silence_ends"
    """The silence ends at `at`; what still fires then is told."""
    DISBAND = "disband"
    """Archived and disbanded at `at`."""
    LOCK = "lock"
    """Archived and locked at `at`: the route keeps its groups readable."""
    STAYS = "stays"
    """Closed at `at`; the route keeps its groups as they are."""
    KEPT = "kept"
    """Kept by `who`; closes by command only."""
    NOTHING = "nothing"
    """Closed: nothing more will happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One button or tab that opens a page. `url` is raw: the surface checks and encodes it."""

    kind: LinkKind
    url: str
    is_foreign: bool = False
    """From an alert and its host is not in `links.hosts`: the button names the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How things stand, in the words of somebody who is at work on it. Foreign text: each surface cleans it."""

    text: str
    at: datetime
    by: OpenId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One alert of the folded panel: only the labels that differ between the alerts."""

    value: str
    labels: tuple[tuple[str, str], ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """The alerts without a row: how many, and how they spread over the most telling label ("" where there is none)."""

    count: int
    label: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The next step, with its time and person where it has them."""

    kind: NextKind
    at: datetime | None = None
    who: OpenId | None = None
    number: int = 0
    people: tuple[OpenId, ...] = ()
    """STEP: who is called, as far as it is known."""
    ways: tuple[Way, ...] = ()
    """STEP: how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceView:
    """The silence that covers the alerts."""

    by: OpenId | None
    """Who asked for it in the chat; None for the operator's command line."""
    author: str
    """Who made it in Alertmanager itself, in place of `by`; "" for one of ours."""
    until: datetime
    matchers: Pairs
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRow:
    """One incident under an umbrella."""

    number: int
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StormView:
    """What an umbrella's card shows instead of alerts."""

    total: int
    open: int
    acked: int
    rows: tuple[StormRow, ...]
    above: int
    """New ones a minute below which the storm ends."""
    steady_seconds: int
    """For how long it has to be below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """Everything the live card shows. Equal views look equal, so an equal view is never sent again."""

    incident: IncidentId
    number: int
    severity: Severity
    state: State
    title: str
    route: str
    scope: str
    """Value of one common label for the subtitle, "" where there is none."""
    summary: str
    value: str
    value_before: str
    """The value when it opened, where it has changed since."""
    started_at: datetime
    state_at: datetime
    """Since when it is in this state: acknowledged or resolved at."""
    lead: OpenId | None
    roles: tuple[tuple[Role, OpenId], ...] = ()
    """Who has which, beside the lead, in the order of `Role`."""
    resolved_by: OpenId | None
    """Who resolved it; None while open, or when the source did."""
    firing: int
    total: int
    truncated: int
    common: tuple[tuple[str, str], ...]
    """At most four labels that all alerts share."""
    rows: tuple[Row, ...]
    more: More | None
    links: tuple[Link, ...]
    next: Next
    buttons: tuple[Button, ...]
    options: tuple[Option, ...] = ()
    """What the overflow menu offers."""
    update: Update | None = None
    next_update_at: datetime | None = None
    """By when the others expect to hear of it."""
    hushed: int = 0
    """Messages of the last hour that were not sent because they would have been too many."""
    refreshed: int
    """Counts the planned refreshes (5, 15, 30, 60 min, then hourly), which only renew relative times."""
    timezone: str
    tags: tuple[Tag, ...] = ()
    silence: SilenceView | None = None
    storm: StormView | None = None
    heard_at: datetime | None = None
    """STALE: when the source last said anything."""
    source: str = ""
    """STALE: the integration that fell silent."""
