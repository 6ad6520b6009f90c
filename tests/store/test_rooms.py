"""D1 and D2 for rooms: they share inbox, owner and due time with incidents, and have a save of their own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core.ids import ChatId, EntryId, JobId, MessageId, OpenId, RoomId
from alertbridge.core.rooms.letter import Letter, LetterKind
from alertbridge.core.rooms.room import Answer, Nudged, Room, lobby_room, person_room
from alertbridge.store.codec import SCHEMA, to_ms
from alertbridge.store.deliveries import Outcome
from alertbridge.store.errors import TooNew, Unreadable
from alertbridge.store.keys import ARQ_JOB, BUSY, DUE, INBOX, INCIDENT
from alertbridge.store.mailbox import Saved
from alertbridge.store.rooms import RoomClaim, Rooms
from tests.store.world import NEVER, A, B, World, a_candidate, a_command, an_alert

ROOM = person_room(OpenId("ou_alice"))


def an_entry(name: str = "1") -> Answer:
    text = {"zh": '"好"\n', "en": "Fine"}
    return Answer(id=EntryId(name), at=NEVER, text=text, message=MessageId(f"om_{name}"), chat=ChatId("oc_1"))


async def owner(world: World) -> JobId:
    job: bytes = await world.connection.call("HGET", BUSY, ROOM)
    return JobId(job.decode())


async def claimed(world: World, rooms: Rooms) -> RoomClaim:
    claim = await rooms.claim(ROOM, await owner(world))
    assert claim is not None
    return claim


@pytest.fixture
def rooms(world: World) -> Rooms:
    return Rooms(world.connection)


async def test_the_first_entry_makes_the_room_and_wakes_an_owner(world: World, rooms: Rooms, raw: Any) -> None:
    assert await world.feed.append_room(ROOM, an_entry()) is Outcome.STORED

    claim = await claimed(world, rooms)
    assert claim.job.startswith(f"tend:{ROOM}:")
    assert b'"f":"tend","a":["person:ou_alice"]' in await raw.get(ARQ_JOB + claim.job)
    assert claim.room == Room(id=ROOM)
    (entry,) = claim.entries
    assert replace(entry, at=NEVER) == an_entry()
    assert claim.now - entry.at < timedelta(minutes=1)
    assert (claim.revision, claim.has_more, claim.dead) == (1, False, None)


async def test_a_receipt_counts_once(world: World) -> None:
    assert await world.feed.append_room(ROOM, an_entry(), receipt="om_1") is Outcome.STORED
    assert await world.feed.append_room(ROOM, an_entry(), receipt="om_1") is Outcome.DUPLICATE

    assert await world.connection.call("LLEN", INBOX + ROOM) == 1
    assert len(await world.jobs()) == 1


async def test_what_was_saved_is_claimed_again(world: World, rooms: Rooms) -> None:
    await world.feed.append_room(ROOM, an_entry())
    claim = await claimed(world, rooms)
    letter = Letter(kind=LetterKind.ANSWER, cause=EntryId("1"), at=claim.now, chat=ChatId("oc_1"), text={"zh": "好"})
    room = replace(claim.room, outbox=(letter,))

    assert await rooms.save(claim, room, due=None, drained=1, release=True) is Saved.RELEASED
    assert await world.connection.call("HLEN", BUSY) == 0
    await world.feed.append_room(ROOM, an_entry("2"))

    again = await claimed(world, rooms)
    assert (again.room, again.revision, len(again.entries)) == (room, 2, 1)


async def test_d1_a_room_has_one_owner(world: World, rooms: Rooms, raw: Any) -> None:
    await world.feed.append_room(ROOM, an_entry())
    first = await claimed(world, rooms)
    second = await claimed(world, rooms)
    before = {key: await raw.dump(key) for key in await raw.keys("*")}

    assert await rooms.claim(ROOM, JobId(f"tend:{ROOM}:99")) is None
    assert await rooms.save(first, first.room, due=None, drained=1, release=True) is Saved.REFUSED
    assert await rooms.read_on(first, in_hand=0) is None
    assert {key: await raw.dump(key) for key in await raw.keys("*")} == before
    assert await rooms.save(second, second.room, due=None, drained=1) is Saved.SAVED


async def test_d1_a_room_is_not_let_go_of_while_its_inbox_holds_anything(world: World, rooms: Rooms) -> None:
    await world.feed.append_room(ROOM, an_entry())
    claim = await claimed(world, rooms)
    await world.feed.append_room(ROOM, an_entry("2"))

    assert await rooms.save(claim, claim.room, due=None, drained=1, release=True) is Saved.MORE

    assert await owner(world) == claim.job
    further = await rooms.read_on(claim, in_hand=0)
    assert further is not None
    assert [entry.id for entry in further] == ["2"]
    assert await rooms.save(claim, claim.room, due=None, drained=1, release=True) is Saved.RELEASED


async def test_d2_a_room_whose_job_was_lost_gets_another(world: World, rooms: Rooms) -> None:
    await world.feed.append_room(ROOM, an_entry())
    lost = await owner(world)
    await world.forget_jobs()

    await world.mailbox.wake_due()

    assert await owner(world) != lost
    assert len((await claimed(world, rooms)).entries) == 1


async def test_d3_a_room_is_woken_when_it_is_due_and_only_then(world: World, rooms: Rooms, raw: Any) -> None:
    await world.feed.append_room(ROOM, an_entry())
    claim = await claimed(world, rooms)
    due = claim.now + timedelta(minutes=10)
    await rooms.save(claim, claim.room, due=due, drained=1, release=True)
    assert await raw.zscore(DUE, ROOM) == to_ms(due)

    assert (await world.mailbox.wake_due()).incidents == 0
    await world.clock.advance(timedelta(minutes=10))
    assert (await world.mailbox.wake_due()).incidents == 1

    again = await claimed(world, rooms)
    assert await rooms.save(again, again.room, due=None, drained=0, release=True) is Saved.RELEASED
    assert await raw.zscore(DUE, ROOM) is None


async def test_an_entry_that_nobody_can_work_on_is_set_aside_after_three_claims(world: World, rooms: Rooms) -> None:
    await world.feed.append_room(ROOM, an_entry())
    for _ in range(3):
        assert len((await claimed(world, rooms)).entries) == 1

    claim = await claimed(world, rooms)

    assert claim.entries == ()
    assert claim.dead is not None
    assert str(claim.dead.incident) == ROOM
    assert "om_1" in claim.dead.entry
    await rooms.save(claim, claim.room, due=None, drained=0)
    assert (await claimed(world, rooms)).dead is None


async def test_a_room_of_a_newer_version_is_left_to_it(world: World, rooms: Rooms, raw: Any) -> None:
    await world.feed.append_room(ROOM, an_entry())
    await raw.hset(INCIDENT + ROOM, "schema", SCHEMA + 1)

    with pytest.raises(TooNew):
        await claimed(world, rooms)


async def test_a_room_that_cannot_be_read_is_an_error(world: World, rooms: Rooms, raw: Any) -> None:
    await world.feed.append_room(ROOM, an_entry())
    await raw.hset(INCIDENT + ROOM, "record", "{}")

    with pytest.raises(Unreadable, match="a room"):
        await claimed(world, rooms)


async def test_rooms_are_not_listed_among_incidents(world: World, rooms: Rooms) -> None:
    await world.feed.append_room(ROOM, an_entry())
    claim = await claimed(world, rooms)
    await rooms.save(claim, claim.room, due=claim.now, drained=1, release=True)
    await world.deliver(an_alert())

    assert [stored.id for stored in await world.records.list_open(1)] == [A]
    assert [stored.id for stored in await world.records.list_open(10)] == [A]


# -- lobbies hear of what they show ------------------------------------------------------------------------------------

LOBBY = lobby_room("main")


async def entries_of(world: World, room: RoomId) -> int:
    return int(await world.connection.call("LLEN", INBOX + room))


async def a_lobby(world: World, rooms: Rooms) -> None:
    """A lobby that has looked around."""
    await world.feed.append_room(LOBBY, Nudged(id=EntryId("open"), at=NEVER))
    job: bytes = await world.connection.call("HGET", BUSY, LOBBY)
    claim = await rooms.claim(LOBBY, JobId(job.decode()))
    assert claim is not None
    assert await rooms.save(claim, claim.room, due=None, drained=1, release=True) is Saved.RELEASED


async def test_a_lobby_is_woken_in_the_save_that_changes_what_it_shows(world: World, rooms: Rooms) -> None:
    await a_lobby(world, rooms)
    await world.deliver(an_alert())
    incident = await world.settle()

    assert await world.connection.call("HEXISTS", BUSY, LOBBY)
    job: bytes = await world.connection.call("HGET", BUSY, LOBBY)
    claim = await rooms.claim(LOBBY, JobId(job.decode()))
    assert claim is not None
    (entry,) = claim.entries
    assert isinstance(entry, Nudged)
    assert str(entry.id) == incident.id
    await rooms.save(claim, claim.room, due=None, drained=1, release=True)

    await world.feed.append(A, a_command())
    await world.settle()

    assert not await world.connection.call("HEXISTS", BUSY, LOBBY), "nothing that it shows has changed"


async def test_much_news_is_one_entry(world: World, rooms: Rooms) -> None:
    await a_lobby(world, rooms)
    await world.deliver(an_alert("One"), to=(a_candidate(A, "one"),))
    await world.deliver(an_alert("Two"), to=(a_candidate(B, "two"),))
    await world.settle(A)
    await world.settle(B)

    assert await entries_of(world, LOBBY) == 1


async def test_what_changes_while_a_lobby_looks_is_one_entry_more(world: World, rooms: Rooms) -> None:
    await a_lobby(world, rooms)
    await world.deliver(an_alert("One"), to=(a_candidate(A, "one"),))
    await world.settle(A)
    job: bytes = await world.connection.call("HGET", BUSY, LOBBY)
    claim = await rooms.claim(LOBBY, JobId(job.decode()))
    assert claim is not None
    assert len(claim.entries) == 1
    # Now its owner looks at the open incidents, and another one begins.
    await world.deliver(an_alert("Two"), to=(a_candidate(B, "two"),))
    await world.settle(B)

    assert await rooms.save(claim, claim.room, due=None, drained=1, release=True) is Saved.MORE
    assert await entries_of(world, LOBBY) == 1
    claim = await rooms.claim(LOBBY, JobId(job.decode()))
    assert claim is not None
    assert len(claim.entries) == 1
    assert await rooms.save(claim, claim.room, due=None, drained=1, release=True) is Saved.RELEASED


async def test_a_lobby_that_is_nowhere_costs_nothing(world: World) -> None:
    await world.deliver(an_alert())
    await world.settle()

    assert await entries_of(world, LOBBY) == 0
    assert not await world.connection.call("HEXISTS", BUSY, LOBBY)


async def test_a_room_can_be_looked_at_by_anybody(world: World, rooms: Rooms, raw: Any) -> None:
    assert await world.records.room(LOBBY) == Room(id=LOBBY)
    await a_lobby(world, rooms)
    assert await world.records.room(LOBBY) == Room(id=LOBBY)

    await raw.hset(INCIDENT + LOBBY, "schema", SCHEMA + 1)
    with pytest.raises(TooNew):
        await world.records.room(LOBBY)
