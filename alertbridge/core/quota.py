"""How calls to the chat platform share its quota: who goes first, who asks, and how one learns to come back later."""

from contextvars import ContextVar
from enum import IntEnum


class Priority(IntEnum):
    """Who goes first when calls wait for a slot: the lowest number."""

    PAGE = 0
    """Somebody must act now: buzzes, messages that page, adding who was called."""
    FIRST_CARD = 1
    """What makes a new chat usable: the chat, its live card."""
    UPDATE = 2
    """Keeping cards, names and members true."""
    DECORATION = 3
    """Tabs, menus, announcements, looking."""


class QuotaWait(Exception):  # noqa: N818 - it reports a wait that is planned, not a fault
    """No slot is free within a second: save a due time `wait_seconds` ahead and release the incident."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"the quota has room again in {wait_seconds:.1f} s")
        self.wait_seconds = wait_seconds


CALLER: ContextVar[str] = ContextVar("quota_caller", default="")
"""For whom a task calls: the incident it works on. Who had to wait keeps the place in the queue under this name."""
