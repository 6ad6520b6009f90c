"""A team's lobby as values: what the team file says of it, what is known of its group, what its digest shows.

`lobby_life` says what happens in it, `lobby_plan` what is to be done next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertbridge.core.chats.card import State
from alertbridge.core.chats.chat import Text
from alertbridge.core.chats.giving_way import REPAIRS
from alertbridge.core.groups.blueprint import state_of, title_of
from alertbridge.core.ids import ChatId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.severity import Severity

MAIN_LOBBY = "main"
"""The lobby of routes that name none. It is made of a group in which somebody brings the bot, and chooses it."""

DIGEST_ROWS = 20

GROUP_PATIENCE = timedelta(minutes=1)
"""So long a P1 may wait for its group before the lobby is told of it all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyPolicy:
    """What the team file says of a lobby."""

    name: str
    title: str = ""
    """What people call it; the name where the file gives none."""
    people: tuple[str, ...] = ()
    """Keys of those for whom the bot makes a group."""
    chat: ChatId | None = None
    """A group that is there already, with the bot in it."""
    quiet: bool = False
    """In the group that the bot makes only the bot writes: for many people."""

    @property
    def waits_for_offer(self) -> bool:
        """Nobody said which group it is: people are asked where they bring the bot to."""
        return self.chat is None and not self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRow:
    """One open incident."""

    incident: IncidentId
    number: int
    severity: Severity
    state: State
    title: str
    """Raw."""
    link: str
    """Opens its group for whoever wants to join; "" where there is none yet."""
    opened_at: datetime
    lead: OpenId | None
    update: str
    """The newest update that somebody wrote, raw; "" where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """Everything the digest card shows."""

    title: Text
    count: int
    rows: tuple[DigestRow, ...]
    last_ended_at: datetime | None
    page: str
    """Where all can be seen; "" where this install has no public address."""
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The digest card as it stands in the group."""

    message: MessageId
    view: DigestView | None
    """None: an answer was lost, it may show something else."""
    sent_at: datetime
    edited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyChat:
    """The group."""

    id: ChatId
    is_ours: bool
    """We made it; else people did, and nothing but our messages is ours there."""
    members: frozenset[OpenId] = frozenset()
    """People whom we brought in, or tried to."""
    digest: Digest | None = None
    pinned: MessageId | None = None
    """The digest that we put on top."""
    is_quiet: bool | None = False
    """Only we may write there; None: an answer was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A group whose people were asked whether it shall be the lobby."""

    chat: ChatId
    message: MessageId
    outcome: str = ""
    """`taken`, `refused` or `late`: there was another one by then; "" while nobody has chosen."""
    by: OpenId | None = None
    is_shown: bool = True
    """The card says what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lobby:
    """What is known of a lobby, beside its letters."""

    chat: LobbyChat | None = None
    generation: int = 0
    """Rises when a group of ours is known to be gone; part of the `uuid` of the next one."""
    creating_at: datetime | None = None
    """When the group was first asked for whose answer has not come."""
    lost_at: datetime | None = None
    losses: tuple[datetime, ...] = ()
    """When people took a group of ours away, within a week before the last time."""
    digests: int = 0
    """How many were ever written; names the next one."""
    offers: tuple[Offer, ...] = ()
    has_news: bool = True
    """Something changed since the last look."""
    looked_at: datetime | None = None
    look_at: datetime | None = None
    """When something can be announced that could not be at the last look; None: there is nothing."""
    view: DigestView | None = None
    """What the digest should show, as of the last look."""
    people: tuple[OpenId, ...] = ()
    """Whom the group is for."""
    known: tuple[IncidentId, ...] = ()
    """The incidents that were not over at the last look."""
    told: tuple[IncidentId, ...] = ()
    """Those of P1 that were announced, while they are not over."""
    last_ended_at: datetime | None = None
    said_at: tuple[datetime, ...] = ()
    """When the messages of the last hour were written."""
    reported: tuple[str, ...] = ()
    """What was reported here last, by what it is about."""


def lobby_of(incident: Incident) -> str:
    """The name of the lobby that shows it; "" for drills, which are shown in none."""
    return "" if incident.opening.drill else incident.opening.route.lobby or MAIN_LOBBY


def shown_in_lobby(incident: Incident | None) -> tuple[object, ...]:
    """What its lobby has to hear of when it changes: nothing of what is folded, whose umbrella is there."""
    if incident is None or incident.folded_in is not None or incident.opening.drill:
        return ()
    link = link_of(incident)
    return (incident.status, incident.severity, incident.lead, incident.update, link, incident.archive.is_complete)


def digest_rows(incidents: Iterable[Incident]) -> tuple[DigestRow, ...]:
    """The open ones, worst first; of the same severity those that nobody holds, then the oldest."""
    rows = [_row(incident) for incident in incidents if incident.status in OPEN and incident.folded_in is None]
    return tuple(sorted(rows, key=lambda row: (row.severity, row.state is State.ACKED, row.opened_at, row.number)))


def announced_at(incident: Incident) -> datetime | None:
    """From when on the lobby gets a message of its own for it; None: it gets none.

    A P1 with a group to join, at once; one whose group takes longer than `GROUP_PATIENCE` is told without.
    """
    if incident.severity is not Severity.P1 or incident.status not in (Status.FIRING, Status.ACKNOWLEDGED):
        return None
    return incident.status_at if link_of(incident) else incident.status_at + GROUP_PATIENCE


def link_of(incident: Incident) -> str:
    """Opens its group for whoever wants to join; "" where there is none."""
    chat = incident.chat
    return "" if chat is None or chat.is_gone else chat.share_link


def is_given_up(lobby: Lobby) -> bool:
    """Whether people took its group away so often that it is not made again, until a new team file names it."""
    return len(lobby.losses) > REPAIRS


def _row(incident: Incident) -> DigestRow:
    return DigestRow(
        incident=incident.id,
        number=incident.number,
        severity=incident.severity,
        state=state_of(incident),
        title=title_of(incident),
        link=link_of(incident),
        opened_at=incident.opened_at,
        lead=incident.lead,
        update=incident.update.text if incident.update else "",
    )
