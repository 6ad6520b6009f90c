import json
from datetime import UTC, datetime
from typing import Any

import pytest

from alertbridge.core.alerts.alert import AlertStatus, Source
from alertbridge.ingest import grafana, webhook
from alertbridge.ingest.refusals import BadBody
from alertbridge.store.codec import digest

from .bodies import NOW, a_told_alert, a_webhook, only, sample

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED

UNIFIED = ["grafana_firing", "grafana_resolved", "grafana_nodata", "grafana_test_notification"]


def a_legacy_body(**changes: Any) -> bytes:
    rule = {
        name: value
        for name, value in (json.loads(sample("grafana_legacy_alerting")) | changes).items()
        if value is not ...
    }
    return json.dumps(rule).encode()


@pytest.mark.parametrize("name", UNIFIED)
def test_every_unified_sample_takes_the_fast_path_and_keeps_what_was_told(name: str) -> None:
    body = sample(name)
    told = json.loads(body)

    notification = grafana.parse(body, NOW)

    assert webhook.decode(body) is not None
    assert notification.source is Source.GRAFANA
    assert notification.tenant == "1"
    assert notification.group == f"{told['receiver']}\n{told['groupKey']}"
    assert notification.refused == ()
    for alert, listed in zip(notification.alerts, told["alerts"], strict=True):
        assert (alert.status, alert.labels, alert.annotations) == (
            listed["status"],
            listed["labels"],
            listed["annotations"],
        )
        assert alert.fingerprint == listed["fingerprint"]
        assert alert.generator_url == listed["generatorURL"]
        assert alert.links.get("silence") == listed["silenceURL"]
        assert alert.starts_at.tzinfo is UTC


@pytest.mark.parametrize("name", UNIFIED)
def test_the_tolerant_path_reads_the_same_as_the_fast_one(name: str) -> None:
    body = sample(name)
    changed = body.replace(b'"orgId":1', b'"orgId":"1"').replace(b'"firing"', b'"Firing"').replace(b'"ok"', b"1")
    changed = changed.replace(b'"resolved"', b'"RESOLVED"')

    assert webhook.decode(changed) is None
    assert grafana.parse(changed, NOW) == grafana.parse(body, NOW)


def test_a_firing_alert_has_its_value_its_links_and_utc() -> None:
    first, second = grafana.parse(sample("grafana_firing"), NOW).alerts

    assert (first.value, second.value) == ("92.13", "95")
    assert first.links["image"] == "https://grafana.example/render/abc.png"
    assert set(second.links) == {"dashboard", "panel", "silence"}
    assert first.starts_at == datetime(2026, 6, 26, 10, 1, 30, tzinfo=UTC)


def test_a_series_that_vanished_says_so_and_has_no_value() -> None:
    first, second = grafana.parse(sample("grafana_resolved"), NOW).alerts

    assert first.value == "41"
    assert (second.value, second.annotations["grafana_state_reason"]) == ("", "MissingSeries")
    assert second.ends_at == datetime(2026, 6, 26, 10, 41, 30, tzinfo=UTC)


def test_no_data_is_named_after_the_rule_and_not_the_same_alert() -> None:
    alert = only(grafana.parse(sample("grafana_nodata"), NOW))

    assert alert.name == "DiskFull"
    assert alert.labels["alertname"] == "DatasourceNoData"
    assert set(alert.links) == {"silence"}


def test_the_test_button_is_recognised() -> None:
    notification = grafana.parse(sample("grafana_test_notification"), NOW)

    assert notification.is_test
    assert only(notification).value == "10"


@pytest.mark.parametrize(
    "labels",
    [
        {"alertname": "TestAlert", "instance": "Grafana", "grafana_folder": "Infra"},
        {"alertname": "TestAlert", "instance": "db-1"},
        {"alertname": "DiskFull", "instance": "Grafana"},
    ],
)
def test_a_rule_of_nearly_that_name_is_no_test(labels: dict[str, str]) -> None:
    assert not grafana.parse(a_webhook(a_told_alert(labels=labels)), NOW).is_test


def test_one_real_alert_makes_it_no_test() -> None:
    test = a_told_alert(labels={"alertname": "TestAlert", "instance": "Grafana"})

    assert grafana.parse(a_webhook(test, test), NOW).is_test
    assert not grafana.parse(a_webhook(test, a_told_alert()), NOW).is_test


