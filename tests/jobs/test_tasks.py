"""The shell around the flow: what becomes of a job by how the flow ended."""

import asyncio
from typing import Any

import pytest

from alertbridge.core.ids import IncidentId, JobId
from alertbridge.flows.reconcile import NotOurs
from alertbridge.jobs import tasks
from alertbridge.jobs.leases import Leases
from alertbridge.jobs.worker import open_worker
from alertbridge.store.errors import StoreAway, TooNew
from alertbridge.store.keys import ARQ_JOB, BUSY
from tests.jobs.queueing import is_left, nothing_due, queue, until
from tests.store_server import StoreServer


async def run_one(
    store_server: StoreServer,
    raw: Any,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception | None,
    *,
    is_owner: bool = True,
) -> tuple[JobId, bool]:
    """Run one job whose flow ends with `failure`; answer its name, and whether the worker still takes jobs."""
    called = asyncio.Event()

    async def flow(incident: IncidentId, job: JobId, runtime: Any) -> None:
        assert (incident, runtime) == ("01A", "the runtime")
        called.set()
        if failure is not None:
            raise failure

    monkeypatch.setattr(tasks, "reconcile_incident", flow)
    stopping = asyncio.Event()
    context = {"runtime": "the runtime"}
    async with open_worker(
        store_server.url, tasks.FUNCTIONS, leases=Leases(), wake_due=nothing_due, context=context
    ) as worker:
        job = await queue(raw, "01A", publish=False)
        if not is_owner:
            await raw.hset(BUSY, "01A", "reconcile:01A:another")
        working = asyncio.create_task(worker.work(stopping))
        await called.wait()
        await until(lambda: not worker._running())
        takes_jobs = worker.allow_pick_jobs
        stopping.set()
        await working
    return job, takes_jobs


async def test_a_job_that_ended_is_deleted(
    store_server: StoreServer, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await run_one(store_server, raw, monkeypatch, None)

    assert not await is_left(raw, job)


async def test_a_job_that_lost_its_incident_to_another_run_of_itself_touches_nothing(
    store_server: StoreServer, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await run_one(store_server, raw, monkeypatch, NotOurs())

    assert await raw.exists(ARQ_JOB + job)


async def test_a_job_that_lost_its_incident_to_another_job_is_deleted(
    store_server: StoreServer, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await run_one(store_server, raw, monkeypatch, NotOurs(), is_owner=False)

    assert not await is_left(raw, job)


@pytest.mark.parametrize(
    "failure",
    [StoreAway("no answer"), ExceptionGroup("side by side", [StoreAway("no answer"), StoreAway("no answer")])],
    ids=["alone", "side by side"],
)
async def test_a_job_without_a_store_stays_queued(
    store_server: StoreServer, raw: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    job, takes_jobs = await run_one(store_server, raw, monkeypatch, failure)

    assert await raw.exists(ARQ_JOB + job)
    assert takes_jobs


async def test_a_worker_that_is_older_than_the_store_takes_no_more_jobs_and_leaves_this_one(
    store_server: StoreServer, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, takes_jobs = await run_one(store_server, raw, monkeypatch, TooNew(found=2, known=1))

    assert await raw.exists(ARQ_JOB + job)
    assert not takes_jobs


async def test_a_job_that_broke_is_tried_again_when_its_lease_is_over_and_not_at_once(
    store_server: StoreServer, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, takes_jobs = await run_one(store_server, raw, monkeypatch, ValueError("a bug"))

    assert await raw.exists(ARQ_JOB + job)
    assert takes_jobs


def test_the_job_has_the_name_that_the_stores_scripts_write() -> None:
    assert [function.name for function in tasks.FUNCTIONS] == ["reconcile", "tend"]
