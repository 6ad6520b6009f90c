"""The owner's side of an incident: claim it, read its inbox, save it, let go of it; and waking what is due.

The revision is the fence. A claim raises it, a save under any other is refused, and then the job stops and touches
nothing: somebody else owns the incident. A save without an answer may have been done; the job ends there too, and the
next claim sees what was saved.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from alertbridge.core.groups.blueprint import title_of
from alertbridge.core.ids import AlertKey, ChatId, IncidentId, JobId
from alertbridge.core.incidents.command import Entry
from alertbridge.core.incidents.incident import OPEN, Earlier, Incident, Opening, Status
from alertbridge.core.incidents.storm import Storm, fold_of
from alertbridge.core.rooms.lobby import lobby_of, shown_in_lobby
from alertbridge.core.rooms.room import lobby_room
from alertbridge.core.timeline import TimelineLine
from alertbridge.store.codec import (
    SCHEMA,
    changed_alerts,
    decode_earlier,
    decode_entry,
    decode_fold,
    decode_incident,
    decode_opening,
    encode_fold,
    encode_line,
    encode_record,
    from_ms,
    to_ms,
)
from alertbridge.store.connection import Connection
from alertbridge.store.errors import TooNew
from alertbridge.store.scripts import load

_CLAIM: Final = load("claim")
_SAVE: Final = load("save")
_WAKE_DUE: Final = load("wake_due")
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store noted about an alert without waking anybody."""

    ends_at: datetime | None
    """The latest `endsAt` of a direct push."""
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class DeadEntry:
    """An entry that was set aside, because three claims ended without a save."""

    incident: IncidentId
    at: datetime
    entry: str
    """As it lay in the inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An incident in its owner's hands."""

    id: IncidentId
    job: JobId
    revision: int
    now: datetime
    number: int
    opened_at: datetime
    opening: Opening
    incident: Incident | None
    """As it was last saved; None: never yet."""
    seen: dict[AlertKey, Seen]
    """Every alert that it holds."""
    entries: tuple[Entry, ...]
    """The head of the inbox: at most 64 and 1 MiB; only the first one where the last claim ended without a save."""
    has_more: bool
    dead: DeadEntry | None
    """Set aside since the last save: the timeline has to say so."""
    earlier: Earlier | None = None
    """The last incident of the same group key, where it is still known."""
    folded_in: IncidentId | None = None
    """The umbrella it was folded into when it began."""
    is_orphan: bool = False
    """That umbrella is closed."""
    storm: Storm | None = None
    """Of an umbrella: what is folded into it."""


@dataclass(frozen=True, slots=True)
class Further:
    """What has arrived in the inbox behind the entries that the owner has in hand."""

    now: datetime
    entries: tuple[Entry, ...]
    has_more: bool


class Saved(StrEnum):
    """What became of a save."""

    SAVED = "saved"
    RELEASED = "released"
    """Saved, and nobody owns the incident any more."""
    MORE = "more"
    """Saved, but not released, and the inbox holds more."""
    NOT_EMPTY = "not_empty"
    """Nothing was written: the inbox holds more, and the save was only for an empty one."""
    STIRRED = "stirred"
    """Nothing was written: what is folded into it changed since the claim, so it is not closed. Claim it again."""
    REFUSED = "refused"
    """Nothing was written: somebody else owns the incident. Stop, and touch nothing."""


@dataclass(frozen=True, slots=True)
class Woken:
    """What `wake_due` did."""

    now: datetime
    incidents: int
    delivered: int
    """Parked entries whose chat is known now."""
    dropped: int
    """Parked entries that waited 30 seconds in vain, or whose incident came to its end."""
    next_due: datetime | None


