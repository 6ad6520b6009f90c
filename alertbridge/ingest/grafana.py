"""Grafana's webhook: unified alerting (8.0 and later), and the legacy dashboard alerts (up to 10)."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeGuard

from alertbridge.core.alerts.alert import Alert, AlertStatus, Notification, Source
from alertbridge.ingest import webhook
from alertbridge.ingest.labels import LONGEST_LABEL, cut, tidy_annotations, tidy_labels, whole_url
from alertbridge.ingest.loose import read_json, text_of, texts_of
from alertbridge.ingest.readings import number_of, readable

_LEGACY_STATUSES = {
    "alerting": AlertStatus.FIRING,
    "no_data": AlertStatus.FIRING,
    "ok": AlertStatus.RESOLVED,
}
"""Any other state (`paused`, `pending`, `unknown`) says nothing about the problem."""

_LEGACY_TEST_NAME = "Test notification"
_LEGACY_TEST_MESSAGE = "Someone is testing the alert notification within"


def parse(body: bytes, now: datetime) -> Notification:
    """Return what the body says. `now` (aware UTC) is the time of arrival. Raises `BadBody`."""
    if (head := webhook.decode(body)) is not None:
        return webhook.notification(head, head.alerts, now, Source.GRAFANA)
    loose = read_json(body)
    if is_legacy(loose):
        return _legacy(loose, now)
    head, listed = webhook.mend(loose)
    return webhook.notification(head, listed, now, Source.GRAFANA)


def is_legacy(loose: object) -> TypeGuard[Mapping[str, object]]:
    """Tell whether a body of `loose.read_json` is one legacy dashboard alert."""
    return isinstance(loose, dict) and "alerts" not in loose and bool(text_of(loose.get("ruleId"))) and "state" in loose


def _legacy(rule: Mapping[str, object], now: datetime) -> Notification:
    name, message = text_of(rule.get("ruleName")), text_of(rule.get("message"))
    status = _LEGACY_STATUSES.get(_state(rule))
    return Notification(
        source=Source.GRAFANA,
        tenant=cut(text_of(rule.get("orgId")), LONGEST_LABEL),
        group=None,
        group_labels={},
        alerts=() if status is None else (_legacy_alert(rule, status, now),),
        is_test=name == _LEGACY_TEST_NAME and message.startswith(_LEGACY_TEST_MESSAGE),
    )


def _legacy_alert(rule: Mapping[str, object], status: AlertStatus, now: datetime) -> Alert:
    tags, matches = rule.get("tags"), rule.get("evalMatches")
    # `ok` lists no matches, so they say what was measured, never which alert this is.
    readings = [match for match in matches if isinstance(match, dict)] if isinstance(matches, list) else []
    reason = {"grafana_state_reason": "NoData"} if _state(rule) == "no_data" else {}  # as unified alerting says it
    url = whole_url(text_of(rule.get("ruleUrl") or rule.get("rule_url")))
    links = {"dashboard": url, "image": whole_url(text_of(rule.get("imageUrl") or rule.get("image_url")))}
    return Alert(
        # No fingerprint and no stable labels are sent; the rule's number is unique within its organisation.
        fingerprint=cut(f"rule-{text_of(rule['ruleId'])}", LONGEST_LABEL),
        status=status,
        labels=tidy_labels(
            (texts_of(tags) if isinstance(tags, dict) else {}) | {"alertname": text_of(rule.get("ruleName"))}
        ),
        annotations=tidy_annotations({"summary": text_of(rule.get("message"))} | reason),
        starts_at=now,
        ends_at=now if status is AlertStatus.RESOLVED else None,
        generator_url=url,
        links={kind: link for kind, link in links.items() if link},
        value=readable({text_of(match.get("metric")): number_of(text_of(match.get("value"))) for match in readings}),
    )


def _state(rule: Mapping[str, object]) -> str:
    return text_of(rule["state"]).lower()
