"""A page as a value: one person who has to be reached, and how far that has come. `paging` says how it goes on."""

from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.oncall.policy import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One call of one person. It is dropped when nothing is left to be done for it."""

    person: OpenId
    cause: str
    """The entry or due time that led to it; a message that tells of it has the same."""
    at: datetime
    """When it was due."""
    todo: tuple[Way, ...]
    """Ways still to be used, in order. CARD stands alone: somebody who is only mentioned."""
    tried: tuple[Way, ...] = ()
    """Ways that were used, or refused."""
    reached: Way | None = None
    """The last way that they were called by; None: not called yet."""
    message: MessageId | None = None
    """The message in the group that tells of it; None: not out, the live card stands for it."""
    is_only: bool = False
    """Nobody else was called together with them."""
    is_alone: bool = False
    """A call of several was refused because of one of them: this person is called on their own."""
    is_direct: bool = False
    """Not in the group any more, but in the direct chat with the bot."""
    direct: MessageId | None = None
    """The message there, once it is out."""
    is_calling: bool = False
    """A call is about to be made, or its owner died before it knew what came of it."""
    lost: int = 0
    """Calls by the present way whose answer never came."""
