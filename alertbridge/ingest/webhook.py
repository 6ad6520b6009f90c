"""The webhook that Alertmanager defined and Grafana extended: one object with a group's alerts.

Both doors read both dialects, because people point Grafana at Alertmanager's door. `decode` is the typed fast path;
where it gives up, `mend` takes what can be understood.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder

from alertbridge.core.alerts.alert import Alert, AlertStatus, Notification, Source, fingerprint
from alertbridge.ingest.labels import LONGEST_LABEL, cut, tidy_annotations, tidy_labels, whole_url
from alertbridge.ingest.loose import annotations_of, name_of_type, text_of, texts_of
from alertbridge.ingest.readings import number_of, readable_text, readable_values
from alertbridge.ingest.refusals import MOST_ALERTS, BadAlert, BadBody, keep_good
from alertbridge.ingest.times import as_utc, read_time

_LONGEST_GROUP = 1_024
_MOST_TRUNCATED = 999_999_999
_HEX_DIGITS = frozenset("0123456789abcdef")

_STATUSES = {
    "firing": AlertStatus.FIRING,
    "alerting": AlertStatus.FIRING,
    "resolved": AlertStatus.RESOLVED,
    "ok": AlertStatus.RESOLVED,
}

_JSON_NAMES = {
    "starts_at": "startsAt",
    "ends_at": "endsAt",
    "generator_url": "generatorURL",
    "value_string": "valueString",
    "dashboard_url": "dashboardURL",
    "panel_url": "panelURL",
    "silence_url": "silenceURL",
    "image_url": "imageURL",
    "group_key": "groupKey",
    "group_labels": "groupLabels",
    "truncated_alerts": "truncatedAlerts",
    "external_url": "externalURL",
    "org_id": "orgId",
}


class ListedAlert(Struct, gc=False, rename=_JSON_NAMES):
    """One element of `alerts`; from `values` on only Grafana's."""

    status: AlertStatus | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    generator_url: str = ""
    fingerprint: str = ""
    values: dict[str, float | None] | None = None
    value_string: str = ""
    dashboard_url: str = ""
    panel_url: str = ""
    silence_url: str = ""
    image_url: str = ""


class Webhook(Struct, gc=False, rename=_JSON_NAMES):
    """The body. Title, message and the common labels are not read: they follow from the alerts, or are templates."""

    alerts: list[ListedAlert]
    status: str = ""
    receiver: str = ""
    group_key: str = ""
    group_labels: dict[str, str] | None = None
    truncated_alerts: Annotated[int, Meta(ge=0, le=_MOST_TRUNCATED)] = 0
    external_url: str = ""
    org_id: int | str | None = None


_DECODER = Decoder(Webhook)


def decode(body: bytes) -> Webhook | None:
    """Return a body whose types are the promised ones; None when they are not, or when it is no JSON at all."""
    try:
        return _DECODER.decode(body)
    except (ValueError, RecursionError):  # msgspec's errors and broken UTF-8; `mend` finds out what is wrong
        return None


def mend(loose: object) -> tuple[Webhook, list[object]]:
    """Return what can be understood of a body of `loose.read_json`, its alerts apart and unread. Raises `BadBody`."""
    if isinstance(loose, list):
        raise BadBody(
            "The body is an array of alerts, as Prometheus pushes them: send it to /api/v2/alerts. "
            "This URL is for webhooks, whose body is an object with `alerts`."
        )
    if not isinstance(loose, dict):
        raise BadBody(f"The body is {name_of_type(loose)}; a webhook is an object with `alerts`.")
    if "alerts" not in loose:
        raise BadBody(
            "The body has no `alerts`, so it says nothing about an alert. If the sender has a custom payload "
            "(`payload` in Alertmanager, *Custom payload* in Grafana), remove it: the standard body is understood here."
        )
    alerts = [] if loose["alerts"] is None else loose["alerts"]
    if not isinstance(alerts, list):
        raise BadBody(f"`alerts` is {name_of_type(alerts)}; it should be an array with one object for each alert.")
    group_labels = loose.get("groupLabels")
    head = Webhook(
        alerts=[],
        status=text_of(loose.get("status")),
        receiver=text_of(loose.get("receiver")),
        group_key=text_of(loose.get("groupKey")),
        group_labels=texts_of(group_labels) if isinstance(group_labels, dict) else None,
        truncated_alerts=_count(text_of(loose.get("truncatedAlerts"))),
        external_url=text_of(loose.get("externalURL")),
        org_id=text_of(loose.get("orgId")),
    )
    return head, alerts


