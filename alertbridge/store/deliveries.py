"""What is handed to an inbox, and what became of it; packed as `append.lua` reads it.

Structs, as there are so many of them: a frozen dataclass takes five times as long to make.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

import msgspec

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.ids import AlertKey, EntryId, IncidentId
from alertbridge.core.incidents.command import Entry
from alertbridge.core.incidents.incident import Opening
from alertbridge.core.rooms.room import RoomEntry
from alertbridge.store.codec import OpeningEncoder, digest, encode_alert, encode_entry, to_ms

ENTRY_ALERTS: Final = 256
"""Alerts of one entry at most; a bigger delivery becomes several entries."""

_pack = msgspec.msgpack.Encoder().encode

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_DIGITS: Final = 10
"""Of a ULID's 26 digits; the others are random."""


class Storm(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When the incident that begins is one too many of its route, and is folded."""

    key: str
    """The group key of the umbrella."""
    above: int
    """More than this within a minute are too many."""
    steady_ms: int
    """So long after the last that was one too many, the others are folded too."""
    is_exempt: bool = False
    """It counts, but has a group of its own."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """The incident an alert would belong to by one of its routes, if no open incident has this group key yet."""

    group_key: str
    incident: IncidentId
    """The id to take then."""
    opening: Opening
    storm: Storm | None = None
    """When it is folded; None: never."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One alert of a request."""

    key: AlertKey
    alert: Alert
    candidates: tuple[Candidate, ...] = ()
    """One for each route the alert takes. A resolved alert needs none: it opens nothing."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The alerts of one request."""

    id: EntryId
    """Names the entry; the further entries of a big delivery get `.1`, `.2`, …"""
    body_hash: str
    """Tells a late copy of the same request."""
    arrivals: tuple[Arrival, ...]
    truncated: int = 0
    is_push: bool = False


class Taken(msgspec.Struct, frozen=True):
    """What became of the alerts of a delivery."""

    changed: int = 0
    """News to an incident: its owner is woken."""
    unchanged: int = 0
    dropped: int = 0
    """Resolved ones, and late copies, that no open incident holds."""
    opened: int = 0
    """Incidents that began."""


class _Row(msgspec.Struct, array_like=True, gc=False):
    """One alert as the script takes it apart: by place, as there are so many of them."""

    key: AlertKey
    is_firing: bool
    digest: str
    ends_at: int
    """Milliseconds since 1970; 0: none."""
    body: str
    candidates: list[int]
    """Places among the delivery's candidates, from 1."""


class Outcome(StrEnum):
    """What became of an entry."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """Its receipt was taken within the last 24 hours."""
    PARKED = "parked"
    """No incident is known by this chat yet; it waits 30 seconds for one."""
    SHARED = "shared"
    """It happened in a standing room, where it is about no one incident: nothing is kept of it."""
    UNKNOWN = "unknown"
    """There is no such incident."""
    OVER = "over"
    """The incident is at its end, nothing more can happen to it."""


def pack_delivery(delivery: Delivery, encode_opening: OpeningEncoder) -> Iterator[bytes]:
    """Pack a delivery in parts of at most `ENTRY_ALERTS` alerts; each becomes one entry of each incident it changes."""
    for part, start in enumerate(range(0, len(delivery.arrivals), ENTRY_ALERTS)):
        suffix = f".{part}" if part else ""
        arrivals = delivery.arrivals[start : start + ENTRY_ALERTS]
        distinct = {candidate.group_key: candidate for arrival in arrivals for candidate in arrival.candidates}
        places = {group_key: place for place, group_key in enumerate(distinct, start=1)}
        head = {"id": delivery.id + suffix, "truncated": delivery.truncated, "is_push": delivery.is_push}
        yield _pack(
            {
                "body_hash": delivery.body_hash + suffix,
                "head": msgspec.json.encode(head).decode()[:-1],
                "candidates": [_candidate(candidate, encode_opening) for candidate in distinct.values()],
                "alerts": [_row(arrival, places) for arrival in arrivals],
            }
        )


def pack_entry(entry: Entry | RoomEntry, receipt: str | None, **to: str) -> bytes:
    """Pack a single entry for the `incident`, the `chat` or the `room` it is meant for."""
    kind, body = encode_entry(entry)
    return _pack({**to, "receipt": receipt, "kind": kind, "body": body})


def _candidate(candidate: Candidate, encode_opening: OpeningEncoder) -> dict[str, Any]:
    own, shared = encode_opening.parts(candidate.opening)
    packed: dict[str, Any] = {
        "group_key": candidate.group_key,
        "incident": candidate.incident,
        "own": own,
        "shared": shared,
    }
    if (storm := candidate.storm) is not None:
        packed["storm"] = (storm.key, storm.above, storm.steady_ms, storm.is_exempt, umbrella_id(candidate.incident))
    return packed


def umbrella_id(incident: IncidentId) -> IncidentId:
    """The id of the umbrella that an incident would open: as random as its own, and made without asking for more.

    Ids of one millisecond count upwards, so it is the first random digit that tells them apart, never the last.
    """
    digit = _DIGITS[_DIGITS.index(incident[_TIME_DIGITS]) ^ 16]
    return IncidentId(incident[:_TIME_DIGITS] + digit + incident[_TIME_DIGITS + 1 :])


def _row(arrival: Arrival, places: dict[str, int]) -> _Row:
    alert = arrival.alert
    return _Row(
        arrival.key,
        alert.status is AlertStatus.FIRING,
        digest(alert),
        0 if alert.ends_at is None else to_ms(alert.ends_at),
        encode_alert(alert),
        [places[candidate.group_key] for candidate in arrival.candidates],
    )
