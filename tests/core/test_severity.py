"""Severities are words for people and order for decisions."""

import pytest

from alertbridge.core.severity import USUAL_SEVERITIES, Severity


def test_the_worst_of_several_severities_is_the_smallest() -> None:
    assert min(Severity.P3, Severity.P1, Severity.P4) is Severity.P1


def test_a_severity_is_written_as_people_say_it() -> None:
    assert [str(severity) for severity in Severity] == ["P1", "P2", "P3", "P4"]
    assert f"[{Severity.P1}]" == "[P1]"


@pytest.mark.parametrize(
    ("word", "severity"),
    [("critical", "P1"), ("page", "P1"), ("p1", "P1"), ("error", "P2"), ("high", "P2"), ("major", "P2")]
    + [("warning", "P3"), ("info", "P4"), ("none", "P4"), ("low", "P4")],
)
def test_the_usual_words_have_their_usual_meaning(word: str, severity: str) -> None:
    assert str(USUAL_SEVERITIES[word]) == severity
