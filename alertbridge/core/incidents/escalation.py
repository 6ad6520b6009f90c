"""Somebody is always called: when the ladder of an incident runs, and what a step that is due comes to.

It runs while the incident fires and nobody has acknowledged: not while it is silenced, folded, or in the quiet hours of
its route. Stopped, it goes on where it stood. Who is on call at that moment is looked up outside and comes back as a
value; how they are reached is not decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from alertbridge.core.chats.chat import Saying, SayingKind, StepCard
from alertbridge.core.chats.old_cards import retire
from alertbridge.core.ids import MessageId, OpenId
from alertbridge.core.incidents import ladder as rungs
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import Command
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.incidents.ladder import Ladder, Order
from alertbridge.core.incidents.outbox import say, stamp
from alertbridge.core.incidents.paging import page
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.incidents.transition import expect
from alertbridge.core.oncall.intervals import holds_until
from alertbridge.core.oncall.policy import Policy, Step, Way
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening, TimelineLine

BY_HAND = (Way.CARD, Way.APP)
"""How somebody is called whom a person named, where the policy does not say."""

CALLS = frozenset({SayingKind.STEP, SayingKind.STEP_LAST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A step whose time has come."""

    cause: str
    step: Step
    number: int
    """From 1 on."""
    of: int
    then: Step | None
    """What is called after it; None: nothing is."""
    then_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A schedule that names nobody whom Feishu knows."""

    schedule: str
    cause: str
    """A `gap.…` of the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Who is meant by a step that is due."""

    people: tuple[OpenId, ...]
    """The fallback where the step itself comes to nobody; (): there is nobody at all."""
    foreseen: tuple[OpenId, ...] = ()
    """Who is meant by the step after it, at its time."""
    gaps: tuple[Gap, ...] = ()
    """Schedules in whose place the fallback is called."""
    unreachable: dict[str, str] = field(default_factory=dict)
    """People of the team file whom Feishu does not know, by key, with the reason."""
    told: str = ""
    """What people call the lobby that hears that there is nobody at all; "": none does. Foreign text."""


# -- whether it runs ---------------------------------------------------------------------------------------------------


def settle(incident: Incident, at: datetime) -> Incident:
    """Let the ladder run, stop or begin anew, as the incident now stands. Asked after everything that happens."""
    policy = incident.opening.route.escalation
    if policy is None:
        return incident
    incident = _mind_quiet_hours(incident, at)
    if incident.ack_ends_at is not None and incident.status is not Status.ACKNOWLEDGED:
        incident = replace(incident, ack_ends_at=None)
    ladder, wants = incident.ladder, _wants_people(incident)
    if ladder is None:
        return _begin(incident, policy, at) if wants else incident
    if not wants:
        return _stop(incident, ladder)
    if incident.reopened != ladder.reopened and not incident.is_flapping:
        return _begin(incident, policy, at)
    if not ladder.is_running:
        return _run(incident, ladder, policy, at, patient=incident.reopened != ladder.reopened)
    if incident.severity < ladder.severity:
        return _begin(incident, policy, at)
    return incident


def _wants_people(incident: Incident) -> bool:
    if incident.status is not Status.FIRING or incident.folded_in is not None or incident.quiet_until is not None:
        return False
    return not ((incident.silence or incident.silenced_upstream) and is_silenced(incident))


def set_severity(incident: Incident, severity: Severity, at: datetime) -> tuple[Incident, dict[str, str]]:
    """Take over another severity; and what is told of it: whether the escalation begins anew, and to whom."""
    before = incident.ladder
    incident = settle(replace(incident, severity=severity), at)
    ladder = incident.ladder
    if incident.opening.route.escalation is None or ladder is None:
        return incident, {}
    is_news = before is None or before.times != ladder.times or (ladder.is_running and not before.is_running)
    return incident, {"escalation": "restarts" if is_news else "unchanged"}


def holder_of(incident: Incident, severity: Severity) -> OpenId | None:
    """Who has to know that it is as bad as that: the one at work, should it be worse than before."""
    is_held = incident.status is Status.ACKNOWLEDGED and severity < incident.severity
    return incident.lead if is_held else None


def quiet_end(incident: Incident, at: datetime) -> datetime | None:
    """When the quiet hours end in which nothing of this incident disturbs anybody; None: it may, now."""
    hours = incident.opening.route.quiet_hours
    return holds_until(hours, at) if hours and incident.severity >= Severity.P3 else None


def _mind_quiet_hours(incident: Incident, at: datetime) -> Incident:
    """P3 and P4 wait for the end of their route's quiet hours.

    What is known of that is kept until it is over: of hours without an end each moment has another one.
    """
    known, may_be_quiet = incident.quiet_until, incident.status in OPEN and incident.severity >= Severity.P3
    if may_be_quiet and known is not None and at < known:
        return incident
    until = quiet_end(incident, at) if may_be_quiet else None
    if until == incident.quiet_until:
        return incident
    return replace(incident, quiet_until=until, version=incident.version + 1)


def _begin(incident: Incident, policy: Policy, at: datetime) -> Incident:
    ladder = rungs.begin(policy, incident.severity, at, reopened=incident.reopened, before=incident.ladder)
    return _tell_next(replace(incident, ladder=ladder))


def _run(incident: Incident, ladder: Ladder, policy: Policy, at: datetime, *, patient: bool) -> Incident:
    """Go on where it stood. What would have been called meanwhile is called at once, unless somebody is waited for."""
    severity = min(ladder.severity, incident.severity)
    if ladder.due_at is None:
        incident = _begin(replace(incident, ladder=replace(ladder, severity=severity)), policy, at)
        assert incident.ladder is not None
        ladder = incident.ladder
    assert ladder.due_at is not None
    earliest = at + rungs.patience(ladder, policy) if patient else at
    running = replace(
        ladder,
        is_running=True,
        severity=severity,
        reopened=incident.reopened,
        due_at=max(ladder.due_at, earliest),
    )
    return _tell_next(replace(incident, ladder=running))


def _stop(incident: Incident, ladder: Ladder) -> Incident:
    """Call nobody any more; what was not said yet is not said. What is ordered while it stands still is called."""
    if ladder.is_running:
        waiting = tuple(saying for saying in incident.outbox if saying.kind not in CALLS)
        incident = replace(incident, ladder=replace(ladder, is_running=False, order=None), outbox=waiting)
    elif ladder.order is not None and incident.status not in (Status.FIRING, Status.ACKNOWLEDGED):
        incident = replace(incident, ladder=replace(ladder, order=None))
    return _leave_step_card(incident)


def _tell_next(incident: Incident) -> Incident:
    """Complete what is about to be said of the end of a silence: who is called now."""
    if all(saying.kind is not SayingKind.SILENCE_END for saying in incident.outbox):
        return incident
    told = tuple(
        _with_next(incident, saying) if saying.kind is SayingKind.SILENCE_END else saying for saying in incident.outbox
    )
    return replace(incident, outbox=told)


# -- what comes next ---------------------------------------------------------------------------------------------------


def next_step(incident: Incident) -> tuple[int, Step] | None:
    """The number of the step that the ladder calls next, and the step; None: there is no ladder."""
    policy, ladder = incident.opening.route.escalation, incident.ladder
    if policy is None or ladder is None:
        return None
    step = ladder.step if ladder.due_at is not None else 0
    return step + 1, policy.steps_of(ladder.variant)[step]


def calls_at(incident: Incident) -> datetime | None:
    """When the next step is called, unless something comes between; None: none is."""
    ladder = incident.ladder
    return ladder.due_at if ladder is not None and ladder.is_running else None


def foreseen(incident: Incident) -> tuple[OpenId, ...]:
    """Who would be called next, as things stand; (): not known."""
    return _still_here(incident, incident.ladder.foreseen) if incident.ladder is not None else ()


def _with_next(incident: Incident, saying: Saying) -> Saying:
    """A message that says what is called when; without a running ladder it says nothing of that."""
    found, at = next_step(incident), calls_at(incident)
    if found is None or at is None:
        return saying
    assert incident.ladder is not None
    number, step = found
    details = {**saying.details, "next": str(number), "next_via": ",".join(step.via)}
    return replace(saying, at=at, then=foreseen(incident), details=details)


def escalation_times(incident: Incident) -> Iterator[datetime]:
    """When there is something to do: a step, the end of an acknowledgement, of quiet hours."""
    ladder = incident.ladder
    if ladder is not None and ladder.is_running and ladder.due_at is not None:
        yield ladder.due_at
    if ladder is not None and ladder.order is not None and ladder.order.not_before is not None:
        yield ladder.order.not_before
    if incident.ack_ends_at is not None:
        yield incident.ack_ends_at
    if incident.quiet_until is not None:
        yield incident.quiet_until


# -- a step ------------------------------------------------------------------------------------------------------------


def due(incident: Incident, now: datetime) -> Due | None:
    """The step that has to be called now; None: it is not time, or nobody is wanted."""
    policy, ladder = incident.opening.route.escalation, incident.ladder
    if policy is None or ladder is None:
        return None
    is_time = ladder.is_running and ladder.due_at is not None and ladder.due_at <= now
    if not is_time and not _is_ordered(ladder, now):
        return None
    here = rungs.at_its_turn(ladder, policy, incident.severity, now)
    after = rungs.advance(here, policy, now)
    steps = policy.steps_of(here.variant)
    goes_on = after.is_running and after.due_at is not None
    return Due(
        cause=f"{here.times}.{here.round}.{here.step + 1}",
        step=steps[here.step],
        number=here.step + 1,
        of=len(steps),
        then=policy.steps_of(after.variant)[after.step] if goes_on else None,
        then_at=after.due_at if goes_on else None,
    )


def call(incident: Incident, called: Called, now: datetime) -> Change:
    """Call the people of the step that is due, and stand before the next one."""
    due_now, policy, ladder = due(incident, now), incident.opening.route.escalation, incident.ladder
    assert due_now is not None
    assert policy is not None
    assert ladder is not None
    here = rungs.at_its_turn(ladder, policy, incident.severity, now)
    moved = replace(rungs.advance(here, policy, now), foreseen=called.foreseen)
    news = {key: why for key, why in called.unreachable.items() if key not in incident.unreachable}
    unreachable = incident.unreachable | news
    incident = replace(incident, ladder=moved, unreachable=unreachable, version=incident.version + 1)
    incident, lines = _tell_gaps(incident, called, here, now)
    lines = (*lines, *(TimelineLine(at=now, what=Happening.TROUBLE, text=f"{key}: {news[key]}") for key in news))
    if not called.people:
        return Change(incident, lines)
    people = _still_here(incident, called.people)
    due_at = now if ladder.order is not None or ladder.due_at is None else ladder.due_at
    incident = page(_summon(incident, people), people, due_now.step.via, due_now.cause, due_at)
    is_last = due_now.number == due_now.of
    saying = Saying(
        kind=SayingKind.STEP_LAST if is_last and moved.is_running else SayingKind.STEP,
        cause=due_now.cause,
        people=people,
        count=due_now.number,
        details={"of": str(due_now.of), "via": ",".join(due_now.step.via), "rounds": str(policy.rounds)},
        reply_to=here.order.reply_to if here.order else None,
    )
    incident = _say_call(incident, _with_next(incident, saying))
    details = {"step": str(due_now.number), "of": str(due_now.of)}
    by = here.order.by if here.order else None
    return Change(incident, (*lines, *_lines_of(Happening.STEP, people, details, now, by)))


def _still_here(incident: Incident, people: tuple[OpenId, ...]) -> tuple[OpenId, ...]:
    """Without those who left for good, as long as that leaves anybody."""
    away = incident.chat.away if incident.chat is not None else frozenset()
    return tuple(person for person in people if person not in away) or people


def put_off(incident: Incident, until: datetime) -> Incident:
    """Call the step that is due a little later: nobody can be named now."""
    ladder = incident.ladder
    assert ladder is not None
    if (
        ladder.order is not None and not ladder.is_running
    ):  # somebody at work asked for help: there is no other due time
        return replace(incident, ladder=replace(ladder, order=replace(ladder.order, not_before=until)))
    return replace(incident, ladder=replace(ladder, due_at=until, order=None))


def _is_ordered(ladder: Ladder, now: datetime) -> bool:
    """Whether somebody wants the next step now, whatever its time."""
    order = ladder.order
    return order is not None and (order.not_before is None or order.not_before <= now)


def hasten(incident: Incident, at: datetime) -> Incident:
    """Call the next step now: those for whom it waits will not come."""
    ladder = incident.ladder
    if ladder is None or not ladder.is_running or ladder.due_at is None or ladder.due_at <= at:
        return incident
    return replace(incident, ladder=replace(ladder, due_at=at))


def call_person(incident: Incident, command: Command, *, reply_to: MessageId | None) -> Change:
    """Call somebody whom a person named; the ladder goes its way."""
    assert command.to is not None
    found = next_step(incident)
    ways = found[1].via if found else BY_HAND
    saying = Saying(
        kind=SayingKind.CALLED,
        cause=command.id,
        who=command.by,
        people=(command.to,),
        details={"via": ",".join(ways)},
        reply_to=reply_to,
    )
    incident = page(_summon(incident, (command.to,)), (command.to,), ways, command.id, command.at)
    incident = _say_call(incident, saying)
    return Change(incident, _lines_of(Happening.CALLED, (command.to,), {}, command.at, command.by))


def order_step(incident: Incident, command: Command, *, reply_to: MessageId | None) -> Incident:
    """Have the next step called at once, although somebody may be at work: they want help."""
    policy = incident.opening.route.escalation
    assert policy is not None
    ladder = incident.ladder
    if ladder is None:  # acknowledged before it ever ran
        begun = rungs.begin(policy, incident.severity, command.at, reopened=incident.reopened, before=None)
        ladder = replace(begun, is_running=False)
    order = Order(by=command.by, reply_to=reply_to)
    return replace(incident, ladder=replace(ladder, order=order))


def _summon(incident: Incident, people: tuple[OpenId, ...]) -> Incident:
    summoned = tuple(dict.fromkeys((*incident.summoned, *people)))
    return expect(replace(incident, summoned=summoned), people)


def _say_call(incident: Incident, saying: Saying) -> Incident:
    """Say whom a step calls; the first card does it for everybody who was called before it came."""
    if incident.chat is None or incident.chat.card is None:
        return incident
    return say(incident, saying)


def _tell_gaps(
    incident: Incident, called: Called, ladder: Ladder, now: datetime
) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """Say where nobody is on call: once for each schedule and round."""
    cause = f"{ladder.times}.{ladder.round}"
    if not called.people:
        incident = _say_early(incident, Saying(kind=SayingKind.NOBODY_AT_ALL, cause=cause, text=called.told))
        return incident, (TimelineLine(at=now, what=Happening.NOBODY, text="at_all"),)
    for gap in called.gaps:
        details = {"schedule": gap.schedule, "gap": gap.cause}
        nobody = Saying(kind=SayingKind.NOBODY, cause=f"{cause}:{gap.schedule}", people=called.people, details=details)
        incident = _say_early(incident, nobody)
    return incident, tuple(
        TimelineLine(at=now, what=Happening.NOBODY, details={"schedule": gap.schedule}) for gap in called.gaps
    )


def _say_early(incident: Incident, saying: Saying) -> Incident:
    """Say it in the group; in the one that is about to be made, where there is none yet."""
    if incident.chat is None and incident.status is Status.FIRING:
        return replace(incident, outbox=(*incident.outbox, saying))
    return say(incident, saying)


def _lines_of(
    what: Happening, people: tuple[OpenId, ...], details: dict[str, str], at: datetime, by: OpenId | None
) -> tuple[TimelineLine, ...]:
    return tuple(TimelineLine(at=at, what=what, by=by, details={**details, "to": person}) for person in people)


# -- the card of a step ------------------------------------------------------------------------------------------------


def keep_step_card(incident: Incident, card: StepCard) -> Incident:
    """The message of a step is out. An older one is not kept up to date any more; this one, if it came too late."""
    chat = incident.chat
    assert chat is not None
    if chat.step is not None:
        chat = retire(chat, chat.step.message)
    incident = replace(incident, chat=replace(chat, step=card))
    return incident if calls_at(incident) or incident.status is Status.FIRING else _leave_step_card(incident)


def _leave_step_card(incident: Incident) -> Incident:
    """Show on the newest step's card who is on it; where nobody is, it is not kept up to date any more."""
    chat = incident.chat
    if chat is None or chat.step is None:
        return incident
    card = chat.step
    incident = replace(incident, chat=replace(retire(chat, card.message), step=None))
    if incident.status is not Status.ACKNOWLEDGED:
        return incident
    taken = replace(
        card.saying,
        kind=SayingKind.STEP_TAKEN,
        cause=f"{card.saying.cause}:{stamp(incident.status_at)}",
        who=incident.lead,
        edits=card.message,
        reply_to=None,
        text=card.saying.kind,
    )
    return say(incident, taken)


