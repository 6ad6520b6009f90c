"""Every test here may have the web process on a real, empty store, alone or with a Feishu beside it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store_server import StoreServer, connection, raw, store_process, store_server
from tests.web.service import Product, Service, a_team_file, product_on, service_on, settings_for

__all__ = ["connection", "raw", "store_process", "store_server"]


@pytest.fixture
async def service(store_server: StoreServer) -> AsyncIterator[Service]:
    """Give a web process without tokens, whose Feishu is away."""
    async with service_on(store_server.url, settings_for()) as running:
        yield running


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process, a worker and a Feishu."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as running:
        yield running
