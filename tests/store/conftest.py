"""Every test here may have a real, empty store."""

import pytest

from alertbridge.store.connection import Connection
from tests.store.world import World
from tests.store_server import connection, raw, store_process, store_server

__all__ = ["connection", "raw", "store_process", "store_server"]


@pytest.fixture
def world(connection: Connection) -> World:
    """Give what a web process and a worker have between them."""
    return World(connection)
