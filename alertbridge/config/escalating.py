"""How escalation policies and teams are written, and the policy of routes that name none."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from alertbridge.config.entry import Entry
from alertbridge.config.values import FieldError, Seconds, SeverityWord, Text, Written, one_of, read_seconds
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.policy import UNNAMED, Policy, Step, Target, TargetKind, Variant, Way, parse_target
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity

DEFAULT_POLICY: Final = Policy(
    name="",
    steps=(
        Step(after_seconds=0, who=(Target(TargetKind.ROUTE),), via=(Way.CARD, Way.APP)),
        Step(after_seconds=300, who=(Target(TargetKind.ROUTE), Target(TargetKind.FALLBACK)), via=(Way.CARD, Way.APP)),
    ),
    rounds=3,
    variants=(
        Variant(
            severities=frozenset({Severity.P3, Severity.P4}),
            steps=(Step(after_seconds=0, who=(Target(TargetKind.ROUTE),), via=(Way.CARD,)),),
        ),
    ),
)
"""Of routes that name none. SMS and phone calls cost money: they are only made where a policy asks for them."""

_MOST_ROUNDS: Final = 20


def _target(text: str) -> Target:
    target = parse_target(text)
    if target is None:
        word, colon, name = (part.strip() for part in text.partition(":"))
        forms = {kind.value: str(kind) if kind in UNNAMED else f"{kind}:{name or 'NAME'}" for kind in TargetKind}
        near = get_close_matches(word, list(forms), n=1)
        if near:
            hint = f"did you mean {forms[near[0]]!r}?"
        elif not colon:
            hint = f"write person:{word}, schedule:{word} or team:{word}"
        else:
            hint = f"write one of {', '.join(forms.values())}"
        raise FieldError(f"{text!r} names nobody to call", hint)
    return target


def _rounds(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= _MOST_ROUNDS:
        raise FieldError(f"{text!r} is no number of rounds", f"write 1 to {_MOST_ROUNDS}")
    return int(text)


TargetWord = Annotated[Target, Written(_target, {"type": "string", "examples": ["schedule:payments", "fallback"]})]
WayWord = Annotated[Way, one_of(Way)]
Rounds = Annotated[int, Written(_rounds, {"type": "integer", "minimum": 1, "maximum": _MOST_ROUNDS})]


class CrewEntry(Entry):
    """A team: people who are called together, and who leads them."""

    people: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Keys of `people`: `team:NAME` calls them all."""

    manager: Text | None = None
    """Key of `people`: `manager:NAME` calls them."""


class RolesEntry(Entry):
    """Who has which role from the start of an incident, beside its lead; of several people the first."""

    comms: TargetWord | None = None
    """Who tells everybody else: `schedule:NAME`, `person:KEY`, … as in a step. Default: nobody."""

    scribe: TargetWord | None = None
    """Who writes down what was seen and done."""

    def as_roles(self) -> dict[Role, Target]:
        """The same by role."""
        named = {Role.COMMS: self.comms, Role.SCRIBE: self.scribe}
        return {role: target for role, target in named.items() if target is not None}


class StepEntry(Entry):
    """One call: who, and how."""

    after_seconds: Seconds = Field(default=0, alias="after")
    """How long after the step before, if nobody has acknowledged. Default: 0s, which only the first step may have."""

    who: Annotated[tuple[TargetWord, ...], Field(min_length=1)]
    """`schedule:NAME`, `secondary:NAME`, `person:KEY`, `team:NAME`, `manager:NAME`, `route` or `fallback`."""

    via: Annotated[tuple[WayWord, ...], Field(min_length=1)] = (Way.CARD, Way.APP)
    """`card` (a mention), `app` (buzz), `sms`, `phone`: each of them, the quietest first. Default: card and app."""

    def as_step(self) -> Step:
        """The same as a value."""
        ways = tuple(way for way in Way if way in self.via)
        return Step(after_seconds=self.after_seconds, who=tuple(dict.fromkeys(self.who)), via=ways)


Steps = Annotated[tuple[StepEntry, ...], Field(min_length=1)]


def _wait_between(steps: tuple[StepEntry, ...]) -> None:
    for step in steps[1:]:
        if not step.after_seconds:
            message = "a step after the first waits: nobody can acknowledge in no time"
            raise FieldError(message, "give it `after: 5m`, or put its people into the step before").as_pydantic()


class VariantEntry(Entry):
    """Other steps, for some severities or times."""

    severities: tuple[SeverityWord, ...] = ()
    """For incidents of these severities. Default: all."""

    active_time_intervals: tuple[Text, ...] = ()
    """Names of `time_intervals`: for rounds that begin then. Default: always."""

    steps: Steps
    """Who is called in which order."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        _wait_between(self.steps)
        if not self.severities and not self.active_time_intervals:
            hint = "name `severities` or `active_time_intervals`, or write these steps as the policy's own"
            raise FieldError("this variant fits always, so the policy's own steps never count", hint).as_pydantic()
        return self


class AckExpiresEntry(Entry):
    """How long an acknowledgement counts without a sign of progress, by severity."""

    P1: Seconds = 0
    """For P1. Default: 0s, for ever."""

    P2: Seconds = 0
    """For P2."""

    P3: Seconds = 0
    """For P3."""

    P4: Seconds = 0
    """For P4."""

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            read_seconds(value)
        except FieldError as error:
            raise error.as_pydantic() from error
        return dict.fromkeys(("P1", "P2", "P3", "P4"), value)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = handler.resolve_ref_schema(handler(schema))
        described["type"] = ["object", "string"]
        return described

    def seconds(self) -> dict[Severity, int]:
        """The same by severity."""
        found = {severity: int(getattr(self, severity.name)) for severity in Severity}
        return {severity: seconds for severity, seconds in found.items() if seconds}


class PolicyEntry(Entry):
    """Who is called in which order, until somebody acknowledges."""

    steps: Steps
    """The steps of a round."""

    repeat: Rounds = 1
    """How many rounds there are in all. Default: 1."""

    ack_expires: AckExpiresEntry | None = None
    """After so long without a note or an update people are called again; also by severity. Default: never."""

    variants: tuple[VariantEntry, ...] = ()
    """Other steps, for some severities or times: the first that fits when a round begins."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        _wait_between(self.steps)
        return self

    def as_policy(self, name: str, intervals: Mapping[str, tuple[TimeInterval, ...]]) -> Policy:
        """The same as a value; `intervals` are those of the file."""
        return Policy(
            name=name,
            steps=tuple(step.as_step() for step in self.steps),
            rounds=self.repeat,
            ack_expires=self.ack_expires.seconds() if self.ack_expires else {},
            variants=tuple(
                Variant(
                    steps=tuple(step.as_step() for step in variant.steps),
                    severities=frozenset(variant.severities),
                    intervals=tuple(one for named in variant.active_time_intervals for one in intervals[named]),
                )
                for variant in self.variants
            ),
        )
