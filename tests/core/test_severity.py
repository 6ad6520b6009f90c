"""Severities are words for people and order for decisions."""

import pytest

from alertbridge.core.severity import USUAL_SEVERITIES, Severity


def test_the_worst_of_several_severities_is_the_smallest() -> None:
    assert min(Severity.P3, Severity.P1, Severity.P4) is Severity.P1


def test_a_severity_is_written_as_people_say_it() -> None:
    assert [str(severity) for severity in Severity] == ["P1", "P2", "P3", "P4"]
    assert f"[{Severity.P1}]" == "[P1]"


@pytest.mark.parametrize(
    ("severity", "words"),
    [
        (Severity.P1, ["critical", "page", "p1"]),
        (Severity.P2, ["error", "high", "major", "p2"]),
        (Severity.P3, ["warning", "p3"]),
        (Severity.P4, ["info", "none", "low", "p4"]),
    ],
)
def test_the_usual_words_have_their_usual_meaning(severity: Severity, words: list[str]) -> None:
    assert {USUAL_SEVERITIES[word] for word in words} == {severity}
