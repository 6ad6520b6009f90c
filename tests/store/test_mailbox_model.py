"""D1 and D2 under everything that can go wrong, in any order: the real scripts against a model that remembers all.

Workers here are the tests' own: they claim, read on, save and let go like the product's, but die between any two steps,
lose the answer of any call, and are replaced while they still believe to be the owner.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import structs

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.chats.chat import Chat, Saying, SayingKind
from alertbridge.core.ids import AlertKey, ChatId, EntryId, IncidentId, JobId
from alertbridge.core.incidents.command import AlertsReceived, Entry
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.store.codec import decode_entry, to_ms
from alertbridge.store.connection import Connection, open_pool
from alertbridge.store.deliveries import Arrival, Delivery, Outcome
from alertbridge.store.keys import ARQ_JOB, ARQ_QUEUE, BUSY, CLOSED, DEAD, DUE, GROUPS, HOLDS, INBOX, NUMBERS, STATUSES
from alertbridge.store.mailbox import Claim, Saved, decode_dead
from alertbridge.store.records import Stored
from tests.store.world import World, a_candidate, a_command, a_delivery, an_alert, an_incident, key_of, resolved
from tests.store_server import StoreServer

GROUPS_OF_ALERT: Final = {"a": ("g1",), "b": ("g1",), "c": ("g2",), "both": ("g1", "g2")}
HOUR: Final = timedelta(hours=1)
LATE_COPY: Final = timedelta(minutes=2)
PICKS: Final = st.integers(min_value=0, max_value=7)


@dataclass(slots=True)
class Hand:
    """A worker that believes to own an incident."""

    claim: Claim
    saved: Incident | None
    known: Incident
    drained: int = 0

    def take(self, entries: tuple[Entry, ...]) -> None:
        """Observe: remember the alerts, and say each entry's id."""
        for entry in entries:
            alerts = entry.alerts if isinstance(entry, AlertsReceived) else {}
            said = Saying(kind=SayingKind.ACK, cause=entry.id)
            self.known = replace(self.known, alerts={**self.known.alerts, **alerts}, outbox=(*self.known.outbox, said))
        self.drained += len(entries)


@dataclass(slots=True)
class Past:
    """What the model knows of one incident."""

    entries: list[str] = field(default_factory=list)
    """Every entry that was ever in its inbox, in order."""
    set_aside: set[str] = field(default_factory=set)
    revision: int = 0


