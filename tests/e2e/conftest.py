"""A stage for each test, cleared afterwards whatever happened; a failed test shows what its processes wrote."""

import tempfile
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import aiohttp
import pytest

from tests import binaries
from tests.e2e.stage import Alertbridge, Shop, Stage


@pytest.fixture(scope="session")
def real_senders() -> None:
    """Skip before anything is started where the senders' programs are missing."""
    binaries.find("prometheus", "prometheus")
    binaries.find("prometheus-alertmanager", "prometheus-alertmanager", "alertmanager")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Give an empty stage."""
    timeout = aiohttp.ClientTimeout(total=10)
    with tempfile.TemporaryDirectory(prefix="ab-e2e-", ignore_cleanup_errors=True) as folder:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            stage = Stage(Path(folder), session)
            yield stage
            stage.close()


@pytest.fixture
async def alertbridge(stage: Stage) -> Alertbridge:
    """Give an alertbridge without tokens that takes alerts, and its sandbox."""
    alertbridge = Alertbridge(stage)
    await alertbridge.feishu.start()
    await alertbridge.start()
    return alertbridge


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """Give a shop in which everything flows."""
    shop = Shop()
    runner = await shop.open()
    yield shop
    await runner.cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the logs of the stage's processes to the report of a failed test."""
    report = yield
    stage = item.funcargs.get("stage") if report.failed else None
    if isinstance(stage, Stage):
        report.sections += [(f"log of {program.name}", program.log) for program in stage.programs if program.log]
    return report