def notification(head: Webhook, listed: Sequence[object], now: datetime, source: Source) -> Notification:
    """Return what the body says. `listed` are its alerts, each a `ListedAlert` or a loose JSON value."""
    # What was cut off may be firing while all that is listed is resolved, so then the head's status says nothing.
    told = None if head.truncated_alerts else _STATUSES.get(head.status.lower())
    alerts, refused = keep_good(listed, partial(_alert, now, told or AlertStatus.FIRING))
    return Notification(
        source=source,
        tenant="" if head.org_id is None else cut(str(head.org_id), LONGEST_LABEL),
        group=_group(head),
        group_labels=tidy_labels(head.group_labels or {}),
        alerts=tuple(alerts),
        truncated=head.truncated_alerts + max(0, len(listed) - MOST_ALERTS),
        refused=tuple(refused),
        is_test=bool(alerts) and all(map(_is_test, alerts)),
        external_url=whole_url(head.external_url),
    )


def _alert(now: datetime, otherwise: AlertStatus, one: object) -> Alert:
    listed = one if isinstance(one, ListedAlert) else _mend_alert(one)
    labels = listed.labels or {}
    annotations = listed.annotations or {}
    if not labels and not annotations:
        raise BadAlert('it has neither labels nor annotations. Send at least {"labels": {"alertname": "…"}}.')

    ends_at = as_utc(listed.ends_at)
    status = listed.status
    if status is None:
        status = otherwise if ends_at is None else AlertStatus.RESOLVED if ends_at <= now else AlertStatus.FIRING
    if status is AlertStatus.FIRING:
        ends_at = None  # a webhook is not repeated each minute: nothing may expire because none came
    elif ends_at is None:
        ends_at = now

    identity = listed.fingerprint.lower()
    return Alert(
        fingerprint=identity if len(identity) == 16 and _HEX_DIGITS.issuperset(identity) else fingerprint(labels),
        status=status,
        labels=tidy_labels(labels),
        annotations=tidy_annotations(annotations),
        starts_at=as_utc(listed.starts_at) or (now if ends_at is None else min(now, ends_at)),
        ends_at=ends_at,
        generator_url=whole_url(listed.generator_url),
        links=_links(listed),
        value=(listed.values and readable_values(listed.values))
        or readable_text(listed.value_string or annotations.get("__value_string__", "")),
    )


def _links(listed: ListedAlert) -> dict[str, str]:
    if not (listed.dashboard_url or listed.panel_url or listed.silence_url or listed.image_url):
        return {}
    offered = {
        "dashboard": listed.dashboard_url,
        "panel": listed.panel_url,
        "silence": listed.silence_url,
        "image": listed.image_url,
    }
    return {kind: url for kind, url in offered.items() if url and whole_url(url)}


def _group(head: Webhook) -> str | None:
    if not head.group_key:
        return None
    group = f"{head.receiver}\n{head.group_key}"
    return group if len(group) <= _LONGEST_GROUP else sha256(group.encode()).hexdigest()


def _is_test(alert: Alert) -> bool:
    # Every rule of Grafana's has a folder, only the test notification has none.
    labels = alert.labels
    return (
        labels.get("alertname") == "TestAlert"
        and labels.get("instance") == "Grafana"
        and "grafana_folder" not in labels
    )


def _mend_alert(loose: object) -> ListedAlert:
    if not isinstance(loose, dict):
        raise BadAlert(f"it is {name_of_type(loose)}; an alert is an object with `labels`.")
    labels = {} if loose.get("labels") is None else loose["labels"]
    if not isinstance(labels, dict):
        raise BadAlert(f'`labels` is {name_of_type(labels)}; send an object such as {{"alertname": "DiskFull"}}.')
    values = loose.get("values")
    return ListedAlert(
        status=_STATUSES.get(text_of(loose.get("status")).lower()),
        labels=texts_of(labels),
        annotations=annotations_of(loose.get("annotations")),
        starts_at=_time_or_none(loose.get("startsAt")),
        ends_at=_time_or_none(loose.get("endsAt")),
        generator_url=text_of(loose.get("generatorURL")),
        fingerprint=text_of(loose.get("fingerprint")),
        values={text_of(k): number_of(text_of(v)) for k, v in values.items()} if isinstance(values, dict) else None,
        value_string=text_of(loose.get("valueString")),
        dashboard_url=text_of(loose.get("dashboardURL")),
        panel_url=text_of(loose.get("panelURL")),
        silence_url=text_of(loose.get("silenceURL")),
        image_url=text_of(loose.get("imageURL")),
    )


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and int(text[:10]) <= _MOST_TRUNCATED else 0


def _time_or_none(loose: object) -> datetime | None:
    try:
        return read_time(text_of(loose))
    except ValueError:
        return None  # the time of arrival is close, and an alert without a time is still an alert
