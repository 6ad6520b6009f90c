"""D1 and D2 for rooms, under everything that can go wrong in any order: no entry lost, none twice, one owner.

As for incidents (`test_mailbox_model`), workers die between any two steps, lose the answer of any call, and are
replaced while they still believe to be the owner. What a worker takes over it writes into the record, to be compared.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from alertbridge.core.ids import ChatId, EntryId, JobId, MessageId, OpenId, RoomId
from alertbridge.core.rooms.room import Answer, Room, RoomEntry, lobby_room, person_room
from alertbridge.core.rooms.tending import observe
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.keys import ARQ_JOB, ARQ_QUEUE, BUSY, DEAD, DUE, INBOX
from alertbridge.store.mailbox import Saved, decode_dead
from alertbridge.store.rooms import RoomClaim, Rooms
from tests.store.world import NEVER, World
from tests.store_server import StoreServer

ROOMS: Final = (person_room(OpenId("ou_alice")), lobby_room("main"))
PICKS: Final = st.integers(min_value=0, max_value=7)


@dataclass(slots=True)
class Hand:
    """A worker that believes to own a room."""

    claim: RoomClaim
    room: Room
    drained: int = 0

    def take(self, entries: tuple[RoomEntry, ...]) -> None:
        for entry in entries:
            self.room = observe(self.room, entry)
        self.drained += len(entries)


class RoomMailboxes(RuleBasedStateMachine):
    """One store, two rooms, any number of workers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.connection = Connection(open_pool(url, size=3))
        self.world, self.rooms = World(self.connection), Rooms(self.connection)
        self.run(self.connection.call("FLUSHALL"))
        self.hands: list[Hand] = []
        self.revisions = dict.fromkeys(ROOMS, 0)
        self.sent: dict[RoomId, list[str]] = {room: [] for room in ROOMS}
        self.serial = 0

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def call(self, *command: Any) -> Any:
        return self.run(self.connection.call(*command))

    def owner(self, room: RoomId) -> JobId | None:
        job = self.call("HGET", BUSY, room)
        return None if job is None else JobId(job.decode())

    def set_aside(self, room: RoomId) -> list[str]:
        dead = map(decode_dead, self.call("LRANGE", DEAD, 0, -1))
        return [one.entry for one in dead if str(one.incident) == room]

    def is_owner(self, hand: Hand) -> bool:
        is_latest = self.revisions[hand.claim.id] == hand.claim.revision
        return is_latest and self.owner(hand.claim.id) == hand.claim.job

    # -- what happens --------------------------------------------------------------------------------------------------

    @rule(room=st.sampled_from(ROOMS), is_told_twice=st.booleans())
    def append(self, room: RoomId, is_told_twice: bool) -> None:
        self.serial += 1
        name = f"e{self.serial}"
        text = {"zh": name, "en": name}
        entry = Answer(id=EntryId(name), at=NEVER, text=text, message=MessageId(name), chat=ChatId("oc_1"))
        for _ in range(1 + is_told_twice):
            self.run(self.world.feed.append_room(room, entry, receipt=name))
        self.sent[room].append(name)

    @rule(room=st.sampled_from(ROOMS))
    def claim(self, room: RoomId) -> None:
        """A worker takes the queued job, perhaps while another still believes to have it."""
        if (job := self.owner(room)) is None:
            return
        claim = self.run(self.rooms.claim(room, job))
        assert claim is not None
        assert claim.revision == self.revisions[room] + 1
        self.revisions[room] = claim.revision
        hand = Hand(claim, claim.room)
        hand.take(claim.entries)
        self.hands.append(hand)

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS)
    def read_on(self, pick: int) -> None:
        hand = self.hands[pick % len(self.hands)]
        further = self.run(self.rooms.read_on(hand.claim, in_hand=hand.drained))
        assert (further is not None) == self.is_owner(hand)
        if further is None:
            self.hands.remove(hand)
        else:
            hand.take(further)

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS, release=st.booleans(), waits=st.booleans(), is_answered=st.booleans())
    def save(self, pick: int, release: bool, waits: bool, is_answered: bool) -> None:
        hand = self.hands[pick % len(self.hands)]
        is_owner = self.is_owner(hand)
        due = hand.claim.now + timedelta(minutes=10) if waits else None
        answer = self.run(self.rooms.save(hand.claim, hand.room, due=due, drained=hand.drained, release=release))
        assert (answer is Saved.REFUSED) == (not is_owner)
        if is_answered and answer in (Saved.SAVED, Saved.MORE):
            hand.drained = 0
        else:
            self.hands.remove(hand)
        if answer is Saved.RELEASED:
            self.call("ZREM", ARQ_QUEUE, hand.claim.job)
            self.call("DEL", ARQ_JOB + hand.claim.job)

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS)
    def crash(self, pick: int) -> None:
        del self.hands[pick % len(self.hands)]

    @rule(room=st.sampled_from(ROOMS))
    def lose_job(self, room: RoomId) -> None:
        if (job := self.owner(room)) is not None:
            self.call("ZREM", ARQ_QUEUE, job)

    @rule(minutes=st.sampled_from([0, 11]))
    def wake_due(self, minutes: int) -> None:
        self.run(self.world.clock.advance(timedelta(minutes=minutes)))
        self.run(self.world.mailbox.wake_due())
        for room in ROOMS:
            if (job := self.owner(room)) is not None:
                assert self.call("ZSCORE", ARQ_QUEUE, job) is not None, "an owned room has a queued job"

    # -- what always holds ---------------------------------------------------------------------------------------------

    @invariant()
    def what_waits_has_an_owner(self) -> None:
        for room in ROOMS:
            if self.call("LLEN", INBOX + room):
                assert self.owner(room) is not None

    @invariant()
    def every_entry_is_taken_over_once_and_in_order_or_waits_or_was_set_aside(self) -> None:
        for room in ROOMS:
            record = self.run(self.world.records.room(room))
            taken = [letter.cause for letter in record.outbox]
            waiting = [raw.decode() for raw in self.call("LRANGE", INBOX + room, 0, -1)]
            dead = self.set_aside(room)
            left = [name for name in self.sent[room] if not any(f'"{name}"' in entry for entry in dead)]
            assert taken == left[: len(taken)]
            assert len(waiting) == len(left) - len(taken)
            assert all(f'"{name}"' in entry for name, entry in zip(left[len(taken) :], waiting, strict=True))

    def teardown(self) -> None:
        """Let one honest worker do the rest."""
        for room in ROOMS:
            while (job := self.owner(room)) is not None:
                claim = self.run(self.rooms.claim(room, job))
                hand = Hand(claim, claim.room)
                hand.take(claim.entries)
                save = self.rooms.save(claim, hand.room, due=None, drained=hand.drained, release=True)
                assert self.run(save) in (Saved.RELEASED, Saved.MORE)
            record = self.run(self.world.records.room(room))
            assert len(record.outbox) == len(self.sent[room]) - len(self.set_aside(room))
            assert replace(record, outbox=()) == Room(id=room)
        assert self.call("ZCARD", DUE) <= len(ROOMS)
        self.run(self.connection.aclose())
        self.runner.close()


def test_d1_d2_whatever_goes_wrong_every_entry_of_a_room_is_taken_over_once(store_server: StoreServer) -> None:
    class OnThisServer(RoomMailboxes):
        def __init__(self) -> None:
            super().__init__(store_server.url)

    run_state_machine_as_test(
        OnThisServer,
        settings=settings(max_examples=40, stateful_step_count=30, database=None, derandomize=True),
    )
