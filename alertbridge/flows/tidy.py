"""What is done for incidents that are over: their archive is written as files, and in time the store forgets them."""

from datetime import timedelta

import structlog

from alertbridge.core.incidents.incident import Incident
from alertbridge.flows.archive import export
from alertbridge.flows.runtime import Runtime
from alertbridge.store.connection import Connection
from alertbridge.store.errors import Unreadable
from alertbridge.store.retention import not_exported, prune

log = structlog.get_logger(__name__)


async def export_archive(incident: Incident, runtime: Runtime) -> None:
    """Write one archive. A disk that refuses, or a damaged page, costs only room in the store: `tidy` tries again."""
    try:
        await export(
            incident,
            archive=runtime.archive,
            records=runtime.records,
            names_of=runtime.directory.names,
            folder=runtime.archive_folder,
        )
    except (OSError, Unreadable) as error:
        log.error("archive_not_exported", incident=incident.id, cause=str(error))


async def tidy(runtime: Runtime, connection: Connection, *, history: timedelta) -> None:
    """Export what a full disk or a crash left out, then forget what is older than `history`. Raises `StoreAway`."""
    for incident in await not_exported(connection):
        try:
            stored = await runtime.records.get(incident)
        except Unreadable as error:  # it stays for somebody to look at, and the others do not wait for it
            log.error("archive_not_exported", incident=incident, cause=str(error))
            continue
        if stored is not None and stored.incident is not None:
            await export_archive(stored.incident, runtime)
    while forgotten := await prune(connection, history=history):
        for incident in forgotten:
            log.info("incident_forgotten", incident=incident)
