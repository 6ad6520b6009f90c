"""One incident, brought up to date by its owner job: drain, decide, save what is meant, act, save what came of it.

Running it twice, late, or after a crash gives the same chat: everything that matters is read from the store, and every
step that could be done twice left its intent there before.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from alertbridge.core import lifecycle
from alertbridge.core.chats.action import Action, EndSilence, PageAction, PutSilence
from alertbridge.core.chats.chat import SayingKind, Wanted
from alertbridge.core.chats.giving_way import GROUP
from alertbridge.core.chats.outcome import Failed, LinkMade, Outcome
from alertbridge.core.groups import facts, planner, relief, tries
from alertbridge.core.groups.blueprint import blueprint, page_url, title_of
from alertbridge.core.ids import AlertKey, IncidentId, JobId
from alertbridge.core.incidents import escalation, roles, storm
from alertbridge.core.incidents.command import Entry
from alertbridge.core.incidents.heads_up import give_heads_up
from alertbridge.core.incidents.incident import Earlier, Incident, Trouble
from alertbridge.core.quota import CALLER
from alertbridge.core.rooms.lobby import lobby_of
from alertbridge.core.rooms.reports import nobody_report
from alertbridge.core.timeline import Happening, TimelineLine
from alertbridge.feishu.performer import perform
from alertbridge.feishu.surroundings import Surroundings
from alertbridge.flows import metrics
from alertbridge.flows.archive import IncidentArchive
from alertbridge.flows.oncall.calling import Later, whom_to_call
from alertbridge.flows.oncall.giving_roles import look_up_roles
from alertbridge.flows.oncall.shift import look_at_rota
from alertbridge.flows.rooms.gathering import call_people
from alertbridge.flows.rooms.lobby_reports import report
from alertbridge.flows.runtime import Runtime
from alertbridge.flows.silences import also_silenced, perform_silence
from alertbridge.flows.tidy import export_archive
from alertbridge.store.mailbox import Claim, Saved

log = structlog.get_logger(__name__)

UNFINISHED_DUE = timedelta(seconds=5)
"""While a plan is under way, the incident is looked at again this soon should we die (D2)."""

STEPS = 64
"""Batches of one pass. A longer plan goes on in the next pass; one that never ends is a bug that must not spin."""

OVERTAKEN = 8
"""So often in a row, what arrives is looked at before somebody is called."""

LONG_PLAN_PAUSE = timedelta(minutes=1)


class NotOurs(Exception):  # noqa: N818 - named for what it says, like all our errors
    """Another job owns the incident, or this one's lease ran out: stop, and touch nothing."""


@dataclass(slots=True)
class Pass:
    """One owner's hold of one incident: what was last saved, what is known now, and what is still to be saved."""

    claim: Claim
    saved: Incident | None
    incident: Incident
    lines: list[TimelineLine]
    forget: set[AlertKey]
    drained: int
    started_at: float
    """By the event loop's clock; the product's time is the claim's plus what has passed since."""

    @property
    def now(self) -> datetime:
        """The store's time, kept going by our own clock for as long as the pass takes."""
        passed = asyncio.get_running_loop().time() - self.started_at
        return self.claim.now + timedelta(seconds=passed)

    def take(self, change: lifecycle.Change) -> None:
        """Take over what a decision changed."""
        self.incident = change.incident
        self.tell(change.lines)
        self.forget |= change.forget

    def tell(self, lines: Sequence[TimelineLine]) -> None:
        """Put lines on the timeline, and in the log what an operator may have to know at once."""
        self.lines += lines
        for line in lines:
            if line.what in _LOGGED:
                log.info(line.what, **line.details)
            elif (line.what, line.text) == (Happening.GAVE_WAY, GROUP):
                log.warning("incident_without_group", number=self.incident.number, by=line.by)

    async def take_entries(self, entries: Sequence[Entry]) -> None:
        """Apply inbox entries in their order; the leases of all jobs are renewed in between, however much it is."""
        for entry in entries:
            self.take(lifecycle.observe(self.incident, entry))
            await asyncio.sleep(0)
        self.drained += len(entries)


