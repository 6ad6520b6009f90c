"""What the senders of the ingest rows post: the bodies of many Alertmanager groups, in the shares of a busy hour.

Each connection tells the story of one group after the other, ten posts each (`STORY`):

    1  opens the group's incident: every alert is new
    3  change a tenth of its alerts, at least one
    1  resolves all of them
    3  are the same news from the other Alertmanager of an HA pair: only its own URL differs
    2  are the same bytes once more, as a sender repeats them whose answer was lost

So a tenth of the posts opens an incident, four tenths change one, and half say nothing new. A connection waits for each
answer before it goes on, so what the store must hold follows from how many of its posts were answered.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

TOKEN: Final = "bench-0123456789abcdef0123456789abcdef"
"""The ingest token that every post shows."""

STORY: Final = "0p1r2p3r4p"
"""The posts of a group. A digit is news: that step of its life. `p` is the pair's copy of it, `r` the same bytes."""

_RESOLVED_STEP: Final = 4
_GROUP: Final = "GROUPGROUP"
"""Stands for the group's number in prepared requests, and is as long."""

GROUPS_PER_CONNECTION: Final = 1_000_000


class Seen(NamedTuple):
    """What an alert is in one step."""

    place: int
    revision: int
    status: str


def news(step: int, alerts: int) -> frozenset[Seen]:
    """Return the alerts that a step changes, as they are then: what has to reach the incident's inbox, once."""
    now = [_seen(index, step, alerts) for index in range(alerts)]
    if step == 0:
        return frozenset(now)
    before = (_seen(index, step - 1, alerts) for index in range(alerts))
    return frozenset(seen for seen, was in zip(now, before, strict=True) if seen != was)


def expected(answered: list[int], alerts: int) -> dict[int, list[frozenset[Seen]]]:
    """Return the news by group, in order, after each connection got so many answers."""
    by_step = {step: news(int(step), alerts) for step in STORY if step.isdecimal()}
    groups: dict[int, list[frozenset[Seen]]] = {}
    for connection, count in enumerate(answered):
        for nth in range(-(-count // len(STORY))):
            told = STORY[: count - nth * len(STORY)]
            groups[group_number(connection, nth)] = [by_step[post] for post in told if post in by_step]
    return groups


def group_number(connection: int, nth: int) -> int:
    """Number the groups of all connections."""
    return connection * GROUPS_PER_CONNECTION + nth


def requests(path: str, connection: int, alerts: int) -> Iterator[bytes]:
    """Yield the HTTP requests of one connection, without end."""
    story = [_request(path, step, replica, alerts) for step, replica in _posts()]
    placeholder = _GROUP.encode()
    nth = 0
    while True:
        number = b"%010d" % group_number(connection, nth)
        for request in story:
            yield request.replace(placeholder, number)
        nth += 1


def opening_request(path: str, group: int) -> bytes:
    """Return the request that opens the incident of a group of one alert."""
    return _request(path, 0, "a", 1).replace(_GROUP.encode(), b"%010d" % group)


def _posts() -> Iterator[tuple[int, str]]:
    step = 0
    for post in STORY:
        if post.isdecimal():
            step = int(post)
        yield step, "b" if post == "p" else "a"


def _request(path: str, step: int, replica: str, alerts: int) -> bytes:
    body = json.dumps(body_of(step, replica, alerts), separators=(",", ":")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Alertmanager/0.28.1\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def body_of(step: int, replica: str, alerts: int) -> dict[str, Any]:
    """Return Alertmanager's webhook for one step of a group, the group's number left open."""
    listed = [_alert(_seen(index, step, alerts)) for index in range(alerts)]
    labels = listed[0]["labels"]
    return {
        "receiver": "alertbridge",
        "status": listed[0]["status"],
        "alerts": listed,
        "groupLabels": {"alertname": labels["alertname"], "cluster": labels["cluster"]},
        "commonLabels": labels if alerts == 1 else {k: v for k, v in labels.items() if k not in ("pod", "instance")},
        "commonAnnotations": {"runbook_url": listed[0]["annotations"]["runbook_url"]},
        "externalURL": f"https://alertmanager-{replica}.example.com",
        "version": "4",
        "groupKey": f'{{}}/{{team="payments"}}:{{alertname="{labels["alertname"]}", cluster="{labels["cluster"]}"}}',
        "truncatedAlerts": 0,
    }


def _seen(index: int, step: int, alerts: int) -> Seen:
    changes = min(step, _RESOLVED_STEP - 1)
    revision = changes if alerts == 1 else int(index % 10 < changes)
    return Seen(index, revision, "resolved" if step == _RESOLVED_STEP else "firing")


def _alert(seen: Seen) -> dict[str, Any]:
    pod = f"checkout-7c9f8d6b5-{seen.place:06d}"
    return {
        "status": seen.status,
        "labels": {
            "alertname": "KubePodCrashLooping",
            "cluster": f"prod-{_GROUP}",
            "container": "checkout",
            "instance": f"10.12.{seen.place // 250}.{seen.place % 250}:8080",
            "job": "kube-state-metrics",
            "namespace": "shop",
            "pod": pod,
            "severity": "critical",
            "team": "payments",
        },
        "annotations": {
            "dashboard": "https://grafana.example.com/d/abc123/pods?var-namespace=shop&orgId=1",
            "description": 'The pod has been waiting (reason: "CrashLoopBackOff") for more than 15 minutes; recent '
            "deploys, the memory limit and the liveness probe are the usual causes.",
            "runbook_url": "https://runbooks.example.com/runbooks/kubernetes/kubepodcrashlooping",
            "summary": f"Pod shop/{pod} is crash looping, {seen.revision} restarts.",
        },
        "startsAt": "2026-01-05T10:11:12.345Z",
        "endsAt": "2026-01-05T11:11:12.345Z" if seen.status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example.com/graph?g0.expr=max_over_time%28kube_pod_container_status_waiting"
        "_reason%7Breason%3D%22CrashLoopBackOff%22%7D%5B5m%5D%29+%3E%3D+1&g0.tab=1",
        "fingerprint": f"{_GROUP}{seen.place:06d}",
    }
