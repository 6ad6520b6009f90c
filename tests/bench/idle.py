"""What an installation costs while nothing happens: CPU and memory of its web and worker process."""

import time
from dataclasses import dataclass
from typing import Final

from tests.bench.installation import Installation
from tests.bench.processes import cpu_seconds, pss_mib

_SETTLE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Idle:
    """Both processes together, and each for itself (web, worker)."""

    cpu_percent: tuple[float, float]
    pss_mib: tuple[float, float]


def measure(run: Installation, seconds: float) -> Idle:
    """Look at the two processes for a while."""
    time.sleep(_SETTLE_SECONDS)
    pids = run.web.pid, run.workers[0].pid
    before, began = [cpu_seconds(pid) for pid in pids], time.monotonic()
    time.sleep(seconds)
    used, passed = [cpu_seconds(pid) for pid in pids], time.monotonic() - began
    web, worker = (100 * (end - start) / passed for start, end in zip(before, used, strict=True))
    return Idle(cpu_percent=(web, worker), pss_mib=(pss_mib(pids[0]), pss_mib(pids[1])))
