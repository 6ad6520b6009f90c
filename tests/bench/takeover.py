"""A worker is killed in the middle of making a group: how long until another one goes on with it."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tests.bench.bare import BareClient
from tests.bench.installation import PATIENCE_SECONDS, Installation, installation
from tests.bench.opening import check_groups, post
from tests.bench.stored import Miscounted

T = TypeVar("T")

KILLED_IN: Final = ("chat_create", "message_create", "chat_top_notice_put")
"""The calls during which the owner is killed, a trial each: every step of the critical path."""

_LATENCY_SECONDS: Final = 0.4
"""Of the sandbox here: long enough to hit a call that is under way."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """Seconds from the kill to the other worker's first call, by the call that was under way."""

    seconds: dict[str, float]


def measure() -> Takeover:
    """Kill the owner at each step. Raises `Miscounted` when there is not one whole group afterwards."""
    return Takeover({operation: asyncio.run(_trial(operation)) for operation in KILLED_IN})


async def _trial(killed_in: str) -> float:
    with installation(workers=2, latency_seconds=_LATENCY_SECONDS) as run:
        async with BareClient(run.port) as client:
            await post(client, 0)
        owner = _until(lambda: next((c.host for c in run.under_way() if c.operation == killed_in), None))
        killed_at = time.monotonic()
        os.kill(run.workers[run.worker_hosts.index(owner)].pid, signal.SIGKILL)
        began = _until(
            lambda: next((c.began for c in run.under_way() if c.host != owner and c.began > killed_at), None)
        )
        _until(lambda: _is_whole(run) or None)
        await asyncio.sleep(2 * _LATENCY_SECONDS)  # a second card would be on its way now
        check_groups(run, 1)
    return began - killed_at


def _is_whole(run: Installation) -> bool:
    return any(group["top_notice"] and group["managers"] and group["menu"] for group in run.groups())


def _until(look: Callable[[], T | None]) -> T:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while (seen := look()) is None:
        if time.monotonic() > give_up_at:
            raise Miscounted("nobody went on with the group")
        time.sleep(0.005)
    return seen
