"""How calls to the chat platform share its quota: who goes first, and how one learns to come back later."""

from enum import IntEnum


class Priority(IntEnum):
    """The classes of calls, most urgent first. A lower class never takes a slot that a waiting higher class needs."""

    PAGE = 0
    FIRST_CARD = 1
    UPDATE = 2
    DECORATION = 3


class QuotaWait(Exception):  # noqa: N818 - it reports a wait that is planned, not a fault
    """No slot is free soon enough: save a due time `wait_seconds` ahead and release the incident."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"the quota has room again in {wait_seconds:.1f} s")
        self.wait_seconds = wait_seconds
