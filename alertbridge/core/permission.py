"""Who may ask for what: everybody in the group, unless its route leaves some of it to those who were called."""

from alertbridge.core.command import Verb
from alertbridge.core.ids import OpenId
from alertbridge.core.incident import Incident, called
from alertbridge.core.route import Restrict

RESTRICTED = frozenset({Verb.SEVERITY, Verb.SILENCE, Verb.UNSILENCE, Verb.RESOLVE, Verb.CLOSE, Verb.UNFOLD})
"""What ends an incident, or keeps it from calling people."""


def may(incident: Incident, verb: Verb, by: OpenId | None) -> bool:
    """Whether this person may ask for it; None is the operator, who may always."""
    if by is None or verb not in RESTRICTED or incident.opening.route.chat.restrict is Restrict.MEMBERS:
        return True
    trusted = responders(incident)
    # Where nobody was called, somebody has to be able to end it.
    return not trusted or by in trusted


def responders(incident: Incident) -> frozenset[OpenId]:
    """Those who were called, who lead, and whom somebody made a manager of the group."""
    return called(incident) | (incident.chat.managers if incident.chat else frozenset())
