import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertbridge.core.alerts.alert import AlertStatus, Source, fingerprint
from alertbridge.ingest import alertmanager, webhook
from alertbridge.ingest.refusals import MOST_ALERTS, BadBody

from .bodies import NOW, ZERO, a_told_alert, a_webhook, only, sample, samples

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED


@pytest.mark.parametrize("name", samples("am_"))
def test_every_captured_message_is_read_without_loss(name: str) -> None:
    body = sample(name)
    told = json.loads(body)

    notification = alertmanager.parse(body, NOW)

    assert webhook.decode(body) is not None, "a real message takes the fast path"
    assert notification.source is Source.ALERTMANAGER
    assert notification.tenant == ""
    assert notification.refused == ()
    assert notification.group == f"{told['receiver']}\n{told['groupKey']}"
    assert notification.group_labels == told["groupLabels"]
    assert notification.external_url == told["externalURL"]
    assert notification.truncated == told["truncatedAlerts"]
    assert not notification.is_test
    for alert, listed in zip(notification.alerts, told["alerts"], strict=True):
        assert alert.status == listed["status"]
        assert alert.labels == listed["labels"]
        assert alert.annotations == {name: text for name, text in listed["annotations"].items() if text}
        assert alert.generator_url == listed["generatorURL"]
        assert alert.fingerprint == listed["fingerprint"] == fingerprint(listed["labels"])
        assert abs(alert.starts_at - datetime.fromisoformat(listed["startsAt"])) <= timedelta(microseconds=1)
        assert alert.starts_at.tzinfo is UTC
        assert (alert.ends_at is None) == (listed["endsAt"] == ZERO)


@pytest.mark.parametrize("name", samples("am_"))
def test_the_tolerant_path_reads_the_same_as_the_fast_one(name: str) -> None:
    body = sample(name)
    told = json.loads(body)
    told["alerts"] = [alert | {"status": alert["status"].upper()} for alert in told["alerts"]]
    changed = json.dumps(told).encode()

    assert webhook.decode(changed) is None
    assert alertmanager.parse(changed, NOW) == alertmanager.parse(body, NOW)


def test_an_alert_that_fires_again_keeps_its_identity_and_group() -> None:
    first = alertmanager.parse(sample("am_life1_firing"), NOW)
    again = alertmanager.parse(sample("am_life5_refired"), NOW)

    assert again.group == first.group
    assert again.alerts[0].fingerprint == first.alerts[0].fingerprint
    assert again.alerts[0].starts_at > first.alerts[0].starts_at


def test_each_alert_has_its_own_state_whatever_the_group_says() -> None:
    partly = alertmanager.parse(sample("am_life3_partly_resolved"), NOW)
    truncated = alertmanager.parse(sample("am_truncated_status_lies"), NOW)

    assert {alert.status for alert in partly.alerts} == {FIRING, RESOLVED}
    assert truncated.truncated == 1


def test_an_offset_and_nine_fraction_digits_become_utc() -> None:
    alert = alertmanager.parse(sample("am_timezone_nanoseconds"), NOW).alerts[0]

    assert alert.starts_at == datetime(2026, 11, 22, 8, 0, 0, 123457, tzinfo=UTC)


def test_an_alert_without_alertname_is_an_alert() -> None:
    alerts = alertmanager.parse(sample("am_default_route_ungrouped"), NOW).alerts

    assert any("alertname" not in alert.labels and alert.name for alert in alerts)


@pytest.mark.parametrize(
    ("change", "status", "ends_at"),
    [
        ({"status": "firing"}, FIRING, None),
        ({"status": "firing", "endsAt": "2026-11-22T09:00:00Z"}, FIRING, None),
        ({"status": "firing", "endsAt": "2026-11-22T10:00:00Z"}, FIRING, None),
        ({"status": "FIRING"}, FIRING, None),
        ({"status": "alerting"}, FIRING, None),
        ({"status": "Resolved", "endsAt": "2026-11-22T09:29:00Z"}, RESOLVED, datetime(2026, 11, 22, 9, 29, tzinfo=UTC)),
        ({"status": "ok"}, RESOLVED, NOW),
        ({"status": "resolved"}, RESOLVED, NOW),
        ({"status": "resolved", "endsAt": ...}, RESOLVED, NOW),
        ({"status": ..., "endsAt": "2026-11-22T09:30:00Z"}, RESOLVED, NOW),
        ({"status": ..., "endsAt": "2026-11-22T09:30:01Z"}, FIRING, None),
        ({"status": ...}, FIRING, None),
        ({"status": None}, FIRING, None),
        ({"status": "suppressed"}, FIRING, None),
        ({"status": 7}, FIRING, None),
        ({"status": "inactive", "endsAt": "2026-11-22T09:30:00Z"}, RESOLVED, NOW),
    ],
)
def test_the_state_is_the_alerts_own_else_follows_from_its_end(
    change: dict[str, Any], status: AlertStatus, ends_at: datetime | None
) -> None:
    alert = only(alertmanager.parse(a_webhook(a_told_alert(**change)), NOW))

    assert (alert.status, alert.ends_at) == (status, ends_at)


