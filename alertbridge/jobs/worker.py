"""arq's worker, woken when there is work, with leases that follow the process instead of a long time-out.

arq 0.28 polls its queue every half second, holds a job for its whole time-out after a crash, and ends when Redis is
away. This worker polls when a job is published, a slot is free again, or a second has passed; holds a job for three
seconds at a time; and outlives Redis. It uses names of arq that may change, so the version is pinned, and
`tests/jobs/test_arq_contract.py` holds them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import Function, Worker
from redis.exceptions import RedisError

from alertbridge.core.ids import JobId
from alertbridge.jobs.leases import LEASE_SECONDS, RENEW_SECONDS, Leases
from alertbridge.store.connection import open_pool
from alertbridge.store.errors import StoreError
from alertbridge.store.keys import BUSY, WAKE

MAX_JOBS: Final = 100
JOB_SECONDS: Final = 3600
"""The lease ends a job whose process is gone; this ends one that hangs."""

_POLL_SECONDS: Final = 1.0
_DUE_SECONDS: Final = 1.0
_SHORTEST_PAUSE_SECONDS: Final = 0.01
_LISTEN_SECONDS: Final = 60.0
"""A subscription that heard nothing for so long is made anew: a connection can be dead without saying so."""
_LAPSE_CHECK_SECONDS: Final = 0.25
_BACK_OFF_SECONDS: Final = (0.1, 0.2, 0.5, 1.0)
_COMPLETION_SECONDS: Final = 5.0
_STARTS_AT_ONCE: Final = 8
"""Each holds one of the connections meanwhile."""
_TAKEN: Final = b"1"
"""What arq writes into the key of a job that it takes; the first renewal puts the worker's name there."""
_CONNECTIONS: Final = 20

WakeDue = Callable[[], Awaitable[float | None]]
"""Queue what is due, and every owned incident without a job. Answers the seconds until the next is due, if any is."""

log = structlog.get_logger(__name__)


