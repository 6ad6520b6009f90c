"""Reminders to tell the others how things stand: for a lead who works in silence, twice, and then no more.

Each update, and each new lead, begins anew. While nobody is called anyway, nobody is reminded.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.timeline import Happening, TimelineLine

REMINDERS: Final = 2


def next_update_at(incident: Incident) -> datetime | None:
    """By when the others expect to hear of it; None: nobody promised anything."""
    patience = _patience(incident)
    return None if patience is None else _since(incident) + patience


def elapse_updates(incident: Incident, now: datetime) -> Change:
    """Remind the lead when it is time."""
    at, patience = _reminds_at(incident), _patience(incident)
    if at is None or patience is None or at > now:
        return Change(incident)
    asked = (*_asked(incident), now)
    told = Saying(
        kind=SayingKind.UPDATE_DUE,
        cause=stamp(now),
        to=incident.lead,
        at=now + patience if len(asked) < REMINDERS else None,
        seconds=int((now - _since(incident)).total_seconds()),
    )
    line = TimelineLine(at=now, what=Happening.UPDATE_DUE, details={"to": incident.lead or ""})
    return Change(say(replace(incident, updates_asked=asked), told), (line,))


def update_times(incident: Incident) -> Iterator[datetime]:
    """When `elapse_updates` has something to do."""
    if (at := _reminds_at(incident)) is not None:
        yield at


def _reminds_at(incident: Incident) -> datetime | None:
    patience = _patience(incident)
    if patience is None or incident.quiet_until is not None or is_silenced(incident):
        return None
    asked = _asked(incident)
    if len(asked) >= REMINDERS:
        return None
    return (asked[-1] if asked else _since(incident)) + patience


def _patience(incident: Incident) -> timedelta | None:
    """How long the others wait; None: for ever, or nobody leads."""
    seconds = incident.opening.route.updates.get(incident.severity, 0)
    is_led = incident.status is Status.ACKNOWLEDGED and incident.lead is not None
    return timedelta(seconds=seconds) if seconds and is_led else None


def _since(incident: Incident) -> datetime:
    """When the others were told something last, or who leads now took it."""
    return incident.status_at if incident.update is None else max(incident.status_at, incident.update.at)


def _asked(incident: Incident) -> tuple[datetime, ...]:
    return tuple(at for at in incident.updates_asked if at > _since(incident))
