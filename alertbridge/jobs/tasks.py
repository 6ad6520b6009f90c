"""The two jobs: bring an incident up to date, and a room. Shells around the flows."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, TypedDict, cast

import structlog
from arq.worker import func

from alertbridge.core.ids import IncidentId, JobId, RoomId
from alertbridge.flows import metrics
from alertbridge.flows.reconcile import NotOurs, reconcile_incident
from alertbridge.flows.rooms.tend_room import tend_room
from alertbridge.flows.runtime import Runtime
from alertbridge.jobs.worker import WakeWorker
from alertbridge.store.errors import StoreAway, TooNew

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = structlog.get_logger(__name__)


class JobContext(TypedDict):
    """What arq and the worker hand to a job."""

    job_id: str
    worker: WakeWorker
    runtime: Runtime


async def reconcile(ctx: JobContext, incident: str) -> None:
    """Bring one incident up to date. Safe to repeat: a chat that matches plans nothing."""
    job = JobId(ctx["job_id"])
    await _shell(ctx, incident, reconcile_incident(IncidentId(incident), job, ctx["runtime"]))


async def tend(ctx: JobContext, room: str) -> None:
    """Bring one room up to date. Safe to repeat."""
    job = JobId(ctx["job_id"])
    await _shell(ctx, room, tend_room(RoomId(room), job, ctx["runtime"]))


async def _shell(ctx: JobContext, owned: str, work: Awaitable[None]) -> None:
    """Wait for the work on `owned`, and let the worker know how it ended."""
    job, worker = JobId(ctx["job_id"]), ctx["worker"]
    try:
        await work
    except* NotOurs:  # calls that run side by side end as a group
        await worker.give_up(job, owned)
    except* StoreAway as away:
        log.warning("work_waits_for_store", errors=[str(error) for error in away.exceptions])
        worker.leave(job)
    except* TooNew as newer:
        log.warning("worker_is_too_old", errors=[str(error) for error in newer.exceptions])
        worker.leave(job)
        worker.hold()
    except* Exception as broken:  # the outermost place of a job: the next try comes when its lease is over
        metrics.RECONCILE_FAILURES.inc()
        log.error("job_broken", subject=owned, exc_info=broken)
        worker.leave(job)


FUNCTIONS: Final = (
    func(cast("WorkerCoroutine", reconcile), name="reconcile"),
    func(cast("WorkerCoroutine", tend), name="tend"),
)
