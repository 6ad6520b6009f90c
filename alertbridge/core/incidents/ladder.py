"""Where the escalation of one incident stands on the ladder of its policy: which step comes next, and when.

What makes it run, stop and begin anew is decided in `escalation`. The time of a step is counted from when the step
before was really called: after an outage the step that is due comes at once, and those after it in their turn.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.oncall.policy import Policy, Step
from alertbridge.core.severity import Severity

SHORTEST_WAIT = timedelta(minutes=5)
"""Before a round begins anew where its steps name no time, and for somebody who was asked to take over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Somebody wants the next step to be called at once."""

    by: OpenId | None
    reply_to: MessageId | None = None
    not_before: datetime | None = None
    """When it is tried again: nobody could be named; None: not tried yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """How far it went."""

    severity: Severity
    """The worst that it has taken into account."""
    reopened: int = 0
    """How often the incident had been reopened when it began."""
    times: int = 1
    """How often it has begun."""
    variant: int | None = None
    """Whose steps this round has: `Policy.choose`."""
    round: int = 1
    step: int = 0
    """Index of the step that is called next."""
    due_at: datetime | None
    """When it is; while the ladder stands still, when it would have been. None: all rounds are over."""
    is_running: bool = True
    foreseen: tuple[OpenId, ...] = ()
    """Whom the next step calls, as far as it is known."""
    order: Order | None = None


def begin(policy: Policy, severity: Severity, at: datetime, *, reopened: int, before: Ladder | None) -> Ladder:
    """Stand before the first step of the first round."""
    variant = policy.choose(severity, at)
    return Ladder(
        severity=severity,
        reopened=reopened,
        times=before.times + 1 if before else 1,
        variant=variant,
        due_at=at + timedelta(seconds=policy.steps_of(variant)[0].after_seconds),
    )


def at_its_turn(ladder: Ladder, policy: Policy, severity: Severity, at: datetime) -> Ladder:
    """The ladder as the next step is called at `at`: with its first step a round chooses its steps."""
    if ladder.due_at is None:
        again = begin(policy, severity, at, reopened=ladder.reopened, before=ladder)
        return replace(again, is_running=ladder.is_running, order=ladder.order)
    if ladder.step:
        return ladder
    return replace(ladder, variant=policy.choose(severity, at))


def advance(ladder: Ladder, policy: Policy, at: datetime) -> Ladder:
    """Stand before the step after the one that was called at `at`."""
    steps = policy.steps_of(ladder.variant)
    ladder = replace(ladder, order=None, foreseen=())
    if ladder.step + 1 < len(steps):
        after = timedelta(seconds=steps[ladder.step + 1].after_seconds)
        return replace(ladder, step=ladder.step + 1, due_at=at + after)
    if ladder.round >= policy.rounds:
        return replace(ladder, step=0, due_at=None)
    return replace(ladder, step=0, round=ladder.round + 1, due_at=at + _wait_of_round(steps))


def _wait_of_round(steps: tuple[Step, ...]) -> timedelta:
    """How long after its last step a round begins anew: as long as people had for that one, or for the first."""
    return timedelta(seconds=max(steps[0].after_seconds, steps[-1].after_seconds)) or SHORTEST_WAIT


def patience(ladder: Ladder, policy: Policy) -> timedelta:
    """How long somebody has, who was asked to take over, before the next step is called."""
    return timedelta(seconds=policy.steps_of(ladder.variant)[ladder.step].after_seconds) or SHORTEST_WAIT
