"""To whom a group belongs that carries a mark: to an open incident, to one that is over, to nobody, to others."""

from dataclasses import dataclass
from enum import StrEnum

from alertbridge.core.alerts.route import OnClose
from alertbridge.core.groups import naming
from alertbridge.core.ids import ChatId, IncidentId
from alertbridge.core.incidents.incident import Incident


class Belonging(StrEnum):
    """What a group is to this installation."""

    LIVE = "live"
    """The group of an incident that is not at its end."""
    KEPT = "kept"
    """Its incident is closed, and the group stays: by its route, by a person, or because it could not be archived."""
    ORPHAN = "orphan"
    """Ours, and nobody's any more."""
    FOREIGN = "foreign"
    """The mark is another installation's, or the bot does not own the group: hands off."""
    LOBBY = "lobby"
    """Ours, made for a team."""
    UNMARKED = "unmarked"
    """People's own group, in which the bot is a guest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as Feishu lists it."""

    chat: ChatId
    name: str
    description: str
    is_owned: bool
    """By a bot; `False`: a person is its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What the store says of the incident that a mark names."""

    number: int
    incident: Incident | None
    """None: just opened, nothing is saved of it yet."""
    has_ended: bool
    """Closed, and nothing more to do: what it wanted of its group is done, or was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a group stands, and why."""

    belonging: Belonging
    why: str
    incident: IncidentId | None = None
    number: int | None = None
    is_archived: bool = False
    """Its whole history is in our store."""

    @property
    def may_be_disbanded(self) -> bool:
        """Whether an operator may disband it at all."""
        return self.belonging in (Belonging.ORPHAN, Belonging.KEPT)


def claimed_incident(group: Group, key: bytes, app_id: str) -> IncidentId | None:
    """The incident for which this installation made the group; None where it did not, or the bot does not own it."""
    claim = naming.parse_marker(group.description)
    if claim is None or not group.is_owned or not naming.is_ours(claim, key, app_id):
        return None
    return claim.incident


def unclaimed(group: Group, key: bytes, app_id: str) -> Standing:
    """Where a group stands that is no incident's of ours."""
    lobby = naming.our_lobby(group.description, key, app_id)
    if lobby is not None and group.is_owned:
        return Standing(belonging=Belonging.LOBBY, why=f"the lobby {lobby}")
    if naming.has_mark(group.description):
        if group.is_owned:
            return Standing(belonging=Belonging.FOREIGN, why="another installation made it, or somebody typed the mark")
        return Standing(belonging=Belonging.FOREIGN, why="a person owns it")
    return Standing(belonging=Belonging.UNMARKED, why="it has no mark")


def claimed(group: Group, incident: IncidentId, owned: Owned | None) -> Standing:
    """Where a group stands that we made for `incident`; `owned` None: the store does not know that one."""
    if owned is None:
        return Standing(belonging=Belonging.ORPHAN, why="no incident in the store", incident=incident)

    def standing(belonging: Belonging, why: str, *, is_archived: bool = False) -> Standing:
        return Standing(belonging=belonging, why=why, incident=incident, number=owned.number, is_archived=is_archived)

    known = owned.incident
    if known is None or (known.chat is None and not owned.has_ended):
        return standing(Belonging.LIVE, "its incident has just begun")
    if known.chat is None or known.chat.id != group.chat:
        return standing(Belonging.ORPHAN, "its incident has another group, or none")
    if not owned.has_ended:
        return standing(Belonging.LIVE, f"its incident is {known.status}")
    is_archived = known.archive.is_complete
    if known.archive.refused:
        return standing(Belonging.KEPT, "its messages could not be archived", is_archived=is_archived)
    if known.on_close is not OnClose.DISBAND:
        return standing(Belonging.KEPT, "its incident is closed, and its route keeps groups", is_archived=is_archived)
    return standing(Belonging.ORPHAN, "its incident is closed", is_archived=is_archived)
