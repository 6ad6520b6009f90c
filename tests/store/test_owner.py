"""D1 and D2: one owner for each incident, nothing lost between owners."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alertbridge.core.chats.chat import Chat
from alertbridge.core.ids import AlertKey, ChatId, EntryId, IncidentId, JobId, OpenId
from alertbridge.core.incidents.command import AlertsReceived, ChatLost
from alertbridge.core.incidents.incident import Status
from alertbridge.core.timeline import Happening, TimelineLine
from alertbridge.store.codec import SCHEMA, to_ms
from alertbridge.store.deliveries import Outcome, Taken
from alertbridge.store.errors import StoreAway, TooNew, Unreadable
from alertbridge.store.figures import Gauge
from alertbridge.store.keys import DUE, GROUPS, HOLDS, INBOX, INCIDENT
from alertbridge.store.mailbox import Claim, DeadEntry, Saved
from tests.store.world import A, B, World, a_candidate, a_command, an_alert, an_incident, key_of, resolved
from tests.store_server import StoreServer

HOUR = timedelta(hours=1)


async def opened(world: World) -> Claim:
    """Open an incident and claim it."""
    await world.deliver(an_alert())
    return await world.claim()


async def save(world: World, claim: Claim, **how: Any) -> Saved:
    """Save what a claim held, in an hour."""
    after = how.pop("after", claim.incident or an_incident(claim))
    return await world.mailbox.save(claim, claim.incident, after, **{"due": claim.now + HOUR, **how})


# -- the fence ---------------------------------------------------------------------------------------------------------


async def test_d1_only_the_job_that_busy_names_may_claim(world: World) -> None:
    await world.deliver(an_alert())

    assert await world.mailbox.claim(A, JobId("reconcile:other:9")) is None
    assert (await world.claim()).revision == 1


async def test_d1_a_second_claim_fences_the_first(world: World) -> None:
    first = await opened(world)
    second = await world.claim()  # the same job again: its lease had lapsed

    assert await save(world, first, drained=1) is Saved.REFUSED
    assert await save(world, first, drained=1, release=True) is Saved.REFUSED
    assert await world.mailbox.read_on(first, in_hand=1) is None
    assert await world.waiting() == 1
    assert await save(world, second, drained=1, release=True) is Saved.RELEASED


async def test_d1_after_the_release_nothing_is_accepted(world: World) -> None:
    claim = await opened(world)
    await save(world, claim, drained=1, release=True)

    assert await save(world, claim) is Saved.REFUSED
    assert await world.mailbox.claim(A, claim.job) is None
    assert await world.mailbox.read_on(claim, in_hand=0) is None


async def test_d1_another_job_as_owner_refuses_the_old_one_before_it_claims(world: World) -> None:
    claim = await opened(world)
    await world.forget_jobs()
    await world.mailbox.wake_due()
    assert await world.owner() != claim.job

    assert await save(world, claim, drained=1) is Saved.REFUSED


async def test_d1_a_refused_save_writes_nothing(world: World, raw: Any) -> None:
    claim = await opened(world)
    await world.claim()
    before = {key: await raw.dump(key) for key in await raw.keys("*")}

    line = TimelineLine(at=claim.now, what=Happening.OPENED)
    answer = await save(
        world, claim, drained=1, lines=[line], forget=[key_of(an_alert())], if_empty=False, release=True
    )

    assert answer is Saved.REFUSED
    assert {key: await raw.dump(key) for key in await raw.keys("*")} == before


async def test_d1_release_is_refused_while_the_inbox_holds_anything_but_what_was_drained_is_saved(world: World) -> None:
    claim = await opened(world)
    await world.feed.append(A, a_command())

    assert await save(world, claim, drained=1, release=True) is Saved.MORE

    assert await world.owner() == claim.job
    assert await world.waiting() == 1
    further = await world.mailbox.read_on(claim, in_hand=0)
    assert further is not None
    assert len(further.entries) == 1
    assert await save(world, claim, drained=1, release=True) is Saved.RELEASED


async def test_d1_an_owner_stays_the_owner_when_something_arrives(world: World) -> None:
    claim = await opened(world)
    await save(world, claim, drained=1)

    await world.feed.append(A, a_command())
    await world.deliver(resolved(an_alert()))

    assert await world.owner() == claim.job
    assert len(await world.jobs()) == 1


# -- the inbox ---------------------------------------------------------------------------------------------------------


async def test_a_claim_brings_back_what_was_saved(world: World) -> None:
    claim = await opened(world)
    (entry,) = claim.entries
    assert isinstance(entry, AlertsReceived)
    after = an_incident(claim, alerts=entry.alerts, lead=OpenId("ou_1"), version=7)
    await save(world, claim, after=after, drained=1, release=True)
    await world.feed.append(A, a_command())

    again = await world.claim()

    assert again.incident == after
    assert (again.revision, again.number, again.has_more) == (2, 1, False)


async def test_only_changed_alerts_are_written_and_dropped_ones_go(world: World, raw: Any) -> None:
    claim = await opened(world)
    down, slow = an_alert("Down"), an_alert("Slow")
    first = an_incident(claim, alerts={key_of(down): down, key_of(slow): slow})
    await save(world, claim, after=first)
    await raw.hset(f"ab:alerts:{A}", key_of(slow), "untouched")

    second = replace(first, alerts={key_of(slow): replace(slow)})
    await world.mailbox.save(claim, first, second, due=claim.now)

    assert await raw.hgetall(f"ab:alerts:{A}") == {key_of(slow).encode(): b"untouched"}


async def test_a_dropped_alert_is_routed_anew_when_it_fires_again(world: World) -> None:
    down, slow = an_alert("Down"), an_alert("Slow")
    await world.deliver(down, slow)
    await world.settle()
    await world.deliver(resolved(down))
    claim = await world.claim()
    assert claim.incident is not None
    after = replace(claim.incident, alerts={key_of(slow): slow})
    await world.mailbox.save(claim, claim.incident, after, due=claim.now, drained=1, release=True)

    assert await world.held() == {key_of(slow): {A}}
    assert await world.deliver(resolved(down, generator_url="again")) == Taken(dropped=1)
    assert await world.deliver(down) == Taken(changed=1)
    assert await world.held() == {key_of(slow): {A}, key_of(down): {A}}


async def test_a_dropped_alert_stays_held_while_an_entry_waits_or_where_another_incident_holds_it(world: World) -> None:
    shared, own = an_alert("Shared"), an_alert("Own")
    await world.deliver(shared, to=(a_candidate(A, "one"), a_candidate(B, "two")))
    await world.deliver(own, to=(a_candidate(A, "one"),))
    before = await world.settle()
    await world.feed.append(A, a_command())
    claim = await world.claim()
    await world.mailbox.save(claim, before, replace(before, alerts={key_of(shared): shared}), due=claim.now)
    assert await world.held() == {key_of(shared): {A, B}, key_of(own): {A}}

    await world.mailbox.save(claim, before, replace(before, alerts={}), due=claim.now, drained=1)
    assert await world.held() == {key_of(shared): {A, B}}


async def test_reading_on_shows_what_came_meanwhile(world: World) -> None:
    claim = await opened(world)
    nothing = await world.mailbox.read_on(claim, in_hand=1)
    assert nothing is not None
    assert nothing.entries == ()
    command = a_command()
    await world.feed.append(A, command)

    further = await world.mailbox.read_on(claim, in_hand=1)

    assert further is not None
    assert [entry.id for entry in further.entries] == [command.id]
    assert further.now >= claim.now
    assert await save(world, claim, drained=2, release=True) is Saved.RELEASED


async def test_a_claim_takes_at_most_64_entries(world: World) -> None:
    claim = await opened(world)
    commands = [a_command() for _ in range(70)]
    for command in commands:
        await world.feed.append(A, command)
    await save(world, claim, drained=1)

    claim = await world.claim()
    assert [entry.id for entry in claim.entries] == [command.id for command in commands[:64]]
    assert claim.has_more
    await save(world, claim, drained=64)
    rest = await world.mailbox.read_on(claim, in_hand=0)
    assert rest is not None
    assert len(rest.entries) == 6
    assert not rest.has_more


async def test_a_claim_takes_at_most_a_mebibyte_but_always_one_entry(world: World) -> None:
    text = {"description": "x" * 600_000}
    for name in "abc":
        await world.deliver(an_alert(name, annotations=text | {"more": "y" * 600_000}))

    claim = await world.claim()
    assert len(claim.entries) == 1
    assert claim.has_more


async def test_a_save_only_for_an_empty_inbox_writes_nothing_into_a_full_one(world: World) -> None:
    claim = await opened(world)
    await world.feed.append(A, a_command())

    after = an_incident(claim, version=9)
    assert await save(world, claim, after=after, drained=1, if_empty=True) is Saved.NOT_EMPTY

    assert await world.waiting() == 2
    stored = await world.records.get(A)
    assert stored is not None
    assert stored.incident is None
    assert await save(world, claim, after=after, drained=2, if_empty=True) is Saved.SAVED


# -- poison ------------------------------------------------------------------------------------------------------------


async def test_an_entry_that_ends_three_claims_is_set_aside_and_the_rest_goes_on(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    poison = '[1,2,"alerts",{"id":"poison\\u0000"}]'
    await raw.lpush(INBOX + A, poison)
    await world.feed.append(A, a_command())

    for _ in range(3):
        with pytest.raises(Unreadable):
            await world.claim()
    claim = await world.claim()

    assert claim.dead == DeadEntry(A, claim.now, poison)
    assert len(claim.entries) == 2
    assert (await Gauge(world.connection).dead_entries(10)) == (claim.dead,)
    assert (await Gauge(world.connection).read()).dead == 1


async def test_after_a_failed_claim_the_first_entry_comes_alone(world: World) -> None:
    await world.deliver(an_alert())
    command = a_command()
    await world.feed.append(A, command)
    await world.claim()

    claim = await world.claim()
    assert len(claim.entries) == 1
    assert claim.has_more
    further = await world.mailbox.read_on(claim, in_hand=1)
    assert further is not None
    assert further.entries == ()
    await save(world, claim, drained=1)
    further = await world.mailbox.read_on(claim, in_hand=0)
    assert further is not None
    assert [entry.id for entry in further.entries] == [command.id]


async def test_a_save_forgives_earlier_failures(world: World) -> None:
    await world.deliver(an_alert())
    for _ in range(10):
        claim = await world.claim()
        await save(world, claim)
        assert claim.dead is None
        assert len(claim.entries) == 1


async def test_the_loss_is_reported_until_it_was_saved(world: World) -> None:
    await world.deliver(an_alert())
    for _ in range(3):
        await world.claim()
    assert (await world.claim()).dead is not None
    claim = await world.claim()  # the one that was to tell it has crashed
    assert claim.dead is not None
    await save(world, claim)

    assert (await world.claim()).dead is None


async def test_claims_of_an_empty_inbox_set_nothing_aside(world: World) -> None:
    await opened(world)
    await world.settle()
    await world.clock.advance(HOUR)
    await world.mailbox.wake_due()

    claims = [await world.claim() for _ in range(5)]

    assert [claim.dead for claim in claims] == [None] * 5


# -- waiting and the end -----------------------------------------------------------------------------------------------


async def test_d2_no_save_puts_an_incident_off_for_more_than_an_hour(world: World, raw: Any) -> None:
    claim = await opened(world)

    await save(world, claim, due=claim.now + timedelta(days=3))

    assert await raw.zscore(DUE, A) <= to_ms(await world.clock.now() + HOUR)


async def test_closing_frees_the_group_key_and_the_alerts_in_one_step(world: World, raw: Any) -> None:
    await world.deliver(an_alert("Down"), to=(a_candidate(A, "one"), a_candidate(B, "two")))
    await world.deliver(an_alert("Slow"), to=(a_candidate(A, "one"),))
    claim = await world.claim(A)
    before = an_incident(claim)
    closed = replace(before, status=Status.CLOSED)

    assert await world.mailbox.save(claim, before, closed, due=claim.now, drained=2) is Saved.SAVED

    assert await world.held() == {key_of(an_alert("Down")): {B}}
    assert await raw.hgetall(GROUPS) == {b"two": B.encode()}
    assert not await raw.exists(HOLDS + A)


async def test_p4_an_alert_comes_back_to_each_of_its_routes_whose_incident_is_closed(world: World) -> None:
    new = IncidentId("01CCCCCCCCCCCCCCCCCCCCCCCC")
    alert = an_alert()
    await world.deliver(alert, to=(a_candidate(A, "one"), a_candidate(B, "two")))
    await world.deliver(resolved(alert))
    await world.settle(A)
    claim = await world.claim(B)
    await save(world, claim, after=an_incident(claim, status=Status.CLOSED), drained=2)

    assert await world.deliver(resolved(alert, generator_url="again")) == Taken(changed=1)
    assert await world.held() == {key_of(alert): {A}}
    assert await world.deliver(alert, to=(a_candidate(new, "one"), a_candidate(new, "two"))) == Taken(
        changed=1, opened=1
    )
    assert await world.held() == {key_of(alert): {A, new}}
    assert await world.waiting(new) == 1
    assert await world.deliver(alert, to=(a_candidate(B, "one"), a_candidate(B, "other"))) == Taken(unchanged=1)


async def test_closing_is_refused_while_the_inbox_holds_anything(world: World) -> None:
    claim = await opened(world)
    before = an_incident(claim)
    closed = replace(before, status=Status.CLOSED)

    assert await world.mailbox.save(claim, before, closed, due=claim.now) is Saved.NOT_EMPTY
    assert await world.mailbox.save(claim, before, closed, due=None) is Saved.NOT_EMPTY

    assert await world.deliver(an_alert(generator_url="https://news")) == Taken(changed=1)
    assert await world.waiting() == 2


async def test_a_closed_incident_hears_what_is_said_until_its_end(world: World) -> None:
    claim = await opened(world)
    before = an_incident(claim)
    closed = replace(before, status=Status.CLOSED)
    await world.mailbox.save(claim, before, closed, due=claim.now, drained=1)
    assert await world.feed.append(A, a_command()) is Outcome.STORED

    assert await world.mailbox.save(claim, closed, closed, due=None) is Saved.NOT_EMPTY
    assert await world.mailbox.save(claim, closed, closed, due=None, drained=1) is Saved.RELEASED

    assert await world.owner() is None
    assert await world.feed.append(A, a_command()) is Outcome.OVER
    (stored,) = await world.records.list_closed(10)
    assert stored.id == A
    assert stored.ended_at is not None
    assert await world.records.list_open(10) == ()


async def test_a_new_incident_of_the_same_group_is_not_hurt_by_the_old_ones_end(world: World, raw: Any) -> None:
    claim = await opened(world)
    before = an_incident(claim)
    closed = replace(before, status=Status.CLOSED)
    await world.mailbox.save(claim, before, closed, due=claim.now, drained=1)
    await world.deliver(an_alert(), to=(a_candidate(B),))

    await world.mailbox.save(claim, closed, closed, due=None)

    assert await raw.hgetall(GROUPS) == {b"group": B.encode()}
    assert await world.held() == {key_of(an_alert()): {B}}


async def test_only_a_closed_incident_has_an_end(world: World) -> None:
    claim = await opened(world)

    with pytest.raises(AssertionError):
        await save(world, claim, due=None)


async def test_a_forgotten_alert_is_news_in_its_incident_only(world: World) -> None:
    alert = an_alert()
    await world.deliver(alert, to=(a_candidate(A, "one"), a_candidate(B, "two")))
    for incident in (A, B):
        claim = await world.claim(incident)
        forget = [key_of(alert), AlertKey("nobody's")] if incident == A else []
        await save(world, claim, drained=1, forget=forget, release=True)

    assert await world.deliver(alert) == Taken(changed=1)

    assert (await world.waiting(A), await world.waiting(B)) == (1, 0)
    assert await world.deliver(alert) == Taken(unchanged=1)


async def test_the_chat_of_an_incident_leads_to_it_until_it_has_another(world: World) -> None:
    claim = await opened(world)
    first = an_incident(claim, chat=a_chat(claim, "oc_1"))
    await save(world, claim, after=first)
    assert await world.records.by_chat(ChatId("oc_1")) == A

    await world.mailbox.save(claim, first, replace(first, chat=a_chat(claim, "oc_2")), due=claim.now)

    assert await world.records.by_chat(ChatId("oc_1")) is None
    assert await world.records.by_chat(ChatId("oc_2")) == A
    assert await world.feed.append_by_chat(ChatId("oc_2"), a_command()) is Outcome.STORED


async def test_a_standing_room_leads_to_every_incident_that_is_there(world: World) -> None:
    first = await opened(world)
    await world.deliver(an_alert("Two"), to=(a_candidate(B, "two"),))
    second = await world.claim(B)
    room = ChatId("oc_room")
    here = {one.id: an_incident(one, chat=replace(a_chat(one, room), is_standing=True)) for one in (first, second)}
    for claim in (second, first):
        await world.mailbox.save(claim, None, here[claim.id], due=claim.now, drained=1)
    assert await world.records.by_chat(room) is None, "what happens there is no one incident's"
    assert await world.records.in_standing_room(room) == (A, B)

    assert await world.feed.append_by_chat(room, a_command()) is Outcome.SHARED
    assert (await world.waiting(A), await world.waiting(B)) == (0, 0)
    lost = ChatLost(id=EntryId("lost"), at=first.now, chat=room, by=None, was_disbanded=True)
    assert await world.feed.append_by_chat(room, lost, receipt="event-1") is Outcome.STORED
    assert await world.feed.append_by_chat(room, lost, receipt="event-1") is Outcome.DUPLICATE
    assert (await world.waiting(A), await world.waiting(B)) == (1, 1)

    gone = replace(here[A], chat=replace(a_chat(first, room), is_standing=True, is_gone=True))
    await world.mailbox.save(first, here[A], gone, due=first.now)
    assert await world.records.in_standing_room(room) == (B,)

    await world.mailbox.save(second, here[B], replace(here[B], status=Status.CLOSED), due=None, drained=1)
    assert await world.records.in_standing_room(room) == ()


async def test_who_talks_in_the_chat_of_an_ended_incident_is_told_so(world: World) -> None:
    claim = await opened(world)
    before = an_incident(claim, chat=a_chat(claim, "oc_1"))
    await save(world, claim, after=before, drained=1)
    await world.mailbox.save(claim, before, replace(before, status=Status.CLOSED), due=None)

    assert await world.feed.append_by_chat(ChatId("oc_1"), a_command()) is Outcome.OVER


def a_chat(claim: Claim, name: str) -> Chat:
    return Chat(id=ChatId(name), created_at=claim.now, name={"zh": "组"}, named_at=claim.now)


async def test_the_timeline_keeps_the_newest_2000_lines(world: World) -> None:
    claim = await opened(world)
    lines = [TimelineLine(at=claim.now, what=Happening.ALERTS, text=str(n), by=OpenId("ou_1")) for n in range(2500)]

    await save(world, claim, lines=lines[:1500])
    await save(world, claim, lines=lines[1500:])

    assert await world.records.timeline(A) == tuple(lines[500:])


async def test_statuses_are_counted(world: World) -> None:
    await world.deliver(an_alert("One"), to=(a_candidate(A, "one"),))
    await world.deliver(an_alert("Two"), to=(a_candidate(B, "two"),))
    claim = await world.claim()
    acknowledged = an_incident(claim, status=Status.ACKNOWLEDGED)
    await save(world, claim, after=acknowledged, drained=1)

    figures = await Gauge(world.connection).read()
    assert figures.by_status == {
        Status.TRIAGE: 0,
        Status.FIRING: 1,
        Status.ACKNOWLEDGED: 1,
        Status.RESOLVED: 0,
        Status.CLOSED: 0,
    }
    await world.mailbox.save(claim, acknowledged, replace(acknowledged, status=Status.CLOSED), due=None)
    assert sum((await Gauge(world.connection).read()).by_status.values()) == 1


# -- versions and absence ----------------------------------------------------------------------------------------------


async def test_d12_what_a_newer_version_wrote_is_not_touched(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    await raw.hset(INCIDENT + A, "schema", SCHEMA + 1)

    for _ in range(5):  # however often: no attempt is counted, nothing is set aside
        with pytest.raises(TooNew):
            await world.claim()

    assert await raw.hget(INCIDENT + A, "revision") == b"0"
    assert await world.waiting() == 1
    with pytest.raises(TooNew):
        await world.records.get(A)


async def test_d12_an_entry_raises_the_format_of_its_incident(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    await raw.hset(INCIDENT + A, "schema", 0)

    await world.deliver(resolved(an_alert()))

    assert await raw.hget(INCIDENT + A, "schema") == str(SCHEMA).encode()


async def test_d12_a_save_raises_the_format_of_its_incident(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    await raw.hset(INCIDENT + A, "schema", 0)

    await world.settle()

    assert await raw.hget(INCIDENT + A, "schema") == str(SCHEMA).encode()


async def test_a_claim_that_became_too_old_reads_no_further(world: World, raw: Any) -> None:
    claim = await opened(world)
    await raw.hset(INCIDENT + A, "schema", SCHEMA + 1)

    with pytest.raises(TooNew):
        await world.mailbox.read_on(claim, in_hand=0)


async def test_a_damaged_record_is_told_as_such(world: World, raw: Any) -> None:
    await world.deliver(an_alert())
    await world.settle()
    await world.feed.append(A, a_command())
    await raw.hset(INCIDENT + A, "record", "{}")

    with pytest.raises(Unreadable, match="incident"):
        await world.claim()


async def test_without_a_store_the_owner_stops(world: World, store_server: StoreServer) -> None:
    claim = await opened(world)
    store_server.kill()

    with pytest.raises(StoreAway):
        await save(world, claim)
    with pytest.raises(StoreAway):
        await world.mailbox.claim(A, claim.job)
    with pytest.raises(StoreAway):
        await world.mailbox.wake_due()

    store_server.start()
    assert await save(world, claim, drained=1, release=True) is Saved.RELEASED
