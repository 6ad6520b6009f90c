"""What every action needs beside itself: the incident it is done for, and what this install knows."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from alertbridge.core.alerts.route import ChatPolicy
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.incident import Incident
from alertbridge.feishu import archiving, finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an action needs beside itself."""

    incident: Incident
    now: datetime
    page: str
    """Where the incident can be read; "" where this install has no public address."""
    page_of_earlier: str
    """The same of the incident that this one follows; "" where it follows none."""
    alertmanager: str = ""
    """Where people open the Alertmanager that its alerts come from; "" where that is not known."""
    avatars: Mapping[str, str]
    """Image keys by picture name; a picture that is not uploaded is left out."""
    names: Mapping[OpenId, str]
    """How people are called in messages."""
    bot: str = ""
    """What our bot is called; "": not known."""
    archive: archiving.ArchiveSink
    owner: finding.Owner
    """How our own groups are recognised."""
    also_silenced: tuple[int, ...] = ()
    """Numbers of other incidents that a silence of this one would affect; looked up where that is to be told."""
    forget_avatar: Callable[[str], Awaitable[None]]
    """Told of a picture whose key Feishu does not take any more."""

    @property
    def policy(self) -> ChatPolicy:
        """How the route wants its groups."""
        return self.incident.opening.route.chat