class WakeWorker(Worker):
    """Runs arq's jobs; see the module."""

    def __init__(
        self,
        functions: Sequence[Function],
        *,
        redis: ArqRedis,
        side: ArqRedis,
        leases: Leases,
        wake_due: WakeDue,
        context: dict[str, Any],
        max_jobs: int = MAX_JOBS,
    ) -> None:
        super().__init__(
            functions,
            redis_pool=redis,
            ctx={"redis": redis, "worker": self, **context},
            max_jobs=max_jobs,
            job_timeout=JOB_SECONDS,
            keep_result=0,  # a kept result would swallow a later job of the same id
            queue_read_limit=20 * max_jobs,  # jobs that run elsewhere stand in the queue too, before those that wait
            handle_signals=False,
            log_results=False,
            job_serializer=serialize,
            job_deserializer=msgspec.json.decode,
        )
        self.in_progress_timeout_s = LEASE_SECONDS
        self._side = side
        self._leases = leases
        self._wake_due = wake_due
        self._wake = asyncio.Event()
        self._name = uuid4().hex.encode()
        self._named: set[JobId] = set()
        self._left: set[JobId] = set()
        self._starting = 0
        self._started = 0
        self._completed = 0

    async def work(self, stopping: asyncio.Event) -> None:
        """Run jobs until `stopping` is set. Then take no more, give the running ones five seconds, cancel the rest."""
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(self._poll())
            others = [
                group.create_task(loop())
                for loop in (self._listen, self._renew, self._end_lapsed, self._wake_what_is_due)
            ]
            try:
                await stopping.wait()
                polling.cancel()
                await asyncio.wait([polling])
                if running := self._running():
                    log.info("worker_stopping", running=len(running))
                    await asyncio.wait(running, timeout=_COMPLETION_SECONDS)
            finally:
                polling.cancel()
                await self._cancel_jobs()
                for other in others:
                    other.cancel()

    def leave(self, job: JobId) -> None:
        """End `job` without a trace: it stays queued, and is run again when its lease is over."""
        self._left.add(job)

    async def give_up(self, job: JobId, owned: str) -> None:
        """End `job`, which the store has refused: its keys stay untouched if another worker may be running it by now.

        Where what it is for has another owner, or none, nobody will ever run it: arq deletes it like a finished one.
        """
        self.leave(job)
        with contextlib.suppress(RedisError, OSError):
            redis: Any = self.pool  # redis-py types this answer as one of its two clients'
            if await redis.hget(BUSY, owned) != job.encode():
                self._left.discard(job)

    def hold(self) -> None:
        """Take no more jobs: a newer version has written to the store."""
        self.allow_pick_jobs = False

    # What arq does, with our additions

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start what nobody runs, some at a time, as far as there are slots; a slot is never lost."""
        here = [job_id.decode() for job_id in job_ids if not self._is_running(job_id.decode())]
        if not here:
            return
        held = await self.pool.mget([in_progress_key_prefix + job_id for job_id in here])
        free = [JobId(job_id) for job_id, holder in zip(here, held, strict=True) if holder is None]
        slots = self.max_jobs - self.job_counter
        if len(free) > slots:
            self._wake.set()  # the rest, after another look: what goes first may have come meanwhile
        for first in range(0, min(len(free), slots), _STARTS_AT_ONCE):
            if not self.allow_pick_jobs:
                return
            # Side by side: each takes some turns of the store, and each turn waits for its disk.
            some = free[first : min(first + _STARTS_AT_ONCE, slots)]
            outcomes = await asyncio.gather(*map(self._start, some), return_exceptions=True)
            if failure := next((outcome for outcome in outcomes if outcome is not None), None):
                raise failure

    async def _start(self, job: JobId) -> None:
        before = self.tasks.get(job)
        self._leases.begin(job, self._leases.clock())
        self._starting += 1
        try:
            await super().start_jobs([job.encode()])
        finally:
            self._starting -= 1
            if self.tasks.get(job) is not before:
                self._started += 1
            else:
                self._leases.end(job)
            taken = self._started - self._completed + self._starting
            if self.job_counter > taken:  # arq took a slot and failed before it had a task
                super()._release_sem_dec_counter_on_complete()

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._completed += 1
        self._wake.set()

    async def run_job(self, job_id: str, score: int) -> None:
        """Run one job; whatever happens to it, the worker goes on."""
        job = JobId(job_id)
        try:
            await super().run_job(job_id, score)
        except (RedisError, OSError) as error:
            log.warning("job_not_recorded", job=job, error=str(error))  # it runs again when its lease is over
        except Exception:  # the outermost place of a job: nothing that is stored may end the worker
            log.exception("job_broken", job=job)
            with contextlib.suppress(RedisError, OSError):
                await self.finish_failed_job(job_id, None)
        finally:
            self._leases.end(job)
            self._named.discard(job)
            self._left.discard(job)

    async def finish_job(self, job_id: str, *args: Any, **kwargs: Any) -> None:
        """Delete the job's keys, unless they may be another worker's."""
        job = JobId(job_id)
        may_be_anothers = job in self._left or not self._leases.is_fresh(job)
        self._leases.end(job)
        if not may_be_anothers:
            await super().finish_job(job_id, *args, **kwargs)

    # The loops beside the jobs

    async def _poll(self) -> None:
        failures = 0
        while True:
            self._wake.clear()
            try:
                await self._poll_iteration()
            except (RedisError, OSError) as error:
                if failures == 0:
                    log.warning("worker_waits_for_store", error=str(error))
                await asyncio.sleep(_BACK_OFF_SECONDS[min(failures, len(_BACK_OFF_SECONDS) - 1)])
                failures += 1
                continue
            if failures:
                log.info("worker_has_store_again")
                failures = 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._wake.wait()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with self._side.pubsub() as channel:
                    await channel.subscribe(WAKE)
                    self._wake.set()  # for what was published while nobody listened
                    while await channel.get_message(timeout=_LISTEN_SECONDS) is not None:
                        self._wake.set()
                continue
            await asyncio.sleep(_BACK_OFF_SECONDS[-1])

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            jobs = self._leases.held()
            if not jobs:
                continue
            asked_at = self._leases.clock()
            try:
                async with asyncio.timeout(RENEW_SECONDS), self._side.pipeline(transaction=False) as pipe:
                    for job in jobs:
                        key = in_progress_key_prefix + job
                        pipe.set(key, self._name, px=int(LEASE_SECONDS * 1000), xx=True, get=True)
                    holders = await pipe.execute()
            except (RedisError, OSError):  # one that cannot be renewed for long is found by `_end_lapsed`
                continue
            for job, holder in zip(jobs, holders, strict=True):
                expected = self._name if job in self._named else _TAKEN
                if holder == expected and self._leases.renew(job, asked_at):
                    self._named.add(job)
                else:  # gone, or somebody else's: that one finds our name there, and stops as well
                    self._lapse(job)

    async def _end_lapsed(self) -> None:
        while True:
            await asyncio.sleep(_LAPSE_CHECK_SECONDS)
            for job in self._leases.held():
                if not self._leases.is_fresh(job):
                    self._lapse(job)

    async def _wake_what_is_due(self) -> None:
        while True:
            pause = _DUE_SECONDS
            with contextlib.suppress(StoreError):  # `_poll` says that the store is away
                next_due = await self._wake_due()
                if next_due is not None:
                    pause = max(_SHORTEST_PAUSE_SECONDS, min(next_due, _DUE_SECONDS))
            await asyncio.sleep(pause)

    def _lapse(self, job: JobId) -> None:
        """Stop a job that another worker may run by now."""
        self._leases.end(job)
        if job in self.job_tasks:  # else it has just ended, or will find before its first act that it may not go on
            log.warning("lease_lapsed", job=job)
            self.job_tasks[job].cancel()

    def _is_running(self, job_id: str) -> bool:
        return job_id in self.tasks and not self.tasks[job_id].done()

    def _running(self) -> list[asyncio.Task[Any]]:
        return [task for task in self.tasks.values() if not task.done()]

    async def _cancel_jobs(self) -> None:
        """Cancel what still runs: arq then lets go of it, and another worker begins it again."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _COMPLETION_SECONDS
        while (running := self._running()) and loop.time() < give_up_at:
            for task in self.job_tasks.values():
                task.cancel()
            await asyncio.wait(running, timeout=_LAPSE_CHECK_SECONDS)
        for task in self._running():
            task.cancel()


def serialize(job: dict[str, Any]) -> bytes:
    """Write what arq stores about a job as JSON: ids only, so nothing that is read from Redis can run as code."""
    return msgspec.json.encode(job, enc_hook=str)  # str: arq also hands over the exception that ended a job


@contextlib.asynccontextmanager
async def open_worker(
    url: str,
    functions: Sequence[Function],
    *,
    leases: Leases,
    wake_due: WakeDue,
    context: dict[str, Any],
    max_jobs: int = MAX_JOBS,
) -> AsyncIterator[WakeWorker]:
    """Make a worker with its own connections; leases and wake-ups never queue behind the jobs' ones."""
    pools = open_pool(url, size=_CONNECTIONS), open_pool(url, size=2)
    try:
        redis, side = (ArqRedis(pool) for pool in pools)
        yield WakeWorker(
            functions, redis=redis, side=side, leases=leases, wake_due=wake_due, context=context, max_jobs=max_jobs
        )
    finally:
        for pool in pools:
            await pool.aclose()
