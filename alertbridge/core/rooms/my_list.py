"""What is somebody's: the rows of their card *My incidents*, and of the one that greets them (CHAT.md section 4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alertbridge.core.chats.card import State
from alertbridge.core.groups.blueprint import state_of, title_of
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.incidents.incident import OPEN, Incident, Status, called
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.severity import Severity

LIST_ROWS = 10


class ListKind(StrEnum):
    """Which card it is."""

    WELCOME = "welcome"
    """The first one in a direct chat, at most once a day: also says what the bot is."""
    MINE = "mine"
    CALLS = "calls"
    """What they are called for, until somebody has acknowledged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One incident."""

    incident: IncidentId
    number: int
    version: int
    severity: Severity
    state: State
    title: str
    """Raw."""
    opened_at: datetime
    can_ack: bool
    link: str
    """Opens its group; "" where there is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """Everything the card shows."""

    kind: ListKind
    is_on_call: bool
    next_shift_at: datetime | None
    """When they are on call next; None: now, never, or not known."""
    count: int
    """How many there are, those without a row too."""
    rows: tuple[ListRow, ...]
    timezone: str
    others: tuple[ListRow, ...] = ()
    """CALLS: those without a row, which are named all the same."""


def is_theirs(incident: Incident, person: OpenId) -> bool:
    """Whether somebody has a part in it: leads it, is called for it, or is in its group."""
    return _place(incident, person) is not None


def rows_of(person: OpenId, incidents: Iterable[Incident]) -> tuple[ListRow, ...]:
    """The open incidents of somebody: those they lead, then those they were assigned, then those they are in."""
    placed = [
        (place, incident.severity, incident.opened_at, incident.number, incident)
        for incident in incidents
        if incident.status in OPEN and (place := _place(incident, person)) is not None
    ]
    return tuple(_row(incident) for *_, incident in sorted(placed, key=lambda one: one[:4]))


def waiting_rows(incidents: Iterable[Incident]) -> tuple[ListRow, ...]:
    """Those that somebody still has to take over, the worst first."""
    waiting = [one for one in incidents if one.status is Status.FIRING and not is_silenced(one)]
    return tuple(_row(one) for one in sorted(waiting, key=lambda one: (one.severity, one.opened_at, one.number)))


def _place(incident: Incident, person: OpenId) -> int | None:
    if incident.lead == person:
        return 0 if incident.status is Status.ACKNOWLEDGED else 1
    members = incident.chat.members if incident.chat else frozenset()
    return 2 if person in members or person in called(incident) else None


def _row(incident: Incident) -> ListRow:
    chat = incident.chat
    return ListRow(
        incident=incident.id,
        number=incident.number,
        version=incident.version,
        severity=incident.severity,
        state=state_of(incident),
        title=title_of(incident),
        opened_at=incident.opened_at,
        can_ack=incident.status in (Status.TRIAGE, Status.FIRING),
        link="" if chat is None or chat.is_gone else chat.share_link,
    )