@pytest.mark.parametrize(
    ("org", "tenant"),
    [(1, "1"), (0, "0"), ("1", "1"), (None, ""), (..., ""), (True, "true"), ("x" * 2_000, "x" * 1_023 + "…")],
)
def test_the_organisation_is_the_tenant(org: object, tenant: str) -> None:
    assert grafana.parse(a_webhook(a_told_alert(), orgId=org), NOW).tenant == tenant


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ({"values": {"A": 92.5, "C": 1}}, "92.5"),
        ({"values": {"A": None, "C": None}, "valueString": "free text"}, "free text"),
        ({"values": {}, "valueString": "[ var='A' labels={} value=3 ]"}, "3"),
        ({"values": None}, ""),
        ({"values": {"A": "12.50", "B": True, "C": "x", "D": None}}, "12.5"),
        ({"values": "12"}, ""),
        ({"valueString": 12}, "12"),
    ],
)
def test_the_value_is_what_was_measured(told: dict[str, Any], value: str) -> None:
    assert only(grafana.parse(a_webhook(a_told_alert(**told)), NOW)).value == value


def test_links_too_long_to_keep_are_left_out() -> None:
    told = a_told_alert(silenceURL="https://grafana.example/" + "x" * 5_000, panelURL="https://grafana.example/d/1")

    assert only(grafana.parse(a_webhook(told), NOW)).links == {"panel": "https://grafana.example/d/1"}


def test_an_embedded_image_is_not_kept() -> None:
    alert = only(grafana.parse(a_webhook(a_told_alert(embeddedImage="x" * 2**20)), NOW))

    assert alert == only(grafana.parse(a_webhook(a_told_alert()), NOW))


def test_a_legacy_alert_is_known_by_its_rule() -> None:
    notification = grafana.parse(sample("grafana_legacy_alerting"), NOW)
    alert = only(notification)

    assert (notification.source, notification.tenant, notification.group) == (Source.GRAFANA, "1", None)
    assert not notification.is_test
    assert (alert.fingerprint, alert.status, alert.starts_at, alert.ends_at) == ("rule-7", FIRING, NOW, None)
    assert alert.labels == {"alertname": "Zeta CPU alert", "severity": "warning", "team": "core"}
    assert alert.annotations == {"summary": "boom! <b>CPU</b> 过高"}
    assert alert.value == "97.0076"
    assert alert.links == {
        "dashboard": "https://grafana.example/d/hZ7BuVbWz/dash?tab=alert&viewPanel=2&orgId=1",
        "image": "https://grafana.example/img/1.png",
    }


def test_a_legacy_recovery_is_of_the_same_alert() -> None:
    alert = only(grafana.parse(sample("grafana_legacy_ok"), NOW))

    assert (alert.fingerprint, alert.status, alert.ends_at, alert.value) == ("rule-7", RESOLVED, NOW, "")


def test_legacy_no_data_is_a_problem_that_says_so() -> None:
    alert = only(grafana.parse(a_legacy_body(state="no_data"), NOW))

    assert alert.status is FIRING
    assert alert.annotations["grafana_state_reason"] == "NoData"
    assert digest(alert) != digest(only(grafana.parse(a_legacy_body(), NOW)))


@pytest.mark.parametrize("state", ["paused", "pending", "unknown", "else", None, 7])
def test_legacy_states_that_say_nothing_are_taken_and_ignored(state: object) -> None:
    notification = grafana.parse(a_legacy_body(state=state), NOW)

    assert (notification.alerts, notification.refused) == ((), ())


@pytest.mark.parametrize("rule_id", [0, 7008839925862512012])
@pytest.mark.parametrize("product", ["grafana", "Grafana"])
def test_the_legacy_test_button_is_recognised(rule_id: int, product: str) -> None:
    message = f"Someone is testing the alert notification within {product}."
    notification = grafana.parse(a_legacy_body(ruleId=rule_id, ruleName="Test notification", message=message), NOW)

    assert notification.is_test
    assert only(notification).fingerprint == f"rule-{rule_id}"


def test_oldest_legacy_names_are_understood() -> None:
    body = a_legacy_body(
        ruleUrl=..., imageUrl=..., rule_url="https://g.example/r", image_url="https://g.example/i", tags=None
    )
    alert = only(grafana.parse(body, NOW))

    assert alert.generator_url == "https://g.example/r"
    assert alert.links == {"dashboard": "https://g.example/r", "image": "https://g.example/i"}
    assert alert.labels == {"alertname": "Zeta CPU alert"}


def test_a_legacy_alert_can_be_nearly_empty() -> None:
    alert = only(grafana.parse(b'{"ruleId": 7, "state": "alerting", "evalMatches": null}', NOW))

    assert (alert.labels, alert.annotations, alert.links, alert.value) == ({}, {}, {}, "")
    assert alert.name == "rule-7"


def test_a_legacy_tag_cannot_rename_the_alert() -> None:
    alert = only(grafana.parse(a_legacy_body(tags={"alertname": "other", "level": 3}), NOW))

    assert alert.labels == {"alertname": "Zeta CPU alert", "level": "3"}


@pytest.mark.parametrize(
    "body", [b"{}", b'{"ruleId": 7}', b'{"state": "ok"}', b'{"ruleId": null, "state": "ok"}', b'"x"', b"[]", b"nothing"]
)
def test_what_is_neither_dialect_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        grafana.parse(body, NOW)
