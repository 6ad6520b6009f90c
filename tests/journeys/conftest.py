"""Every story has a stage of its own, on an empty store."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.journeys.stage import OpenStage, Stage, open_stage
from tests.store_server import StoreServer, store_process, store_server

__all__ = ["store_process", "store_server"]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Give a directory whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="ab-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def another_store(short_folder: Path) -> Iterator[StoreServer]:
    """Give the empty store of another installation."""
    server = StoreServer(short_folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def a_stage(store_server: StoreServer, tmp_path: Path) -> OpenStage:
    """Open a stage with a team or settings of the story's own: `async with a_stage(team=…) as stage`."""
    return partial(open_stage, store_server.url, tmp_path)


@pytest.fixture
async def stage(a_stage: OpenStage) -> AsyncIterator[Stage]:
    """Give the usual stage."""
    async with a_stage() as stage:
        yield stage
