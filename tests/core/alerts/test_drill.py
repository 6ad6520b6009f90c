"""Which alerts are drills, and what is said of how they went."""

import pytest

from alertbridge.core.alerts.drill import Drill, drill_of, result_of


@pytest.mark.parametrize(
    ("labels", "drill"),
    [
        ({"alertbridge_drill": "d-1"}, Drill(id="d-1")),
        ({"alertbridge_drill": "d-1", "alertbridge_drill_calls": "all"}, Drill(id="d-1", is_loud=True)),
        ({"alertbridge_drill": "d-1", "alertbridge_drill_calls": "some"}, Drill(id="d-1")),
        ({"alertbridge_drill": ""}, None),
        ({"alertbridge_drill": "no id"}, None),
        ({"alertname": "Drill"}, None),
    ],
)
def test_an_alert_says_by_a_label_that_it_is_a_drill(labels: dict[str, str], drill: Drill | None) -> None:
    assert drill_of(labels) == drill


@pytest.mark.parametrize(("said", "result"), [("7/8", (7, 8)), ("7", None), ("", None), ("a/8", None)])
def test_its_end_says_how_many_steps_were_on_time(said: str, result: tuple[int, int] | None) -> None:
    assert result_of({"alertbridge_drill_result": said}) == result
