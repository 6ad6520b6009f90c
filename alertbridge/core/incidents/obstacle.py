"""Why an Alertmanager did not do what was asked of it, in words for people: what is wrong, and so who can mend it.

What it said or what the network did in full is for the log: addresses and errors tell a chat nothing.
"""

from enum import StrEnum
from typing import Final

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy


class Obstacle(StrEnum):
    """What stands in the way; its words are in the catalogue."""

    UNREACHABLE = "unreachable"
    """Nobody answered."""
    ANSWERED = "answered"
    """It answered with a failure that time may cure."""
    UNCONFIGURED = "unconfigured"
    """The team file names none."""
    DENIED = "denied"
    """It refuses the credentials."""
    STRANGE = "strange"
    """Something else listens at its address."""
    REJECTED = "rejected"
    """It understood, and does not take this silence."""


_GAP: Final = " "


def note(obstacle: Obstacle, status: int | None = None) -> str:
    """What is kept as a cause; `status` is that of the HTTP answer."""
    return obstacle if status is None else f"{obstacle}{_GAP}{status}"


def told(cause: str) -> Text:
    """A cause in words."""
    obstacle, _, status = cause.partition(_GAP)
    known = f"obstacle.{obstacle}"
    return copy.text(known if known in copy.CATALOGUE else f"obstacle.{Obstacle.UNREACHABLE}", status=status)
