"""Storms as they are counted and folded where alerts come in: nothing is lost, and the umbrella hears of everything."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from ulid import ULID

from alertbridge.core.ids import IncidentId
from alertbridge.core.incidents.incident import Fold, Status
from alertbridge.core.incidents.storm import unfold
from alertbridge.core.severity import Severity
from alertbridge.store.codec import from_ms
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.deliveries import Candidate, Storm, umbrella_id
from alertbridge.store.keys import DUE, FOLDS, GROUPS, INCIDENT
from alertbridge.store.mailbox import Claim, Saved
from alertbridge.store.retention import prune
from tests.store.world import World, an_alert, an_incident, an_opening
from tests.store_server import StoreServer

MINUTE: Final = timedelta(minutes=1)
STEADY: Final = timedelta(minutes=5)
KEY: Final = "umbrella"


def a_candidate(number: int, *, above: int = 2, key: str = KEY, is_exempt: bool = False) -> Candidate:
    """A proposal of a group of its own."""
    storm = Storm(key=key, above=above, steady_ms=STEADY // timedelta(milliseconds=1), is_exempt=is_exempt)
    group = f"{key}-{number}"
    return Candidate(group_key=group, incident=IncidentId(str(ULID())), opening=an_opening(group), storm=storm)


async def begin(world: World, *numbers: int, **changes: Any) -> list[IncidentId]:
    """Let so many problems begin, one after the other."""
    begun = []
    for number in numbers:
        candidate = a_candidate(number, **changes)
        taken = await world.deliver(an_alert(candidate.group_key), to=(candidate,))
        assert taken.opened == 1
        begun.append(candidate.incident)
    return begun


async def umbrella_of(world: World, key: str = KEY) -> IncidentId:
    umbrella: bytes = await world.connection.call("HGET", GROUPS, key)
    return IncidentId(umbrella.decode())


async def look(world: World, incident: IncidentId, **changes: Any) -> Claim:
    """Be the owner once."""
    claim = await world.claim(incident)
    known = claim.incident or replace(an_incident(claim), folded_in=claim.folded_in)
    await world.mailbox.save(
        claim,
        claim.incident,
        replace(known, **changes),
        due=claim.now + timedelta(hours=1),
        drained=len(claim.entries),
        release=True,
    )
    return claim


async def due_in(world: World, incident: IncidentId) -> timedelta:
    at = await world.connection.call("ZSCORE", DUE, incident)
    return from_ms(int(float(at))) - await world.clock.now()


# -- which are folded --------------------------------------------------------------------------------------------------


async def test_more_than_so_many_within_a_minute_are_folded_into_one_umbrella(world: World) -> None:
    first, second, third, fourth = await begin(world, 1, 2, 3, 4)
    umbrella = await umbrella_of(world)

    assert [(await world.claim(one)).folded_in for one in (first, second)] == [None, None]
    assert [(await world.claim(one)).folded_in for one in (third, fourth)] == [umbrella, umbrella]
    claim = await world.claim(umbrella)
    assert umbrella == umbrella_id(third)
    assert (claim.opening.is_umbrella, claim.opening.group_key, claim.opening.group_labels) == (True, KEY, {})
    assert claim.opening.route == an_opening().route
    assert claim.storm is not None
    assert claim.storm.above_at is not None
    assert {id_: (fold.number, fold.status) for id_, fold in claim.storm.folds.items()} == {
        third: (3, Status.FIRING),
        fourth: (5, Status.FIRING),
    }


async def test_the_rate_counts_and_not_the_number(world: World) -> None:
    for number in range(6):
        await begin(world, number)
        await world.clock.advance(MINUTE / 2)

    assert await world.connection.call("HGET", GROUPS, KEY) is None


async def test_routes_have_storms_of_their_own(world: World) -> None:
    await begin(world, 1, 2, 3)
    (other,) = await begin(world, 1, key="another")

    assert (await world.claim(other)).folded_in is None


async def test_what_is_exempt_counts_but_has_its_own_group(world: World) -> None:
    worst = await begin(world, 1, 2, 3, is_exempt=True)
    (next_one,) = await begin(world, 4)

    assert [(await world.claim(one)).folded_in for one in worst] == [None] * 3
    assert (await world.claim(next_one)).folded_in == await umbrella_of(world)


async def test_a_storm_goes_on_until_the_rate_was_below_for_long_enough(world: World) -> None:
    await begin(world, 1, 2, 3)
    await world.clock.advance(STEADY - MINUTE)
    (slow,) = await begin(world, 4)
    await world.clock.advance(MINUTE + timedelta(seconds=1))
    (later,) = await begin(world, 5)

    assert (await world.claim(slow)).folded_in is not None
    assert (await world.claim(later)).folded_in is None


async def test_many_alerts_of_one_problem_are_no_storm(world: World) -> None:
    candidate = a_candidate(1)

    taken = await world.deliver(*(an_alert(f"a{number}") for number in range(9)), to=(candidate,))

    assert taken.opened == 1
    assert await world.connection.call("HGET", GROUPS, KEY) is None


async def test_all_of_one_delivery_can_be_a_storm(world: World) -> None:
    candidates = tuple(a_candidate(number) for number in range(5))

    taken = await world.deliver(an_alert(), to=candidates)

    assert taken.opened == 5
    claim = await world.claim(await umbrella_of(world))
    assert claim.storm is not None
    assert set(claim.storm.folds) == {candidate.incident for candidate in candidates[2:]}


def test_no_umbrella_has_the_id_of_an_incident_that_begins_in_the_same_moment() -> None:
    ids = {IncidentId(str(ULID())) for _ in range(2_000)}

    umbrellas = {umbrella_id(incident) for incident in ids}

    assert len(umbrellas) == len(ids)
    assert umbrellas.isdisjoint(ids)
    assert all(str(ULID.from_str(umbrella)) == umbrella for umbrella in umbrellas)


async def test_a_closed_umbrella_is_followed_by_another(world: World) -> None:
    await begin(world, 1, 2, 3)
    before = await umbrella_of(world)
    await world.close(before)
    await begin(world, 4)

    after = await umbrella_of(world)

    claim = await world.claim(after)
    assert after != before
    assert claim.earlier is not None
    assert claim.earlier.id == before


# -- what the umbrella hears -------------------------------------------------------------------------------------------


async def test_the_umbrella_hears_how_each_stands_within_ten_seconds(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    await look(world, umbrella)
    assert await due_in(world, umbrella) > MINUTE

    await look(world, folded, status=Status.ACKNOWLEDGED, severity=Severity.P2)

    assert await due_in(world, umbrella) <= timedelta(seconds=10)
    await world.clock.advance(timedelta(seconds=10))
    await world.mailbox.wake_due()
    claim = await look(world, umbrella)
    assert claim.storm is not None
    assert claim.storm.folds == {
        folded: Fold(number=3, status=Status.ACKNOWLEDGED, severity=Severity.P2, title="root"),
    }


async def test_it_is_not_woken_by_what_stands_as_before(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    await look(world, folded)
    await look(world, umbrella)

    await world.deliver(an_alert("more"), to=(a_candidate(3),))
    await look(world, folded)

    assert await due_in(world, umbrella) > MINUTE


async def test_what_changes_while_it_is_owned_is_not_missed(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    claim = await world.claim(umbrella)
    await look(world, folded)

    await world.mailbox.save(claim, None, an_incident(claim), due=claim.now + timedelta(hours=1), release=True)

    assert await due_in(world, umbrella) <= timedelta(seconds=10)


async def test_one_that_is_unfolded_leaves_it(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    await look(world, folded)
    await world.deliver(an_alert("more"), to=(a_candidate(3),))
    claim = await world.claim(folded)
    assert claim.incident is not None
    await world.mailbox.save(claim, claim.incident, unfold(claim.incident), due=claim.now, drained=1, release=True)

    of_umbrella = await world.claim(umbrella)

    assert of_umbrella.storm is not None
    assert of_umbrella.storm.folds == {}
    assert await world.connection.call("HGET", INCIDENT + folded, "folded_in") is None


async def test_what_burns_under_a_closed_umbrella_is_looked_at_at_once_and_knows(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    assert not (await world.claim(folded)).is_orphan
    await world.close(umbrella)

    await look(world, folded)

    assert await due_in(world, folded) <= timedelta()
    await world.mailbox.wake_due()
    assert (await world.claim(folded)).is_orphan


async def test_what_was_folded_while_its_umbrella_was_being_closed_is_looked_at_at_once(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    await look(world, folded)
    assert await due_in(world, folded) > MINUTE

    await world.close(umbrella)

    assert await due_in(world, folded) <= timedelta()
    await world.mailbox.wake_due()
    assert (await world.claim(folded)).is_orphan


async def test_an_umbrella_into_which_more_was_folded_meanwhile_is_not_closed(world: World) -> None:
    await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    claim = await world.claim(umbrella)
    closed = replace(an_incident(claim), status=Status.CLOSED)
    await begin(world, 4)

    due = claim.now + timedelta(seconds=5)
    assert await world.mailbox.save(claim, None, closed, due=due, if_empty=True) is Saved.STIRRED

    assert await umbrella_of(world) == umbrella
    again = await world.claim(umbrella)
    assert again.storm is not None
    assert {fold.number for fold in again.storm.folds.values()} == {3, 5}
    assert await world.mailbox.save(again, None, closed, due=due, if_empty=True) is Saved.SAVED


async def test_with_an_umbrella_what_it_knew_is_forgotten(world: World) -> None:
    *_, folded = await begin(world, 1, 2, 3)
    umbrella = await umbrella_of(world)
    await world.close(umbrella)
    await world.connection.call("HSET", INCIDENT + umbrella, "exported", 1)
    await world.clock.advance(timedelta(days=2))

    assert umbrella in await prune(world.connection, history=timedelta(days=1))

    assert await world.connection.call("EXISTS", FOLDS + umbrella) == 0
    assert (await world.claim(folded)).is_orphan


# -- in any order ------------------------------------------------------------------------------------------------------


class Storms(RuleBasedStateMachine):
    """Problems begin at any pace, are looked at, unfolded, over; the umbrella's list is what a simple count says."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.connection = Connection(open_pool(url, size=3))
        self.world = World(self.connection)
        self.run(self.connection.call("FLUSHALL"))
        self.passed = timedelta()
        self.begun: list[timedelta] = []
        self.above_at: timedelta | None = None
        self.folded: dict[IncidentId, IncidentId] = {}
        self.all: list[IncidentId] = []

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize(above=st.integers(1, 4))
    def choose(self, above: int) -> None:
        self.above = above

    @rule(is_exempt=st.booleans())
    def begin(self, is_exempt: bool) -> None:
        """One more."""
        recent = [at for at in self.begun if self.passed - at < MINUTE]
        if len(recent) >= self.above:
            self.above_at = self.passed
        is_storm = self.above_at is not None and self.passed - self.above_at < STEADY
        self.begun.append(self.passed)
        (incident,) = self.run(begin(self.world, len(self.all), above=self.above, is_exempt=is_exempt))
        self.all.append(incident)
        claim = self.run(self.world.claim(incident))
        assert (claim.folded_in is not None) == (is_storm and not is_exempt)
        if claim.folded_in is not None:
            self.folded[incident] = claim.folded_in

    @rule(seconds=st.sampled_from((7, 23, 61, 301)))
    def wait(self, seconds: int) -> None:
        self.passed += timedelta(seconds=seconds)
        self.run(self.world.clock.advance(timedelta(seconds=seconds)))

    @rule(pick=st.integers(0, 20), status=st.sampled_from((Status.FIRING, Status.ACKNOWLEDGED, Status.RESOLVED)))
    def save(self, pick: int, status: Status) -> None:
        """An owner comes by."""
        if self.all:
            incident = self.all[pick % len(self.all)]
            self.own(incident)
            self.run(look(self.world, incident, status=status))

    @rule(pick=st.integers(0, 20))
    def unfold(self, pick: int) -> None:
        if self.folded:
            incident = sorted(self.folded)[pick % len(self.folded)]
            self.own(incident)
            self.run(look(self.world, incident, folded_in=None))
            del self.folded[incident]

    @rule()
    def close_the_umbrella(self) -> None:
        """A person closes it, whatever is under it."""
        umbrella = self.run(self.connection.call("HGET", GROUPS, KEY))
        if umbrella is not None:
            self.own(IncidentId(umbrella.decode()))
            self.run(self.world.close(IncidentId(umbrella.decode())))

    def own(self, incident: IncidentId) -> None:
        """Make sure that it has a job."""
        self.run(self.connection.call("ZADD", DUE, "XX", 0, incident))
        self.run(self.world.mailbox.wake_due())

    @invariant()
    def every_umbrella_knows_what_is_under_it(self) -> None:
        for umbrella in set(self.folded.values()):
            known = {id_.decode() for id_ in self.run(self.connection.call("HKEYS", FOLDS + umbrella))}
            assert known == {incident for incident, over in self.folded.items() if over == umbrella}

    @invariant()
    def what_is_told_is_heard_soon(self) -> None:
        now = self.run(self.world.clock.now())
        for umbrella in set(self.folded.values()):
            if self.run(self.connection.call("HEXISTS", INCIDENT + umbrella, "stirred")):
                due = self.run(due_in(self.world, umbrella))
                assert due <= timedelta(seconds=10), (umbrella, now)

    @invariant()
    def nothing_that_begins_is_lost(self) -> None:
        for incident in self.all:
            assert self.run(self.connection.call("ZSCORE", DUE, incident)) is not None

    def teardown(self) -> None:
        self.run(self.connection.aclose())
        self.runner.close()


def test_whatever_happens_what_is_folded_is_counted_and_what_is_not_is_not(store_server: StoreServer) -> None:
    class OnThisServer(Storms):
        def __init__(self) -> None:
            super().__init__(store_server.url)

    run_state_machine_as_test(
        OnThisServer,
        settings=settings(max_examples=25, stateful_step_count=30, database=None, derandomize=True),
    )
