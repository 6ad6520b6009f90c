"""Views of the live card to test with: the incident of the examples in CHAT.md section 3."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alertbridge.core.chats.card import (
    Button,
    CardView,
    Link,
    LinkKind,
    More,
    Next,
    NextKind,
    Row,
    State,
    StormRow,
    StormView,
)
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.severity import Severity

INCIDENT = IncidentId("01JD4Z0000000000000000000A")
STARTED = datetime.fromtimestamp(1_795_327_260, UTC)
"""14:01 in the route's zone."""
AS_OF = STARTED + timedelta(minutes=4)
ZHANG = OpenId("ou_zhang")
BOTH = ("zh", "en")

DASHBOARD = Link(kind=LinkKind.DASHBOARD, url="https://grafana.example.com/d/abc")
RUNBOOK = Link(kind=LinkKind.RUNBOOK, url="https://wiki.example.com/5xx")


def a_row(value: str = "12.4%", instance: str = "10.2.3.4:9100", since: datetime = STARTED) -> Row:
    return Row(value=value, labels=(("instance", instance),), since=since)


def firing(**changes: Any) -> CardView:
    view = CardView(
        incident=INCIDENT,
        number=1423,
        severity=Severity.P1,
        state=State.FIRING,
        title="checkout: 5xx 过高",
        route="payments",
        scope="sh1",
        summary="订单接口 5xx 占比 12.4%，阈值 5%",
        value="12.4%",
        value_before="",
        started_at=STARTED,
        state_at=STARTED,
        lead=None,
        resolved_by=None,
        firing=3,
        total=5,
        truncated=0,
        common=(("service", "checkout"), ("cluster", "sh1")),
        rows=(a_row(), a_row("9.8%", "10.2.3.5:9100", STARTED + timedelta(minutes=2))),
        more=None,
        links=(DASHBOARD, RUNBOOK),
        next=Next(kind=NextKind.WAIT_ACK),
        buttons=(Button.ACK, Button.RESOLVE, Button.ASSIGN),
        refreshed=0,
        timezone="Asia/Shanghai",
    )
    return replace(view, **changes)


def triage(**changes: Any) -> CardView:
    view = firing(
        state=State.TRIAGE,
        next=Next(kind=NextKind.TRIAGE, at=STARTED + timedelta(minutes=5)),
        buttons=(Button.OPEN, Button.ACK),
    )
    return replace(view, **changes)


def storm(**changes: Any) -> CardView:
    rows = tuple(StormRow(number=1500 + n, severity=Severity.P2, title=f"checkout-{n}: 5xx 过高") for n in range(10))
    view = firing(
        number=1500,
        state=State.STORM,
        title="payments",
        summary="payments",
        value="",
        rows=(),
        storm=StormView(total=87, open=80, acked=3, rows=rows, above=30, steady_seconds=600),
        next=Next(kind=NextKind.STORM),
        buttons=(Button.ACK_ALL, Button.UNFOLD),
    )
    return replace(view, **changes)


def acked(**changes: Any) -> CardView:
    view = firing(
        state=State.ACKED,
        state_at=STARTED + timedelta(minutes=3),
        lead=ZHANG,
        next=Next(kind=NextKind.WAIT_RECOVERY),
        buttons=(Button.RESOLVE, Button.ASSIGN),
    )
    return replace(view, **changes)


def resolved(**changes: Any) -> CardView:
    view = firing(
        state=State.RESOLVED,
        state_at=STARTED + timedelta(minutes=30),
        value="3.1%",
        value_before="12.4%",
        lead=ZHANG,
        firing=0,
        rows=(),
        links=(),
        next=Next(kind=NextKind.DISBAND, at=STARTED + timedelta(minutes=90)),
        buttons=(Button.KEEP, Button.REOPEN, Button.CLOSE),
    )
    return replace(view, **changes)


def closed(**changes: Any) -> CardView:
    view = resolved(
        state=State.CLOSED,
        next=Next(kind=NextKind.NOTHING),
        buttons=(),
        links=(Link(kind=LinkKind.INCIDENT, url="https://alertbridge.example.com/incidents/1423"),),
    )
    return replace(view, **changes)


def many(alerts: int, **changes: Any) -> CardView:
    """An incident of many alerts, as the blueprint shows it: five rows, and how the others spread."""
    rows = tuple(a_row(instance=f"10.2.3.{number}:9100") for number in range(min(alerts, 5)))
    spread = (("checkout", alerts - 8), ("orders", 3))
    more = More(count=alerts - 5, label="pod", values=spread) if alerts > 5 else None
    return firing(rows=rows, more=more, firing=alerts, total=alerts, **changes)


STATES = {
    "triage": triage(),
    "storm": storm(),
    "firing": firing(),
    "acked": acked(),
    "resolved": resolved(),
    "closed": closed(),
}


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a card, outer ones first."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def element(card: dict[str, Any], element_id: str) -> dict[str, Any]:
    return next(part for part in parts(card) if part.get("element_id") == element_id)


def tagged(card: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    return [part for part in parts(card) if part.get("tag") == tag]


def strings(node: Any) -> Iterator[str]:
    """Every text of a card or message."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