@pytest.mark.parametrize("told", ["resolved", "RESOLVED"])
def test_an_alert_that_says_nothing_of_its_state_has_the_groups(told: str) -> None:
    body = a_webhook(a_told_alert(status=..., endsAt=...), status=told)

    assert only(alertmanager.parse(body, NOW)).status is RESOLVED


def test_a_truncated_groups_status_counts_for_nobody() -> None:
    body = a_webhook(a_told_alert(status=..., endsAt=...), status="resolved", truncatedAlerts=2)

    assert only(alertmanager.parse(body, NOW)).status is FIRING


@pytest.mark.parametrize("starts_at", [..., None, "", ZERO, "yesterday", "9999-12-31T23:59:59-08:00", 0, True, [], {}])
def test_an_unknown_start_is_the_time_of_arrival(starts_at: object) -> None:
    assert only(alertmanager.parse(a_webhook(a_told_alert(startsAt=starts_at)), NOW)).starts_at == NOW


def test_an_unknown_start_is_not_after_the_end() -> None:
    body = a_webhook(a_told_alert(status="resolved", startsAt=..., endsAt="2026-11-22T09:00:00Z"))

    assert only(alertmanager.parse(body, NOW)).starts_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "identity", [..., None, "", "xyz", "57c6d9296de2ad3", "57c6d9296de2ad3g", "0x7c6d9296de2ad3", 5]
)
def test_a_missing_or_broken_fingerprint_is_computed(identity: object) -> None:
    body = a_webhook(
        a_told_alert(fingerprint=identity, labels={"alertname": "TestAlert", "instance": "Grafana", "a": ""})
    )

    assert only(alertmanager.parse(body, NOW)).fingerprint == "57c6d9296de2ad39"


def test_a_fingerprint_in_capitals_is_the_same_fingerprint() -> None:
    assert only(alertmanager.parse(a_webhook(a_told_alert(fingerprint="ABCDEF0123456789")), NOW)).fingerprint == (
        "abcdef0123456789"
    )


def test_values_that_are_no_texts_become_texts_as_they_were_written() -> None:
    body = a_webhook(a_told_alert(labels={"alertname": "Labels"}), "@").replace(
        b'"@"',
        b'{"labels": {"a": 1, "b": 0.10, "c": true, "d": false, "e": null, "f": [1, "x"], "g": NaN, "h": "\xe4"}}',
    )

    alert = alertmanager.parse(body, NOW).alerts[1]

    assert alert.labels == {
        "a": "1", "b": "0.10", "c": "true", "d": "false", "f": '["1", "x"]', "g": "NaN", "h": "�",
    }  # fmt: skip


def test_lone_surrogates_become_replacement_characters() -> None:
    body = a_webhook(a_told_alert(labels={"alertname": "x\ud800y", "\udc00": "😀"}, fingerprint=...))

    alert = only(alertmanager.parse(body, NOW))

    assert alert.labels == {"alertname": "x�y", "�": "😀"}
    assert alert.fingerprint == fingerprint(alert.labels)


def test_a_byte_order_mark_and_raw_line_breaks_in_texts_do_no_harm() -> None:
    body = b"\xef\xbb\xbf" + a_webhook(a_told_alert(annotations={"summary": "@"})).replace(b"@", b"a\nb")

    assert only(alertmanager.parse(body, NOW)).annotations == {"summary": "a\nb"}


@pytest.mark.parametrize("missing", [..., None])
def test_nothing_but_labels_is_needed(missing: object) -> None:
    alert = {"labels": {"alertname": "DiskFull"}, "annotations": missing, "generatorURL": missing, "startsAt": missing}
    body = a_webhook(
        {name: value for name, value in alert.items() if value is not ...},
        **dict.fromkeys(
            ["version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels"], missing
        ),
        **dict.fromkeys(["commonAnnotations", "externalURL"], missing),
        numFiring=1,
    )

    notification = alertmanager.parse(body, NOW)

    assert only(notification).labels == {"alertname": "DiskFull"}
    assert (notification.group, notification.group_labels, notification.truncated) == (None, {}, 0)


