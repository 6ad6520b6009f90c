"""Tells of stored incidents that cannot be read: each once by each process, however often a list comes across it."""

import structlog

from alertbridge.core.ids import IncidentId
from alertbridge.flows import metrics
from alertbridge.store.errors import Unreadable

log = structlog.get_logger(__name__)


class Damage:
    """What was told already."""

    def __init__(self) -> None:
        self._told: set[IncidentId] = set()

    def tell(self, incident: IncidentId, error: Unreadable) -> None:
        """Log and count it, unless that was done."""
        if incident in self._told:
            return
        self._told.add(incident)
        metrics.UNREADABLE.inc()
        log.error("incident_unreadable", incident=incident, cause=str(error))
