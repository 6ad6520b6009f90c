"""What can be looked at without owning it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from alertbridge.core.ids import IncidentId
from alertbridge.core.incidents.incident import Status
from alertbridge.store.figures import Gauge
from alertbridge.store.keys import ARQ_QUEUE, INCIDENT, LAST
from alertbridge.store.records import Later
from alertbridge.store.retention import prune
from tests.store.world import A, B, World, a_candidate, a_command, an_alert, an_opening, key_of


async def test_an_incident_nobody_has_saved_yet_is_its_opening_and_what_waits(world: World) -> None:
    await world.deliver(an_alert())

    stored = await world.records.get(A)

    assert stored is not None
    assert (stored.id, stored.number, stored.opening) == (A, 1, an_opening())
    assert (stored.incident, stored.waiting, stored.ended_at) == (None, 1, None)
    assert await world.records.timeline(A) == ()


async def test_a_saved_incident_comes_with_its_alerts(world: World) -> None:
    await world.deliver(an_alert())
    saved = await world.settle()

    stored = await world.records.get(A)

    assert stored is not None
    assert stored.incident == saved
    assert set(saved.alerts) == {key_of(an_alert())}
    assert stored.waiting == 0


async def test_what_does_not_exist_is_none(world: World) -> None:
    assert await world.records.get(A) is None
    assert await world.records.peek(A) is None
    assert await world.records.by_number(1) is None
    assert await world.records.list_open(5) == ()
    assert await world.records.list_closed(5) == ()


async def test_people_find_incidents_by_number(world: World) -> None:
    await world.deliver(an_alert())

    assert await world.records.by_number(1) == A


async def test_a_peek_shows_the_record_and_what_its_owner_will_see_next(world: World) -> None:
    await world.deliver(an_alert())
    saved = await world.settle()
    command = a_command()
    await world.feed.append(A, command)

    peeked = await world.records.peek(A)

    assert peeked is not None
    stored, entries = peeked
    assert stored.incident == saved
    assert [entry.id for entry in entries] == [command.id]
    assert await world.waiting() == 1


async def test_open_ones_are_listed_by_what_is_due_first_and_closed_ones_latest_first(world: World) -> None:
    ids = [IncidentId(f"01{n:024d}") for n in range(120)]
    for n, id_ in enumerate(ids):
        await world.deliver(an_alert(id_), to=(a_candidate(id_, id_),))
        await world.settle(id_, in_time=timedelta(minutes=len(ids) - n) / 3)

    listed = await world.records.list_open(110)

    assert [stored.id for stored in listed] == ids[:9:-1]
    assert all(stored.incident is not None for stored in listed)
    for id_ in ids[:3]:
        await world.feed.append(id_, a_command())
        await world.close(id_)
        await world.clock.advance(timedelta(seconds=1))
    assert [stored.id for stored in await world.records.list_closed(2)] == [ids[2], ids[1]]
    assert len(await world.records.list_open(200)) == 117


async def test_the_figures_of_an_empty_store_are_zero(world: World) -> None:
    figures = await Gauge(world.connection).read()

    assert set(figures.by_status.values()) == {0}
    assert (figures.owned, figures.queued, figures.parked, figures.dead) == (0, 0, 0, 0)
    assert (figures.oldest_queued, figures.most_overdue) == (timedelta(), timedelta())


async def test_the_figures_tell_how_late_everything_is(world: World, raw: Any) -> None:
    await world.deliver(an_alert("One"), to=(a_candidate(A, "one"),))
    await world.deliver(an_alert("Two"), to=(a_candidate(B, "two"),))
    await world.clock.advance(timedelta(minutes=3))
    first, second = await world.jobs()
    seconds, _ = await raw.time()
    for job, age_seconds in ((first, 500), (second, 90)):
        await raw.set(f"arq:job:{job}", f'{{"et":{(seconds - age_seconds) * 1000}}}')
    await raw.set(f"arq:in-progress:{first}", "1")
    await raw.zadd(ARQ_QUEUE, {"reconcile:expired:1": 5})

    figures = await Gauge(world.connection).read()

    assert (figures.owned, figures.queued) == (2, 3)
    assert timedelta(seconds=89) <= figures.oldest_queued < timedelta(seconds=150)
    assert timedelta(minutes=3) <= figures.most_overdue < timedelta(minutes=4)


# -- forgetting --------------------------------------------------------------------------------------------------------


async def test_p6_only_exported_incidents_are_forgotten_and_only_in_time(world: World, raw: Any) -> None:
    await world.deliver(an_alert("One"), to=(a_candidate(A, "one"),))
    await world.deliver(an_alert("Two"), to=(a_candidate(B, "two"),))
    await world.close(A)
    await world.close(B)
    await raw.hset(INCIDENT + A, "exported", 1)

    assert await prune(world.connection, history=timedelta(days=90)) == ()
    await world.clock.advance(timedelta(days=91))
    assert await prune(world.connection, history=timedelta(days=90)) == (A,)

    assert [stored.id for stored in await world.records.list_closed(5)] == [B]
    assert await world.records.get(A) is None
    assert await world.records.by_number(1) is None
    assert await world.records.by_number(2) == B
    assert [key for key in await raw.keys("*") if A.encode() in key and not key.startswith(b"arq:")] == []


async def test_an_incident_knows_the_one_that_its_group_opened_before_and_that_one_the_next(world: World) -> None:
    await world.deliver(an_alert(), to=(a_candidate(A),))
    await world.close(A)
    closed_at = await world.clock.now()
    await world.clock.advance(timedelta(minutes=5))
    await world.deliver(an_alert("Slow"), to=(a_candidate(B),))

    claim = await world.claim(B)
    old, new = await world.records.get(A), await world.records.get(B)

    assert claim.earlier is not None
    assert (claim.earlier.id, claim.earlier.number) == (A, 1)
    assert timedelta() <= closed_at - claim.earlier.closed_at < timedelta(minutes=1)
    assert old is not None
    assert new is not None
    assert (old.earlier, old.later) == (None, Later(B, 2))
    assert (new.earlier, new.later) == (claim.earlier, None)


async def test_another_group_is_no_successor(world: World) -> None:
    await world.deliver(an_alert(), to=(a_candidate(A),))
    await world.close(A)
    await world.deliver(an_alert(), to=(a_candidate(B, "another"),))

    assert (await world.claim(B)).earlier is None


async def test_with_an_incident_its_place_before_the_next_one_is_forgotten(world: World, raw: Any) -> None:
    await world.deliver(an_alert(), to=(a_candidate(A),))
    await world.close(A)
    await raw.hset(INCIDENT + A, "exported", 1)
    await world.clock.advance(timedelta(days=2))
    assert await prune(world.connection, history=timedelta(days=1)) == (A,)

    await world.deliver(an_alert(), to=(a_candidate(B),))

    assert await raw.exists(LAST) == 0
    assert (await world.claim(B)).earlier is None


async def test_a_later_incident_of_the_group_stays_known_when_an_earlier_one_is_forgotten(
    world: World, raw: Any
) -> None:
    await world.deliver(an_alert(), to=(a_candidate(A),))
    await world.close(A)
    await raw.hset(INCIDENT + A, "exported", 1)
    await world.clock.advance(timedelta(days=2))
    await world.deliver(an_alert(), to=(a_candidate(B),))
    await world.close(B)
    assert await prune(world.connection, history=timedelta(days=1)) == (A,)

    third = IncidentId("01CCCCCCCCCCCCCCCCCCCCCCCC")
    await world.deliver(an_alert(), to=(a_candidate(third),))

    claim = await world.claim(third)
    assert claim.earlier is not None
    assert claim.earlier.id == B


async def test_what_was_forgotten_in_between_is_not_made_anew(world: World, raw: Any) -> None:
    await raw.hset(LAST, "group", f"{A} 1 1767225600000")

    await world.deliver(an_alert(), to=(a_candidate(B),))

    assert (await world.claim(B)).earlier is None
    assert await world.records.get(A) is None


async def test_nothing_open_is_ever_forgotten(world: World) -> None:
    await world.deliver(an_alert())
    claim = await world.claim()
    await world.mailbox.save(claim, None, replace(await world.settle(), status=Status.CLOSED), due=claim.now)
    await world.clock.advance(timedelta(days=1000))

    assert await prune(world.connection, history=timedelta(days=1)) == ()


async def test_what_is_not_exported_does_not_keep_what_is_from_being_forgotten(world: World, raw: Any) -> None:
    ids = [IncidentId(f"01{n:024d}") for n in range(130)]
    for id_ in ids:
        await world.deliver(an_alert(id_), to=(a_candidate(id_, id_),))
        await world.close(id_)
    for id_ in ids[110:]:
        await raw.hset(INCIDENT + id_, "exported", 1)
    await world.clock.advance(timedelta(days=2))

    assert await prune(world.connection, history=timedelta(days=1)) == tuple(ids[110:])
