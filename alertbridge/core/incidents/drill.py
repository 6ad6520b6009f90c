"""A drill that nobody ends ends itself: whoever made it may have been cut off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from alertbridge.core.alerts.drill import LONGEST
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import OPEN, Incident
from alertbridge.core.incidents.outbox import stamp
from alertbridge.core.incidents.transition import resolve
from alertbridge.core.timeline import Happening, TimelineLine


def elapse_drill(incident: Incident, now: datetime) -> Change:
    """Resolve a drill that lasted too long."""
    if all(at > now for at in drill_times(incident)):
        return Change(incident)
    over = resolve(replace(incident, version=incident.version + 1), now, stamp(now), by=None)
    return Change(over, (TimelineLine(at=now, what=Happening.RESOLVED),))


def drill_times(incident: Incident) -> Iterator[datetime]:
    """When `elapse_drill` has something to do."""
    if incident.opening.drill is not None and incident.status in OPEN:
        yield incident.opened_at + LONGEST
