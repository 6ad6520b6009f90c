"""A source that takes back what it said again and again: told once, then not told until it is steady.

Each flip stands on the timeline and on the card. The name of the group says *firing* all the while: what comes back
within minutes is not over.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.timeline import Happening, TimelineLine

FLIPS = 4
"""So many within `WITHIN`, each a resolve or a reopening by the source, make an incident flap."""

WITHIN = timedelta(hours=1)


def flip(incident: Incident, at: datetime, cause: str) -> Change:
    """Count one more; the one too many is said, in place of what it would have said itself."""
    steady = incident.opening.route.chat.steady_seconds
    flips = (*incident.flips, at)[-FLIPS:]
    incident = replace(incident, flips=flips)
    if not steady or incident.is_flapping or len(flips) < FLIPS or at - flips[0] > WITHIN:
        return Change(incident)
    flapping = replace(incident, is_flapping=True, version=incident.version + 1)
    told = Saying(kind=SayingKind.FLAP, cause=cause, count=FLIPS, seconds=steady)
    line = TimelineLine(at=at, what=Happening.FLAPPING, details={"count": str(FLIPS)})
    return Change(say(flapping, told), (line,))


def steady_at(incident: Incident) -> datetime | None:
    """When a flapping incident counts as steady, unless it flips before; None where it does not flap."""
    if not incident.is_flapping:
        return None
    return incident.flips[-1] + timedelta(seconds=incident.opening.route.chat.steady_seconds)


def elapse_flapping(incident: Incident, now: datetime) -> Change:
    """End the silence once nothing has flipped for long enough. A recovery that was not told is told then."""
    due = steady_at(incident)
    if due is None or due > now:
        return Change(incident)
    incident = replace(incident, is_flapping=False, flips=(), version=incident.version + 1)
    line = TimelineLine(at=now, what=Happening.STEADY)
    if incident.status is not Status.RESOLVED or incident.resolved_by is not None:
        return Change(incident, (line,))
    took = int((incident.status_at - incident.opened_at).total_seconds())
    told = Saying(kind=SayingKind.RESOLVED, cause=stamp(now), at=incident.closes_at, seconds=max(0, took))
    return Change(say(incident, told), (line,))
