"""Whatever somebody posts: an answer or `BadBody`, and no good alert lost."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.alerts.alert import Notification
from alertbridge.ingest import alertmanager, grafana, prometheus
from alertbridge.ingest.refusals import BadBody
from alertbridge.store.codec import digest

from .bodies import NOW, a_told_alert, a_webhook

PARSERS = [alertmanager.parse, grafana.parse, prometheus.parse]
WEBHOOKS = [alertmanager.parse, grafana.parse]

type_of_parser = Callable[[bytes, datetime], Notification]

texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    [
        "firing",
        "RESOLVED",
        "2026-11-22T09:27:00Z",
        "0001-01-01T00:00:00+08:00",
        "57c6d9296de2ad39",
        "1763800000",
        "__a__",
    ]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
fields = st.sampled_from(
    ["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint", "values", "valueString"]
)
alerts = st.dictionaries(fields, values | st.dictionaries(texts, leaves, max_size=4), max_size=9) | values
heads = st.dictionaries(
    st.sampled_from(["status", "receiver", "groupKey", "groupLabels", "truncatedAlerts", "externalURL", "orgId"]),
    values,
)
legacy = st.dictionaries(
    st.sampled_from(["ruleId", "ruleName", "state", "evalMatches", "tags", "orgId", "message", "ruleUrl"]),
    values | st.sampled_from(["alerting", "ok", "no_data"]),
)


def posted(value: object) -> bytes:
    return json.dumps(value).encode()


def taken_or_refused(parse: type_of_parser, body: bytes) -> Notification | None:
    """Parse, and use everything as the store would."""
    try:
        notification = parse(body, NOW)
    except BadBody:
        return None
    for alert in notification.alerts:
        assert alert.name
        assert alert.fingerprint
        assert len(digest(alert)) == 16
        assert alert.starts_at.utcoffset() is not None
        json.dumps([alert.labels, alert.annotations, alert.links, alert.value], ensure_ascii=False).encode()
    return notification


@pytest.mark.parametrize("parse", PARSERS)
@given(body=values.map(posted) | st.binary(max_size=60) | legacy.map(posted))
def test_any_body_is_taken_or_refused(parse: type_of_parser, body: bytes) -> None:
    taken_or_refused(parse, body)


@pytest.mark.parametrize("parse", WEBHOOKS)
@given(head=heads, before=st.lists(alerts, max_size=3), after=st.lists(alerts, max_size=3))
def test_a_good_alert_in_a_webhook_survives_everything_around_it(
    parse: type_of_parser, head: dict[str, Any], before: list[Any], after: list[Any]
) -> None:
    good = a_told_alert(labels={"alertname": "Good"}, fingerprint="feedfacefeedface")

    notification = taken_or_refused(parse, a_webhook(*before, good, *after, **head))

    assert notification is not None
    assert "feedfacefeedface" in [alert.fingerprint for alert in notification.alerts]
    assert len(notification.alerts) + len(notification.refused) == len(before) + 1 + len(after)


@given(before=st.lists(alerts, max_size=3), after=st.lists(alerts, max_size=3))
def test_a_good_alert_in_a_batch_survives_everything_around_it(before: list[Any], after: list[Any]) -> None:
    good = {"labels": {"alertname": "TestAlert", "instance": "Grafana"}}

    notification = taken_or_refused(prometheus.parse, posted([*before, good, *after]))

    assert notification is not None
    assert "57c6d9296de2ad39" in [alert.fingerprint for alert in notification.alerts]
    assert len(notification.alerts) + len(notification.refused) == len(before) + 1 + len(after)


@pytest.mark.parametrize("parse", WEBHOOKS)
@given(labels=st.dictionaries(texts, texts, min_size=1), order=st.randoms())
def test_the_order_of_labels_does_not_change_who_an_alert_is(
    parse: type_of_parser, labels: dict[str, str], order: Any
) -> None:
    names = list(labels)
    order.shuffle(names)
    bodies = [
        a_webhook(a_told_alert(labels=told, fingerprint=...))
        for told in (labels, {name: labels[name] for name in names})
    ]

    first, second = (parse(body, NOW).alerts[0] for body in bodies)

    assert first.fingerprint == second.fingerprint


told_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
told_alerts = st.fixed_dictionaries(
    {"labels": st.dictionaries(told_texts, told_texts, max_size=5)},
    optional={
        "status": st.sampled_from(["firing", "resolved"]),
        "annotations": st.dictionaries(told_texts, told_texts, max_size=5),
        "startsAt": st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        "endsAt": st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        "generatorURL": told_texts,
        "fingerprint": told_texts | st.just("57c6d9296de2ad39"),
        "values": st.none() | st.dictionaries(told_texts, st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        "valueString": told_texts,
        "panelURL": told_texts,
    },
)


@pytest.mark.parametrize("parse", PARSERS)
@given(told=st.lists(told_alerts, max_size=4))
def test_one_broken_alert_does_not_change_how_the_others_are_read(parse: type_of_parser, told: list[Any]) -> None:
    wrap = posted if parse is prometheus.parse else lambda alerts: a_webhook(*alerts)

    assert parse(wrap([*told, "broken"]), NOW).alerts == parse(wrap(told), NOW).alerts


def test_a_value_nested_beyond_reason_harms_only_itself() -> None:
    depth = 900
    nested = "[" * depth + "]" * depth
    body = a_webhook(a_told_alert(), a_told_alert(labels={"a": "@"})).replace(b'"@"', nested.encode())

    assert len(alertmanager.parse(body, NOW).alerts) == 2