async def reconcile_incident(incident: IncidentId, job: JobId, runtime: Runtime) -> None:
    """Bring one incident up to date and let go of it. Raises `NotOurs` and the store's errors; a later pass goes on."""
    structlog.contextvars.bind_contextvars(incident=incident)
    CALLER.set(incident)
    with metrics.RECONCILES.time():
        while True:
            claim = await runtime.mailbox.claim(incident, job)
            if claim is None:
                raise NotOurs
            if await _work(await _begin(claim), runtime):
                return


async def _begin(claim: Claim) -> Pass:
    """Put together what is known: the last save, the entries since, what became due."""
    lines: list[TimelineLine] = []
    incident = claim.incident
    if incident is None:
        opened = lifecycle.open_incident(
            claim.id,
            claim.number,
            claim.opening,
            claim.opened_at,
            earlier=claim.earlier,
            folded_in=claim.folded_in,
        )
        incident, lines = opened.incident, list(opened.lines)
    if claim.dead is not None:
        metrics.DEAD_ENTRIES.inc()
        log.error("entry_set_aside", size=len(claim.dead.entry))  # what it says is for the timeline, not for logs
        lines.append(TimelineLine(at=claim.now, what=Happening.DEAD_ENTRY, text=claim.dead.entry[:200]))
    ends_at = {key: seen.ends_at for key, seen in claim.seen.items() if seen.ends_at is not None}
    started = Pass(
        claim=claim,
        saved=claim.incident,
        incident=tries.recover(incident),
        lines=lines,
        forget=set(),
        drained=0,
        started_at=asyncio.get_running_loop().time(),
    )
    await started.take_entries(claim.entries)
    # After the entries: an alert that waited here for long may have been renewed meanwhile.
    started.incident = lifecycle.extend(started.incident, ends_at)
    if claim.seen:
        heard_at = max(seen.last_seen_at for seen in claim.seen.values())
        started.incident = lifecycle.hear(started.incident, heard_at)
    started.take(lifecycle.elapse(started.incident, claim.now))
    if claim.storm is not None:
        started.take(storm.roll_up(started.incident, claim.storm, claim.now))
    if claim.is_orphan:
        started.take(storm.unfold_orphan(started.incident, claim.now))
    return started


async def _work(state: Pass, runtime: Runtime) -> bool:
    """Do everything that can be done now. True when the incident was let go of; False: claim it again."""
    await _look_up_people(state, runtime)
    await _give_roles(state, runtime)
    if state.incident.on_call is not None:
        await _look_at_rota(state, runtime)
    has_acted, overtaken = True, 0
    for _ in range(STEPS):
        await _pass_on(state, runtime)
        await _call_people(state, runtime)
        wanted = blueprint(state.incident, runtime.install)
        if planner.is_ready_to_close(state.incident, wanted):
            if not await _close(state, runtime):
                return False
            continue
        planned = planner.plan(state.incident, wanted, state.now)
        if not planned.actions:
            state.incident = planner.forget_troubles(state.incident, wanted, state.now, but=(_LOOK_UP, _CALL_PEOPLE))
            if state.incident.on_call is None:
                await _look_at_rota(state, runtime)
            return await _let_go(state, wanted, planned.wait_until, runtime)
        # Nobody is called who was acknowledged for a moment ago, however much arrives; but not for ever.
        calls = any(isinstance(action, PageAction) for action in planned.actions)
        heeds_news = has_acted or (calls and overtaken < OVERTAKEN)
        has_acted = await _act(state, planned.actions, runtime, heeds_news=heeds_news)
        overtaken = 0 if has_acted else overtaken + 1
    log.warning("plan_is_long", steps=STEPS)
    return await _let_go(state, wanted, state.now + LONG_PLAN_PAUSE, runtime)


async def _pass_on(state: Pass, runtime: Runtime) -> None:
    """Give what was asked of an umbrella to everything under it. Done again after a crash: each takes it once."""
    for order in state.incident.orders:
        commands = storm.passed_on(order, state.claim.storm)
        await asyncio.gather(*(runtime.feed.append(to, one, receipt=one.id) for to, one in commands.items()))
    if state.incident.orders:
        state.incident = replace(state.incident, orders=())


