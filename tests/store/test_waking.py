"""D2 and D3: what is due is woken, what lost its job is mended, what was parked arrives."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alertbridge.core.chats.chat import Chat
from alertbridge.core.ids import ChatId, EntryId, IncidentId, OpenId
from alertbridge.core.incidents.command import Spoke
from alertbridge.core.incidents.incident import Status
from alertbridge.store.codec import to_ms
from alertbridge.store.deliveries import Outcome, Taken
from alertbridge.store.figures import Gauge
from alertbridge.store.keys import ARQ_QUEUE, DUE
from alertbridge.store.mailbox import Saved
from tests.store.world import NEVER, STARTED, A, B, World, a_candidate, a_command, an_alert, an_incident

MINUTE = timedelta(minutes=1)
CHAT = ChatId("oc_1")


def spoke(name: str = "said") -> Spoke:
    return Spoke(id=EntryId(name), at=NEVER, by=OpenId("ou_1"))


async def settled(world: World, incident: IncidentId = A, *, in_time: timedelta = 5 * MINUTE) -> None:
    """Open an incident, and let its owner wait."""
    await world.deliver(an_alert(incident[-4:]), to=(a_candidate(incident, incident),))
    await world.settle(incident, in_time=in_time)
    await world.forget_jobs()  # as arq does when a job has ended


async def many(world: World, count: int) -> list[IncidentId]:
    """Open so many incidents."""
    ids = [IncidentId(f"01{n:024d}") for n in range(count)]
    await asyncio.gather(*[world.deliver(an_alert(id_), to=(a_candidate(id_, id_),)) for id_ in ids])
    return ids


async def test_d3_nothing_is_woken_before_its_time(world: World) -> None:
    await settled(world)

    woken = await world.mailbox.wake_due()

    assert woken.incidents == 0
    assert woken.next_due is not None
    assert 4 * MINUTE < woken.next_due - woken.now <= 5 * MINUTE
    assert await world.jobs() == []


async def test_d3_what_is_due_gets_an_owner_once(world: World) -> None:
    await settled(world)
    await world.clock.advance(5 * MINUTE)

    assert (await world.mailbox.wake_due()).incidents == 1
    assert (await world.mailbox.wake_due()).incidents == 0

    assert await world.jobs() == [await world.owner()]
    await world.settle()
    assert await world.owner() is None


async def test_d2_a_woken_incident_stays_due_in_five_seconds(world: World, raw: Any) -> None:
    await settled(world)
    await world.clock.advance(5 * MINUTE)

    woken = await world.mailbox.wake_due()

    assert await raw.zscore(DUE, A) == to_ms(woken.now) + 5000


async def test_an_empty_store_wakes_nothing(world: World) -> None:
    woken = await world.mailbox.wake_due()

    assert (woken.incidents, woken.delivered, woken.dropped, woken.next_due) == (0, 0, 0, None)


async def test_d3_hundreds_that_are_due_at_once_are_all_woken_by_one_call(world: World) -> None:
    ids = await many(world, 250)
    for id_ in ids:
        await world.settle(id_, in_time=MINUTE)
    await world.forget_jobs()
    await world.clock.advance(2 * MINUTE)

    assert (await world.mailbox.wake_due()).incidents == len(ids)

    assert len(await world.jobs()) == len(ids)


async def test_d3_owned_incidents_do_not_stand_in_the_way_of_others(world: World) -> None:
    await many(world, 250)  # due now, and already being worked on
    await world.deliver(an_alert(), to=(a_candidate(B, "waits"),))
    await world.settle(B, in_time=MINUTE)
    await world.clock.advance(2 * MINUTE)

    assert (await world.mailbox.wake_due()).incidents == 1

    assert await world.owner(B) is not None


async def test_d2_an_owned_incident_without_a_job_gets_another(world: World) -> None:
    await world.deliver(an_alert())
    lost = await world.owner()
    await world.connection.call("DEL", f"arq:job:{lost}")  # expired, or failed: arq keeps quiet about it

    assert (await world.mailbox.wake_due()).incidents == 1

    assert await world.owner() != lost
    assert await world.jobs() == [await world.owner()]
    assert (await world.claim()).entries != ()


async def test_d2_a_job_that_is_in_no_queue_is_replaced(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    lost = await world.owner()
    await world.connection.call("DEL", ARQ_QUEUE)

    assert (await world.mailbox.wake_due()).incidents == 1

    assert not await raw.exists(f"arq:job:{lost}")
    assert await world.jobs() == [await world.owner()]


async def test_d2_hundreds_without_a_job_are_mended_by_one_call(world: World) -> None:
    await many(world, 1200)
    await world.forget_jobs()

    assert (await world.mailbox.wake_due()).incidents == 1200

    assert len(await world.jobs()) == 1200


async def test_a_queued_job_is_left_alone(world: World) -> None:
    await world.deliver(an_alert())
    owner = await world.owner()

    assert (await world.mailbox.wake_due()).incidents == 0

    assert await world.owner() == owner


async def test_jobs_are_due_for_workers_whose_clock_lags_and_pages_go_first(world: World, raw: Any) -> None:
    for incident, is_page in ((A, False), (B, True)):
        await world.deliver(an_alert(incident), to=(a_candidate(incident, incident),))
        claim = await world.claim(incident)
        saved = await world.mailbox.save(
            claim, None, an_incident(claim), due=claim.now, drained=1, is_page=is_page, release=True
        )
        assert saved is Saved.RELEASED
    await world.forget_jobs()

    await world.mailbox.wake_due()

    assert await world.jobs() == [await world.owner(B), await world.owner(A)]
    seconds, _ = await raw.time()
    assert await raw.zscore(ARQ_QUEUE, await world.owner(A)) <= (seconds - 3500) * 1000


async def test_what_is_a_page_no_more_waits_its_turn(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    claim = await world.claim()
    after = an_incident(claim)
    await world.mailbox.save(claim, None, after, due=claim.now, is_page=True)
    await world.mailbox.save(claim, after, after, due=claim.now, drained=1, release=True)
    await world.forget_jobs()
    await world.mailbox.wake_due()

    seconds, _ = await raw.time()
    assert await raw.zscore(ARQ_QUEUE, await world.owner()) > (seconds - 3700) * 1000


async def test_d10_the_demos_clock_moves_what_is_due_but_not_the_queue(world: World, raw: Any) -> None:
    await world.clock.advance(timedelta(days=400))
    await world.deliver(an_alert())
    claim = await world.claim()
    seconds, _ = await raw.time()

    assert claim.now - timedelta(days=399) > datetime.fromtimestamp(seconds, UTC)
    assert await raw.zscore(ARQ_QUEUE, claim.job) <= seconds * 1000


# -- parked ------------------------------------------------------------------------------------------------------------


async def test_what_a_chat_said_before_we_knew_it_arrives_when_we_do(world: World) -> None:
    await settled(world)
    assert await world.feed.append_by_chat(CHAT, spoke()) is Outcome.PARKED
    assert (await world.mailbox.wake_due()).delivered == 0
    await world.feed.append(A, a_command())
    claim = await world.claim()
    assert claim.incident is not None
    chat = Chat(id=CHAT, created_at=claim.now, name={}, named_at=claim.now)
    await world.mailbox.save(
        claim, claim.incident, replace(claim.incident, chat=chat), due=claim.now + MINUTE, drained=1, release=True
    )

    woken = await world.mailbox.wake_due()

    assert (woken.delivered, woken.dropped) == (1, 0)
    claim = await world.claim()
    assert [entry.id for entry in claim.entries] == ["said"]
    assert (await world.mailbox.wake_due()).delivered == 0


async def test_what_nobody_claims_in_30_seconds_is_dropped_and_counted(world: World) -> None:
    await world.feed.append_by_chat(CHAT, spoke())
    await world.clock.advance(timedelta(seconds=20))
    await world.feed.append_by_chat(CHAT, spoke("later"))
    assert (await Gauge(world.connection).read()).parked == 2
    await world.clock.advance(timedelta(seconds=11))

    assert (await world.mailbox.wake_due()).dropped == 1

    assert (await Gauge(world.connection).read()).parked == 1


async def test_what_is_parked_does_not_raise_the_dead(world: World) -> None:
    await world.deliver(an_alert())
    await world.feed.append_by_chat(CHAT, spoke())
    claim = await world.claim()
    after = an_incident(claim, chat=Chat(id=CHAT, created_at=claim.now, name={}, named_at=claim.now))
    await world.mailbox.save(claim, None, after, due=claim.now, drained=1)
    await world.mailbox.save(claim, after, replace(after, status=Status.CLOSED), due=None)

    woken = await world.mailbox.wake_due()

    assert (woken.delivered, woken.dropped) == (0, 1)
    assert await world.owner() is None
    assert await world.waiting() == 0


# -- P-many ------------------------------------------------------------------------------------------------------------


async def test_d7_ten_thousand_alerts_pushed_again_and_again_make_a_job_for_each_incident(world: World) -> None:
    """A Prometheus repeats every alert each 65 seconds, with a new `endsAt`, in messages of 256."""
    groups = [a_candidate(IncidentId(f"01{n:024d}"), f"group-{n}") for n in range(40)]
    alerts = [an_alert(f"a{n}") for n in range(10_000)]
    taken: list[Taken] = []
    for push in range(4):
        ends_at = STARTED + timedelta(minutes=push + 4)
        for start in range(0, len(alerts), 256):
            part = [replace(alert, ends_at=ends_at) for alert in alerts[start : start + 256]]
            taken.append(await world.deliver(*part, to=(groups[start // 256],), is_push=True))
        await world.clock.advance(timedelta(seconds=65))

    assert sum(one.opened for one in taken) == len(groups)
    assert sum(one.changed for one in taken) == len(alerts)
    assert sum(one.unchanged for one in taken) == 3 * len(alerts)
    assert len(await world.jobs()) == len(groups)
    assert sum([await world.waiting(group.incident) for group in groups]) == len(groups)
    claim = await world.claim(groups[0].incident)
    assert {seen.ends_at for seen in claim.seen.values()} == {STARTED + timedelta(minutes=7)}
