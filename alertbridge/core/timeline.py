"""What happened to an incident, for people who read it later. Lines are never changed."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from alertbridge.core.ids import OpenId


class Happening(StrEnum):
    """Kinds of timeline lines; the copy catalogue has their words."""

    OPENED = "opened"
    RELINKED = "relinked"
    """Its group key opened another incident before."""
    ALERTS = "alerts"
    SEVERITY = "severity"
    """The alerts' labels changed it."""
    SEVERITY_SET = "severity_set"
    """A person changed it."""
    GROUP_DUE = "group_due"
    """Triage is over: its group is made."""
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ASSIGNED = "assigned"
    ROLE = "role"
    """`text`: which; `details`: who has it now, as `to`."""
    NOTED = "noted"
    """`text`: what somebody wants remembered."""
    UPDATED = "updated"
    """`text`: how things stand, for everybody."""
    RESOLVED = "resolved"
    REOPENED = "reopened"
    FLAPPING = "flapping"
    """The source resolves and reopens it again and again: not told for now."""
    STEADY = "steady"
    UNFOLDED = "unfolded"
    """It gets a group of its own, out of a storm's; `text`: `p1` or `orphan` where nobody asked."""
    UNFOLDING = "unfolding"
    """Everything that an umbrella holds gets a group of its own."""
    POSTPONED = "postponed"
    KEPT = "kept"
    CLOSING = "closing"
    CLOSED = "closed"
    REFUSED = "refused"
    """A command that does not apply now."""
    STALE = "stale"
    STILL = "still"
    """Somebody said that it still happens."""
    STALE_OVER = "stale_over"
    """Nobody said whether it still happens: it counts as over."""
    SILENCE_ASKED = "silence_asked"
    SILENCED = "silenced"
    """`text`: what is matched."""
    UNSILENCED = "unsilenced"
    SILENCE_ENDED = "silence_ended"
    SILENCED_UP = "silenced_up"
    """By somebody in Alertmanager itself; `text` is their comment."""
    CHAT_CREATED = "chat_created"
    ROOM_JOINED = "room_joined"
    """A standing room is used."""
    CHAT_LOST = "chat_lost"
    QUIET = "quiet"
    """The group is big: only those on call and the lead may write."""
    REJOINED = "rejoined"
    """The bot is in the group again; `by` is who had taken it out."""
    JOINED = "joined"
    LEFT = "left"
    """`details`: who left, as `to`; `by` is who did it."""
    BROUGHT_BACK = "brought_back"
    LEFT_AGAIN = "left_again"
    """Somebody on call left a second time, and is not brought back."""
    RENAMED = "renamed"
    OWNER_CHANGED = "owner_changed"
    SETTINGS_CHANGED = "settings_changed"
    REPAIRED = "repaired"
    """A look found something of ours damaged; `text` says what."""
    GAVE_WAY = "gave_way"
    """People undid something again and again: it stays as they want it. `text` says what."""
    DISBANDED = "disbanded"
    LOCKED = "locked"
    ARCHIVED = "archived"
    TROUBLE = "trouble"
    """A call to Feishu failed; `text` says which, with Feishu's code, and what comes next."""
    DEAD_ENTRY = "dead_entry"
    """An inbox entry that could not be worked on three times was set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """One line: when, what, by whom."""

    at: datetime
    what: Happening
    by: OpenId | None = None
    text: str = ""
    details: dict[str, str] = field(default_factory=dict)
