"""What becomes of alerts and entries on their way in."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from arq.jobs import deserialize_job_raw

from alertbridge.core.ids import ChatId, EntryId, OpenId
from alertbridge.core.incidents.command import AlertsReceived, Spoke, Verb
from alertbridge.store.codec import SCHEMA, digest
from alertbridge.store.deliveries import ENTRY_ALERTS, Outcome, Taken
from alertbridge.store.errors import StoreAway
from alertbridge.store.keys import BODIES, HELD, RECEIPTS, WAKE
from alertbridge.store.scripts import load
from tests.store.world import (
    NEVER,
    STARTED,
    A,
    B,
    World,
    a_candidate,
    a_command,
    a_delivery,
    an_alert,
    an_opening,
    key_of,
    resolved,
)
from tests.store_server import StoreServer

CHAT = ChatId("oc_1")


# -- alerts ------------------------------------------------------------------------------------------------------------


async def test_a_firing_alert_opens_an_incident_and_wakes_its_owner(world: World) -> None:
    alert = an_alert()

    assert await world.deliver(alert, truncated=3, is_push=True) == Taken(changed=1, opened=1)

    claim = await world.claim()
    assert (claim.number, claim.opening, claim.incident, claim.revision) == (1, an_opening(), None, 1)
    (entry,) = claim.entries
    assert isinstance(entry, AlertsReceived)
    assert entry.alerts == {key_of(alert): alert}
    assert (entry.truncated, entry.is_push) == (3, True)
    assert entry.at == claim.opened_at
    assert set(claim.seen) == {key_of(alert)}


async def test_the_job_is_one_that_arq_understands(world: World) -> None:
    await world.deliver(an_alert())

    (job,) = await world.jobs()
    stored = await world.connection.call("GET", f"arq:job:{job}")
    function, args, kwargs, tries, enqueued_ms = deserialize_job_raw(stored, deserializer=msgspec.json.decode)
    assert function == "reconcile"
    assert list(args) == [A]
    assert not kwargs
    assert not tries
    seconds, _ = await world.connection.call("TIME")
    assert abs(enqueued_ms / 1000 - seconds) < 60
    assert job == await world.owner()


async def test_workers_hear_of_a_new_job(world: World, raw: object) -> None:
    async with raw.pubsub() as ears:  # type: ignore[attr-defined]
        await ears.subscribe(WAKE)
        await ears.get_message(timeout=5)
        await world.deliver(an_alert())
        heard = await ears.get_message(timeout=5)
    assert heard["data"].decode() == await world.owner()


async def test_a_group_key_means_one_incident(world: World) -> None:
    await world.deliver(an_alert("Down"), to=(a_candidate(A),))
    taken = await world.deliver(an_alert("Slow"), to=(a_candidate(B),))

    assert taken == Taken(changed=1)
    assert await world.held() == {"key-000000000000Down": {A}, "key-000000000000Slow": {A}}
    assert await world.records.get(B) is None


async def test_an_alert_goes_where_it_is_held_whatever_its_route_says_now(world: World) -> None:
    await world.deliver(an_alert(), to=(a_candidate(A, "old"),))
    taken = await world.deliver(an_alert(generator_url="https://new"), to=(a_candidate(B, "new"),))

    assert taken == Taken(changed=1)
    assert await world.waiting(A) == 2
    assert await world.records.get(B) is None


async def test_an_alert_with_two_routes_is_in_two_incidents_for_good(world: World) -> None:
    alert = an_alert()
    taken = await world.deliver(alert, to=(a_candidate(A, "one"), a_candidate(B, "two")))
    assert taken == Taken(changed=1, opened=2)

    await world.deliver(resolved(alert))

    assert (await world.waiting(A), await world.waiting(B)) == (2, 2)
    assert {stored.number for stored in await world.records.list_open(10)} == {1, 2}


async def test_a_repeat_without_news_wakes_nobody_but_is_noted(world: World) -> None:
    alert = an_alert(ends_at=STARTED)
    await world.deliver(alert)
    await world.settle()
    await world.clock.advance(timedelta(minutes=30))

    later = replace(alert, ends_at=STARTED + timedelta(minutes=9))
    assert digest(later) == digest(alert)
    assert await world.deliver(later) == Taken(unchanged=1)
    assert await world.deliver(alert) == Taken(unchanged=1)

    assert await world.owner() is None
    await world.deliver(an_alert("Other"))
    claim = await world.claim()
    seen = claim.seen[key_of(alert)]
    assert seen.ends_at == STARTED + timedelta(minutes=9)
    assert timedelta() <= claim.now - seen.last_seen_at < timedelta(minutes=1)


async def test_a_resolve_nobody_waits_for_is_dropped(world: World) -> None:
    assert await world.deliver(resolved(an_alert())) == Taken(dropped=1)
    assert await world.connection.call("KEYS", "ab:in*") == []


async def test_a_late_copy_of_a_firing_body_changes_nothing(world: World) -> None:
    first = a_delivery(an_alert())
    await world.feed.deliver(first)
    await world.deliver(resolved(an_alert()))
    before = await world.waiting()

    assert await world.feed.deliver(first) == Taken(unchanged=1)

    assert await world.waiting() == before


async def test_the_same_body_counts_again_after_two_minutes(world: World) -> None:
    first = a_delivery(an_alert())
    await world.feed.deliver(first)
    await world.deliver(resolved(an_alert()))
    await world.clock.advance(timedelta(seconds=60))
    assert await world.feed.deliver(first) == Taken(unchanged=1)  # and the two minutes count from the first copy
    await world.clock.advance(timedelta(seconds=61))

    assert await world.feed.deliver(first) == Taken(changed=1)


async def test_a_late_copy_does_not_open_what_was_closed_meanwhile(world: World) -> None:
    first = a_delivery(an_alert())
    await world.feed.deliver(first)
    await world.close()

    assert await world.feed.deliver(first) == Taken(dropped=1)


async def test_a_late_copy_of_a_resolve_still_resolves(world: World) -> None:
    end = a_delivery(resolved(an_alert()))
    assert await world.feed.deliver(end) == Taken(dropped=1)
    await world.deliver(an_alert())  # overtaken by its own end

    assert await world.feed.deliver(end) == Taken(changed=1)


async def test_after_the_close_a_firing_alert_opens_a_new_incident(world: World) -> None:
    await world.deliver(an_alert())
    await world.close()

    assert await world.deliver(an_alert(), to=(a_candidate(B),)) == Taken(changed=1, opened=1)

    assert (await world.claim(B)).number == 2


async def test_a_big_delivery_becomes_several_entries(world: World) -> None:
    alerts = [an_alert(f"a{n}") for n in range(2 * ENTRY_ALERTS + 1)]

    taken = await world.deliver(*alerts, id=EntryId("big"))

    assert taken == Taken(changed=len(alerts), opened=1)
    claim = await world.claim()
    assert [entry.id for entry in claim.entries] == ["big", "big.1", "big.2"]
    assert sum(len(entry.alerts) for entry in claim.entries if isinstance(entry, AlertsReceived)) == len(alerts)
    assert len(claim.seen) == len(alerts)


async def test_an_empty_delivery_needs_no_store(world: World) -> None:
    assert await world.deliver() == Taken()


async def test_one_delivery_may_change_several_incidents(world: World) -> None:
    one = a_delivery(an_alert("One"), to=(a_candidate(A, "one"),))
    two = a_delivery(an_alert("Two"), to=(a_candidate(B, "two"),))

    taken = await world.feed.deliver(msgspec.structs.replace(one, arrivals=one.arrivals + two.arrivals))

    assert taken == Taken(changed=2, opened=2)
    assert (await world.waiting(A), await world.waiting(B)) == (1, 1)


async def test_requests_at_once_share_calls_and_see_each_other(world: World) -> None:
    async def calls() -> int:
        stats = await world.connection.call("INFO", "commandstats")
        return int(stats.get("cmdstat_evalsha", {}).get("calls", 0))

    await world.deliver(an_alert("Warm"))
    before = await calls()

    taken = await asyncio.gather(*[world.deliver(an_alert()) for _ in range(600)])

    assert sum(one.changed for one in taken) == 1
    assert sum(one.unchanged for one in taken) == 599
    assert await calls() - before <= 5


async def test_a_big_batch_is_sent_in_pieces(world: World) -> None:
    text = {"description": "x" * 100_000}
    alerts = [an_alert(f"a{n}", annotations=text) for n in range(30)]

    taken = await asyncio.gather(*[world.deliver(alert) for alert in alerts])

    assert sum(one.changed for one in taken) == 30
    assert await world.waiting() == 30


async def test_times_beyond_our_calendar_do_no_harm(world: World) -> None:
    last = STARTED.replace(year=9999)
    await world.deliver(an_alert(ends_at=last))

    claim = await world.claim()
    assert claim.seen[key_of(an_alert())].ends_at == last


# -- entries -----------------------------------------------------------------------------------------------------------


async def test_an_entry_is_stored_with_the_stores_time(world: World) -> None:
    await world.deliver(an_alert())
    await world.settle()
    command = a_command(Verb.RESOLVE)

    assert await world.feed.append(A, command) is Outcome.STORED

    claim = await world.claim()
    (entry,) = claim.entries
    assert entry == replace(command, at=entry.at)
    assert timedelta() <= claim.now - entry.at < timedelta(minutes=1)


async def test_a_receipt_is_taken_once_in_24_hours(world: World) -> None:
    await world.deliver(an_alert())
    await world.feed.append(A, a_command(), receipt="event-1")

    assert await world.feed.append(A, a_command(), receipt="event-1") is Outcome.DUPLICATE
    assert await world.feed.append(A, a_command(), receipt="event-2") is Outcome.STORED
    assert await world.waiting() == 3
    await world.clock.advance(timedelta(hours=24, seconds=1))
    assert await world.feed.append(A, a_command(), receipt="event-1") is Outcome.STORED


async def test_an_entry_for_an_unknown_incident_is_refused_and_its_receipt_stays_free(world: World) -> None:
    assert await world.feed.append(A, a_command(), receipt="event-1") is Outcome.UNKNOWN
    assert await world.owner() is None

    await world.deliver(an_alert())
    assert await world.feed.append(A, a_command(), receipt="event-1") is Outcome.STORED


async def test_an_entry_for_an_incident_at_its_end_is_refused(world: World) -> None:
    await world.deliver(an_alert())
    await world.close()

    assert await world.feed.append(A, a_command()) is Outcome.OVER
    assert await world.waiting() == 0
    assert await world.owner() is None


async def test_what_an_unknown_chat_says_is_parked_once(world: World) -> None:
    spoke = Spoke(id=EntryId("said"), at=NEVER, by=OpenId("ou_1"))

    assert await world.feed.append_by_chat(CHAT, spoke, receipt="event-1") is Outcome.PARKED
    assert await world.feed.append_by_chat(CHAT, spoke, receipt="event-1") is Outcome.DUPLICATE


# -- the store's absence -----------------------------------------------------------------------------------------------


async def test_p1_without_a_store_nobody_is_told_that_it_was_stored(world: World, store_server: StoreServer) -> None:
    await world.deliver(an_alert())
    store_server.kill()

    answers = await asyncio.gather(*[world.deliver(an_alert()) for _ in range(20)], return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreAway] * 20
    with pytest.raises(StoreAway):
        await world.feed.append(A, a_command())
    store_server.start()
    assert await world.deliver(an_alert()) == Taken(unchanged=1)


async def test_a_big_delivery_without_a_store_fails_as_one(world: World, store_server: StoreServer) -> None:
    store_server.kill()

    with pytest.raises(StoreAway):
        await world.deliver(*[an_alert(f"a{n}") for n in range(1000)])


async def test_a_full_store_takes_nothing_half(world: World) -> None:
    await world.deliver(an_alert())
    await world.settle()
    before = await world.connection.call("DBSIZE")
    await world.connection.call("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(StoreAway, match="maxmemory"):
            await world.deliver(an_alert("New"), to=(a_candidate(B, "new"),))
        with pytest.raises(StoreAway, match="maxmemory"):
            await world.feed.append(A, a_command(), receipt="event-1")
    finally:
        await world.connection.call("CONFIG", "SET", "maxmemory", "0")
    assert await world.connection.call("DBSIZE") == before
    assert await world.feed.append(A, a_command(), receipt="event-1") is Outcome.STORED


async def test_a_damaged_item_leaves_the_store_as_it_was(world: World) -> None:
    with pytest.raises(StoreAway):
        await world.connection.run(load("append"), SCHEMA, b"\xc1")

    assert await world.connection.call("DBSIZE") == 0


async def test_waiting_requests_hear_of_it_when_the_process_stops(world: World) -> None:
    request = asyncio.ensure_future(world.deliver(an_alert()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the sender has begun
    for sender in tuple(world.feed._senders):
        sender.cancel()

    with pytest.raises(StoreAway, match="stops"):
        await request


async def test_a_request_that_was_given_up_does_not_trouble_the_others(world: World) -> None:
    requests = [asyncio.ensure_future(world.deliver(an_alert(f"a{n}"))) for n in range(5)]
    await asyncio.sleep(0)
    requests[2].cancel()

    answers = await asyncio.gather(*requests, return_exceptions=True)

    assert [isinstance(answer, Taken) for answer in answers] == [True, True, False, True, True]


async def test_what_tells_copies_apart_is_not_kept_for_ever(world: World) -> None:
    await world.deliver(an_alert())
    await world.feed.append(A, a_command(), receipt="event-1")
    await world.clock.advance(timedelta(hours=25))
    await world.deliver(an_alert())
    await world.feed.append(A, a_command(), receipt="event-2")

    assert await world.connection.call("ZCARD", BODIES) == 1
    assert await world.connection.call("ZRANGE", RECEIPTS, 0, -1) == [b"event-2"]


async def test_held_values_are_what_the_key_promises(world: World) -> None:
    alert = an_alert()
    await world.deliver(alert)

    value = await world.connection.call("HGET", HELD, key_of(alert))

    ends_at, last_seen, holder = value.decode().split(" ")
    assert ends_at == "0"
    assert int(last_seen) > 1_700_000_000_000
    assert holder == f"{A}:{digest(alert)}"