class Mailbox:
    """Inboxes and owners of all incidents."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, incident: IncidentId, job: JobId) -> Claim | None:
        """Take an incident over; None when another job was made its owner.

        Raises `StoreAway`, `TooNew` (the job is still the owner), `Unreadable`. After three claims without a save,
        whatever the reason, the first entry of the inbox is set aside.
        """
        reply = await self._connection.run(_CLAIM, incident, job, SCHEMA)
        if reply is None:
            return None
        if len(reply) == 1:
            raise TooNew(int(reply[0]), SCHEMA)
        now, entries, more, revision, number, opened, opening, record, dead, alerts, *others = reply
        held_keys, held_values, earlier, folded_in, is_orphan, above_ms, folds = others
        known = decode_opening(opening)
        return Claim(
            id=incident,
            job=job,
            revision=revision,
            now=from_ms(now),
            number=int(number),
            opened_at=from_ms(int(opened)),
            opening=known,
            incident=record and decode_incident(record, opening, dict(zip(alerts[::2], alerts[1::2], strict=True))),
            seen={AlertKey(key.decode()): _seen(value) for key, value in zip(held_keys, held_values, strict=True)},
            entries=tuple(map(decode_entry, entries)),
            has_more=bool(more),
            dead=dead and decode_dead(dead),
            earlier=earlier and decode_earlier(earlier),
            folded_in=folded_in and IncidentId(folded_in.decode()),
            is_orphan=bool(is_orphan),
            storm=_storm(folds, above_ms) if known.is_umbrella else None,
        )

    async def read_on(self, claim: Claim, *, in_hand: int) -> Further | None:
        """Read what the inbox holds behind the `in_hand` entries that are not saved as drained yet.

        None when the claim is over. Raises `StoreAway`, `TooNew`, `Unreadable`.
        """
        reply = await self._connection.run(_CLAIM, claim.id, claim.job, SCHEMA, claim.revision, in_hand)
        if reply is None:
            return None
        if len(reply) == 1:
            raise TooNew(int(reply[0]), SCHEMA)
        now, entries, more = reply
        return Further(from_ms(now), tuple(map(decode_entry, entries)), bool(more))

    async def save(
        self,
        claim: Claim,
        before: Incident | None,
        after: Incident,
        *,
        due: datetime | None,
        drained: int = 0,
        lines: Sequence[TimelineLine] = (),
        forget: Collection[AlertKey] = (),
        is_page: bool = False,
        if_empty: bool = False,
        release: bool = False,
    ) -> Saved:
        """Write `after`, where `before` is what was last saved, and take `drained` entries from the inbox.

        `due` is when it is woken at the latest, at most an hour ahead; None: it is at its end, which releases it. That
        is only saved while the inbox is empty; so is the step to `closed`, which frees the group key and the alerts.
        `forget`: the next copy of these alerts counts as news. `is_page`: what is due is a page, which goes first.
        `if_empty`: only if no entry waits behind the drained ones. Raises `StoreAway`: then stop as if refused.
        """
        closes = after.status is Status.CLOSED and (before is None or before.status is not Status.CLOSED)
        is_end = due is None
        assert after.status is Status.CLOSED or not is_end, "an incident ends closed"
        known = {} if before is None else before.alerts
        chat, chat_before = _chat(after), _chat(before)
        room, room_before = None if is_end else _room(after), _room(before)
        fold = fold_of(after, title_of(after))
        packed: dict[str, Any] = {
            "incident": claim.id,
            "job": claim.job,
            "revision": claim.revision,
            "schema": SCHEMA,
            "record": encode_record(after).decode(),
            "status": after.status,
            "alerts": [text for item in changed_alerts(known, after.alerts).items() for text in item],
            "dropped": list(known.keys() - after.alerts.keys()),
            "lines": [encode_line(line).decode() for line in lines],
            "chat": chat if chat != chat_before else None,
            "chat_left": chat_before if chat != chat_before else None,
            "room": room if room != room_before else None,
            "room_left": room_before if room != room_before else None,
            "forget": list(forget),
            "drained": drained,
            "due": None if due is None else to_ms(due),
            "is_page": is_page,
            "closes": closes,
            "group_key": after.opening.group_key,
            "fold": None if fold is None else encode_fold(fold),
            "is_open": after.status in OPEN,
            "if_empty": if_empty or closes or is_end,
            "release": release or is_end,
            "nudges": lobby_room(lobby_of(after)) if shown_in_lobby(before) != shown_in_lobby(after) else None,
        }
        answer = await self._connection.run_beside(_SAVE, _pack(packed))
        return Saved(answer.decode())

    async def wake_due(self) -> Woken:
        """Queue a job for every incident that is due, and for every owned one whose job is gone. Raises `StoreAway`."""
        cursor, incidents, delivered, dropped = "0", 0, 0, 0
        while True:
            reply = await self._connection.run(_WAKE_DUE, cursor)
            now, next_cursor, is_more_due, *counts, next_due = reply
            incidents, delivered, dropped = incidents + counts[0], delivered + counts[1], dropped + counts[2]
            cursor = next_cursor.decode()
            if cursor == "0" and not is_more_due:
                next_at = None if next_due is None else from_ms(int(next_due))
                return Woken(from_ms(now), incidents, delivered, dropped, next_at)


def decode_dead(stored: bytes) -> DeadEntry:
    """Read what `DEAD` holds."""
    dead = msgspec.json.decode(stored)
    return DeadEntry(IncidentId(dead["incident"]), from_ms(int(dead["at_ms"])), dead["entry"])


def _storm(folds: Sequence[bytes], above_ms: bytes | None) -> Storm:
    pairs = zip(folds[::2], folds[1::2], strict=True)
    return Storm(
        folds={IncidentId(incident.decode()): decode_fold(fold) for incident, fold in pairs},
        above_at=from_ms(int(above_ms)) if above_ms else None,
    )


def _seen(held: bytes) -> Seen:
    ends_at, last_seen_at, _ = held.split(b" ", 2)
    return Seen(from_ms(int(ends_at)) if ends_at != b"0" else None, from_ms(int(last_seen_at)))


def _room(incident: Incident | None) -> ChatId | None:
    """The standing room where the incident is."""
    chat = None if incident is None else incident.chat
    return None if chat is None or not chat.is_standing or chat.is_gone else chat.id


def _chat(incident: Incident | None) -> ChatId | None:
    """The group that is the incident's own: what happens in a standing room is no one incident's."""
    if incident is None or incident.chat is None or incident.chat.is_standing:
        return None
    return incident.chat.id
