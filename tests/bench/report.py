"""The table of a run: what was reached, beside the goals of `docs/performance.md`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.idle import Idle
from tests.bench.ingest import Ingest
from tests.bench.opening import Opening
from tests.bench.storm import Storm
from tests.bench.takeover import Takeover

PAGE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
_BEGIN: Final = "<!-- written by python -m tests.bench --write -->\n"
_END: Final = "<!-- end -->\n"

RATIO_GOALS: Final = {1: 0.35, 10: 0.45, 100: 0.30}
"""Alerts per post -> the least ratio to the floor."""
_ABOVE_MS: Final = (20.0, 40.0)
_TAKEOVER_SECONDS: Final = 4.0
_CPU_PERCENT: Final = 1.0
_PSS_MIB: Final = 130.0
_STORM_RATIO: Final = 1.25


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    reached: str
    goal: str
    is_met: bool
    beside: str
    """Absolute numbers of this machine, and what was counted."""


def of_ingest(one: Ingest) -> Row:
    """Durable ingest against its floor."""
    goal = RATIO_GOALS[one.alerts]
    name = "1 alert" if one.alerts == 1 else f"{one.alerts} alerts"
    floor = {"body": "a bare handler that reads the body", "parse": "a bare handler that parses"}[one.floor]
    return Row(
        what=f"durable ingest, {name} per post / {floor}",
        reached=f"{one.ratio:.2f}",
        goal=f"≥ {goal:.2f}",
        is_met=one.ratio >= goal,
        beside=f"{one.product_per_second:,.0f} against {one.floor_per_second:,.0f} posts/s; CPU of the process "
        f"{one.cpu_us:.0f} against {one.floor_cpu_us:.0f} µs per post, of the store {one.store_cpu_us:.0f} µs; "
        f"p50 {one.p50_ms:.1f}, p99 {one.p99_ms:.1f} ms; {one.entries:,} pieces of news in {one.incidents:,} "
        "incidents, each stored once",
    )


def of_opening(one: Opening) -> Row:
    """Webhook to card on top."""
    return Row(
        what="webhook to card on top, above the floor of three round trips, p50 / p99",
        reached=f"{one.p50_above_ms:.0f} / {one.p99_above_ms:.0f} ms",
        goal=f"≤ {_ABOVE_MS[0]:.0f} / {_ABOVE_MS[1]:.0f} ms",
        is_met=one.p50_above_ms <= _ABOVE_MS[0] and one.p99_above_ms <= _ABOVE_MS[1],
        beside=f"floor {one.floor_ms:.0f} ms; {one.incidents} webhooks, as many groups, each with one card",
    )


def of_takeover(one: Takeover) -> Row:
    """A killed worker."""
    longest = max(one.seconds.values())
    return Row(
        what="`kill -9` of a worker in the middle of a group: another goes on after",
        reached=f"{longest:.1f} s",
        goal=f"≤ {_TAKEOVER_SECONDS:.0f} s",
        is_met=longest <= _TAKEOVER_SECONDS,
        beside=", ".join(f"in {operation} {seconds:.1f} s" for operation, seconds in one.seconds.items())
        + "; one group with one card each time",
    )


def of_idle(one: Idle) -> list[Row]:
    """Web and worker doing nothing."""
    cpu, pss = sum(one.cpu_percent), sum(one.pss_mib)
    return [
        Row(
            what="idle: CPU of web and worker",
            reached=f"{cpu:.1f} %",
            goal=f"≤ {_CPU_PERCENT:.0f} %",
            is_met=cpu <= _CPU_PERCENT,
            beside="web {:.2f} %, worker {:.2f} %".format(*one.cpu_percent),
        ),
        Row(
            what="idle: memory (PSS) of both",
            reached=f"{pss:.0f} MiB",
            goal=f"≤ {_PSS_MIB:.0f} MiB",
            is_met=pss <= _PSS_MIB,
            beside="web {:.0f} MiB, worker {:.0f} MiB".format(*one.pss_mib),
        ),
    ]


def of_storm(one: Storm) -> list[Row]:
    """A thousand at once."""
    ratio = one.seconds / one.best_seconds
    return [
        Row(
            what=f"{one.incidents:,} incidents at once under Feishu's quotas: time / best possible",
            reached=f"{ratio:.2f}",
            goal=f"≤ {_STORM_RATIO:.2f}",
            is_met=ratio <= _STORM_RATIO,
            beside=f"{one.seconds:.1f} s against {one.best_seconds:.1f} s; all cards after {one.cards_seconds:.1f} s; "
            f"{one.incidents:,} groups, each with one card",
        ),
        Row(
            what="the same: calls that Feishu refused",
            reached=str(one.refused),
            goal="0",
            is_met=one.refused == 0,
            beside="",
        ),
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    head = "| what | reached | goal | | in this run |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(
        f"| {row.what} | {row.reached} | {row.goal} | {'met' if row.is_met else '**missed**'} | {row.beside} |\n"
        for row in rows
    )


def write(written: str) -> None:
    """Put a table into the page, in place of the one of the run before."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{written}\n{_END}{after}", encoding="utf-8")
