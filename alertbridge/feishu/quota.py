"""What the client asks of a limiter: permission before each call, and to be told when Feishu said *too often*."""

from enum import IntEnum
from typing import Protocol


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


class Quota(Protocol):
    """A limiter for the windows that all workers share."""

    async def take(self, operation: str, chat_id: str | None, message_id: str | None, priority: Priority) -> None:
        """Return when one call of `operation` may go out, after at most one second.

        `chat_id` and `message_id` name the chat or card whose own limit counts too. Raises `QuotaWait`.
        """

    async def block(self, operation: str, seconds: float) -> None:
        """Let no worker call `operation` for `seconds`: the gateway has said so."""
