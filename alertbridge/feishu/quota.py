"""What the client asks of a limiter: permission before each call, and to be told when Feishu said *too often*."""

from typing import Protocol

from alertbridge.core.quota import Priority


class Quota(Protocol):
    """A limiter for the windows that all workers share."""

    async def take(self, operation: str, chat_id: str | None, message_id: str | None, priority: Priority) -> None:
        """Return when one call of `operation` may go out, after at most one second.

        `chat_id` and `message_id` name the chat or card whose own limit counts too. Raises `core.quota.QuotaWait`.
        """

    async def block(self, operation: str, seconds: float) -> None:
        """Let no worker call `operation` for `seconds`: the gateway has said so."""


class Unshared:
    """No limiter, for a process that makes each call a few times: there is room for them above what workers take."""

    async def take(self, operation: str, chat_id: str | None, message_id: str | None, priority: Priority) -> None:
        """Let it go out."""

    async def block(self, operation: str, seconds: float) -> None:
        """Nobody else is told: this process ends soon, and the next one to ask hears it from Feishu."""
