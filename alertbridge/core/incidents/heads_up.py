"""People on call hear of a problem in triage by a direct message: it has no group that could tell them.

Nobody is buzzed: it may be over before anybody has to get up. What happens to it later is told in its group.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.pages import Page
from alertbridge.core.oncall.policy import Way

HEADS_UP: Final = "triage"
"""The cause of these messages."""


def give_heads_up(incident: Incident, at: datetime) -> Incident:
    """Tell those who would be called, once it is known who they are; in quiet hours it waits for its group."""
    if incident.status is not Status.TRIAGE or incident.quiet_until is not None:
        return incident
    told = tuple(
        Page(person=person, cause=HEADS_UP, at=at, todo=(Way.CARD,), is_direct=True)
        for person in incident.responders or ()
    )
    return replace(incident, pages=told)


def drop_heads_ups(incident: Incident) -> Incident:
    """Leave out what is not told yet: it is not in triage any more."""
    left = tuple(page for page in incident.pages if page.cause != HEADS_UP)
    return incident if len(left) == len(incident.pages) else replace(incident, pages=left)