class Mailboxes(RuleBasedStateMachine):
    """One store, three alerts in two groups and one in both, any number of workers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.connection = Connection(open_pool(url, size=3))
        self.world = World(self.connection)
        self.run(self.connection.call("FLUSHALL"))
        self.hands: list[Hand] = []
        self.jobs: list[JobId] = []
        self.past: dict[IncidentId, Past] = {}
        self.promised: set[str] = set()
        self.told: dict[AlertKey, AlertStatus] = {}
        self.passed = timedelta()
        self.first_seen: dict[str, timedelta] = {}
        self.last: tuple[Delivery, list[Alert]] | None = None
        self.serial = 0

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def call(self, *command: Any) -> Any:
        return self.run(self.connection.call(*command))

    # -- senders and people --------------------------------------------------------------------------------------------

    @initialize()
    def begin_with_alerts(self) -> None:
        self.send(a_delivery(), [an_alert(name) for name in GROUPS_OF_ALERT], is_answered=True)

    @rule(
        names=st.lists(st.sampled_from(sorted(GROUPS_OF_ALERT)), min_size=1, max_size=3, unique=True),
        ends=st.booleans(),
        is_answered=st.booleans(),
    )
    def deliver(self, names: list[str], ends: bool, is_answered: bool) -> None:
        """New alerts, repeats and resolves; where no answer comes, the sender will try again."""
        alerts = [resolved(an_alert(name)) if ends else an_alert(name) for name in names]
        self.send(a_delivery(), alerts, is_answered=is_answered)

    @precondition(lambda self: self.last is not None)
    @rule()
    def deliver_the_same_again(self) -> None:
        """A retry, or a copy that was slow on its way: another request, the same body."""
        delivery, alerts = self.last  # type: ignore[misc]
        self.send(structs.replace(delivery, id=EntryId(f"{delivery.id}+")), alerts, is_answered=True)

    def send(self, delivery: Delivery, alerts: list[Alert], *, is_answered: bool) -> None:
        self.last = (delivery, alerts)
        first = self.first_seen.get(delivery.body_hash)
        is_copy = first is not None and self.passed - first < LATE_COPY
        if not is_copy:
            self.first_seen[delivery.body_hash] = self.passed
        held = self.run(self.world.held())
        taken = self.run(self.world.feed.deliver(structs.replace(delivery, arrivals=tuple(map(self.arrival, alerts)))))
        if is_answered and taken.changed:
            self.promised.add(delivery.id)
        for alert in alerts:
            is_firing = alert.status is AlertStatus.FIRING
            if (is_firing and not is_copy) or (not is_firing and key_of(alert) in held):
                self.told[key_of(alert)] = alert.status

    def arrival(self, alert: Alert) -> Arrival:
        candidates = tuple(a_candidate(self.new_incident(), group) for group in GROUPS_OF_ALERT[alert.name])
        return Arrival(key=key_of(alert), alert=alert, candidates=candidates)

    def new_incident(self) -> IncidentId:
        self.serial += 1
        return IncidentId(f"01{self.serial:024d}")

    @precondition(lambda self: self.past)
    @rule(pick=PICKS, receipt=st.none() | st.integers(0, 3).map(str))
    def command(self, pick: int, receipt: str | None) -> None:
        """Somebody presses a button, perhaps Feishu tells it twice."""
        incident = sorted(self.past)[pick % len(self.past)]
        command = a_command()
        if self.run(self.world.feed.append(incident, command, receipt=receipt)) is Outcome.STORED:
            self.promised.add(command.id)

    @precondition(lambda self: self.past)
    @rule(pick=PICKS)
    def speak(self, pick: int) -> None:
        """Somebody writes in a chat that we may not know yet."""
        incident = sorted(self.past)[pick % len(self.past)]
        command = a_command()
        if self.run(self.world.feed.append_by_chat(chat_of(incident), command)) is Outcome.STORED:
            self.promised.add(command.id)

    # -- workers -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.jobs)
    @rule(pick=PICKS)
    def start_job(self, pick: int) -> None:
        """A worker takes any job of the queue."""
        self.begin(JobId(self.jobs[pick % len(self.jobs)]))

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS)
    def start_job_again(self, pick: int) -> None:
        """A lease has lapsed: somebody else runs the job, while the first worker goes on."""
        job = self.hands[pick % len(self.hands)].claim.job
        if job in self.jobs:
            self.begin(job)

    def begin(self, job: JobId) -> Hand | None:
        incident = IncidentId(job.split(":")[1])
        owner = self.call("HGET", BUSY, incident)
        dead_before = self.dead(incident)
        claim = self.run(self.world.mailbox.claim(incident, job))
        assert (claim is not None) == (owner == job.encode())
        if claim is None:
            self.finish(job)
            return None
        past = self.past[incident]
        past.set_aside |= self.dead(incident) - dead_before
        assert claim.revision == past.revision + 1, "every claim raises the revision"
        past.revision = claim.revision
        known = claim.incident or an_incident(claim, chat=a_chat(claim))
        hand = Hand(claim, claim.incident, known)
        hand.take(claim.entries)
        self.hands.append(hand)
        return hand

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS)
    def read_on(self, pick: int) -> None:
        """The owner looks whether something came meanwhile."""
        hand = self.hands[pick % len(self.hands)]
        further = self.run(self.world.mailbox.read_on(hand.claim, in_hand=hand.drained))
        assert (further is not None) == self.is_owner(hand)
        if further is None:
            self.hands.remove(hand)
        else:
            hand.take(further.entries)

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS, release=st.booleans(), if_empty=st.booleans(), forgets=st.booleans(), is_answered=st.booleans())
    def save(self, pick: int, release: bool, if_empty: bool, forgets: bool, is_answered: bool) -> None:
        """A save, whose answer may be lost: then the worker stops."""
        hand = self.hands[pick % len(self.hands)]
        forget = list(hand.known.alerts) if forgets else []
        answer = self.write(hand, hand.known, release=release, if_empty=if_empty, forget=forget)
        if not is_answered:
            self.hands.remove(hand)
            return
        self.go_on(hand, hand.known, answer)

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS, is_end=st.booleans(), is_answered=st.booleans())
    def close(self, pick: int, is_end: bool, is_answered: bool) -> None:
        """The incident is over, perhaps at its end at once."""
        hand = self.hands[pick % len(self.hands)]
        closed = replace(hand.known, status=Status.CLOSED)
        answer = self.write(hand, closed, is_end=is_end)
        if not is_answered:
            self.hands.remove(hand)
            return
        self.go_on(hand, closed, answer)

    def write(self, hand: Hand, after: Incident, *, is_end: bool = False, **how: Any) -> Saved:
        is_owner, waiting = self.is_owner(hand), self.waiting(hand.claim.id) - hand.drained
        due = None if is_end else hand.claim.now + HOUR
        answer: Saved = self.run(
            self.world.mailbox.save(hand.claim, hand.saved, after, due=due, drained=hand.drained, **how)
        )
        assert (answer is Saved.REFUSED) == (not is_owner)
        needs_empty = how.get("if_empty") or is_end or (after.status is Status.CLOSED and not is_closed(hand.saved))
        if is_owner:
            assert (answer is Saved.NOT_EMPTY) == bool(needs_empty and waiting)
        return answer

    def go_on(self, hand: Hand, after: Incident, answer: Saved) -> None:
        if answer in (Saved.SAVED, Saved.MORE):
            hand.saved = hand.known = after
            hand.drained = 0
        elif answer in (Saved.REFUSED, Saved.RELEASED):
            self.hands.remove(hand)
            if answer is Saved.RELEASED:
                self.finish(hand.claim.job)

    def is_owner(self, hand: Hand) -> bool:
        is_latest = self.past[hand.claim.id].revision == hand.claim.revision
        return is_latest and self.call("HGET", BUSY, hand.claim.id) == hand.claim.job.encode()

    def finish(self, job: JobId) -> None:
        """What arq does after a job, and worker.py after a refusal: a job that owns nothing is forgotten."""
        if self.call("HGET", BUSY, job.split(":")[1]) != job.encode():
            self.call("ZREM", ARQ_QUEUE, job)
            self.call("DEL", ARQ_JOB + job)

    # -- accidents -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.hands)
    @rule(pick=PICKS)
    def crash(self, pick: int) -> None:
        """kill -9: the job stays queued, and somebody takes it when the lease is over."""
        del self.hands[pick % len(self.hands)]

    @precondition(lambda self: self.jobs)
    @rule(pick=PICKS, half=st.sampled_from(["queue", "body", "both"]))
    def lose_job(self, pick: int, half: str) -> None:
        """arq ends a job silently: it failed, its body expired, it was tried too often."""
        job = self.jobs[pick % len(self.jobs)]
        if half != "body":
            self.call("ZREM", ARQ_QUEUE, job)
        if half != "queue":
            self.call("DEL", ARQ_JOB + job)

    @rule(by=st.sampled_from([timedelta(seconds=31), timedelta(seconds=70), timedelta(minutes=10), 3 * HOUR]))
    def pass_time(self, by: timedelta) -> None:
        self.passed += by
        self.run(self.world.clock.advance(by))

    @rule()
    def wake_due(self) -> None:
        self.run(self.world.mailbox.wake_due())
        for incident, job in self.run(self.owners()).items():
            assert self.call("EXISTS", ARQ_JOB + job), f"{incident} is owned by a job that does not exist"
            assert self.call("ZSCORE", ARQ_QUEUE, job) is not None

    # -- what always holds ---------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        self.jobs = [JobId(job) for job in self.run(self.world.jobs())]
        numbers = self.call("HVALS", NUMBERS)
        for name in numbers:
            self.past.setdefault(IncidentId(name.decode()), Past())
        stored = {incident: self.stored(incident) for incident in self.past}
        self.inboxes_have_owners_and_lose_nothing(stored)
        self.what_is_not_over_is_due(stored)
        self.groups_and_alerts_belong_to_what_is_open(stored)

    def inboxes_have_owners_and_lose_nothing(self, stored: dict[IncidentId, Stored]) -> None:
        owners = self.run(self.owners())
        for incident, past in self.past.items():
            waiting = [str(decode_entry(entry).id) for entry in self.call("LRANGE", INBOX + incident, 0, -1)]
            if waiting:
                assert incident in owners, "an inbox that holds something has an owner"
            record = stored[incident].incident
            observed = [saying.cause for saying in record.outbox] if record else []
            for entry in waiting:
                if entry not in past.entries:
                    past.entries.append(entry)
            assert observed + waiting == [e for e in past.entries if e not in past.set_aside], "once, and in order"

    def what_is_not_over_is_due(self, stored: dict[IncidentId, Stored]) -> None:
        due = dict(pairs(self.call("ZRANGE", DUE, 0, -1, "WITHSCORES")))
        over = {name.decode() for name in self.call("ZRANGE", CLOSED, 0, -1)}
        assert set(due) | over == set(self.past)
        assert not set(due) & over
        latest = to_ms(self.run(self.world.clock.now()) + HOUR)
        assert all(int(at) <= latest for at in due.values())
        statuses = dict.fromkeys(Status, 0)
        for incident in map(IncidentId, due):
            statuses[record.status if (record := stored[incident].incident) else Status.FIRING] += 1
        counted = self.call("HGETALL", STATUSES)
        assert {status: int(counted.get(status.encode(), 0)) for status in Status} == statuses

    def groups_and_alerts_belong_to_what_is_open(self, stored: dict[IncidentId, Stored]) -> None:
        is_open = {one.opening.group_key: id_ for id_, one in stored.items() if not is_closed(one.incident)}
        assert len(is_open) == sum(not is_closed(one.incident) for one in stored.values()), "one for each group key"
        assert {k.decode(): v.decode() for k, v in self.call("HGETALL", GROUPS).items()} == is_open
        held = self.run(self.world.held())
        holds = {id_: {key.decode() for key in self.call("SMEMBERS", HOLDS + id_)} for id_ in stored}
        assert {(key, id_) for key, ids in held.items() for id_ in ids} == {
            (key, id_) for id_, keys in holds.items() for key in keys
        }
        assert {id_ for id_, keys in holds.items() if keys} <= set(is_open.values())

    # -- looks ---------------------------------------------------------------------------------------------------------

    async def owners(self) -> dict[str, str]:
        owners = await self.connection.call("HGETALL", BUSY)
        return {incident.decode(): job.decode() for incident, job in owners.items()}

    def stored(self, incident: IncidentId) -> Stored:
        stored = self.run(self.world.records.get(incident))
        assert isinstance(stored, Stored)
        return stored

    def waiting(self, incident: IncidentId) -> int:
        return int(self.call("LLEN", INBOX + incident))

    def dead(self, incident: IncidentId) -> set[str]:
        entries = map(decode_dead, self.call("LRANGE", DEAD, 0, -1))
        return {str(decode_entry(dead.entry.encode()).id) for dead in entries if dead.incident == incident}

    # -- peace ---------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Nothing goes wrong any more: then everything that was accepted has been done, exactly once."""
        try:
            self.hands.clear()
            for _ in range(3):
                self.pass_time(HOUR)
                self.wake_due()
                self.everything_holds()
                while self.jobs:
                    hand = self.begin(self.jobs[0])
                    if hand is not None:
                        self.go_on(hand, hand.known, self.write(hand, hand.known, release=True))
                    self.everything_holds()
            self.settled()
        finally:
            self.run(self.connection.aclose())
            self.runner.close()

    def settled(self) -> None:
        assert self.run(self.owners()) == {}
        assert [incident for incident in self.past if self.waiting(incident)] == []
        known = {entry for past in self.past.values() for entry in past.entries}
        assert self.promised <= known, "what was answered as stored is stored"
        for incident, past in self.past.items():
            record = self.stored(incident).incident
            assert record is not None
            if not past.set_aside and not is_closed(record):
                held = self.call("SMEMBERS", HOLDS + incident)
                for key in (AlertKey(key.decode()) for key in held):
                    assert record.alerts[key].status is self.told[key], "the last word about each alert"


def chat_of(incident: IncidentId) -> ChatId:
    return ChatId(f"oc_{incident}")


def a_chat(claim: Claim) -> Chat:
    return Chat(id=chat_of(claim.id), created_at=claim.now, name={}, named_at=claim.now)


def is_closed(incident: Incident | None) -> bool:
    return incident is not None and incident.status is Status.CLOSED


def pairs(flat: list[bytes]) -> list[tuple[str, str]]:
    texts = [part.decode() for part in flat]
    return list(zip(texts[::2], texts[1::2], strict=True))


def test_d1_d2_whatever_goes_wrong_every_entry_is_worked_on_once_by_one_owner(store_server: StoreServer) -> None:
    class OnThisServer(Mailboxes):
        def __init__(self) -> None:
            super().__init__(store_server.url)

    run_state_machine_as_test(
        OnThisServer,
        settings=settings(max_examples=40, stateful_step_count=35, database=None, derandomize=True),
    )
