"""What happens in a room, what is to be done next, and what came of it: functions of values.

Do everything and plan again: the plan is empty.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.core import action as act
from alertbridge.core.action import Outcome
from alertbridge.core.backoff import backoff
from alertbridge.core.incident import Trouble
from alertbridge.core.letter import LETTER_LIFE, Letter, LetterKind
from alertbridge.core.planner import uuid_of
from alertbridge.core.quota import Priority
from alertbridge.core.room import Room, RoomEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLetter:
    """Send a message."""

    uuid: str
    letter: Letter
    priority = Priority.UPDATE

    @property
    def key(self) -> str:
        """Name it in troubles and logs."""
        return self.letter.key


RoomAction = SendLetter


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """What to do now, and when to look again although nothing happened (None: no need)."""

    actions: tuple[RoomAction, ...] = ()
    wait_until: datetime | None = None


def observe(room: Room, entry: RoomEntry) -> Room:
    """Take over one entry of the inbox."""
    letter = Letter(
        kind=LetterKind.ANSWER,
        cause=entry.id,
        at=entry.at,
        chat=entry.chat,
        text=entry.text,
        reply_to=entry.message,
    )
    return replace(room, outbox=(*room.outbox, letter))


def forget_late(room: Room, now: datetime) -> Room:
    """Drop the letters that come too late, and the troubles of letters that are not there any more."""
    outbox = tuple(letter for letter in room.outbox if now - letter.at < LETTER_LIFE)
    waiting = {letter.key for letter in outbox}
    troubles = tuple(trouble for trouble in room.troubles if trouble.key in waiting)
    if (outbox, troubles) == (room.outbox, room.troubles):
        return room
    return replace(room, outbox=outbox, troubles=troubles)


def plan(room: Room, now: datetime) -> RoomPlan:
    """List what to do now: the oldest letter, one at a time, so that they arrive in order."""
    if not room.outbox:
        return RoomPlan()
    action = SendLetter(uuid=uuid_of(room.id, "letter", room.outbox[0].key), letter=room.outbox[0])
    trouble = _trouble(room, action.key)
    if trouble is not None and trouble.retry_at > now:
        return RoomPlan(wait_until=trouble.retry_at)
    return RoomPlan((action,))


def record(room: Room, action: RoomAction, outcome: Outcome, now: datetime) -> Room:
    """Take over what came of an action. A letter that Feishu refuses is given up: its reader is gone."""
    match outcome:
        case act.AnswerLost(cause=cause):
            return _with_trouble(room, action.key, act.Failed(cause=cause), now)
        case act.Failed(is_refused=False):
            return _with_trouble(room, action.key, outcome, now)
        case _:
            outbox = tuple(letter for letter in room.outbox if letter.key != action.key)
            return replace(room, outbox=outbox, troubles=_other_troubles(room, action.key))


def _with_trouble(room: Room, key: str, failed: act.Failed, now: datetime) -> Room:
    before = _trouble(room, key)
    failures = (before.failures if before else 0) + (not failed.is_quota)
    trouble = Trouble(
        key=key,
        failures=failures,
        retry_at=now + backoff(failed, max(failures, 1)),
        cause=failed.cause,
        is_refused=False,
    )
    return replace(room, troubles=(*_other_troubles(room, key), trouble))


def _trouble(room: Room, key: str) -> Trouble | None:
    return next((trouble for trouble in room.troubles if trouble.key == key), None)


def _other_troubles(room: Room, key: str) -> tuple[Trouble, ...]:
    return tuple(trouble for trouble in room.troubles if trouble.key != key)
