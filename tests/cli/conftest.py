"""Every test here may have a real, empty store."""

from tests.store_server import store_process, store_server

__all__ = ["store_process", "store_server"]