def test_an_alert_with_only_annotations_is_an_alert() -> None:
    alert = only(alertmanager.parse(a_webhook({"labels": None, "annotations": {"summary": "help"}}), NOW))

    assert alert.name == "help"


@pytest.mark.parametrize(
    ("told", "kept"),
    [("disk full", {"summary": "disk full"}), (7, {"summary": "7"}), (None, {}), ([], {"summary": "[]"})],
)
def test_annotations_that_are_one_text_are_the_summary(told: object, kept: dict[str, str]) -> None:
    assert only(alertmanager.parse(a_webhook(a_told_alert(annotations=told)), NOW)).annotations == kept


def test_good_alerts_survive_bad_ones_and_the_reasons_say_where_and_how_to_mend() -> None:
    body = a_webhook("text", a_told_alert(), None, a_told_alert(labels=["a"]), {}, True, [])

    notification = alertmanager.parse(body, NOW)

    assert [alert.name for alert in notification.alerts] == ["DiskFull"]
    assert notification.refused == (
        "alerts[0]: it is a text or a number; an alert is an object with `labels`.",
        "alerts[2]: it is null; an alert is an object with `labels`.",
        'alerts[3]: `labels` is an array; send an object such as {"alertname": "DiskFull"}.',
        'alerts[4]: it has neither labels nor annotations. Send at least {"labels": {"alertname": "…"}}.',
        "alerts[5]: it is a boolean; an alert is an object with `labels`.",
        "alerts[6]: it is an array; an alert is an object with `labels`.",
    )


def test_an_empty_alert_on_the_fast_path_is_refused_too() -> None:
    notification = alertmanager.parse(a_webhook({}, a_told_alert()), NOW)

    assert len(notification.alerts) == len(notification.refused) == 1


@pytest.mark.parametrize("alerts", [[], None])
def test_no_alerts_are_no_alerts(alerts: object) -> None:
    notification = alertmanager.parse(a_webhook(alerts=alerts), NOW)

    assert (notification.alerts, notification.refused, notification.is_test) == ((), (), False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The body is empty; it should be JSON with the alerts."),
        (b" \n", "The body is empty; it should be JSON with the alerts."),
        (b"firing: DiskFull", "The body is not JSON: Expecting value (line 1, column 1)."),
        (b'{"alerts": [', "The body is not JSON: Expecting value (line 1, column 13)."),
        (b"[" * 200_000, "The body is nested too deeply to be a list of alerts."),
        (b"7", "The body is a text or a number; a webhook is an object with `alerts`."),
        (b"null", "The body is null; a webhook is an object with `alerts`."),
        (b'{"alerts": {}}', "`alerts` is an object; it should be an array with one object for each alert."),
    ],
)
def test_a_body_that_can_never_succeed_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(BadBody) as refusal:
        alertmanager.parse(body, NOW)

    assert str(refusal.value) == reason


@pytest.mark.parametrize("body", [b"[]", sample("prom_firing")])
def test_a_bare_array_is_shown_the_way(body: bytes) -> None:
    with pytest.raises(BadBody, match="/api/v2/alerts"):
        alertmanager.parse(body, NOW)


def test_a_legacy_grafana_body_is_shown_the_way() -> None:
    with pytest.raises(BadBody, match="/webhooks/grafana"):
        alertmanager.parse(sample("grafana_legacy_ok"), NOW)


def test_a_custom_payload_is_told_to_go_without() -> None:
    with pytest.raises(BadBody, match="custom payload"):
        alertmanager.parse(b'{"labels": {"alertname": "NodeDown"}, "text": "firing NodeDown"}', NOW)


@pytest.mark.parametrize(
    ("told", "kept"),
    [(3, 3), ("3", 3), (None, 0), (-1, 0), (1.5, 0), ("many", 0), (10**12, 0), ([], 0), (999_999_999, 999_999_999)],
)
def test_the_number_of_truncated_alerts_is_a_number(told: object, kept: int) -> None:
    assert alertmanager.parse(a_webhook(a_told_alert(), truncatedAlerts=told), NOW).truncated == kept


