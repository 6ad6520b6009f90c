"""The state of an incident in one word, as people read it."""

from alertbridge.core.chats.card import State
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.incidents.staleness import is_stale

_STATES = {
    Status.TRIAGE: State.TRIAGE,
    Status.FIRING: State.FIRING,
    Status.ACKNOWLEDGED: State.ACKED,
    Status.RESOLVED: State.RESOLVED,
    Status.CLOSED: State.CLOSED,
}


def state_of(incident: Incident) -> State:
    """The state word of names, tags and messages."""
    if incident.opening.is_umbrella and incident.status in OPEN:
        return State.STORM
    if is_silenced(incident):
        return State.SILENCED
    return State.STALE if is_stale(incident) else _STATES[incident.status]