# -- acknowledgements --------------------------------------------------------------------------------------------------


def hold(incident: Incident, at: datetime) -> Incident:
    """Somebody has it, or showed that they are at work on it: their acknowledgement counts from now on."""
    policy = incident.opening.route.escalation
    if policy is None or incident.folded_in is not None or incident.status is not Status.ACKNOWLEDGED:
        return incident
    return replace(incident, ack_ends_at=policy.expiry(incident.severity, at))


def give_back(incident: Incident, at: datetime, *, patient: bool) -> Incident:
    """Nobody holds it any more. `patient`: somebody was asked to, and has a while for it."""
    policy, ladder = incident.opening.route.escalation, incident.ladder
    if policy is None or not _wants_people(incident):
        return incident
    if ladder is None:
        incident = _begin(incident, policy, at)
        ladder = incident.ladder
    assert ladder is not None
    return _run(incident, ladder, policy, at, patient=patient)


def elapse_ack(incident: Incident, now: datetime) -> Change:
    """End an acknowledgement that nothing was heard of for too long; not while nobody would be called anyway."""
    ends_at, policy = incident.ack_ends_at, incident.opening.route.escalation
    if ends_at is None or ends_at > now or policy is None or incident.status is not Status.ACKNOWLEDGED:
        return Change(incident)
    if incident.quiet_until is not None or is_silenced(incident):
        later = incident.quiet_until or policy.expiry(incident.severity, now)
        return Change(replace(incident, ack_ends_at=later))
    lead = incident.lead
    incident = replace(incident, status=Status.FIRING, status_at=now, ack_ends_at=None, version=incident.version + 1)
    incident = give_back(incident, now, patient=True)
    expired = Saying(kind=SayingKind.ACK_EXPIRED, cause=stamp(ends_at), to=lead, count=step_number(incident))
    line = TimelineLine(at=now, what=Happening.ACK_EXPIRED, details={"to": lead} if lead else {})
    return Change(say(incident, expired), (line,))


def step_number(incident: Incident) -> int:
    """Where the ladder goes on; 0: it does not run."""
    found = next_step(incident)
    return found[0] if found is not None and calls_at(incident) is not None else 0