def test_private_labels_are_hidden_but_count_for_the_identity() -> None:
    labels = {
        "alertname": "DiskFull",
        "__alert_rule_uid__": "fek3uz96jcuf4b",
        "a__b": "kept",
        "__c": "kept",
    }
    body = a_webhook(
        a_told_alert(
            labels=labels, fingerprint=..., annotations={"__orgId__": "1", "__value_string__": "81", "summary": ""}
        ),
        groupLabels={"__grafana_receiver__": "x", "alertname": "DiskFull"},
    )

    notification = alertmanager.parse(body, NOW)
    alert = only(notification)

    assert alert.labels == {"alertname": "DiskFull", "a__b": "kept", "__c": "kept"}
    assert alert.annotations == {}
    assert alert.value == "81"
    assert alert.fingerprint == fingerprint(labels)
    assert notification.group_labels == {"alertname": "DiskFull"}


def test_a_monstrous_annotation_is_cut_and_harms_nothing_else() -> None:
    text = "磁" * 2**20
    labels = {"alertname": "DiskFull", "path": text}
    body = a_webhook(a_told_alert(labels=labels, annotations={"summary": text, "short": "x"}, fingerprint=...))

    alert = only(alertmanager.parse(body, NOW))

    assert alert.annotations == {"short": "x", "summary": "磁" * 4_095 + "…"}
    assert alert.labels == {"alertname": "DiskFull", "path": "磁" * 1_023 + "…"}
    assert alert.fingerprint == fingerprint(labels)


def test_too_many_labels_and_annotations_are_cut_by_name() -> None:
    many = {f"n{number:03}": "x" for number in reversed(range(100))}
    alert = only(alertmanager.parse(a_webhook(a_told_alert(labels=many, annotations=many, fingerprint=...)), NOW))

    assert list(alert.labels) == [f"n{number:03}" for number in range(64)]
    assert list(alert.annotations) == [f"n{number:03}" for number in range(32)]
    assert alert.fingerprint == fingerprint(many)


def test_urls_too_long_to_keep_are_left_out_whole() -> None:
    url = "https://prometheus.example/" + "x" * 5_000
    notification = alertmanager.parse(a_webhook(a_told_alert(generatorURL=url), externalURL=url), NOW)

    assert (only(notification).generator_url, notification.external_url) == ("", "")


def test_groups_are_told_apart_by_receiver_and_key_however_long() -> None:
    bodies = [a_webhook(receiver=receiver, groupKey=key * 5_000) for receiver in "ab" for key in "xy"]

    groups = {alertmanager.parse(body, NOW).group for body in bodies}

    assert len(groups) == 4
    assert all(group and len(group) == 64 for group in groups)


def test_a_grafana_body_at_this_door_keeps_its_organisation() -> None:
    notification = alertmanager.parse(sample("grafana_firing"), NOW)

    assert (notification.source, notification.tenant) == (Source.ALERTMANAGER, "1")


def test_five_hundred_alerts_are_five_hundred_alerts() -> None:
    alerts = [a_told_alert(fingerprint=f"{number:016x}", annotations={"text": "x" * 2_300}) for number in range(500)]

    notification = alertmanager.parse(a_webhook(*alerts), NOW)

    assert len({alert.fingerprint for alert in notification.alerts}) == 500


def test_ten_thousand_alerts_in_32_mib_survive_one_bad_one_and_the_way_to_another_process() -> None:
    told = a_told_alert(annotations={"text": "x" * 3_000})
    alerts = [told | {"fingerprint": f"{number:016x}"} for number in range(9_999)]

    notification = alertmanager.parse(a_webhook(*alerts, "bad"), NOW)

    assert len(notification.alerts) == 9_999
    assert len(notification.refused) == 1
    assert pickle.loads(pickle.dumps(notification)) == notification


def test_more_alerts_than_fit_are_counted_and_said() -> None:
    body = a_webhook("@", truncatedAlerts=1).replace(b'"@"', b",".join([b'{"labels":{"a":"b"}}'] * (MOST_ALERTS + 3)))

    notification = alertmanager.parse(body, NOW)

    assert len(notification.alerts) == MOST_ALERTS
    assert notification.truncated == 4
    assert notification.refused[0].startswith(
        "alerts[50000] and all after it: 50000 fit in a request, this one has 50003."
    )


def test_a_refusal_survives_the_way_to_another_process() -> None:
    refusal = pickle.loads(pickle.dumps(BadBody("why")))

    assert isinstance(refusal, BadBody)
    assert str(refusal) == "why"
