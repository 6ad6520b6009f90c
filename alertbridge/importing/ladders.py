"""Escalation of other products as a ladder: who is called how long after whom, and how often all of it."""

from datetime import timedelta

from alertbridge.core.oncall.policy import Way
from alertbridge.core.text import age
from alertbridge.importing.draft import Kind, Note, PolicyDraft, StepDraft, TargetDraft, Unusable

_FIRST_WAYS = (Way.CARD, Way.APP)
_LATER_WAYS = (Way.APP, Way.PHONE)

MAX_ROUNDS = 20
"""More than any of the products offers."""

LONGEST_WAIT = 30 * 86400
"""Seconds; a team file takes no more."""


class LadderBuilder:
    """Collects the steps of one policy. Waits add up until somebody is called."""

    def __init__(self, id: str, name: str) -> None:  # noqa: A002
        self.id = id
        self.name = name
        self._steps: list[StepDraft] = []
        self._notes: list[Note] = []
        self._waited = 0

    def wait(self, seconds: int) -> None:
        """Let time pass before the next call, or after the last one."""
        self._waited = min(self._waited + max(seconds, 0), LONGEST_WAIT)

    def call(self, who: list[TargetDraft], *, is_urgent: bool | None = None) -> None:
        """Call somebody. Without a word on urgency, the first call is quieter than those after it."""
        if not who:
            return
        if self._steps and not self._waited:
            last = self._steps.pop()
            via = max(last.via, self._ways(is_urgent), key=lambda ways: Way.PHONE in ways)
            self._steps.append(
                StepDraft(after_seconds=last.after_seconds, who=tuple(dict.fromkeys((*last.who, *who))), via=via)
            )
            return
        step = StepDraft(after_seconds=self._waited, who=tuple(who), via=self._ways(is_urgent))
        self._steps.append(step)
        self._waited = 0

    def note(self, said: str, hint: str = "") -> None:
        """Say that something differs."""
        self._notes.append(Note(said, hint))

    def build(self, rounds: int, *, between_seconds: int | None = None) -> PolicyDraft | Unusable:
        """Return the policy. `between_seconds`: from the last call of a round to the first of the next one."""
        if not self._steps:
            notes = (*self._notes, Note("it calls nobody", "export it whole, or write it by hand"))
            return Unusable(kind=Kind.POLICY, id=self.id, name=self.name, notes=notes)
        if rounds > MAX_ROUNDS:
            self.note(f"it was repeated {rounds} times: here {MAX_ROUNDS} times")
            rounds = MAX_ROUNDS
        wait = self._waited if between_seconds is None else between_seconds
        here = max(self._steps[0].after_seconds, self._steps[-1].after_seconds) or 300
        if rounds > 1 and wait != here:
            there = f"{_spelt(wait)} after its last call" if wait else "right after its last call"
            said = f"it began anew {there}: here after {_spelt(here)}"
            self.note(said, "the longer `after` of its first and last step decides")
        return PolicyDraft(
            id=self.id, name=self.name, steps=tuple(self._steps), rounds=max(rounds, 1), notes=tuple(self._notes)
        )

    def _ways(self, is_urgent: bool | None) -> tuple[Way, ...]:
        if is_urgent is None:
            is_urgent = bool(self._steps)
        return _LATER_WAYS if is_urgent else _FIRST_WAYS


def _spelt(seconds: int) -> str:
    return age(timedelta(seconds=seconds))["en"]
