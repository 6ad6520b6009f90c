"""Which jobs this process may still act for, by its own clock.

A worker holds a job by a key in Redis that expires; `worker` renews it. Whether the key is still ours is known without
asking: from the moment the last successful renewal was sent, nobody else can have taken the job for `LEASE_SECONDS`.
"""

import time
from collections.abc import Callable

from alertbridge.core.ids import JobId

LEASE_SECONDS = 3.0
RENEW_SECONDS = 0.75
FRESH_SECONDS = 2.5
"""A job whose last renewal is older stops acting: what it sends next could arrive after another worker has begun."""


def _boot_clock() -> float:
    """Read seconds that also pass while the machine sleeps, where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Leases:
    """The leases of one process."""

    def __init__(self, clock: Callable[[], float] = _boot_clock) -> None:
        self.clock = clock
        self._asked_at: dict[JobId, float] = {}

    def begin(self, job: JobId, asked_at: float) -> None:
        """Hold `job`: its key was asked for at `asked_at`, or later."""
        self._asked_at[job] = asked_at

    def renew(self, job: JobId, asked_at: float) -> bool:
        """Take note of a renewal that was just answered. False: it came too late, the key may be another worker's."""
        held_since = self._asked_at.get(job)
        if held_since is None or self.clock() - held_since >= LEASE_SECONDS:
            return False
        self._asked_at[job] = asked_at
        return True

    def end(self, job: JobId) -> None:
        """Let go of `job`."""
        self._asked_at.pop(job, None)

    def held(self) -> list[JobId]:
        """List the jobs that are held, fresh or not."""
        return list(self._asked_at)

    def is_fresh(self, job: JobId) -> bool:
        """True while this process may act for `job`: asked before each write to Feishu."""
        asked_at = self._asked_at.get(job)
        return asked_at is not None and self.clock() - asked_at < FRESH_SECONDS
