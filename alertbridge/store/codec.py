"""The values of the core as JSON and back.

An incident is stored in three parts, so that a save stays small: its opening, its alerts one by one, and the record of
all the rest. They are joined as text, so that it is decoded once.
An entry is an array `[schema, at_ms, kind, {…}]`; its time is the store's, given when it was taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.route import Route
from alertbridge.core.ids import AlertKey, IncidentId
from alertbridge.core.incidents.command import (
    AlertsReceived,
    ChatChanged,
    ChatLost,
    Command,
    Entry,
    FormAsked,
    FormCancelled,
    Inquiry,
    LookedUp,
    PeopleJoined,
    PeopleLeft,
    Spoke,
)
from alertbridge.core.incidents.incident import Earlier, Fold, Incident, Opening, Status
from alertbridge.core.rooms.room import (
    Answer,
    AskedMine,
    Called,
    Came,
    ChatWasLost,
    Chosen,
    Nudged,
    Offered,
    Pressed,
    Pulse,
    Reported,
    Room,
    RoomEntry,
)
from alertbridge.core.timeline import TimelineLine
from alertbridge.store.errors import TooNew, Unreadable

SCHEMA: Final = 1
"""Raised when an older version could not read what this one writes."""

ALERTS_KIND: Final = "alerts"
_INCIDENT_KINDS: Final[Mapping[str, type[Entry]]] = {
    ALERTS_KIND: AlertsReceived,
    "command": Command,
    "form_asked": FormAsked,
    "form_cancelled": FormCancelled,
    "inquiry": Inquiry,
    "spoke": Spoke,
    "chat_lost": ChatLost,
    "chat_changed": ChatChanged,
    "joined": PeopleJoined,
    "left": PeopleLeft,
    "looked_up": LookedUp,
}
NUDGED_KIND: Final = "nudged"
"""Written by the save of an incident, too."""
_ROOM_KINDS: Final[Mapping[str, type[RoomEntry]]] = {
    "answer": Answer,
    "came": Came,
    "asked_mine": AskedMine,
    "pressed": Pressed,
    NUDGED_KIND: Nudged,
    "offered": Offered,
    "chosen": Chosen,
    "chat_was_lost": ChatWasLost,
    "reported": Reported,
    "pulse": Pulse,
    "called": Called,
}
"""What each kind of entry is called in the store; the names outlive those of the classes."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_APART: Final = frozenset({"alerts", "opening"})
_RECORD_FIELDS: Final = tuple(field.name for field in fields(Incident) if field.name not in _APART)
_ENTRY_FIELDS: Final = {
    entry: (kind, tuple(field.name for field in fields(entry) if field.name != "at"))
    for kind, entry in (*_INCIDENT_KINDS.items(), *_ROOM_KINDS.items())
}

_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode
_decode_incident = msgspec.json.Decoder(Incident).decode
_decode_opening = msgspec.json.Decoder(Opening).decode
_decode_fold = msgspec.json.Decoder(Fold).decode
_decode_line = msgspec.json.Decoder(TimelineLine).decode
_decode_envelope = msgspec.json.Decoder(tuple[int, int, str, msgspec.Raw]).decode
_decode_room = msgspec.json.Decoder(Room).decode


def _decoders(kinds: Mapping[str, type[Any]]) -> Mapping[str, Any]:
    return {kind: msgspec.json.Decoder(entry).decode for kind, entry in kinds.items()}


_incident_decoders: Final = _decoders(_INCIDENT_KINDS)
_room_decoders: Final = _decoders(_ROOM_KINDS)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, as Redis's scores and the scripts count."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Aware UTC. Raises `Unreadable` beyond the year 9999."""
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError as error:
        raise Unreadable(f"{ms} ms is no time") from error


def check_schema(found: int) -> None:
    """Raises `TooNew` where a value of this format cannot be read here."""
    if found > SCHEMA:
        raise TooNew(found, SCHEMA)


def encode_alert(alert: Alert) -> str:
    """One alert, as entries and incidents carry it."""
    return _encode(alert).decode()


def digest(alert: Alert) -> str:
    """Return 16 hex digits that change when something about the alert changed that people would see.

    Times are left out, and so are the value and the links, in which Grafana repeats times: a refresh is no change.
    """
    seen = _encode_sorted((alert.status, alert.generator_url, alert.labels, alert.annotations))
    return sha256(seen).hexdigest()[:16]


