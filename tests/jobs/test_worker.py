"""The worker in this process, on a real store."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from arq.worker import Function, func
from redis.exceptions import ConnectionError as RedisConnectionError

from alertbridge.core.ids import IncidentId, JobId
from alertbridge.jobs import worker as worker_module
from alertbridge.store.errors import StoreAway
from alertbridge.store.keys import ARQ_JOB, ARQ_QUEUE, BUSY, WAKE
from tests.jobs.queueing import HOUR_MS, a_worker, is_left, queue, until
from tests.store_server import StoreServer

SHORT_LEASE_SECONDS = 0.5


class Jobs:
    """What ran, and a gate that lets jobs wait."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.tries: list[int] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.running = 0
        self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    def function(self, name: str = "reconcile") -> Function:
        async def run(ctx: dict[str, Any], incident: str) -> None:
            self.ran.append(incident)
            self.tries.append(ctx["job_try"])
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled.append(incident)
                raise
            finally:
                self.running -= 1
            self.ended.append(incident)

        return func(run, name=name)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


async def test_a_published_job_is_run_and_leaves_nothing(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    async with a_worker(store_server.url, jobs.function()):
        job = await queue(raw, "01A")
        await until(lambda: jobs.ended)

    assert jobs.ended == ["01A"]
    assert not await is_left(raw, job)


async def test_a_message_is_enough_to_take_up_a_job(
    store_server: StoreServer, raw: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_POLL_SECONDS", 3600)
    async with a_worker(store_server.url, jobs.function()):
        await until(lambda: is_heard(raw))
        for incident in ("01A", "01B", "01C"):
            await queue(raw, incident)
            await until(lambda: jobs.ended[-1:] == [incident])  # noqa: B023 - awaited before the next round


async def test_a_job_whose_message_was_lost_is_run(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    async with a_worker(store_server.url, jobs.function()):
        await queue(raw, "01A")
        await until(lambda: jobs.ended)
        await queue(raw, "01B", publish=False)
        await until(lambda: jobs.ended == ["01A", "01B"])


async def test_a_job_that_was_queued_before_the_start_is_run(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    await queue(raw, "01A")

    async with a_worker(store_server.url, jobs.function()):
        await until(lambda: jobs.ended)


async def test_more_jobs_than_slots_are_all_run(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    incidents = [f"01{i}" for i in range(25)]
    async with a_worker(store_server.url, jobs.function(), max_jobs=3):
        for incident in incidents:
            await queue(raw, incident)
        await until(lambda: len(jobs.ended) == 25)

    assert sorted(jobs.ended) == sorted(incidents)
    assert jobs.most <= 3


async def test_a_page_that_comes_meanwhile_goes_before_the_many_that_wait(store_server: StoreServer, raw: Any) -> None:
    ran: list[str] = []

    async def reconcile(ctx: dict[str, Any], incident: str) -> None:
        ran.append(incident)
        if len(ran) == 1:
            page = await queue(raw, "01PAGE")
            await raw.zincrby(ARQ_QUEUE, -HOUR_MS, page)

    for number in range(100):
        await queue(raw, f"01{number}", publish=False)
    async with a_worker(store_server.url, func(reconcile, name="reconcile"), max_jobs=16):
        await until(lambda: len(ran) == 101)

    assert ran.index("01PAGE") < 50


async def test_two_workers_run_each_job_once(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    async with a_worker(store_server.url, jobs.function()), a_worker(store_server.url, jobs.function()):
        for number in range(30):
            await queue(raw, f"01{number}")
        await until(lambda: len(jobs.ended) >= 30)

    assert sorted(jobs.ran) == sorted(f"01{number}" for number in range(30))


async def test_jobs_that_run_elsewhere_do_not_hide_those_that_wait(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    for number in range(19):
        job = await queue(raw, f"01{number}", publish=False)
        await raw.set(f"arq:in-progress:{job}", 1)
    await queue(raw, "01LAST", publish=False)

    async with a_worker(store_server.url, jobs.function(), max_jobs=1):
        await until(lambda: jobs.ended)

    assert jobs.ended == ["01LAST"]


async def test_a_job_that_outlives_its_first_lease_is_run_once(
    store_server: StoreServer, raw: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_leases(monkeypatch)
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()) as one, a_worker(store_server.url, jobs.function()) as two:
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        await asyncio.sleep(3 * SHORT_LEASE_SECONDS)
        assert one._leases.is_fresh(job) != two._leases.is_fresh(job)
        jobs.gate.set()
        await until(lambda: jobs.ended)

    assert jobs.ran == ["01A"]


def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test see several leases."""
    monkeypatch.setattr(worker_module, "LEASE_SECONDS", SHORT_LEASE_SECONDS)
    monkeypatch.setattr(worker_module, "RENEW_SECONDS", 0.1)


async def test_a_job_whose_key_is_gone_is_cancelled_and_run_again(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()):
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        await raw.delete(f"arq:in-progress:{job}")
        await until(lambda: jobs.cancelled)
        jobs.gate.set()
        await until(lambda: jobs.ended)

    assert jobs.tries == [1, 2]
    assert not await is_left(raw, job)


async def test_a_cancelled_job_does_not_delete_the_key_of_the_worker_that_has_it_now(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()) as worker:
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        worker.hold()  # it would take the job again itself
        await raw.delete(f"arq:in-progress:{job}")
        await until(lambda: jobs.cancelled)
        await raw.set(f"arq:in-progress:{job}", "another worker")
        await until(lambda: not worker._running())

    assert await raw.get(f"arq:in-progress:{job}") == b"another worker"
    assert await raw.exists(ARQ_JOB + job)
    assert await raw.zscore(ARQ_QUEUE, job) is not None


async def test_a_job_that_another_worker_holds_by_now_is_cancelled(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()) as worker:
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        worker.hold()
        await raw.set(f"arq:in-progress:{job}", "another worker", px=60_000)
        await until(lambda: jobs.cancelled)
        await until(lambda: not worker._running())

    assert await raw.exists(f"arq:in-progress:{job}")
    assert await raw.exists(ARQ_JOB + job)


async def test_a_job_that_ends_when_its_lease_is_over_deletes_nothing(
    store_server: StoreServer, raw: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()) as worker:
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        worker.hold()
        monkeypatch.setattr(worker._leases, "is_fresh", lambda _: False)
        jobs.gate.set()
        await until(lambda: not worker._running())

    assert await raw.exists(f"arq:in-progress:{job}")
    assert await raw.exists(ARQ_JOB + job)


async def test_a_renewal_that_comes_too_late_cancels_the_job(
    store_server: StoreServer, raw: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()) as worker:
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        clock = worker._leases.clock
        monkeypatch.setattr(worker._leases, "clock", lambda: clock() + 10)
        await until(lambda: jobs.cancelled)
        monkeypatch.undo()
        jobs.gate.set()
        await until(lambda: jobs.ended)

    assert not await is_left(raw, job)


async def test_a_job_that_was_refused_is_left_to_the_worker_that_runs_it(store_server: StoreServer, raw: Any) -> None:
    refused = asyncio.Event()

    async def reconcile(ctx: dict[str, Any], incident: str) -> None:
        await ctx["worker"].give_up(JobId(ctx["job_id"]), IncidentId(incident))
        refused.set()

    async with a_worker(store_server.url, func(reconcile, name="reconcile")):
        job = await queue(raw, "01A")
        await refused.wait()

    assert await raw.exists(ARQ_JOB + job)
    assert await raw.zscore(ARQ_QUEUE, job) is not None
    assert await raw.exists(f"arq:in-progress:{job}")


@pytest.mark.parametrize("owner", ["reconcile:01A:another", None])
async def test_a_refused_job_that_nobody_will_ever_run_is_deleted(
    store_server: StoreServer, raw: Any, owner: str | None
) -> None:
    refused = asyncio.Event()

    async def reconcile(ctx: dict[str, Any], incident: str) -> None:
        await (raw.hset(BUSY, incident, owner) if owner else raw.hdel(BUSY, incident))
        await ctx["worker"].give_up(JobId(ctx["job_id"]), IncidentId(incident))
        refused.set()

    async with a_worker(store_server.url, func(reconcile, name="reconcile")):
        job = await queue(raw, "01A")
        await refused.wait()

    assert not await is_left(raw, job)


async def test_an_incident_that_lost_its_job_is_queued_again_by_wake_due(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    await queue(raw, "01A")
    await raw.flushall()  # as arq does when a job expires or has been tried too often
    asked = 0

    async def wake_due() -> float | None:
        nonlocal asked
        asked += 1
        if asked == 2:
            await queue(raw, "01A")
        return 0.01

    async with a_worker(store_server.url, jobs.function(), wake_due=wake_due):
        await until(lambda: jobs.ended)


async def test_wake_due_is_asked_again_at_the_next_due_time_and_each_second(store_server: StoreServer) -> None:
    loop = asyncio.get_running_loop()
    answers = iter([0.05, 0.0, 3600.0, None])
    asked: list[float] = []

    async def wake_due() -> float | None:
        asked.append(loop.time())
        return next(answers, None)

    async with a_worker(store_server.url, Jobs().function(), wake_due=wake_due):
        await until(lambda: len(asked) == 5)

    pauses = [after - before for before, after in pairwise(asked)]
    assert min(pauses[2:]) > 0.9, "an hour away, or nothing due: not before a second has passed"
    assert sum(pauses[:2]) < sum(pauses[2:])


async def test_a_wake_due_that_finds_no_store_is_asked_again(store_server: StoreServer) -> None:
    asked = 0

    async def wake_due() -> float | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreAway("no answer")
        return None

    async with a_worker(store_server.url, Jobs().function(), wake_due=wake_due):
        await until(lambda: asked == 2)


@pytest.mark.parametrize(
    "body",
    [b"\x80\x04nothing that is JSON", b"{}", b'{"f":["x"],"a":[],"k":{},"t":null,"et":1}', b"[]", b""],
    ids=["pickle", "fields missing", "unhashable function", "no object", "empty"],
)
async def test_a_body_that_cannot_be_read_is_deleted_and_the_rest_goes_on(
    store_server: StoreServer, raw: Any, jobs: Jobs, body: bytes
) -> None:
    async with a_worker(store_server.url, jobs.function()):
        poison = await queue(raw, "01POISON", body=body)
        await until(lambda: gone(raw, poison))
        await queue(raw, "01A")
        await until(lambda: jobs.ended)

    assert jobs.ran == ["01A"]


async def gone(raw: Any, job: JobId) -> bool:
    return not await is_left(raw, job)


async def test_a_job_of_an_unknown_name_is_deleted_and_the_rest_goes_on(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    async with a_worker(store_server.url, jobs.function()):
        unknown = await queue(raw, "01NEW", function="reconcile_better")
        await until(lambda: gone(raw, unknown))
        await queue(raw, "01A")
        await until(lambda: jobs.ended)

    assert jobs.ran == ["01A"]


async def test_a_job_without_a_body_is_deleted(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    job = await queue(raw, "01A", publish=False)
    await raw.delete(ARQ_JOB + job)

    async with a_worker(store_server.url, jobs.function()):
        await until(lambda: gone(raw, job))

    assert not jobs.ran


async def test_a_job_that_fails_is_deleted_so_that_wake_due_can_queue_another(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    async def broken(ctx: dict[str, Any], incident: str) -> None:
        raise ValueError(incident)

    async with a_worker(store_server.url, func(broken, name="broken"), jobs.function()):
        failed = await queue(raw, "01BROKEN", function="broken")
        await until(lambda: gone(raw, failed))
        await queue(raw, "01A")
        await until(lambda: jobs.ended)


async def test_it_outlives_a_store_that_is_killed_and_comes_back(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    async with a_worker(store_server.url, jobs.function()):
        await queue(raw, "01A")
        await until(lambda: jobs.ended)
        await asyncio.to_thread(store_server.kill)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(store_server.start)
        await queue(raw, "01B")
        await until(lambda: jobs.ended == ["01A", "01B"])
        await until(lambda: is_heard(raw))


async def is_heard(raw: Any) -> bool:
    return bool((await raw.pubsub_numsub(WAKE))[0][1])


async def test_a_job_that_runs_while_the_store_is_away_ends_or_is_run_again(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()):
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        await asyncio.to_thread(store_server.kill)
        jobs.gate.set()
        await until(lambda: jobs.ended)
        await asyncio.to_thread(store_server.start)
        await until(lambda: gone(raw, job))

    assert set(jobs.ended) == {"01A"}


async def test_a_job_is_cancelled_when_its_lease_cannot_be_renewed_in_time(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()):
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)
        await asyncio.to_thread(store_server.kill)
        await until(lambda: jobs.cancelled)
        jobs.gate.set()
        await asyncio.to_thread(store_server.start)
        await until(lambda: gone(raw, job))

    assert jobs.ended == ["01A"]


async def test_a_store_that_is_away_at_the_start_is_waited_for(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    await queue(raw, "01A")
    await asyncio.to_thread(store_server.kill)

    async with a_worker(store_server.url, jobs.function()):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(store_server.start)
        await until(lambda: jobs.ended)


async def test_a_slot_is_not_lost_when_the_store_fails_while_a_job_is_taken(
    store_server: StoreServer, raw: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_worker(store_server.url, jobs.function(), max_jobs=1) as worker:
        await queue(raw, "01A")
        await until(lambda: jobs.ended)
        failures = iter(range(3))

        def fails(*args: Any, **kwargs: Any) -> Any:
            if next(failures, None) is not None:
                raise RedisConnectionError("cut")
            monkeypatch.undo()
            return worker.pool.pipeline(*args, **kwargs)

        monkeypatch.setattr(worker.pool, "pipeline", fails)
        await queue(raw, "01B")
        await until(lambda: jobs.ended == ["01A", "01B"])
        await queue(raw, "01C")
        await until(lambda: jobs.ended == ["01A", "01B", "01C"])
        await until(lambda: worker.job_counter == 0)

    assert next(failures, None) is None, "the store has failed in the middle of it"


async def test_a_worker_that_holds_takes_no_more_jobs(store_server: StoreServer, raw: Any, jobs: Jobs) -> None:
    async with a_worker(store_server.url, jobs.function()) as worker:
        worker.hold()
        await queue(raw, "01A")
        async with a_worker(store_server.url, jobs.function("reconcile")):
            await until(lambda: jobs.ended)
        assert worker.jobs_complete == 0


async def test_a_worker_that_stops_lets_running_jobs_end_and_takes_no_new_ones(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()

    async def go_on() -> None:
        await asyncio.sleep(0.2)
        await queue(raw, "01B")
        jobs.gate.set()

    async with a_worker(store_server.url, jobs.function(), max_jobs=1):
        await queue(raw, "01A")
        await until(lambda: jobs.ran)
        going_on = asyncio.create_task(go_on())
    await going_on

    assert jobs.ended == ["01A"]
    assert not jobs.cancelled


async def test_a_job_that_does_not_end_in_time_is_cancelled_and_free_for_others_at_once(
    store_server: StoreServer, raw: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_COMPLETION_SECONDS", 0.1)
    jobs.gate.clear()
    async with a_worker(store_server.url, jobs.function()):
        job = await queue(raw, "01A")
        await until(lambda: jobs.ran)

    assert jobs.cancelled == ["01A"]
    assert await raw.exists(ARQ_JOB + job)
    assert not await raw.exists(f"arq:in-progress:{job}")


async def test_an_error_in_wake_due_ends_the_worker_and_its_jobs(
    store_server: StoreServer, raw: Any, jobs: Jobs
) -> None:
    jobs.gate.clear()

    async def wake_due() -> float | None:
        if jobs.ran:
            raise ZeroDivisionError
        return 0.01

    async def run() -> None:
        async with a_worker(store_server.url, jobs.function(), wake_due=wake_due):
            await queue(raw, "01A")
            await until(lambda: jobs.cancelled)

    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        await run()
