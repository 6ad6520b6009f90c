"""The one job: bring an incident up to date. A shell around the flow."""

from typing import TYPE_CHECKING, Final, TypedDict, cast

import structlog
from arq.worker import func

from alertbridge.core.ids import IncidentId, JobId
from alertbridge.flows import metrics
from alertbridge.flows.reconcile import NotOurs, reconcile_incident
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
    job, worker = JobId(ctx["job_id"]), ctx["worker"]
    try:
        await reconcile_incident(IncidentId(incident), job, ctx["runtime"])
    except* NotOurs:  # calls that run side by side end as a group
        await worker.give_up(job, IncidentId(incident))
    except* StoreAway as away:
        log.warning("incident_waits_for_store", errors=[str(error) for error in away.exceptions])
        worker.leave(job)
    except* TooNew as newer:
        log.warning("worker_is_too_old", errors=[str(error) for error in newer.exceptions])
        worker.leave(job)
        worker.hold()
    except* Exception as broken:  # the outermost place of a job: the next try comes when its lease is over
        metrics.RECONCILE_FAILURES.inc()
        log.error("reconcile_broken", incident=incident, exc_info=broken)
        worker.leave(job)


FUNCTIONS: Final = (func(cast("WorkerCoroutine", reconcile), name="reconcile"),)
