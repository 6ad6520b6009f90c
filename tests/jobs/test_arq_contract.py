"""What the worker relies on in arq and nobody promised. When one fails, read arq's changes, then move the pin."""

import inspect
import json
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

import pytest
from arq import constants
from arq.connections import ArqRedis
from arq.jobs import deserialize_job_raw, serialize_job
from arq.worker import Worker, func

from alertbridge.jobs.worker import serialize
from alertbridge.store import keys
from tests.jobs.queueing import queue
from tests.store_server import StoreServer


async def job(ctx: dict[Any, Any]) -> None: ...


@pytest.fixture
async def worker(store_server: StoreServer) -> AsyncIterator[Worker]:
    async with ArqRedis.from_url(store_server.url) as redis:
        yield Worker([func(job, name="job")], redis_pool=redis, handle_signals=False, max_jobs=3)


def parameters(method: str) -> list[str]:
    return list(inspect.signature(getattr(Worker, method)).parameters)


def test_the_version_is_the_one_whose_source_was_read() -> None:
    assert version("arq").startswith("0.28."), "WakeWorker was written against arq 0.28: check every test of this file"


@pytest.mark.parametrize(
    ("method", "names"),
    [
        ("_poll_iteration", ["self"]),
        ("start_jobs", ["self", "job_ids"]),
        ("run_job", ["self", "job_id", "score"]),
        ("finish_failed_job", ["self", "job_id", "result_data"]),
        ("_release_sem_dec_counter_on_complete", ["self"]),
    ],
)
def test_a_method_that_we_call_or_replace_takes_what_it_took(method: str, names: list[str]) -> None:
    assert parameters(method) == names


def test_what_ends_a_job_is_given_its_id_first() -> None:
    assert parameters("finish_job")[:2] == ["self", "job_id"]


@pytest.mark.parametrize(
    ("method", "called"),
    [
        ("_poll_iteration", "await self.start_jobs(job_ids)"),
        ("_poll_iteration", "if self.allow_pick_jobs:"),
        ("start_jobs", "self.loop.create_task(self.run_job(job_id, int(score)))"),
        ("start_jobs", "lambda _: self._release_sem_dec_counter_on_complete()"),
        ("start_jobs", "pipe.psetex(in_progress_key, int(self.in_progress_timeout_s * 1000), b'1')"),
        ("run_job", "self.job_tasks[job_id] = task = self.loop.create_task("),
        ("run_job", "self.finish_job("),
        ("run_job", "self.finish_failed_job("),
    ],
)
def test_arq_itself_goes_through_what_we_replace(method: str, called: str) -> None:
    assert called in inspect.getsource(getattr(Worker, method)), f"Worker.{method} no longer says {called!r}"


async def test_the_attributes_that_we_read_are_there(worker: Worker) -> None:
    assert worker.tasks == {}
    assert worker.job_tasks == {}
    assert worker.job_counter == 0
    assert worker.max_jobs == 3
    assert worker.allow_pick_jobs is True
    assert worker.in_progress_timeout_s == 310
    assert isinstance(worker.pool, ArqRedis)


async def test_a_slot_that_is_given_back_lowers_the_counter_by_one(worker: Worker) -> None:
    await worker.sem.acquire()
    worker.job_counter = 1

    worker._release_sem_dec_counter_on_complete()

    assert worker.job_counter == 0


def test_the_keys_of_our_scripts_are_arqs() -> None:
    assert constants.default_queue_name == keys.ARQ_QUEUE
    assert constants.job_key_prefix == keys.ARQ_JOB
    assert constants.in_progress_key_prefix == "arq:in-progress:"


async def test_the_job_that_our_scripts_write_is_the_one_that_arq_would_write(raw: Any) -> None:
    name = await queue(raw, "01INCIDENT")
    stored = await raw.get(keys.ARQ_JOB + name)

    function, args, kwargs, job_try, enqueued_ms = deserialize_job_raw(stored, deserializer=json.loads)

    assert [function, *args] == ["reconcile", "01INCIDENT"]
    assert not kwargs
    assert not job_try
    written = serialize_job("reconcile", ("01INCIDENT",), {}, None, enqueued_ms, serializer=serialize)
    assert json.loads(written) == json.loads(stored)


def test_what_ended_a_job_can_be_written_too() -> None:
    assert json.loads(serialize({"r": ValueError("broken")})) == {"r": "broken"}
