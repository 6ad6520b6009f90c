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
    """The web process's CPU per webhook."""
    incidents: int
    entries: int


def measure(alerts: int, floor: str, *, rounds: int, seconds: float) -> Ingest:
    """Load the floor and the product in turn. Raises `Miscounted`."""
    product: list[Answered] = []
    bare: list[float] = []
    cpu: list[float] = []
    incidents = entries = 0
    port = free_port()
    with child("tests.bench.floors", floor, str(port)) as process:
        until_answers(f"http://127.0.0.1:{port}/", process)
        for _ in range(rounds):
            bare.append(_load(port, alerts, seconds).per_second)
            answered, count, used = _product_round(alerts, seconds)
            product.append(answered)
            cpu.append(used)
            incidents, entries = incidents + count.incidents, entries + count.entries
    return Ingest(
        alerts=alerts,
        floor=floor,
        product_per_second=median(answered.per_second for answered in product),
        floor_per_second=median(bare),
        ratio=median(answered.per_second / per_second for answered, per_second in zip(product, bare, strict=True)),
        p50_ms=median(answered.p50_ms for answered in product),
        p99_ms=median(answered.p99_ms for answered in product),
        cpu_us=median(cpu),
        incidents=incidents,
        entries=entries,
    )


def _product_round(alerts: int, seconds: float) -> tuple[Answered, stored.Count, float]:
    """One round on a new store and in a new web process; no worker runs, so all that was taken lies in the inboxes."""
    with store() as server, team_file() as team:
        port = free_port()
        with web(settings(store_url=server.url, team=team, port=port)) as process:
            before = cpu_seconds(process.pid)
            answered = _load(port, alerts, seconds)
            used = (cpu_seconds(process.pid) - before) / sum(answered.answered)
        count = stored.check(expected(answered.answered, alerts), stored.read(str(server.socket)))
    return answered, count, 1e6 * used


def _load(port: int, alerts: int, seconds: float) -> Answered:
    wish = Wish(port=port, path=DOOR, alerts=alerts, seconds=seconds)
    answered = msgspec.json.decode(run_load(msgspec.json.encode(wish)), type=Answered)
    if answered.failed:
        raise stored.Miscounted(f"{answered.failed} posts were refused or not answered")
    return answered
