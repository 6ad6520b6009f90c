"""`python -m tests.bench`: measure everything, count everything, print the table.

Exit 1 when something was lost, doubled or refused that should not have been: then no figure counts. A missed goal is
only shown: the machine may be busy with other things.
"""

import asyncio
import sys
import time
from collections.abc import Callable

import click

from tests.bench import idle, ingest, opening, report, storm, takeover
from tests.bench.installation import installation
from tests.bench.report import Row
from tests.bench.stored import Miscounted

_LATENCY_SECONDS = 0.05
_INCIDENTS = 1000


def _of_ingest(alerts: int, floor: str, rounds: int) -> list[Row]:
    return [report.of_ingest(ingest.measure(alerts, floor, rounds=rounds, seconds=3))]


def _of_opening(rounds: int) -> list[Row]:
    with installation(latency_seconds=_LATENCY_SECONDS) as run:
        return [report.of_opening(asyncio.run(opening.measure(run, repetitions=20 * rounds)))]


def _of_takeover(_: int) -> list[Row]:
    return [report.of_takeover(takeover.measure())]


def _of_idle(rounds: int) -> list[Row]:
    with installation() as run:
        return report.of_idle(idle.measure(run, seconds=6 * rounds))


def _of_storm(_: int) -> list[Row]:
    with installation(latency_seconds=_LATENCY_SECONDS) as run:
        return report.of_storm(asyncio.run(storm.measure(run, _INCIDENTS, _LATENCY_SECONDS)))


PARTS: dict[str, Callable[[int], list[Row]]] = {
    # Latencies first: a machine that was kept busy for minutes is slower for a while.
    "opening": _of_opening,
    "takeover": _of_takeover,
    "idle": _of_idle,
    "ingest1": lambda rounds: _of_ingest(1, "body", rounds),
    "ingest10": lambda rounds: _of_ingest(10, "parse", rounds),
    "ingest100": lambda rounds: _of_ingest(100, "parse", rounds),
    "storm": _of_storm,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(tuple(PARTS)))
@click.option("--rounds", default=5, show_default=True, help="Rounds of the interleaved rows; more take longer.")
@click.option("--write", "is_written", is_flag=True, help="Put the table into docs/performance.md.")
def main(parts: tuple[str, ...], rounds: int, is_written: bool) -> None:
    """Measure PARTS, or everything."""
    rows: list[Row] = []
    began = time.monotonic()
    try:
        for name in parts or PARTS:
            measured = PARTS[name](rounds)
            rows += measured
            for row in measured:
                click.echo(f"[{time.monotonic() - began:4.0f} s] {row.what}: {row.reached} ({row.goal})", err=True)
    except Miscounted as error:
        click.echo(f"no figure counts: {error}", err=True)
        sys.exit(1)
    written = report.table(rows)
    click.echo(written)
    if is_written:
        report.write(written)


if __name__ == "__main__":
    main()
