"""When an alert counts as changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.store.codec import digest
from tests import builders
from tests.builders import T

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
label_sets = st.dictionaries(texts, texts, max_size=8)


def an_alert(labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None) -> Alert:
    return replace(builders.an_alert(), labels=dict(labels or {}), annotations=dict(annotations or {}))


def shuffled(pairs: Mapping[str, str]) -> dict[str, str]:
    return dict(list(pairs.items())[::-1])


@given(label_sets)
def test_the_order_of_labels_does_not_change_the_digest(labels: dict[str, str]) -> None:
    assert digest(an_alert(shuffled(labels), shuffled(labels))) == digest(an_alert(labels, labels))


@given(label_sets, label_sets, label_sets, label_sets)
def test_two_digests_are_equal_only_when_people_would_see_the_same(
    labels: dict[str, str], annotations: dict[str, str], other_labels: dict[str, str], other_annotations: dict[str, str]
) -> None:
    is_same = (labels, annotations) == (other_labels, other_annotations)

    assert (digest(an_alert(labels, annotations)) == digest(an_alert(other_labels, other_annotations))) == is_same


@pytest.mark.parametrize(
    "change",
    [
        {"status": AlertStatus.RESOLVED},
        {"labels": {"alertname": "DiskFull", "team": "web"}},
        {"annotations": {"summary": "full"}},
        {"generator_url": "https://prometheus.example/graph"},
    ],
)
def test_the_digest_changes_with_what_people_see(change: dict[str, Any]) -> None:
    assert digest(replace(an_alert(), **change)) != digest(an_alert())


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": T + timedelta(seconds=5)},
        {"ends_at": T + timedelta(minutes=4)},
        {"value": "92.13"},
        {"links": {"panel": "https://grafana.example/d/abcd?to=1782475290000"}},
    ],
)
def test_a_refresh_does_not_change_the_digest(change: dict[str, Any]) -> None:
    assert digest(replace(an_alert(), **change)) == digest(an_alert())


def test_a_separator_inside_a_text_cannot_make_two_alerts_look_alike() -> None:
    first = an_alert({"a": "b\0c\0d"})
    second = an_alert({"a": "b", "c": "d"})
    third = an_alert({"a\0b": "c", "d": ""})

    assert len({digest(first), digest(second), digest(third)}) == 3


def test_a_digest_is_short() -> None:
    assert len(digest(an_alert(annotations={"summary": "x" * 4_000}))) == 16
