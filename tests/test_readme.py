"""README keeps up with the code: what can be set, called, typed and measured stands in it, in both languages."""

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import cast

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from alertbridge.cli.commands import main
from alertbridge.flows import metrics
from alertbridge.flows.watchdogs import Standing
from alertbridge.settings import PREFIX, Settings
from alertbridge.store.figures import Figures
from alertbridge.web.app import build_app
from alertbridge.web.health import ConnectionFigure, StoreFigures, WatchdogFigures
from alertbridge.web.state import Web
from tests.papers import DEPLOYED, PAPERS, READMES, ROOT, anchors, code, first_column, relative_links, rows

both_readmes = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
every_paper = pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))


def _default(value: object) -> str:
    """Write a field's default as the table does."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    if value in (None, "", PydanticUndefined):
        return "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


@both_readmes
def test_every_setting_stands_in_readme_with_its_default(readme: Path) -> None:
    told = {code(row[0])[0]: row[1] for row in rows(readme) if row[0].startswith(f"`{PREFIX}")}

    assert told == {PREFIX + name.upper(): _default(field.default) for name, field in Settings.model_fields.items()}


@both_readmes
def test_every_endpoint_stands_in_readme(readme: Path) -> None:
    router = build_app(cast("Web", object())).router
    served = {
        f"{route.method} {route.resource.canonical}"
        for route in router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    without_slash = {path if path.endswith(" /") else path.rstrip("/") for path in served}

    assert {name for name in first_column(readme) if re.match("(GET|POST|PUT|DELETE) /", name)} == without_slash


def _commands(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


@both_readmes
def test_every_command_stands_in_readme(readme: Path) -> None:
    told = {name for name in first_column(readme) if name.startswith("alertbridge ")}

    assert told == set(_commands(main, "alertbridge"))


NO_TIME = timedelta()
FIGURES = Figures(
    by_status={},
    owned=0,
    queued=0,
    oldest_queued=NO_TIME,
    most_overdue=NO_TIME,
    parked=0,
    dead=0,
    unreachable={},
    gaps={},
)

STANDING = Standing(watchdog="w", sender="s", every=NO_TIME, heard_at=None, quiet_for=NO_TIME, is_silent=False)


def _metrics() -> Iterator[str]:
    counted = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    for family in (
        family
        for collector in (*counted, StoreFigures(FIGURES), ConnectionFigure(is_open=True), WatchdogFigures([STANDING]))
        for family in collector.collect()
    ):
        yield family.name + ("_total" if family.type == "counter" else "")


@both_readmes
def test_every_metric_stands_in_readme(readme: Path) -> None:
    told = {name.partition("{")[0] for name in first_column(readme) if name.startswith("alertbridge_")}

    assert told == set(_metrics())


def test_both_readmes_say_the_same() -> None:
    english, chinese = READMES

    assert [len(row) for row in rows(english)] == [len(row) for row in rows(chinese)]
    assert first_column(english) == first_column(chinese)
    assert _headings(english) == _headings(chinese)


def _headings(paper: Path) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", paper.read_text(encoding="utf-8"), re.MULTILINE)]


@every_paper
def test_no_link_is_dead(paper: Path) -> None:
    for path, anchor in relative_links(paper):
        target = (paper.parent / path).resolve() if path else paper
        assert target.exists(), path
        assert ROOT.resolve() in (target, *target.parents), f"{path} leads out of the project"
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_every_promise_names_tests_that_are_there() -> None:
    for readme in READMES:
        promised = {row[0]: row[2] for row in rows(readme) if re.fullmatch(r"P\d", row[0])}

        assert list(promised) == [f"P{number}" for number in range(1, 9)]
        assert all("](tests/" in held_by for held_by in promised.values())


@pytest.mark.parametrize("path", [*PAPERS, *DEPLOYED], ids=lambda path: str(path.relative_to(ROOT)))
def test_papers_name_no_machine_and_no_package_registry(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"/(home|root|work|Users)/|pypi\.|pythonhosted|/simple\b|index-url https?:", text)
