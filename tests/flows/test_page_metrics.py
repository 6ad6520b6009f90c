"""What is counted of calls to people."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from alertbridge.core.chats.action import Buzz, PageAction, PageDirectly
from alertbridge.core.chats.outcome import AnswerLost, Buzzed, BuzzRefused, Failed, Gathered, Hurdle, Outcome, Sent
from alertbridge.core.ids import MessageId
from alertbridge.core.oncall.policy import Way
from alertbridge.flows.metrics import count_lateness, count_page
from tests.builders import ALICE, BOB, CARD, T, a_settled_incident, seconds_after, wanted_of

BUZZ = Buzz(message=CARD, people=(ALICE, BOB), way=Way.SMS, cause="step")


def a_direct_message() -> PageDirectly:
    view = wanted_of(a_settled_incident()).card
    assert view is not None
    return PageDirectly(person=ALICE, uuid="u", view=view, version=1, cause="step")


def counted(outcome: str, way: str) -> float:
    return REGISTRY.get_sample_value("alertbridge_pages_total", {"way": way, "outcome": outcome}) or 0.0


def lateness() -> tuple[float, float]:
    names = ("alertbridge_page_late_seconds_count", "alertbridge_page_late_seconds_sum")
    count, total = (REGISTRY.get_sample_value(name) or 0.0 for name in names)
    return count, total


@pytest.mark.parametrize(
    ("action", "outcome", "way", "called", "refused", "lost"),
    [
        (BUZZ, Buzzed(), "sms", 2, 0, 0),
        (BUZZ, Buzzed(outside=frozenset({BOB})), "sms", 1, 1, 0),
        (BUZZ, BuzzRefused(why=Hurdle.QUOTA, cause="no"), "sms", 0, 2, 0),
        (BUZZ, AnswerLost(cause="timeout"), "sms", 0, 0, 2),
        (BUZZ, Failed(cause="busy"), "sms", 0, 0, 0),
        (a_direct_message(), Sent(message=MessageId("om_1"), form="interactive"), "direct", 1, 0, 0),
    ],
)
def test_calls_are_counted_by_what_came_of_them(
    action: PageAction, outcome: Outcome, way: str, called: int, refused: int, lost: int
) -> None:
    before = [counted(name, way) for name in ("called", "refused", "lost")]

    assert len(count_page(action, outcome)) == called

    after: list[Any] = [counted(name, way) for name in ("called", "refused", "lost")]
    assert [new - old for new, old in zip(after, before, strict=True)] == [called, refused, lost]


def test_who_is_called_together_with_other_incidents_is_counted_as_gathered() -> None:
    gathered, called = counted("gathered", "sms"), counted("called", "sms")

    assert count_page(BUZZ, Gathered(people=frozenset({ALICE}), rest=Buzzed())) == {BOB}
    assert count_page(BUZZ, Gathered(people=frozenset({ALICE, BOB}))) == frozenset()

    assert (counted("gathered", "sms"), counted("called", "sms")) == (gathered + 3, called + 1)


def test_how_late_somebody_was_called_is_measured_from_when_it_was_due() -> None:
    count, total = lateness()

    count_lateness((T, seconds_after(5)), seconds_after(3))

    assert lateness() == (count + 2, total + 3)