async def _look_up_people(state: Pass, runtime: Runtime) -> None:
    """Find out who is on call before the group is made; asked again only while Feishu cannot say."""
    incident = state.incident
    if incident.responders is not None or incident.folded_in is not None:
        return
    if any(trouble.key == _LOOK_UP and trouble.retry_at > state.now for trouble in state.incident.troubles):
        return
    await runtime.rota.refresh()
    found = await runtime.directory.on_call(state.incident, runtime.rota.team)
    others = tuple(trouble for trouble in state.incident.troubles if trouble.key != _LOOK_UP)
    if found.cause:
        # The group is made all the same, with whom is known; the others join as soon as Feishu can name them.
        before = next((trouble for trouble in state.incident.troubles if trouble.key == _LOOK_UP), None)
        trouble = Trouble(
            key=_LOOK_UP,
            failures=before.failures + 1 if before else 1,
            retry_at=state.now + timedelta(seconds=found.retry_seconds),
            cause=found.cause,
            is_refused=False,
        )
        invited = tuple(dict.fromkeys((*state.incident.invited, *found.people)))
        state.incident = replace(state.incident, troubles=(*others, trouble), invited=invited)
        if before is None:
            state.lines.append(TimelineLine(at=state.now, what=Happening.TROUBLE, text=found.cause))
        return
    known = replace(state.incident, responders=found.people, unreachable=found.unreachable, troubles=others)
    state.incident = give_heads_up(known, state.now)
    state.lines += [
        TimelineLine(at=state.now, what=Happening.TROUBLE, text=f"{person}: {reason}")
        for person, reason in found.unreachable.items()
    ]


_LOOK_UP = "look_up_people"
_CALL_PEOPLE = "call_people"


async def _tell_lobby_of_nobody(incident: Incident, runtime: Runtime) -> str:
    """Let the incident's lobby know that nobody can be called, once; its title, where there is such a group."""
    policy = runtime.rota.team.lobby(lobby_of(incident))
    if policy is None:
        return ""
    words = nobody_report(incident.number, title_of(incident))
    await report(runtime, policy.name, f"nobody:{incident.id}", words)
    return (policy.title or policy.name) if policy.people or policy.chat else ""


async def _call_people(state: Pass, runtime: Runtime) -> None:
    """Call the step of the escalation that is due, decided once more when it is known whom that means."""
    due = escalation.due(state.incident, state.now)
    if due is None:
        return
    await runtime.rota.refresh()
    found = await whom_to_call(due, state.incident, runtime.rota.team, runtime.directory, state.now)
    if state.incident.chat is not None:  # before, nobody could see it
        await _drain(state, runtime)
    now = state.now
    still = escalation.due(state.incident, now)
    if still is None or still.cause != due.cause:
        return
    known = state.incident.troubles
    others = tuple(trouble for trouble in known if trouble.key != _CALL_PEOPLE)
    if isinstance(found, Later):
        until = now + timedelta(seconds=found.retry_seconds)
        log.warning("step_put_off", cause=found.cause, seconds=found.retry_seconds)
        trouble = Trouble(key=_CALL_PEOPLE, failures=1, retry_at=until, cause=found.cause, is_refused=False)
        state.incident = replace(escalation.put_off(state.incident, until), troubles=(*others, trouble))
        if not any(trouble.key in (_LOOK_UP, _CALL_PEOPLE) for trouble in known):
            state.lines.append(TimelineLine(at=now, what=Happening.TROUBLE, text=found.cause))
        return
    state.incident = replace(state.incident, troubles=others)
    if not state.incident.opening.drill:
        metrics.count_step(found)
    if not found.people:
        found = replace(found, told=await _tell_lobby_of_nobody(state.incident, runtime))
    state.take(escalation.call(state.incident, found, now))


async def _give_roles(state: Pass, runtime: Runtime) -> None:
    """Find out who has the roles that the route gives; a pass that Feishu does not answer leaves it to the next."""
    if not roles.awaits_roles(state.incident):
        return
    await runtime.rota.refresh()
    found = await look_up_roles(state.incident, runtime.rota.team, runtime.directory, state.now)
    if found is not None:
        state.take(roles.take_roles(state.incident, found, state.now))


