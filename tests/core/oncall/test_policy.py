"""A policy says which steps a round has, and how long an acknowledgement counts."""

from datetime import UTC, datetime, timedelta

import pytest

from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Variant, Way, parse_target
from alertbridge.core.severity import Severity

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STEP = Step(after_seconds=0, who=(Target(TargetKind.SCHEDULE, "payments"),), via=(Way.CARD, Way.APP))
LOUD = Step(after_seconds=60, who=(Target(TargetKind.FALLBACK),), via=(Way.PHONE,))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("schedule:payments", Target(TargetKind.SCHEDULE, "payments")),
        ("person: dave", Target(TargetKind.PERSON, "dave")),
        ("fallback", Target(TargetKind.FALLBACK)),
        ("route", Target(TargetKind.ROUTE)),
        ("fallback:x", None),
        ("schedule", None),
        ("team:", None),
        ("dave", None),
        ("", None),
    ],
)
def test_targets_are_read_from_their_words(text: str, target: Target | None) -> None:
    assert parse_target(text) == target


def test_a_target_is_written_as_it_is_read() -> None:
    assert str(Target(TargetKind.MANAGER, "payments")) == "manager:payments"
    assert str(Target(TargetKind.FALLBACK)) == "fallback"


def test_the_first_variant_that_fits_gives_the_steps_of_a_round() -> None:
    noon = TimeInterval(times=((12 * 60, 13 * 60),))
    policy = Policy(
        name="p",
        steps=(STEP,),
        variants=(
            Variant(steps=(LOUD,), severities=frozenset({Severity.P1}), intervals=(noon,)),
            Variant(steps=(STEP, LOUD), severities=frozenset({Severity.P1})),
        ),
    )

    assert policy.choose(Severity.P1, NOON) == 0
    assert policy.choose(Severity.P1, NOON + timedelta(hours=1)) == 1
    assert policy.choose(Severity.P2, NOON) is None
    assert [policy.steps_of(variant) for variant in (0, 1, None)] == [(LOUD,), (STEP, LOUD), (STEP,)]


def test_a_variant_without_severities_fits_all_of_them() -> None:
    policy = Policy(name="p", steps=(STEP,), variants=(Variant(steps=(LOUD,)),))

    assert policy.choose(Severity.P4, NOON) == 0


def test_an_acknowledgement_ends_where_the_severity_says_when() -> None:
    policy = Policy(name="p", steps=(STEP,), ack_expires={Severity.P1: 1800})

    assert policy.expiry(Severity.P1, NOON) == NOON + timedelta(minutes=30)
    assert policy.expiry(Severity.P2, NOON) is None


def test_a_ladder_that_is_kept_in_the_app_has_the_same_steps_without_sms_and_phone() -> None:
    both = Step(after_seconds=60, who=LOUD.who, via=(Way.CARD, Way.SMS, Way.PHONE))
    policy = Policy(name="p", steps=(STEP, LOUD), rounds=3, variants=(Variant(steps=(both,)),))

    quiet = policy.kept_in_app()

    assert [step.via for step in quiet.steps] == [(Way.CARD, Way.APP), (Way.APP,)]
    assert [step.via for step in quiet.variants[0].steps] == [(Way.CARD, Way.APP)]
    assert [step.after_seconds for step in quiet.steps] == [0, 60]
    assert (quiet.name, quiet.rounds) == ("p", 3)


def test_all_whom_a_policy_may_call_are_known() -> None:
    policy = Policy(name="p", steps=(STEP,), variants=(Variant(steps=(LOUD, STEP)),))

    assert list(policy.targets()) == [*STEP.who, *LOUD.who, *STEP.who]
