from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.alert import Alert, AlertStatus, fingerprint

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
label_sets = st.dictionaries(texts, texts, max_size=8)


def an_alert(
    labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None, **changes: Any
) -> Alert:
    alert = Alert(
        fingerprint="57c6d9296de2ad39",
        status=AlertStatus.FIRING,
        labels=dict({"alertname": "DiskFull"} if labels is None else labels),
        annotations=dict(annotations or {}),
        starts_at=NOW,
        ends_at=None,
    )
    return replace(alert, **changes)


def shuffled(pairs: Mapping[str, str]) -> dict[str, str]:
    return dict(list(pairs.items())[::-1])


def test_the_fingerprint_is_the_one_that_prometheus_computes() -> None:
    assert fingerprint({"alertname": "TestAlert", "instance": "Grafana"}) == "57c6d9296de2ad39"


def test_the_fingerprint_of_labels_outside_ascii_counts_utf_8_bytes() -> None:
    labels = {"alertname": "NodeDown", "instance": "10.1.0.1:9100", "job": "node", "k8s.io/name": "web"}
    labels |= {"severity": "critical", "t": "utf8", "城市": "上海"}

    assert fingerprint(labels) == "742760941df2e773"


def test_no_labels_have_the_fingerprint_of_nothing() -> None:
    assert fingerprint({}) == "cbf29ce484222325"


def test_labels_without_a_value_do_not_count_for_the_fingerprint() -> None:
    assert fingerprint({"alertname": "DiskFull", "team": ""}) == fingerprint({"alertname": "DiskFull"})


def test_long_labels_have_a_fingerprint_too() -> None:
    assert fingerprint({"alertname": "x" * 2_000}) != fingerprint({"alertname": "x" * 2_001})


@given(label_sets)
def test_the_order_of_labels_does_not_change_the_fingerprint(labels: dict[str, str]) -> None:
    assert fingerprint(shuffled(labels)) == fingerprint(labels)


@pytest.mark.parametrize(
    ("labels", "annotations", "name"),
    [
        ({"alertname": "DiskFull"}, {"summary": "full"}, "DiskFull"),
        ({"alertname": "DatasourceNoData", "rulename": "DiskFull"}, {}, "DiskFull"),
        ({"alertname": "DatasourceError", "rulename": "DiskFull"}, {}, "DiskFull"),
        ({"alertname": "DatasourceError"}, {}, "DatasourceError"),
        ({"alertname": "DiskFull", "rulename": "other"}, {}, "DiskFull"),
        ({"job": "node"}, {"summary": "full"}, "full"),
        ({"job": "node", "host": "db-1"}, {}, "host=db-1, job=node"),
        ({}, {}, "57c6d9296de2ad39"),
    ],
)
def test_every_alert_has_a_name(labels: dict[str, str], annotations: dict[str, str], name: str) -> None:
    assert an_alert(labels, annotations).name == name


def test_an_alert_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        an_alert().value = "1"  # type: ignore[misc]