async def _look_at_rota(state: Pass, runtime: Runtime) -> None:
    """Find out whether others are on call by now, or will be soon. Each pass looks: it may be the first in a while.

    What the first one finds is only remembered: it waits until people see the facts.
    """
    if not relief.follows_rota(state.incident):
        return
    await runtime.rota.refresh()
    if seen := await look_at_rota(state.incident, runtime.rota.team, runtime.directory, state.now):
        is_first = state.incident.on_call is None
        state.take(relief.take_shift(state.incident, seen, state.now))
        if not is_first:
            state.take(lifecycle.elapse(state.incident, state.now))


class _NewsFirst(Exception):  # noqa: N818 - named for what it says, like all our errors
    """Something arrived in the inbox since the batch was planned: it may want something else by now."""


async def _act(state: Pass, actions: Sequence[Action], runtime: Runtime, *, heeds_news: bool) -> bool:
    """Save the intents of a batch, do it side by side, take over what came of it, and what has arrived meanwhile.

    False: with `heeds_news`, nothing was called because something had arrived before.
    """
    around = await _surroundings(state, runtime)
    before = state.incident
    meant = tries.intents(before, tuple(actions), state.now)
    saving: asyncio.Task[Saved] | None = None
    if meant is not before or state.drained or state.saved is not before:
        state.incident = meant
        saving = asyncio.create_task(_save(state, state.now + UNFINISHED_DUE, runtime))

    async def gate() -> None:
        """Nothing is done that a crash could do twice, nothing is shown that is not decided, and only by the owner."""
        if saving is not None:
            await asyncio.wait([saving])
            if saving.result() is Saved.MORE and heeds_news:
                raise _NewsFirst
        if not runtime.lease_is_fresh(state.claim.job):
            raise NotOurs

    feishu = runtime.feishu.behind(gate)  # the calls wait for their slots while the store writes

    async def do(action: Action) -> Outcome:
        if isinstance(action, PutSilence | EndSilence):
            return await perform_silence(action, around, runtime, gate)
        if isinstance(action, PageAction):
            await gate()
            return await call_people(action, state.incident, runtime, lambda some: perform(some, feishu, around))
        return await perform(action, feishu, around)

    try:
        outcomes = await asyncio.gather(*(do(action) for action in actions), return_exceptions=True)
        saved = None if saving is None else await saving
    finally:
        if saving is not None:
            saving.cancel()
    if saved is Saved.MORE and heeds_news:
        state.incident = before  # none of them was called
        await _drain(state, runtime)
        return False
    for action, outcome in zip(actions, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            raise outcome  # the store is away, or a bug: what else was done is found again by its intent
        _take_outcome(state, action, outcome)
    if saved is not Saved.SAVED:
        await _drain(state, runtime)
    return True


def _take_outcome(state: Pass, action: Action, outcome: Outcome) -> None:
    if isinstance(outcome, Failed):
        if outcome.is_quota:
            metrics.QUOTA_WAITS.inc()
        else:
            log.warning("action_failed", action=action.key, cause=outcome.cause, is_refused=outcome.is_refused)
    if isinstance(action, PageAction) and not state.incident.opening.drill:
        called = metrics.count_page(action, outcome)
        waited = (one.at for one in state.incident.pages if one.person in called and one.cause == action.cause)
        metrics.count_lateness(waited, state.now)
    recorded = facts.record(state.incident, action, outcome, state.now)
    state.incident = recorded.incident
    state.tell(recorded.lines)
    chat = state.incident.chat
    if isinstance(outcome, LinkMade) and chat is not None and not chat.members:
        # Without a team file, or with nobody on call, this is how people find the group.
        log.warning("group_without_people", number=state.incident.number, share_link=outcome.url)


_LOGGED = frozenset({Happening.CHAT_CREATED, Happening.ARCHIVED, Happening.DISBANDED, Happening.LOCKED})


async def _drain(state: Pass, runtime: Runtime) -> None:
    """Take what has arrived meanwhile, so that the next batch already knows of it."""
    further = await runtime.mailbox.read_on(state.claim, in_hand=state.drained)
    if further is None:
        raise NotOurs
    await state.take_entries(further.entries)
    state.take(lifecycle.elapse(state.incident, state.now))


async def _surroundings(state: Pass, runtime: Runtime) -> Surroundings:
    incident = state.incident
    people = {incident.lead, incident.resolved_by, incident.kept_by, incident.update.by if incident.update else None}
    people.add(incident.silence.by if incident.silence else None)
    people.update(incident.roles.values())
    for saying in incident.outbox:
        people |= {saying.who, saying.to, *saying.people, *saying.then}
    people |= set(incident.ladder.foreseen if incident.ladder else ())
    names = await runtime.directory.names({person for person in people if person})
    return Surroundings(
        incident=incident,
        now=state.now,
        page=_page_of(incident, runtime),
        page_of_earlier=_page_of(incident.earlier, runtime),
        alertmanager=runtime.alertmanager_page(incident.opening.integration),
        avatars=runtime.avatars.known(),
        names=names,
        bot=await runtime.bot.name(),
        archive=IncidentArchive(runtime.archive, incident.id),
        owner=runtime.owner,
        forget_avatar=runtime.avatars.forget,
        also_silenced=await _also_silenced(incident, runtime),
    )


async def _also_silenced(incident: Incident, runtime: Runtime) -> tuple[int, ...]:
    """What a silence would affect beside the incident; looked up only for the form that tells it."""
    form = next((saying for saying in incident.outbox if saying.kind is SayingKind.SILENCE_FORM), None)
    return () if form is None else await also_silenced(incident, form.matchers, runtime)


def _page_of(incident: Incident | Earlier | None, runtime: Runtime) -> str:
    """Where it can be read; "" where this install has no public address."""
    return page_url(runtime.install, incident.id) if incident and runtime.install.public_url else ""


async def _close(state: Pass, runtime: Runtime) -> bool:
    """Save `closed`, which frees the group key. Refused while the inbox holds anything: a re-fire may be in it.

    False: more was folded into it meanwhile, which only the next claim tells; what is known by now is saved.
    """
    before = state.incident
    lines = list(state.lines)
    state.take(lifecycle.close(before, state.now))
    saved = await _save(state, state.now + UNFINISHED_DUE, runtime, if_empty=True)
    if saved is Saved.SAVED:
        return True
    state.incident, state.lines = before, lines
    if saved is Saved.NOT_EMPTY:
        await _drain(state, runtime)
        return True
    await _save(state, state.now + UNFINISHED_DUE, runtime)
    return False


async def _let_go(state: Pass, wanted: Wanted, wait_until: datetime | None, runtime: Runtime) -> bool:
    """Save and release. False when something arrived meanwhile: then the incident is still ours."""
    now = state.now
    if planner.is_over(state.incident, wanted, now):
        saved = await _save(state, None, runtime, release=True)
        if saved is Saved.NOT_EMPTY:
            await _save(state, now + UNFINISHED_DUE, runtime)  # what came of the last calls counts whatever has arrived
            return False
        log.info("incident_over", number=state.incident.number)
        await export_archive(state.incident, runtime)
        return True
    retries = [trouble.retry_at for trouble in state.incident.troubles if trouble.key == _LOOK_UP]
    due = min([lifecycle.next_due(state.incident, now), *retries, *([wait_until] if wait_until else [])])
    # Who waits for a slot to tell the first people keeps the place in Feishu's quota only by coming back on time.
    is_page = bool(state.incident.pages) or (
        wanted.exists and (state.incident.chat is None or state.incident.chat.card is None)
    )
    return await _save(state, due, runtime, is_page=is_page, release=True) is Saved.RELEASED


async def _save(
    state: Pass,
    due: datetime | None,
    runtime: Runtime,
    *,
    is_page: bool = False,
    if_empty: bool = False,
    release: bool = False,
) -> Saved:
    saved = await runtime.mailbox.save(
        state.claim,
        state.saved,
        state.incident,
        due=due,
        drained=state.drained,
        lines=state.lines,
        forget=state.forget,
        is_page=is_page,
        if_empty=if_empty,
        release=release,
    )
    if saved is Saved.REFUSED:
        raise NotOurs
    if saved not in (Saved.NOT_EMPTY, Saved.STIRRED):
        state.saved, state.drained, state.lines, state.forget = state.incident, 0, [], set()
    return saved
