"""What nothing reads is reported, and so is a page that is missing."""

import pytest

from alertbridge.importing.answers import Answer
from tests.importing.planning import draft_of, planned

PD_PAGE = {"users": [{"id": "U1", "email": "a@example.com"}], "limit": 1, "offset": 0, "more": True}
OC_USER = {"id": "U1", "username": "ann", "email": "a@example.com"}
OC_PAGE = {"count": 2, "next": "http://x", "results": [OC_USER], "current_page_number": 1, "total_pages": 2}
OG_USER = {"id": "u1", "username": "a@example.com"}
OG_PAGE = {"data": [OG_USER], "paging": {"next": "http://x"}, "totalCount": 2}


def others(product: str, *answers: Answer) -> list[str]:
    return [one.name for one in draft_of(product, *answers).unusable]


@pytest.mark.parametrize(
    ("product", "answer", "said"),
    [
        ("pagerduty", {"users": [], "maintenance_windows": [{"id": "M1"}, {"id": "M2"}]}, "maintenance_windows (2)"),
        ("goalert", {"data": {"services": {"nodes": [{"id": "1", "name": "S"}]}}}, "services (1)"),
        ("opsgenie", {"data": [{"id": "i1", "name": "Webhook", "type": "API"}]}, "objects of other kinds (1)"),
        (
            "grafana-oncall",
            {"results": [{"id": "I1", "name": "AM", "type": "alertmanager"}]},
            "objects of other kinds (1)",
        ),
    ],
)
def test_what_nothing_reads_is_reported(product: str, answer: Answer, said: str) -> None:
    assert others(product, answer) == [said]


@pytest.mark.parametrize(
    ("product", "first", "second", "said"),
    [
        ("pagerduty", PD_PAGE, PD_PAGE | {"offset": 1, "more": False}, "users up to 1"),
        ("grafana-oncall", OC_PAGE, OC_PAGE | {"next": None, "current_page_number": 2}, "page 1 of 2"),
        (
            "opsgenie",
            OG_PAGE,
            OG_PAGE | {"data": [{"id": "u2", "username": "b@example.com"}], "paging": {}},
            "1 of 2 objects",
        ),
    ],
)
def test_a_page_that_is_missing_is_reported(product: str, first: Answer, second: Answer, said: str) -> None:
    assert others(product, first) == [said]
    assert others(product, first, second) == []


@pytest.mark.parametrize("product", ["pagerduty", "opsgenie", "grafana-oncall", "goalert"])
def test_nothing_of_a_whole_export_is_left_over(product: str) -> None:
    assert not [line for line in planned(product).lines if line.name.endswith(")")]
