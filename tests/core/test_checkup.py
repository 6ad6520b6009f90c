"""Findings carry words of the catalogue, and come to one exit code."""

import pytest

from alertbridge.core.checkup import Finding, Health, bad, exit_code, good, note, unknown

GOOD = good("store", "store")
NOTE = note("team", "team_none", "team_none")
BARE_NOTE = note("team", "team_warning", problem="line 3")
BAD = bad("store", "store_problem", "store_problem", what="it forgets", how="set appendonly yes")
UNKNOWN = unknown("people", "people_unknown", cause="no answer")


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([GOOD, NOTE, BARE_NOTE], 0),
        ([GOOD, BAD, UNKNOWN], 1),
        ([GOOD, UNKNOWN, NOTE], 2),
    ],
)
def test_what_has_to_be_mended_counts_before_what_is_not_known(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code


def test_a_finding_says_what_is_and_what_to_do_in_every_language() -> None:
    assert (
        Finding(
            name="store",
            health=Health.BAD,
            says={"zh": "存储不可靠：it forgets", "en": "The store cannot be relied on: it forgets"},
            mend={"zh": "改正：set appendonly yes", "en": "Mend: set appendonly yes"},
        )
        == BAD
    )
    assert NOTE.mend.keys() == {"zh", "en"}


def test_where_there_is_nothing_to_do_nothing_is_said() -> None:
    assert GOOD.mend == BARE_NOTE.mend == UNKNOWN.mend == {}
