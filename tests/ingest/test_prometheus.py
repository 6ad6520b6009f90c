import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertbridge.core.alerts.alert import AlertStatus, Source, fingerprint
from alertbridge.ingest import alertmanager, prometheus
from alertbridge.ingest.refusals import BadBody

from .bodies import NOW, ZERO, only, sample, samples

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED


def a_batch(*alerts: object) -> bytes:
    return json.dumps(alerts).encode()


def a_pushed_alert(**changes: Any) -> dict[str, Any]:
    """One alert as Prometheus pushes it, firing at `NOW`. A change to `...` leaves that key out."""
    alert = {
        "labels": {"alertname": "HighLatency", "job": "demo"},
        "annotations": {"summary": "slow"},
        "startsAt": "2026-11-22T09:29:00Z",
        "endsAt": "2026-11-22T09:33:00Z",
        "generatorURL": "http://prometheus.example/graph",
        **changes,
    }
    return {name: value for name, value in alert.items() if value is not ...}


@pytest.mark.parametrize("name", samples("prom_"))
def test_every_captured_batch_is_read_without_loss(name: str) -> None:
    body = sample(name)
    told = json.loads(body)

    notification = prometheus.parse(body, NOW, tenant="blue")

    assert (notification.source, notification.tenant, notification.group) == (Source.PROMETHEUS, "blue", None)
    assert (notification.group_labels, notification.truncated, notification.refused) == ({}, 0, ())
    for alert, pushed in zip(notification.alerts, told, strict=True):
        assert alert.fingerprint == fingerprint(pushed["labels"])
        assert alert.labels == pushed["labels"]
        assert alert.annotations == pushed.get("annotations", {})
        assert alert.starts_at == datetime.fromisoformat(pushed["startsAt"])
        assert alert.ends_at == datetime.fromisoformat(pushed["endsAt"])
        assert alert.generator_url == pushed["generatorURL"]


@pytest.mark.parametrize("name", samples("prom_"))
def test_the_tolerant_path_reads_the_same_as_the_fast_one(name: str) -> None:
    body = sample(name)
    changed = body[:-1] + b', "bad"]'

    tolerant = prometheus.parse(changed, NOW)

    assert tolerant.alerts == prometheus.parse(body, NOW).alerts
    assert len(tolerant.refused) == 1


def test_firing_and_resolved_are_one_alert_told_apart_by_its_end() -> None:
    at = datetime(2026, 11, 22, 9, 31, 4, 600_000, tzinfo=UTC)
    firing = only(prometheus.parse(sample("prom_firing"), at))
    resolved = only(prometheus.parse(sample("prom_resolved"), at))

    assert firing.fingerprint == resolved.fingerprint
    assert (firing.status, resolved.status) == (FIRING, RESOLVED)


def test_the_webhook_and_the_push_of_one_label_set_have_one_identity() -> None:
    alert = alertmanager.parse(sample("am_life1_firing"), NOW).alerts[0]

    assert only(prometheus.parse(a_batch(a_pushed_alert(labels=alert.labels)), NOW)).fingerprint == alert.fingerprint


@pytest.mark.parametrize(
    ("ends_at", "status"),
    [
        (NOW - timedelta(hours=1), RESOLVED),
        (NOW, RESOLVED),
        (NOW + prometheus.SKEW, RESOLVED),
        (NOW + prometheus.SKEW + timedelta(microseconds=1), FIRING),
        (NOW + timedelta(minutes=4), FIRING),
    ],
)
def test_an_end_that_has_come_resolves_and_a_slow_clock_of_ours_is_tolerated(
    ends_at: datetime, status: AlertStatus
) -> None:
    body = a_batch(a_pushed_alert(startsAt="2026-11-22T08:00:00Z", endsAt=ends_at.isoformat()))

    alert = only(prometheus.parse(body, NOW))

    assert (alert.status, alert.ends_at) == (status, ends_at)


