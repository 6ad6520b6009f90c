"""What something that happened made of an incident, and what the person who asked for it is told."""

from dataclasses import dataclass, field
from enum import StrEnum

from alertbridge.core.ids import AlertKey
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.timeline import TimelineLine


class Answer(StrEnum):
    """What a command came to; the toast says it."""

    DONE = "done"
    ALREADY_YOURS = "already_yours"
    ALREADY_TAKEN = "already_taken"
    ALREADY_SO = "already_so"
    REPEATED = "repeated"
    """The same click again, at once: nothing is to be said."""
    INCOMPLETE = "incomplete"
    """What the command needs beside its verb is missing: a person, a level, a text."""
    STRANGER = "stranger"
    """They are not known to be in the group; whether they are is looked up."""
    NOT_ALLOWED = "not_allowed"
    """Their route leaves it to others: `permission.responders`."""
    FORM_OPEN = "form_open"
    """A form of that kind waits in the group already."""
    NOT_NOW = "not_now"
    CLOSED = "closed"
    NO_ALERTMANAGER = "no_alertmanager"
    """Nobody can be asked for a silence."""


@dataclass(frozen=True, slots=True)
class Change:
    """An incident after something happened."""

    incident: Incident
    lines: tuple[TimelineLine, ...] = ()
    forget: frozenset[AlertKey] = field(default_factory=frozenset)
    """Alerts to be looked at afresh: the next copy counts although it says what the last one said."""
    answer: Answer = Answer.DONE
