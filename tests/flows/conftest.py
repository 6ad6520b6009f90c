"""Every test here may have a real, empty store, and the whole product on it with a Feishu beside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store_server import StoreServer, connection, raw, store_process, store_server
from tests.web.service import Product, a_team_file, product_on

__all__ = ["connection", "raw", "store_process", "store_server"]


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process, a worker and a Feishu."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as running:
        yield running
