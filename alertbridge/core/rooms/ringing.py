"""Somebody who has to be called for several incidents: one list that names them, and one call a minute.

The list goes out at once and is kept up to date; the call waits until a minute has passed since the one before. For
what somebody acknowledges meanwhile nobody is called.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.chats.action import Buzz
from alertbridge.core.chats.outcome import AnswerLost, Buzzed, Failed, Outcome
from alertbridge.core.ids import EntryId, MessageId
from alertbridge.core.incidents.outbox import stamp
from alertbridge.core.incidents.paging import BUZZES, REPEATS, next_way
from alertbridge.core.oncall.policy import Way
from alertbridge.core.rooms.letter import LETTER_LIFE, Letter, LetterKind
from alertbridge.core.rooms.my_list import ListKind, ListView
from alertbridge.core.rooms.room import Call, Called, Ring, Room, person_of

GATHER = (timedelta(seconds=2), timedelta(seconds=6))
"""How long after another incident the list is seen again: several often come at once."""

LIST_PATIENCE = timedelta(seconds=10)
"""How long the call waits for a list that is not out when it is time."""

RETRY = timedelta(seconds=5)
"""When a call that could not be made is made again: somebody waits for it."""


def gather(room: Room, entry: Called) -> Room:
    """Call them for this one, too."""
    before = next((call for call in room.calls if call.incident == entry.incident), None)
    ways = (entry.way, before.way) if before else (entry.way,)
    call = Call(
        incident=entry.incident,
        way=max(ways, key=_loudness),
        at=before.at if before else entry.at,
        message=entry.message,
    )
    others = tuple(one for one in room.calls if one is not before)
    room = replace(room, calls=(*others, call), ring=room.ring or Ring(at=entry.until))
    assert room.ring is not None
    if room.ring.message is not None:
        return _look_again(room, room.ring.message, entry.at)
    if _letter(room) is not None:
        return room
    letter = Letter(kind=LetterKind.LIST, cause=entry.id, at=entry.at, chat=room.chat, list_kind=ListKind.CALLS)
    return replace(room, outbox=(letter, *room.outbox))


def needs_look(room: Room, now: datetime) -> bool:
    """Whether to look who still waits, because they are to be called now."""
    return room.ring is not None and room.ring.at <= now and not room.ring.is_seen


def see(room: Room, view: ListView, now: datetime) -> Room:
    """Take over what is still to be acknowledged; without that nobody is called, and nothing is written."""
    waiting = {row.incident for row in (*view.rows, *view.others)}
    calls = tuple(call for call in room.calls if call.incident in waiting)
    if not calls:
        outbox = tuple(letter for letter in room.outbox if letter.list_kind is not ListKind.CALLS)
        return replace(room, calls=(), ring=None, outbox=outbox)
    is_due = room.ring is not None and room.ring.at <= now
    return replace(room, calls=calls, ring=room.ring and replace(room.ring, is_seen=is_due))


def ring_wishes(room: Room) -> Iterator[tuple[Buzz, datetime]]:
    """The call, once it is time and was looked at; on the list, or in a group where no list could be written."""
    ring = room.ring
    if ring is None or not ring.is_seen:
        return
    message = ring.message or next((call.message for call in reversed(room.calls) if call.message is not None), None)
    if message is not None:
        is_direct = ring.message is not None
        buzz = Buzz(message=message, people=(person_of(room.id),), way=_way(room, ring), cause="", is_direct=is_direct)
        yield buzz, ring.at if is_direct or _letter(room) is None else ring.at + LIST_PATIENCE


def list_is_out(room: Room, letter: Letter, message: MessageId) -> Room:
    """The list is there: it is the message that they are called on."""
    if letter.list_kind is not ListKind.CALLS or room.ring is None:
        return room
    return replace(room, ring=replace(room.ring, message=message))


def note_ring(room: Room) -> Room:
    """Remember that the call is about to be made."""
    return room if room.ring is None else replace(room, ring=replace(room.ring, is_calling=True))


def recover_ring(room: Room) -> Room:
    """Take over from an owner that may have died in the call: it may have been made."""
    if room.ring is None or not room.ring.is_calling:
        return room
    return _lose(room, room.ring)


def put_off(room: Room, until: datetime) -> Room:
    """They were called just now for something else."""
    return room if room.ring is None else replace(room, ring=_rested(room.ring, at=until))


def take_ring(room: Room, action: Buzz, outcome: Outcome, now: datetime) -> Room:
    """They are called; or by the next way; or the list that they have has to do."""
    ring = room.ring
    match outcome:
        case _ if ring is None:
            return room
        case Failed(wait_seconds=seconds):
            return put_off(room, now + (RETRY if seconds is None else timedelta(seconds=seconds)))
        case AnswerLost():
            return _lose(room, replace(ring, at=now + RETRY))
        case Buzzed(outside=outside) if not outside:
            return replace(room, calls=(), ring=None)
        case _:
            return _turn(room, ring, action.way)


def renew_list(room: Room, now: datetime) -> Room:
    """Write another list where the first one waits for so long that Feishu forgets its name."""
    letter = _letter(room)
    if letter is None or now - letter.at < LETTER_LIFE:
        return room
    another = replace(letter, cause=EntryId(f"{letter.cause}:{stamp(now)}"), at=now, view=None)
    return replace(room, outbox=tuple(another if one is letter else one for one in room.outbox))


def drop_unheard(room: Room) -> Room:
    """Give up where nothing is left to call them on."""
    ring = room.ring
    is_hopeless = ring is not None and ring.message is None and _letter(room) is None
    if is_hopeless and all(call.message is None for call in room.calls):
        return replace(room, calls=(), ring=None)
    return room


def _lose(room: Room, ring: Ring) -> Room:
    if ring.lost + 1 >= REPEATS:
        return _turn(room, ring, _way(room, ring))
    return replace(room, ring=replace(_rested(ring), lost=ring.lost + 1))


def _turn(room: Room, ring: Ring, way: Way) -> Room:
    tried = (*ring.tried, way)
    if next_way(way, tried) is None:
        return replace(room, calls=(), ring=None)
    return replace(room, ring=replace(_rested(ring), tried=tried, lost=0))


def _rested(ring: Ring, *, at: datetime | None = None) -> Ring:
    return replace(ring, at=at or ring.at, is_seen=False, is_calling=False)


def _way(room: Room, ring: Ring) -> Way:
    """The loudest that is asked for; where it was refused, what takes its place."""
    loudest = max((call.way for call in room.calls), key=_loudness, default=Way.APP)
    wanted = loudest if loudest in BUZZES else Way.APP
    return next_way(wanted, ring.tried) or wanted


def _loudness(way: Way) -> int:
    return BUZZES.index(way) if way in BUZZES else -1


def _letter(room: Room) -> Letter | None:
    return next((letter for letter in room.outbox if letter.list_kind is ListKind.CALLS), None)


def _look_again(room: Room, message: MessageId, at: datetime) -> Room:
    looks = tuple(at + wait for wait in GATHER)
    shown = tuple(replace(one, looks=looks) if one.message == message else one for one in room.shown)
    return replace(room, shown=shown)
