"""Escalation policies: who is called, in which order, and in which ways. Who that is at a time, schedules tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alertbridge.core.oncall.intervals import TimeInterval, holds
from alertbridge.core.severity import Severity


class Way(StrEnum):
    """How a person is reached, from the quietest to the loudest."""

    CARD = "card"
    """A mention in the group."""
    APP = "app"
    """A buzz in the app."""
    SMS = "sms"
    PHONE = "phone"


class TargetKind(StrEnum):
    """What stands for people in a step."""

    SCHEDULE = "schedule"
    """Who is on call."""
    SECONDARY = "secondary"
    """Who is on call by the schedule that is named as second to this one."""
    PERSON = "person"
    TEAM = "team"
    MANAGER = "manager"
    """Who leads a team."""
    ROUTE = "route"
    """The people that the incident's route names, and who is on call by its schedule."""
    FALLBACK = "fallback"
    """Who is called where there is nobody else."""


UNNAMED = frozenset({TargetKind.ROUTE, TargetKind.FALLBACK})
"""There is one of each: they have no name."""


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody to call, as a team file says it: `schedule:payments`, `fallback`."""

    kind: TargetKind
    name: str = ""
    """Key of the team file; "" for those that are `UNNAMED`."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


def parse_target(text: str) -> Target | None:
    """Read a target; None: it is none."""
    word, colon, name = (part.strip() for part in text.partition(":"))
    if word not in list(TargetKind):
        return None
    kind = TargetKind(word)
    if (kind in UNNAMED) is bool(colon) or bool(name) is not bool(colon):
        return None
    return Target(kind, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call: some people, in some ways."""

    after_seconds: int
    """Since the step before, or since the ladder began."""
    who: tuple[Target, ...]
    via: tuple[Way, ...]
    """In order: each is used; where one is refused, the next louder one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Other steps, for some severities, at some times. What is empty fits always."""

    steps: tuple[Step, ...]
    severities: frozenset[Severity] = frozenset()
    intervals: tuple[TimeInterval, ...] = ()

    def fits(self, severity: Severity, at: datetime) -> bool:
        """Whether these are the steps of a round that begins at `at`."""
        if self.severities and severity not in self.severities:
            return False
        return not self.intervals or holds(self.intervals, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A ladder. An incident keeps the copy it opened with."""

    name: str
    steps: tuple[Step, ...]
    rounds: int = 1
    """How often all steps are gone through."""
    ack_expires: Mapping[Severity, int] = field(default_factory=dict)
    """Seconds after which an acknowledgement does not count any more; a severity that is missing: never."""
    variants: tuple[Variant, ...] = ()

    def choose(self, severity: Severity, at: datetime) -> int | None:
        """Which variant gives the steps of a round that begins at `at`, the first that fits; None: its own steps do."""
        return next((number for number, one in enumerate(self.variants) if one.fits(severity, at)), None)

    def steps_of(self, variant: int | None) -> tuple[Step, ...]:
        """The steps of a round, by what `choose` said."""
        return self.steps if variant is None else self.variants[variant].steps

    def targets(self) -> Iterator[Target]:
        """Whoever may be called by it, at whatever time and severity; some more than once."""
        for steps in (self.steps, *(variant.steps for variant in self.variants)):
            for step in steps:
                yield from step.who

    def kept_in_app(self) -> "Policy":
        """The same ladder, without SMS and phone: who would be called so is buzzed in the app."""
        variants = tuple(replace(variant, steps=_in_app(variant.steps)) for variant in self.variants)
        return replace(self, steps=_in_app(self.steps), variants=variants)

    def expiry(self, severity: Severity, acknowledged_at: datetime) -> datetime | None:
        """When an acknowledgement ends; None: it stays."""
        seconds = self.ack_expires.get(severity, 0)
        return acknowledged_at + timedelta(seconds=seconds) if seconds else None


def _in_app(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    quiet = {Way.SMS: Way.APP, Way.PHONE: Way.APP}
    return tuple(replace(step, via=tuple(dict.fromkeys(quiet.get(way, way) for way in step.via))) for step in steps)
