"""A silence that somebody asked for from the chat: what it matches, until when, and how far it is.

It is kept in the record of its incident until Alertmanager has none of it any more, so it is its own intent: whoever
owns the incident looks for it upstream, by the incident's mark in its comment, before anything is done.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.ids import MessageId, OpenId

SHORTEST = timedelta(minutes=5)

RETRY_EVERY = timedelta(seconds=30)
RETRY_FOR = timedelta(minutes=30)
"""A silence that could not be made for so long is not made any more: nobody expects it then."""

Pairs = tuple[tuple[str, str], ...]
"""Labels and their exact values, by name."""


class SilenceState(StrEnum):
    """How far a silence is."""

    WANTED = "wanted"
    """To be made upstream; or, where it has an id, to be changed there."""
    ACTIVE = "active"
    """Alertmanager has it."""
    ENDING = "ending"
    """To be taken away upstream, whether or not it ever got there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The one silence of an incident."""

    cause: str
    """The entry that asked for it; another entry changes it."""
    by: OpenId | None
    asked_at: datetime
    until: datetime
    matchers: Pairs
    """Exact, never a regular expression."""
    reason: str = ""
    state: SilenceState = SilenceState.WANTED
    id: str = ""
    """Alertmanager's, once known."""
    also: tuple[int, ...] = ()
    """Numbers of other open incidents with alerts that it covers."""
    form: MessageId | None = None
    """The form it was asked for on, which becomes its record."""
    reply_to: MessageId | None = None
    """The message that asked for it, or took it back; what comes of it quotes it."""
    lifted_by: OpenId | None = None
    """ENDING: who took it back, None for the operator's command line, or where nobody did."""
    lifted: str = ""
    """ENDING: the entry that took it back; "" where its incident ended, or it could not be made."""

    @property
    def retry_until(self) -> datetime:
        """How long it is tried to make it."""
        return min(self.asked_at + RETRY_FOR, self.until)

    @property
    def is_in_force(self) -> bool:
        """Whether Alertmanager has it, as far as is known: also while it is being changed."""
        return self.state is SilenceState.ACTIVE or (self.state is SilenceState.WANTED and bool(self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSilence:
    """A silence that somebody made in Alertmanager itself. Its texts are foreign."""

    author: str
    until: datetime
    comment: str


def page_for(alertmanager: str, matchers: Pairs) -> str:
    """Where a person makes a silence of these matchers by hand; "" where no address for people is known.

    Source: Alertmanager's own notification templates link to `#/silences/new?filter={...}`.
    """
    if not alertmanager:
        return ""
    pairs = ",".join(f"{name}={_quoted(value)}" for name, value in matchers)
    return f"{alertmanager}/#/silences/new?filter={quote(f'{{{pairs}}}', safe='')}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def covers(matchers: Pairs, alert: Alert) -> bool:
    """Whether these matchers meet an alert."""
    return all(alert.labels.get(name, "") == value for name, value in matchers)
