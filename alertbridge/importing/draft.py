"""What an export means in our terms, before it has names here: people and schedules still have their foreign ids."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from alertbridge.core.oncall.policy import TargetKind, Way
from alertbridge.core.oncall.rotation import Rotation
from alertbridge.importing.week import Week


class Kind(StrEnum):
    """What an object of an export becomes here."""

    PERSON = "person"
    TEAM = "team"
    SCHEDULE = "schedule"
    POLICY = "policy"
    OTHER = "other"
    """Nothing: there is no counterpart."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that differs, or is left out. `hint` says what to do about it, "" where there is nothing to do."""

    said: str
    hint: str = ""
    is_change: bool = True
    """False: nobody will notice the difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDraft:
    """Somebody."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDraft:
    """People who belong together."""

    id: str
    name: str
    people: tuple[str, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDraft:
    """A rotation. Times are on the wall of the schedule's zone."""

    groups: tuple[tuple[str, ...], ...]
    """Who is on call together, in the order in which they take over."""
    rotation: Rotation
    every: int
    starts: datetime
    """When the first group begins: weekday and time of day are those of all its hand-overs."""
    ends: datetime | None = None
    only: Week = Week()  # noqa: RUF009 - frozen
    """When it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideDraft:
    """People in place of those of the layers; times are on the wall of the schedule's zone."""

    starts: datetime
    ends: datetime
    people: tuple[str, ...]
    instead_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Who is on call, as the product itself says. Times are aware."""

    starts_at: datetime
    ends_at: datetime
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A plan. Of layers that cover the same time, the last counts."""

    id: str
    name: str
    timezone: str
    layers: tuple[LayerDraft, ...] = ()
    overrides: tuple[OverrideDraft, ...] = ()
    ical_url: str = ""
    """In place of layers."""
    rendered: tuple[Rendered, ...] = ()
    """What all of it comes to in days ahead, to compare with."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """Whom a step calls."""

    kind: TargetKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """A call, so long after the one before it."""

    after_seconds: int
    who: tuple[TargetDraft, ...]
    via: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """A ladder."""

    id: str
    name: str
    steps: tuple[StepDraft, ...]
    rounds: int
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """An object that cannot be brought over, and why."""

    kind: Kind
    id: str
    name: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that an export means."""

    product: str
    """As the command calls it: `pagerduty`."""
    people: tuple[PersonDraft, ...] = ()
    teams: tuple[TeamDraft, ...] = ()
    schedules: tuple[ScheduleDraft, ...] = ()
    policies: tuple[PolicyDraft, ...] = ()
    unusable: tuple[Unusable, ...] = field(default=())
