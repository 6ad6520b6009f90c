"""What happens in a room, what is to be done next, and what came of it: functions of values.

Do everything and plan again: the plan is empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict, assert_never

from alertbridge.core.chats.action import AddMembers, Buzz
from alertbridge.core.chats.backoff import backoff
from alertbridge.core.chats.outcome import AnswerLost, ChatGone, Done, Failed, Outcome, Sent
from alertbridge.core.ids import EntryId, MessageId, RoomId, uuid_of
from alertbridge.core.incidents.incident import Trouble
from alertbridge.core.quota import Priority
from alertbridge.core.rooms.letter import LETTER_LIFE, Letter, LetterKind
from alertbridge.core.rooms.lobby import Offer
from alertbridge.core.rooms.lobby_life import lose_lobby, next_look, observe_lobby
from alertbridge.core.rooms.lobby_plan import (
    CreateLobby,
    EditDigest,
    FindLobby,
    LobbyAction,
    LobbyWanted,
    lobby_wishes,
    record_digest,
    record_lobby,
    record_offer,
)
from alertbridge.core.rooms.my_list import ListKind, ListView
from alertbridge.core.rooms.ringing import (
    drop_unheard,
    gather,
    list_is_out,
    needs_look,
    renew_list,
    ring_wishes,
    see,
    take_ring,
)
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
    ShownList,
)

GREETING_GAP = timedelta(days=1)

LOOKS = (timedelta(seconds=1), timedelta(seconds=5))
"""How long after a press its list is seen again: the owner of the incident decides in between."""


SHOWN = 5
"""Lists that follow what is done on them; on older ones a press counts as well."""


class _Cause(TypedDict):
    cause: EntryId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLetter:
    """Send a message."""

    room: RoomId
    uuid: str
    letter: Letter
    is_repeat: bool = False
    """It may be there: an answer was lost."""

    @property
    def priority(self) -> Priority:
        """What calls somebody goes first."""
        return Priority.PAGE if self.letter.list_kind is ListKind.CALLS else Priority.UPDATE

    @property
    def key(self) -> str:
        """Name it in troubles and logs."""
        return self.letter.key


@dataclass(frozen=True, slots=True, kw_only=True)
class EditList:
    """Bring a list to the present."""

    message: MessageId
    view: ListView
    priority = Priority.UPDATE

    @property
    def key(self) -> str:
        """Name it in troubles and logs."""
        return f"edit_list:{self.message}"


RoomAction = SendLetter | EditList | Buzz | LobbyAction


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """What to do now, and when to look again although nothing happened (None: no need)."""

    actions: tuple[RoomAction, ...] = ()
    wait_until: datetime | None = None


def observe(room: Room, entry: RoomEntry) -> Room:
    """Take over one entry of the inbox."""
    match entry:
        case Answer(chat=chat, text=text, message=message):
            chat = chat or room.chat
            return _write(room, Letter(kind=LetterKind.ANSWER, **_cause(entry), chat=chat, text=text, reply_to=message))
        case AskedMine(chat=chat, message=message):
            chat = chat or room.chat
            room = replace(room, chat=chat)
            mine = Letter(kind=LetterKind.LIST, **_cause(entry), chat=chat, list_kind=ListKind.MINE, reply_to=message)
            return _write(room, mine)
        case Came(chat=chat):
            room = replace(room, chat=chat) if chat is not None and chat != room.chat else room
            if room.greeted_at is not None and entry.at - room.greeted_at < GREETING_GAP:
                return room
            welcome = Letter(kind=LetterKind.LIST, **_cause(entry), chat=room.chat, list_kind=ListKind.WELCOME)
            return _write(replace(room, greeted_at=entry.at), welcome)
        case Pressed(at=at, message=message):
            return _with_shown(room, message, looks=tuple(at + wait for wait in LOOKS))
        case Called():
            return gather(room, entry)
        case Nudged() | Offered() | Chosen() | ChatWasLost() | Reported():
            return observe_lobby(room, entry)
        case Pulse():
            return room
        case _:
            assert_never(entry)


def _cause(entry: RoomEntry) -> _Cause:
    return {"cause": entry.id, "at": entry.at}


def _write(room: Room, letter: Letter) -> Room:
    return replace(room, outbox=(*room.outbox, letter))


def _with_shown(room: Room, message: MessageId, **changes: Any) -> Room:
    shown = tuple(replace(one, **changes) if one.message == message else one for one in room.shown)
    return room if shown == room.shown else replace(room, shown=shown)


def wants_list(room: Room, now: datetime) -> ListKind | None:
    """Which list has to be looked up before anything can be planned."""
    letter = room.outbox[0] if room.outbox else None
    if letter is not None and letter.list_kind is not None and letter.view is None:
        return letter.list_kind
    if needs_look(room, now):
        return ListKind.CALLS
    used = _used(room, now)
    return None if used is None else used.view.kind


def show(room: Room, view: ListView, now: datetime) -> Room:
    """Take over what was looked up: into the letter that waits for it, else for the list that was used."""
    called_on = room.ring.message if room.ring is not None and view.kind is ListKind.CALLS else None
    if view.kind is ListKind.CALLS:
        room = see(room, view, now)
    if room.outbox and room.outbox[0].list_kind is view.kind and room.outbox[0].view is None:
        return replace(room, outbox=(replace(room.outbox[0], view=view), *room.outbox[1:]))
    shown = tuple(
        _shows(one, view, now)
        if one.message == called_on or (one.view.kind is view.kind and _is_due(one, now))
        else one
        for one in room.shown
    )
    return replace(room, shown=shown)


def _shows(one: ShownList, view: ListView, now: datetime) -> ShownList:
    later = tuple(look for look in one.looks if look > now)
    return replace(one, looks=later, wanted=None if one.view == view else view)


def _is_due(one: ShownList, now: datetime) -> bool:
    return any(look <= now for look in one.looks)


def _used(room: Room, now: datetime) -> ShownList | None:
    return next((one for one in room.shown if _is_due(one, now)), None)


def forget_late(room: Room, now: datetime, lobby: LobbyWanted | None = None) -> Room:
    """Drop the letters that come too late, and the troubles of letters that are not there any more."""
    room = drop_unheard(renew_list(room, now))
    outbox = tuple(letter for letter in room.outbox if now - letter.at < LETTER_LIFE)
    asked = {action.key for action, _ in _wishes(replace(room, outbox=outbox), now, lobby)}
    troubles = tuple(trouble for trouble in room.troubles if trouble.key in asked)
    if (outbox, troubles) == (room.outbox, room.troubles):
        return room
    return replace(room, outbox=outbox, troubles=troubles)


def plan(room: Room, now: datetime, lobby: LobbyWanted | None = None) -> RoomPlan:
    """List what to do now. Of the letters it is the oldest one, so that they arrive in order.

    `lobby` is what a lobby should be; None: it is none, or none any more.
    """
    held = [look for one in room.shown for look in one.looks]
    if room.ring is not None and not room.ring.is_seen:
        held.append(room.ring.at)
    if lobby is not None and (look := next_look(room)) is not None:
        held.append(look)
    ready: list[RoomAction] = []
    for action, not_before in _wishes(room, now, lobby):
        trouble = _trouble(room, action.key)
        at = not_before if trouble is None else max(not_before, trouble.retry_at)
        if at <= now:
            ready.append(action)
        else:
            held.append(at)
    if len(ready) > 1:
        # What they are called on shows what is true then.
        ready = [action for action in ready if not isinstance(action, Buzz)]
    return RoomPlan(tuple(ready), min(held, default=None))


def _wishes(room: Room, now: datetime, lobby: LobbyWanted | None) -> Iterator[tuple[RoomAction, datetime]]:
    if room.outbox:
        letter = room.outbox[0]
        trouble = _trouble(room, letter.key)
        is_repeat = trouble is not None and trouble.failures > 0
        uuid = uuid_of(room.id, "letter", letter.key)
        yield SendLetter(room=room.id, uuid=uuid, letter=letter, is_repeat=is_repeat), now
    for one in room.shown:
        if one.wanted is not None:
            yield EditList(message=one.message, view=one.wanted), now
    yield from ring_wishes(room)
    if lobby is not None:
        yield from lobby_wishes(room, lobby, now)


def record(room: Room, action: RoomAction, outcome: Outcome, now: datetime) -> Room:
    """Take over what came of an action. A letter that Feishu refuses is given up: its reader is gone."""
    if isinstance(action, Buzz):
        return take_ring(room, action, outcome, now)
    match outcome:
        case AnswerLost(cause=cause):
            return _with_trouble(room, action.key, Failed(cause=cause), now)
        case Failed() if not outcome.is_refused or _is_kept(action):
            return _with_trouble(room, action.key, outcome, now)
    room = replace(room, troubles=_other_troubles(room, action.key))
    if not isinstance(action, SendLetter | EditList):
        return record_lobby(room, action, outcome, now)
    match action, outcome:
        case SendLetter(letter=Letter(digest=digest)), Sent(message=message) if digest is not None:
            room = record_digest(room, message, digest, now)
        case SendLetter(letter=Letter(kind=LetterKind.OFFER, chat=chat)), Sent(message=message) if chat is not None:
            room = record_offer(room, Offer(chat=chat, message=message))
        case SendLetter(letter=Letter(chat=chat)), ChatGone() if room.lobby.chat and room.lobby.chat.id == chat:
            return lose_lobby(room, now)
        case SendLetter(letter=letter), Sent(message=message, chat=chat) if letter.view is not None:
            shown = (*room.shown, ShownList(message=message, view=letter.view))[-SHOWN:]
            room = list_is_out(replace(room, chat=chat or room.chat, shown=shown), letter, message)
        case EditList(message=message, view=view), Done():
            return _with_shown(room, message, view=view, wanted=None)
        case EditList(message=message), _:  # it is gone; the next one is asked for
            return replace(room, shown=tuple(one for one in room.shown if one.message != message))
    return replace(room, outbox=tuple(letter for letter in room.outbox if letter.key != action.key))


def _is_kept(action: RoomAction) -> bool:
    """What is asked for again although it was refused: somebody may mend it, and nothing else takes its place."""
    return isinstance(action, CreateLobby | FindLobby | AddMembers | EditDigest) or (
        isinstance(action, SendLetter) and action.letter.kind is LetterKind.DIGEST
    )


def _with_trouble(room: Room, key: str, failed: Failed, now: datetime) -> Room:
    before = _trouble(room, key)
    failures = (before.failures if before else 0) + (not failed.is_quota)
    trouble = Trouble(
        key=key,
        failures=failures,
        retry_at=now + backoff(failed, max(failures, 1)),
        cause=failed.cause,
        is_refused=failed.is_refused,
    )
    return replace(room, troubles=(*_other_troubles(room, key), trouble))


def _trouble(room: Room, key: str) -> Trouble | None:
    return next((trouble for trouble in room.troubles if trouble.key == key), None)


def _other_troubles(room: Room, key: str) -> tuple[Trouble, ...]:
    return tuple(trouble for trouble in room.troubles if trouble.key != key)
