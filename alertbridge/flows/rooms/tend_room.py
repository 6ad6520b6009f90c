"""One room, brought up to date by its owner job: drain, decide, save, act, save what came of it.

Whatever is sent stands in the saved record before, so a crash at any point repeats a call and says nothing twice.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from alertbridge.core.chats.action import Buzz
from alertbridge.core.chats.outcome import Failed
from alertbridge.core.ids import JobId, RoomId
from alertbridge.core.quota import CALLER
from alertbridge.core.rooms import tending
from alertbridge.core.rooms.lobby import is_given_up
from alertbridge.core.rooms.lobby_life import look, needs_look, write_digest
from alertbridge.core.rooms.lobby_plan import LobbyWanted, note_intents
from alertbridge.core.rooms.ringing import note_ring, put_off, recover_ring
from alertbridge.core.rooms.room import PULSE_ROOM, Room
from alertbridge.core.rooms.tending import RoomAction
from alertbridge.feishu.rooms import perform_in_room
from alertbridge.flows import metrics
from alertbridge.flows.heartbeat import answer_pulses
from alertbridge.flows.reconcile import LONG_PLAN_PAUSE, STEPS, UNFINISHED_DUE, NotOurs
from alertbridge.flows.rooms.lobbies import look_at_incidents, wanted_lobby
from alertbridge.flows.rooms.my_list import look_up_list
from alertbridge.flows.runtime import Runtime
from alertbridge.store.mailbox import Saved
from alertbridge.store.rooms import RoomClaim

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Visit:
    """One owner's hold of one room: what was last saved, what is known now."""

    claim: RoomClaim
    saved: Room
    room: Room
    drained: int
    started_at: float
    """By the event loop's clock; the product's time is the claim's plus what has passed since."""

    @property
    def now(self) -> datetime:
        """The store's time, kept going by our own clock."""
        return self.claim.now + timedelta(seconds=asyncio.get_running_loop().time() - self.started_at)

    def take(self, room: Room) -> None:
        """Take over what a decision changed."""
        losses = room.lobby.losses
        if losses and losses != self.room.lobby.losses:
            log.warning("lobby_lost", times=len(losses), is_made_again=not is_given_up(room.lobby))
        self.room = room


async def tend_room(room: RoomId, job: JobId, runtime: Runtime) -> None:
    """Bring one room up to date and let go of it. Raises `NotOurs` and the store's errors; a later visit goes on."""
    structlog.contextvars.bind_contextvars(room=room)
    CALLER.set(room)
    if room == PULSE_ROOM:
        await answer_pulses(job, runtime)
        return
    while True:
        claim = await runtime.rooms.claim(room, job)
        if claim is None:
            raise NotOurs
        if await _work(_begin(claim), runtime):
            return


def _begin(claim: RoomClaim) -> Visit:
    if claim.dead is not None:
        metrics.DEAD_ENTRIES.inc()
        log.error("entry_set_aside", size=len(claim.dead.entry))
    visit = Visit(
        claim=claim,
        saved=claim.room,
        room=claim.room,
        drained=0,
        started_at=asyncio.get_running_loop().time(),
    )
    visit.room = recover_ring(visit.room)
    for entry in claim.entries:
        visit.take(tending.observe(visit.room, entry))
    visit.drained = len(claim.entries)
    return visit


async def _work(visit: Visit, runtime: Runtime) -> bool:
    """Do everything that can be done now. True when the room was let go of; False: claim it again."""
    lobby = wanted_lobby(visit.room, runtime)
    for _ in range(STEPS):
        visit.room = tending.forget_late(visit.room, visit.now, lobby)
        if lobby is not None:
            await _look_at_lobby(visit, lobby, runtime)
        if (kind := tending.wants_list(visit.room, visit.now)) is not None:
            visit.room = tending.show(visit.room, await look_up_list(visit.room, kind, visit.now, runtime), visit.now)
        planned = tending.plan(visit.room, visit.now, lobby)
        if not planned.actions:
            return await _save(visit, planned.wait_until, runtime, release=True) is Saved.RELEASED
        await _act(visit, planned.actions, runtime)
        await _drain(visit, runtime)
    log.warning("plan_is_long", steps=STEPS)
    return await _save(visit, visit.now + LONG_PLAN_PAUSE, runtime, release=True) is Saved.RELEASED


async def _look_at_lobby(visit: Visit, lobby: LobbyWanted, runtime: Runtime) -> None:
    """See what happened, where it is time, and write the digest that is missing."""
    if needs_look(visit.room, visit.now):
        sight = await look_at_incidents(visit.room, lobby, runtime)
        visit.room = look(visit.room, sight, visit.now)
    visit.room = write_digest(visit.room, visit.now)


async def _act(visit: Visit, actions: tuple[RoomAction, ...], runtime: Runtime) -> None:
    if isinstance(actions[0], Buzz) and not await _may_ring(visit, actions[0], runtime):
        return
    visit.room = note_intents(visit.room, actions, visit.now)
    if visit.drained or visit.room is not visit.saved:
        await _save(visit, visit.now + UNFINISHED_DUE, runtime)

    async def gate() -> None:
        if not runtime.lease_is_fresh(visit.claim.job):
            raise NotOurs

    feishu = runtime.feishu.behind(gate)
    languages = runtime.team.chat.languages
    for action in actions:
        outcome = await perform_in_room(action, feishu, runtime.owner, languages, visit.now)
        if isinstance(outcome, Failed):
            if outcome.is_quota:
                metrics.QUOTA_WAITS.inc()
            else:
                log.warning("action_failed", action=action.key, cause=outcome.cause, is_refused=outcome.is_refused)
        if isinstance(action, Buzz) and metrics.count_page(action, outcome):
            metrics.count_lateness((call.at for call in visit.room.calls), visit.now)
        visit.take(tending.record(visit.room, action, outcome, visit.now))


async def _may_ring(visit: Visit, action: Buzz, runtime: Runtime) -> bool:
    """Whether a minute has passed since this person was called; else it is put off."""
    until = await runtime.minutes.take(action.people[0], action.way, visit.room.id, is_for_all=True)
    visit.room = note_ring(visit.room) if until is None else put_off(visit.room, until)
    return until is None


async def _drain(visit: Visit, runtime: Runtime) -> None:
    """Take what has arrived meanwhile."""
    further = await runtime.rooms.read_on(visit.claim, in_hand=visit.drained)
    if further is None:
        raise NotOurs
    for entry in further:
        visit.take(tending.observe(visit.room, entry))
    visit.drained += len(further)


async def _save(visit: Visit, due: datetime | None, runtime: Runtime, *, release: bool = False) -> Saved:
    saved = await runtime.rooms.save(visit.claim, visit.room, due=due, drained=visit.drained, release=release)
    if saved is Saved.REFUSED:
        raise NotOurs
    visit.saved, visit.drained = visit.room, 0
    return saved