class OpeningEncoder:
    """Encodes openings. A route is the same object for many of them, so its text is kept."""

    def __init__(self) -> None:
        self._routes: dict[int, tuple[Route, msgspec.Raw]] = {}

    def __call__(self, opening: Opening) -> str:
        own, shared = self.parts(opening)
        return f"{{{own},{shared}}}"

    def parts(self, opening: Opening) -> tuple[str, str]:
        """The members that name the group, and those that an umbrella over it has too; without their braces."""
        own: dict[str, Any] = {name: getattr(opening, name) for name in _OWN_FIELDS}
        shared: dict[str, Any] = {name: getattr(opening, name) for name in _SHARED_FIELDS}
        shared["route"] = self._encoded(opening.route)
        return _encode(own)[1:-1].decode(), _encode(shared)[1:-1].decode()

    def _encoded(self, route: Route) -> msgspec.Raw:
        known = self._routes.get(id(route))
        if known is None or known[0] is not route:
            if len(self._routes) >= _KEPT_ROUTES:  # the team file was reloaded often: begin anew
                self._routes.clear()
            known = self._routes[id(route)] = (route, msgspec.Raw(_encode(route)))
        return known[1]


_OWN_FIELDS: Final = ("group_key", "group_labels", "is_umbrella")
_SHARED_FIELDS: Final = tuple(field.name for field in fields(Opening) if field.name not in _OWN_FIELDS)
_KEPT_ROUTES: Final = 4096


def encode_record(incident: Incident) -> bytes:
    """The incident without its opening and its alerts."""
    return _encode({name: getattr(incident, name) for name in _RECORD_FIELDS})


def decode_opening(opening: bytes) -> Opening:
    """Raises `Unreadable`."""
    try:
        return _decode_opening(opening)
    except msgspec.DecodeError as error:
        raise Unreadable(f"an opening: {error}") from error


def decode_incident(record: bytes, opening: bytes, alerts: Mapping[bytes, bytes]) -> Incident:
    """Join the parts of an incident. Raises `Unreadable`."""
    held = b",".join([b'"%b":%b' % item for item in alerts.items()])
    try:
        return _decode_incident(b'{"opening":%b,"alerts":{%b},%b' % (opening, held, record[1:]))
    except msgspec.DecodeError as error:
        raise Unreadable(f"an incident: {error}") from error


def decode_earlier(stored: bytes) -> Earlier:
    """Read what `LAST` held when an incident began."""
    incident, number, closed_ms = stored.decode().split(" ")
    return Earlier(id=IncidentId(incident), number=int(number), closed_at=from_ms(int(closed_ms)))


def encode_fold(fold: Fold) -> str:
    """How a folded incident stands, for its umbrella."""
    return _encode(fold).decode()


def decode_fold(stored: bytes) -> Fold:
    """Read what `FOLDS` holds. Raises `Unreadable`."""
    try:
        if stored.isdigit():  # nobody has looked at it yet
            return Fold(number=int(stored), status=Status.FIRING, severity=None, title="")
        return _decode_fold(stored)
    except msgspec.DecodeError as error:
        raise Unreadable(f"a fold: {error}") from error


def changed_alerts(before: Mapping[AlertKey, Alert], after: Mapping[AlertKey, Alert]) -> dict[AlertKey, str]:
    """Encode the alerts of `after` that `before` does not have just so."""
    return {
        key: encode_alert(alert)
        for key, alert in after.items()
        if (known := before.get(key)) is not alert and known != alert
    }


def encode_room(room: Room) -> bytes:
    """A room's record."""
    return _encode(room)


def decode_room(record: bytes) -> Room:
    """Raises `Unreadable`."""
    try:
        return _decode_room(record)
    except msgspec.DecodeError as error:
        raise Unreadable(f"a room: {error}") from error


def encode_entry(entry: Entry | RoomEntry) -> tuple[str, str]:
    """Return the kind and the JSON object of an entry, without its time."""
    kind, names = _ENTRY_FIELDS[type(entry)]
    return kind, _encode({name: getattr(entry, name) for name in names}).decode()


def decode_entry(stored: bytes) -> Entry:
    """Read one entry as an incident's inbox holds it. Raises `TooNew`, `Unreadable`."""
    entry: Entry = _decoded(stored, _incident_decoders)
    return entry


def decode_room_entry(stored: bytes) -> RoomEntry:
    """The same of a room's inbox."""
    entry: RoomEntry = _decoded(stored, _room_decoders)
    return entry


def _decoded(stored: bytes, decoders: Mapping[str, Any]) -> Any:
    try:
        schema, at_ms, kind, body = _decode_envelope(stored)
        check_schema(schema)
        at = from_ms(at_ms).isoformat()
        return decoders[kind](b'{"at":"%b",%b' % (at.encode(), bytes(body)[1:]))
    except (msgspec.DecodeError, KeyError) as error:
        raise Unreadable(f"an entry: {error}") from error


def encode_line(line: TimelineLine) -> bytes:
    """One line of a timeline."""
    return _encode(line)


def decode_lines(stored: Iterable[bytes]) -> tuple[TimelineLine, ...]:
    """Raises `Unreadable`."""
    try:
        return tuple(map(_decode_line, stored))
    except msgspec.DecodeError as error:
        raise Unreadable(f"a timeline: {error}") from error
