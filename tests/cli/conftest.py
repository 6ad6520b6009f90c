"""Every test here may have a real, empty store."""

from tests.store_server import raw, store_process, store_server

__all__ = ["raw", "store_process", "store_server"]
