"""Who may ask for what: everybody in the group, unless its route leaves some of it to those who were called."""

from alertbridge.core.alerts.route import Restrict
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.incident import Incident, Status, called

RESTRICTED = frozenset({Verb.SEVERITY, Verb.SILENCE, Verb.UNSILENCE, Verb.RESOLVE, Verb.CLOSE, Verb.UNFOLD})
"""What ends an incident, keeps it from calling people, or makes many groups."""


def may(incident: Incident, verb: Verb, by: OpenId | None) -> bool:
    """Whether this person may ask for it; None is the operator, who may always."""
    return by is None or verb not in RESTRICTED or is_trusted(incident, by)


def is_trusted(incident: Incident, by: OpenId) -> bool:
    """Whether this person may ask for what a route can leave to those who were called."""
    if incident.opening.route.chat.restrict is Restrict.MEMBERS:
        return True
    trusted = responders(incident)
    # Where nobody was called, somebody has to be able to end it.
    return not trusted or by in trusted


def is_stranger(incident: Incident, person: OpenId | None) -> bool:
    """Whether somebody who pressed a card is not in its group, as far as we know, and was not called either.

    Only where the members can be listed: a look then finds who came unheard. People's own groups are theirs.
    """
    chat = incident.chat
    if person is None or chat is None or chat.listed_at is None or chat.is_standing:
        return False
    if incident.is_closing or incident.status is Status.CLOSED:
        return False  # nobody looks any more
    return person not in chat.members | called(incident) | set(incident.invited)


def responders(incident: Incident) -> frozenset[OpenId]:
    """Those who were called, who lead, and whom somebody made a manager of the group."""
    return called(incident) | (incident.chat.managers if incident.chat else frozenset())
