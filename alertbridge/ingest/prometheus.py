"""Alerts pushed as to an Alertmanager (`/api/v2/alerts`): Prometheus, vmalert, the rulers of Mimir and Loki, Grafana.

There is no status, no fingerprint and no group: the end of an alert tells whether it still fires.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from msgspec.json import Decoder

from alertbridge.core.alerts.alert import Alert, AlertStatus, Notification, Source, fingerprint
from alertbridge.ingest.labels import LONGEST_LABEL, cut, tidy_annotations, tidy_labels, whole_url
from alertbridge.ingest.loose import annotations_of, name_of_type, read_json, text_of, texts_of
from alertbridge.ingest.readings import readable_text
from alertbridge.ingest.refusals import BadAlert, BadBody, keep_good
from alertbridge.ingest.times import as_utc, read_time

SKEW = timedelta(seconds=2)
"""How far a resolved alert may end in our future, because its sender's clock is ahead.

Small, because vmalert's firing alerts end as little as four evaluations ahead: taken for resolved they would be lost,
while a resolved one taken for firing is told again a minute later.
"""

RESOLVE_TIMEOUT = timedelta(minutes=5)
"""How long an alert without an end counts unless it is sent again: Alertmanager's default `resolve_timeout`."""


class PushedAlert(
    Struct, gc=False, rename={"starts_at": "startsAt", "ends_at": "endsAt", "generator_url": "generatorURL"}
):
    """One element of the body."""

    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    generator_url: str = ""


_DECODER = Decoder(list[PushedAlert])


def parse(body: bytes, now: datetime, tenant: str = "") -> Notification:
    """Return what the body says. `now` (aware UTC) is the time of arrival, `tenant` the request's `X-Scope-OrgID`.

    Raises `BadBody`. The sender is told of `refused` with 400, although the other alerts are taken.
    """
    pushed: list[PushedAlert] | list[object]
    try:
        pushed = _DECODER.decode(body)
    except (ValueError, RecursionError):  # msgspec's errors and broken UTF-8; the loose reading finds out what is wrong
        pushed = _elements(read_json(body))
    alerts, refused = keep_good(pushed, partial(_alert, now))
    return Notification(
        source=Source.PROMETHEUS,
        tenant=cut(tenant, LONGEST_LABEL),
        group=None,
        group_labels={},
        alerts=tuple(alerts),
        refused=tuple(refused),
    )


def _elements(loose: object) -> list[object]:
    match loose:
        case list():
            return loose
        case {"alerts": _}:
            raise BadBody(
                "The body is a webhook's object with `alerts`: send it to /webhooks/alertmanager or /webhooks/grafana. "
                "This URL takes the array of alerts that Prometheus pushes."
            )
        case _:
            raise BadBody(f"The body is {name_of_type(loose)}; this URL takes an array of alerts.")


def _alert(now: datetime, one: object) -> Alert:
    pushed = one if isinstance(one, PushedAlert) else _mend(one)
    if not any(pushed.labels.values()):
        raise BadAlert('it has no label with a value. Send at least {"labels": {"alertname": "…"}}.')

    starts_at, ends_at = as_utc(pushed.starts_at), as_utc(pushed.ends_at)
    if starts_at is None:
        starts_at = now if ends_at is None else min(now, ends_at)
    elif ends_at is not None and ends_at < starts_at:
        raise BadAlert("`endsAt` is before `startsAt`. Leave `endsAt` out while the alert fires.")
    annotations = pushed.annotations or {}
    return Alert(
        fingerprint=fingerprint(pushed.labels),
        status=AlertStatus.RESOLVED if ends_at is not None and ends_at <= now + SKEW else AlertStatus.FIRING,
        labels=tidy_labels(pushed.labels),
        annotations=tidy_annotations(annotations),
        starts_at=starts_at,
        ends_at=ends_at or now + RESOLVE_TIMEOUT,
        generator_url=whole_url(pushed.generator_url),
        value=readable_text(annotations.get("__value_string__", "")),  # Grafana with an external Alertmanager
    )


def _mend(loose: object) -> PushedAlert:
    if not isinstance(loose, dict):
        raise BadAlert(f"it is {name_of_type(loose)}; an alert is an object with `labels`.")
    labels = {} if loose.get("labels") is None else loose["labels"]
    if not isinstance(labels, dict):
        raise BadAlert(f'`labels` is {name_of_type(labels)}; send an object such as {{"alertname": "DiskFull"}}.')
    return PushedAlert(
        labels=texts_of(labels),
        annotations=annotations_of(loose.get("annotations")),
        starts_at=_time(loose, "startsAt"),
        ends_at=_time(loose, "endsAt"),
        generator_url=text_of(loose.get("generatorURL")),
    )


def _time(loose: Mapping[str, object], name: str) -> datetime | None:
    try:
        return read_time(text_of(loose.get(name)))
    except ValueError as error:
        raise BadAlert(f"`{name}` is not a time. Write it like 2026-11-22T09:27:00Z, or leave it out.") from error
