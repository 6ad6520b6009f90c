"""How many webhooks one web process takes, durably, against bare servers that store nothing."""

from dataclasses import dataclass
from statistics import median

import msgspec

from tests.bench import stored
from tests.bench.load import Answered, Wish
from tests.bench.posts import expected
from tests.bench.processes import (
    child,
    cpu_seconds,
    free_port,
    run_load,
    settings,
    store,
    team_file,
    until_answers,
    web,
)

DOOR = "/webhooks/alertmanager"


@dataclass(frozen=True, slots=True)
class Ingest:
    """One size of post: webhooks per second of the product and of its floor, and what was counted."""

    alerts: int
    floor: str
    product_per_second: float
    floor_per_second: float
    ratio: float
    """The median of the rounds' own ratios."""
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """The web process's CPU per post, then the bare server's, and the store's."""
    floor_cpu_us: float
    store_cpu_us: float
    incidents: int
    entries: int


@dataclass(frozen=True, slots=True)
class _Round:
    bare: Answered
    product: Answered
    floor_cpu_us: float
    cpu_us: float
    store_cpu_us: float
    count: stored.Count


def measure(alerts: int, floor: str, *, rounds: int, seconds: float) -> Ingest:
    """Load the floor and the product in turn. Raises `Miscounted`."""
    port = free_port()
    with child("tests.bench.floors", floor, str(port)) as bare:
        until_answers(f"http://127.0.0.1:{port}/", bare)
        done = [_round(bare.pid, port, alerts, seconds) for _ in range(rounds)]
    return Ingest(
        alerts=alerts,
        floor=floor,
        product_per_second=median(one.product.per_second for one in done),
        floor_per_second=median(one.bare.per_second for one in done),
        ratio=median(one.product.per_second / one.bare.per_second for one in done),
        p50_ms=median(one.product.p50_ms for one in done),
        p99_ms=median(one.product.p99_ms for one in done),
        cpu_us=median(one.cpu_us for one in done),
        floor_cpu_us=median(one.floor_cpu_us for one in done),
        store_cpu_us=median(one.store_cpu_us for one in done),
        incidents=sum(one.count.incidents for one in done),
        entries=sum(one.count.entries for one in done),
    )


def _round(bare_pid: int, bare_port: int, alerts: int, seconds: float) -> _Round:
    """Floor, then product: a new store and a new web process; no worker runs, so what was taken lies in the inboxes."""
    bare, (floor_cpu_us,) = _load(bare_port, alerts, seconds, bare_pid)
    with store() as server, team_file() as team:
        port = free_port()
        with web(settings(store_url=server.url, team=team, port=port)) as process:
            product, (cpu_us, store_cpu_us) = _load(port, alerts, seconds, process.pid, server.pid)
        count = stored.check(expected(product.answered, alerts), stored.read(str(server.socket)))
    return _Round(bare, product, floor_cpu_us, cpu_us, store_cpu_us, count)


def _load(port: int, alerts: int, seconds: float, *pids: int) -> tuple[Answered, list[float]]:
    """Post for a while; returns what was answered, and the CPU time of each process per post, in microseconds."""
    wish = Wish(port=port, path=DOOR, alerts=alerts, seconds=seconds)
    before = [cpu_seconds(pid) for pid in pids]
    answered = msgspec.json.decode(run_load(msgspec.json.encode(wish)), type=Answered)
    used = [cpu_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
    if answered.failed:
        raise stored.Miscounted(f"{answered.failed} posts were refused or not answered")
    return answered, [1e6 * seconds / sum(answered.answered) for seconds in used]