@pytest.mark.parametrize("ends_at", [..., None, "", ZERO])
def test_an_alert_without_an_end_fires_until_the_resolve_timeout(ends_at: object) -> None:
    alert = only(prometheus.parse(a_batch(a_pushed_alert(endsAt=ends_at)), NOW))

    assert (alert.status, alert.ends_at) == (FIRING, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("starts_at", [..., None, "", ZERO])
@pytest.mark.parametrize(
    ("ends_at", "expected"),
    [
        (..., NOW),
        ("2026-11-22T09:40:00Z", NOW),
        ("2026-11-22T09:20:00Z", datetime(2026, 11, 22, 9, 20, tzinfo=UTC)),
    ],
)
def test_an_unknown_start_is_now_or_the_end(starts_at: object, ends_at: object, expected: datetime) -> None:
    body = a_batch(a_pushed_alert(startsAt=starts_at, endsAt=ends_at))

    assert only(prometheus.parse(body, NOW)).starts_at == expected


@pytest.mark.parametrize("starts_at", ["2026-11-22T17:29:00.123456789+08:00", "2026-11-22T09:29:00.123456789Z"])
def test_the_old_api_with_nanoseconds_is_the_same_shape(starts_at: str) -> None:
    alert = only(prometheus.parse(a_batch(a_pushed_alert(startsAt=starts_at)), NOW))

    assert alert.starts_at == datetime(2026, 11, 22, 9, 29, 0, 123457, tzinfo=UTC)


def test_a_leap_second_is_a_time() -> None:
    alert = only(prometheus.parse(a_batch(a_pushed_alert(startsAt="2026-11-22T09:28:60Z")), NOW))

    assert alert.starts_at == datetime(2026, 11, 22, 9, 28, 59, tzinfo=UTC)


def test_good_alerts_survive_bad_ones_and_the_reasons_say_where_and_how_to_mend() -> None:
    body = a_batch(
        a_pushed_alert(labels={}),
        a_pushed_alert(labels={"alertname": ""}),
        a_pushed_alert(endsAt="2026-11-22T09:28:59Z"),
        a_pushed_alert(),
        a_pushed_alert(labels=...),
        a_pushed_alert(labels=None),
        a_pushed_alert(labels="x"),
        a_pushed_alert(startsAt="yesterday"),
        a_pushed_alert(endsAt=True),
        "text",
    )

    notification = prometheus.parse(body, NOW)

    assert [alert.name for alert in notification.alerts] == ["HighLatency"]
    nameless = 'it has no label with a value. Send at least {"labels": {"alertname": "…"}}.'
    assert notification.refused == (
        f"alerts[0]: {nameless}",
        f"alerts[1]: {nameless}",
        "alerts[2]: `endsAt` is before `startsAt`. Leave `endsAt` out while the alert fires.",
        f"alerts[4]: {nameless}",
        f"alerts[5]: {nameless}",
        'alerts[6]: `labels` is a text or a number; send an object such as {"alertname": "DiskFull"}.',
        "alerts[7]: `startsAt` is not a time. Write it like 2026-11-22T09:27:00Z, or leave it out.",
        "alerts[8]: `endsAt` is not a time. Write it like 2026-11-22T09:27:00Z, or leave it out.",
        "alerts[9]: it is a text or a number; an alert is an object with `labels`.",
    )


def test_the_fast_path_refuses_one_alert_too() -> None:
    notification = prometheus.parse(a_batch(a_pushed_alert(labels={}), a_pushed_alert()), NOW)

    assert (len(notification.alerts), len(notification.refused)) == (1, 1)


def test_an_end_at_the_start_is_allowed() -> None:
    alert = only(prometheus.parse(a_batch(a_pushed_alert(endsAt="2026-11-22T09:29:00Z")), NOW))

    assert alert.status is RESOLVED


def test_numbers_as_values_become_text_and_empty_labels_do_not_count() -> None:
    alert = only(prometheus.parse(a_batch(a_pushed_alert(labels={"alertname": "A", "code": 500, "team": ""})), NOW))

    assert alert.labels == {"alertname": "A", "code": "500"}
    assert alert.fingerprint == fingerprint({"alertname": "A", "code": "500"})


def test_grafanas_private_labels_are_hidden_and_its_value_is_kept() -> None:
    labels = {"alertname": "DiskFull", "__alert_rule_uid__": "abc"}
    annotations = {
        "__orgId__": "1",
        "__value_string__": "[ var='A' labels={host=db-1} value=92.13 ]",
        "summary": "full",
    }

    alert = only(prometheus.parse(a_batch(a_pushed_alert(labels=labels, annotations=annotations)), NOW))

    assert (alert.labels, alert.annotations) == ({"alertname": "DiskFull"}, {"summary": "full"})
    assert alert.fingerprint == fingerprint(labels)
    assert alert.value == "92.13"


def test_an_empty_batch_is_fine() -> None:
    assert prometheus.parse(b"[]", NOW).alerts == ()


@pytest.mark.parametrize("body", [sample("am_life1_firing"), sample("grafana_firing")])
def test_a_webhook_is_shown_the_way(body: bytes) -> None:
    with pytest.raises(BadBody, match="/webhooks/alertmanager or /webhooks/grafana"):
        prometheus.parse(body, NOW)


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"1", b"null", b"[" * 200_000])
def test_what_is_no_array_of_alerts_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        prometheus.parse(body, NOW)


def test_a_batch_survives_the_way_to_another_process() -> None:
    notification = prometheus.parse(sample("prom_batch_two_rules"), NOW)

    assert pickle.loads(pickle.dumps(notification)) == notification
