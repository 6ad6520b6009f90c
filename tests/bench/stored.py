"""What the store holds of what was posted: every piece of news once, in its incident's inbox, in order."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from alertbridge.store.keys import INBOX, INCIDENT, NUMBERS
from tests.bench.posts import Seen

_AT_A_TIME = 500
_REVISION = re.compile(r"(\d+) restarts")

News = Mapping[int, list[frozenset[Seen]]]
"""By group, in order."""


class Miscounted(Exception):  # noqa: N818 - named for what it says
    """Something was lost, doubled or mixed up: the run's figures do not count."""


@dataclass(frozen=True, slots=True)
class Count:
    """How much was checked."""

    incidents: int
    entries: int


def check(expected: News, stored: News) -> Count:
    """Compare what was acknowledged with what is there. Raises `Miscounted`."""
    if lost := expected.keys() - stored.keys():
        raise Miscounted(f"{len(lost)} groups were lost, for one group {min(lost)}")
    if strange := stored.keys() - expected.keys():
        raise Miscounted(f"{len(strange)} groups were stored that were not acknowledged, for one {min(strange)}")
    for group, entries in expected.items():
        if stored[group] != entries:
            raise Miscounted(f"group {group}: {len(entries)} entries were acknowledged, {len(stored[group])} are there")
    return Count(len(expected), sum(map(len, expected.values())))


def read(socket: str) -> News:
    """Read all inboxes. Raises `Miscounted` where a group has two incidents."""
    groups: dict[int, list[frozenset[Seen]]] = {}
    with redis.Redis(unix_socket_path=socket) as client:
        for incident, opening, entries in _incidents(client):
            cluster = json.loads(opening)["group_labels"]["cluster"]
            group = int(cluster.removeprefix("prod-"))
            if group in groups:
                raise Miscounted(f"group {group} has two incidents, one is {incident}")
            groups[group] = [_news(entry) for entry in entries]
    return groups


def _incidents(client: Any) -> Iterator[tuple[str, bytes, list[bytes]]]:
    incidents = [name.decode() for name in client.hvals(NUMBERS)]
    for start in range(0, len(incidents), _AT_A_TIME):
        some = incidents[start : start + _AT_A_TIME]
        with client.pipeline(transaction=False) as pipe:
            for incident in some:
                pipe.hget(INCIDENT + incident, "opening")
                pipe.lrange(INBOX + incident, 0, -1)
            answers = pipe.execute()
        yield from zip(some, answers[::2], answers[1::2], strict=True)


def _news(entry: bytes) -> frozenset[Seen]:
    _, _, kind, content = json.loads(entry)
    assert kind == "alerts"
    return frozenset(map(_alert, content["alerts"].values()))


def _alert(alert: dict[str, Any]) -> Seen:
    revision = _REVISION.search(alert["annotations"]["summary"])
    assert revision is not None
    return Seen(int(alert["labels"]["pod"].rpartition("-")[2]), int(revision[1]), alert["status"])
