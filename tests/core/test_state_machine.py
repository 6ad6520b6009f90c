"""Whatever happens, in whatever order, however Feishu fails: the promises of DESIGN section 5 hold at every step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alertbridge.core import lifecycle
from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.drill import Drill
from alertbridge.core.alerts.route import OnClose, OnLost
from alertbridge.core.alerts.silence import SeenSilence
from alertbridge.core.chats.chat import FormKind
from alertbridge.core.chats.giving_way import REPAIRS
from alertbridge.core.groups import planner
from alertbridge.core.ids import AlertKey, IncidentId, MessageId, OpenId
from alertbridge.core.incidents import escalation
from alertbridge.core.incidents.command import AlertsReceived, Command, Entry, FormAsked, FormCancelled, Verb, Via
from alertbridge.core.incidents.escalation import Called, Gap
from alertbridge.core.incidents.flapping import FLIPS
from alertbridge.core.incidents.incident import OPEN, Incident, OnCall, Status
from alertbridge.core.incidents.outbox import saying_name
from alertbridge.core.incidents.paging import REPEATS
from alertbridge.core.incidents.silencing import is_silenced
from alertbridge.core.incidents.upstream import HeldAlert, Holding, Memory, compare
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.policy import Policy, Step, Target, TargetKind, Variant, Way
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.timeline import Happening
from tests.builders import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    T,
    a_bare_incident,
    a_command,
    a_policy,
    a_route,
    an_alert,
    an_id,
    an_inquiry,
    an_opening,
    changed,
    chat_lost,
    joined,
    left,
    received,
    resolved,
    spoke,
)
from tests.core.pretended import ROOM, Damage, Fate, Owner, PretendedFeishu, damage, differences, is_live, settle

UMBRELLA = IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HB")

LEGAL_STEPS = {
    (Status.TRIAGE, Status.FIRING),
    (Status.TRIAGE, Status.ACKNOWLEDGED),
    (Status.TRIAGE, Status.RESOLVED),
    (Status.RESOLVED, Status.TRIAGE),
    (Status.FIRING, Status.ACKNOWLEDGED),
    (Status.FIRING, Status.RESOLVED),
    (Status.ACKNOWLEDGED, Status.FIRING),
    (Status.ACKNOWLEDGED, Status.RESOLVED),
    (Status.RESOLVED, Status.FIRING),
    (Status.RESOLVED, Status.CLOSED),
}

STEP_LINES = {
    Status.TRIAGE: {Happening.REOPENED},
    Status.FIRING: {
        Happening.GROUP_DUE,
        Happening.ASSIGNED,
        Happening.UNACKNOWLEDGED,
        Happening.REOPENED,
        Happening.HANDOVER_LAPSED,
        Happening.ACK_EXPIRED,
    },
    Status.ACKNOWLEDGED: {Happening.ACKNOWLEDGED},
    Status.RESOLVED: {Happening.RESOLVED, Happening.STALE_OVER},
    Status.CLOSED: {Happening.CLOSED},
}

_WHO = (Target(TargetKind.FALLBACK),)
LADDERS = (
    Policy(name="short", steps=(Step(after_seconds=0, who=_WHO, via=(Way.CARD, Way.APP)),)),
    Policy(
        name="long",
        steps=(
            Step(after_seconds=0, who=_WHO, via=(Way.CARD,)),
            Step(after_seconds=300, who=_WHO, via=(Way.SMS, Way.PHONE)),
        ),
        rounds=2,
        ack_expires=dict.fromkeys(Severity, 1800),
        variants=(
            Variant(severities=frozenset({Severity.P3}), steps=(Step(after_seconds=60, who=_WHO, via=(Way.APP,)),)),
        ),
    ),
)
NIGHT = TimeInterval(timezone="UTC", times=((15 * 60, 17 * 60),))
NAMES = ("High5xx", "Latency", "DiskFull")
PEOPLE = st.sampled_from((ALICE, BOB, CAROL, DAVE))
KINDS = st.sampled_from(("critical", "warning", "info"))
FATES = st.lists(st.one_of(st.just(Fate.DONE), st.sampled_from(list(Fate))), max_size=12)


class Life(RuleBasedStateMachine):
    """One incident, its group, and everything that can happen to both."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Alert] = {}
        """What the source says of its alerts now; what the incident knows may be older."""

    @initialize(
        on_close=st.sampled_from(list(OnClose)),
        kind=KINDS,
        countdown=st.sampled_from((300, 3600)),
        wait=st.sampled_from((0, 0, 120)),
        room=st.sampled_from(("", "", ROOM)),
        pin=st.booleans(),
        is_folded=st.sampled_from((False, False, True)),
        on_lost=st.sampled_from((OnLost.REOPEN, OnLost.REOPEN, OnLost.CLOSE)),
        patience=st.sampled_from((None, 3600)),
        schedule=st.sampled_from((None, None, "payments")),
        ladder=st.sampled_from((None, *LADDERS)),
        is_quiet=st.booleans(),
        drill=st.sampled_from((None, None, None, Drill(id="d-1"), Drill(id="d-1", is_loud=True))),
        fates=FATES,
    )
    def open(
        self,
        on_close: OnClose,
        kind: str,
        countdown: int,
        wait: int,
        room: str,
        pin: bool,
        is_folded: bool,
        on_lost: OnLost,
        patience: int | None,
        schedule: str | None,
        ladder: Policy | None,
        is_quiet: bool,
        drill: Drill | None,
        fates: list[Fate],
    ) -> None:
        """The first alert arrives; its source can be asked, or it may fall silent (`patience`)."""
        policy = a_policy(
            on_close=on_close,
            countdown_seconds=countdown,
            wait_seconds=wait,
            existing=room,
            pin=pin,
            on_lost=on_lost,
            quiet_above=3,
            stale_after_seconds=patience or 0,
        )
        quiet_hours = (NIGHT,) if is_quiet else ()
        route = a_route(
            policy=policy,
            schedule=schedule,
            escalation=ladder,
            quiet_hours=quiet_hours,
            updates={Severity.P1: 1800},
        )
        opening = an_opening(route, has_alertmanager=patience is None, drill=None if is_folded else drill)
        opened = a_bare_incident(opening=opening)
        if is_folded:
            opened = replace(opened, status=Status.FIRING, opens_at=None, folded_in=UMBRELLA)
        self.owner = Owner(opened, PretendedFeishu(), T)
        self.fire("High5xx", kind, fates)

    # -- what the source says ------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_closed)
    @rule(name=st.sampled_from(NAMES), kind=KINDS, fates=FATES)
    def fire(self, name: str, kind: str, fates: list[Fate]) -> None:
        """An alert fires, for the first time or again."""
        self.told[name] = an_alert(name, starts_at=self.owner.now, labels={"severity": kind})
        self.happen(received(self.told[name], at=self.owner.now), fates=fates)

    @precondition(lambda self: not self.is_closed)
    @rule(name=st.sampled_from(NAMES), fates=FATES, truncated=st.sampled_from((0, 0, 3)))
    def recover(self, name: str, fates: list[Fate], truncated: int) -> None:
        """An alert is over; the message may not be whole."""
        if alert := self.told.get(name):
            over = resolved(alert, at=self.owner.now + timedelta(milliseconds=1))
            self.happen(received(over, at=self.owner.now, truncated=truncated), fates=fates)

    @precondition(lambda self: not self.is_closed)
    @rule(name=st.sampled_from(NAMES), fates=FATES)
    def recover_late(self, name: str, fates: list[Fate]) -> None:
        """A copy that tells the end of an earlier occurrence arrives."""
        if alert := self.told.get(name):
            before = self.owner.incident
            late = received(resolved(alert, at=T - timedelta(minutes=1)), at=self.owner.now)
            assert lifecycle.observe(before, late).incident.alerts == before.alerts
            self.happen(late, fates=fates)

    @precondition(lambda self: not self.is_closed)
    @rule(name=st.sampled_from(NAMES), fates=FATES, is_firing=st.booleans())
    def push(self, name: str, fates: list[Fate], is_firing: bool) -> None:
        """A Prometheus pushes an alert directly: it lasts four minutes, or it is over unless a replica objects."""
        now = self.owner.now
        alert = an_alert(name, starts_at=now, ends_at=now + timedelta(minutes=4))
        if is_firing:
            self.told[name] = alert
        told = alert if is_firing else resolved(self.told.get(name, alert), at=now + timedelta(milliseconds=1))
        self.happen(received(told, at=now, is_push=True), fates=fates)

    @precondition(lambda self: not self.is_closed)
    @rule(times=st.integers(2, 6), minutes=st.sampled_from((1, 9, 25)), fates=FATES)
    def flip(self, times: int, minutes: int, fates: list[Fate]) -> None:
        """The source goes to and fro."""
        for number in range(times):
            if self.is_closed:
                return
            if number % 2:
                self.recover("High5xx", fates, 0)
            else:
                self.fire("High5xx", "critical", fates)
            self.wait([], minutes * 60)

    # -- what people do ------------------------------------------------------------------------------------------------

    @rule(verb=st.sampled_from(list(Verb)), by=PEOPLE, to=PEOPLE, fates=FATES)
    def command(self, verb: Verb, by: OpenId, to: OpenId, fates: list[Fate]) -> None:
        """Somebody presses a button, old or new."""
        self.happen(self.a_click(verb, by, to), fates=fates)

    @rule(
        verb=st.sampled_from(list(Verb)),
        level=st.sampled_from(list(Severity)),
        role=st.sampled_from(list(Role)),
        seconds=st.sampled_from((None, 300, 7200)),
        via=st.sampled_from((Via.CHAT, Via.DIRECT)),
        fates=FATES,
    )
    def command_in_words(
        self, verb: Verb, level: Severity, role: Role, seconds: int | None, via: Via, fates: list[Fate]
    ) -> None:
        """Somebody types a command."""
        asked = replace(
            self.a_click(verb, ALICE, BOB, role),
            level=level,
            text="it is the cache",
            seconds=seconds,
            via=via,
            reply_to=MessageId("om_asked"),
        )
        self.happen(asked, fates=fates)

    @rule(first=st.sampled_from(list(Verb)), then=st.sampled_from(list(Verb)), by=PEOPLE, to=PEOPLE, fates=FATES)
    def command_meanwhile(self, first: Verb, then: Verb, by: OpenId, to: OpenId, fates: list[Fate]) -> None:
        """Somebody presses a button while the owner is busy with the one before."""
        self.happen(self.a_click(first, by, to), fates=fates, meanwhile=[self.a_click(then, to, by)])

    @rule(verb=st.sampled_from(list(Verb)), by=PEOPLE, fates=FATES)
    def press_an_old_card(self, verb: Verb, by: OpenId, fates: list[Fate]) -> None:
        """Somebody uses a card that is not kept up to date any more."""
        chat = self.incident.chat
        for old in chat.old_cards[:1] if chat else ():
            self.happen(replace(self.a_click(verb, by, BOB), message=old.message), fates=fates)

    @rule(kind=st.sampled_from(list(FormKind)), by=PEOPLE, fates=FATES)
    def ask_for_a_form(self, kind: FormKind, by: OpenId, fates: list[Fate]) -> None:
        """Somebody chooses *Note…* or *Update…* in the menu."""
        card = MessageId("om_1")
        self.happen(FormAsked(id=an_id(), at=self.owner.now, form=kind, by=by, message=card), fates=fates)

    @rule(by=PEOPLE, is_submitted=st.booleans(), fates=FATES)
    def use_a_form(self, by: OpenId, is_submitted: bool, fates: list[Fate]) -> None:
        """Somebody submits the oldest form that is open, or cancels it."""
        now, chat = self.owner.now, self.incident.chat
        for form in chat.forms[:1] if chat else ():
            verb = Verb(form.kind)
            to = BOB if verb is Verb.HANDOVER else None
            written = a_command(verb, by, at=now, to=to, text="it is the cache", message=form.message)
            dropped = FormCancelled(id=an_id(), at=now, by=by, message=form.message)
            self.happen(written if is_submitted else dropped, fates=fates)

    def a_click(self, verb: Verb, by: OpenId, to: OpenId, role: Role = Role.COMMS) -> Command:
        """A button that was pressed now."""
        return a_command(
            verb,
            by,
            at=self.owner.now,
            to=to if verb in (Verb.ASSIGN, Verb.ROLE, Verb.HANDOVER) else None,
            role=role,
            seconds=1800 if verb is Verb.SILENCE else None,
        )

    @rule(
        now=st.lists(PEOPLE, max_size=2, unique=True),
        coming=st.lists(PEOPLE, max_size=2, unique=True),
        minutes=st.sampled_from((None, 1, 12, 90)),
        fates=FATES,
    )
    def change_shift(self, now: list[OpenId], coming: list[OpenId], minutes: int | None, fates: list[Fate]) -> None:
        """Others are on call, for so long."""
        self.owner.rota = OnCall(
            names=tuple(now),
            people=tuple(now) or (DAVE,),
            until=None if minutes is None else self.owner.now + timedelta(minutes=minutes),
            next_names=tuple(coming),
            next_people=tuple(coming) or (DAVE,),
        )
        self.happen(fates=fates)

    @rule(by=PEOPLE, fates=FATES)
    def talk(self, by: OpenId, fates: list[Fate]) -> None:
        """Somebody writes in the group, where that is still possible."""
        groups = [group for group in self.owner.feishu.live() if not group.is_locked]
        for group in groups[:1]:
            group.unread += 1
            self.happen(spoke(self.owner.now, by), fates=fates)

    @rule(who=PEOPLE, by=PEOPLE, fates=FATES)
    def bring_in(self, who: OpenId, by: OpenId, fates: list[Fate]) -> None:
        """Somebody adds a person to the group, or joins it."""
        for group in self.owner.feishu.heard()[:1]:
            group.members.add(who)
            self.happen(joined(self.owner.now, who, by=by, chat=group.id), fates=fates)

    @rule(who=PEOPLE, by=PEOPLE, fates=FATES, is_withdrawn=st.booleans())
    def take_out(self, who: OpenId, by: OpenId, fates: list[Fate], is_withdrawn: bool) -> None:
        """Somebody leaves the group, or is taken out of it."""
        for group in self.owner.feishu.heard()[:1]:
            if who in group.members:
                group.lose(who)
                event = left(self.owner.now, who, by=by, chat=group.id, is_withdrawn=is_withdrawn)
                self.happen(event, fates=fates)

    @rule(by=PEOPLE, fates=FATES)
    def rename(self, by: OpenId, fates: list[Fate]) -> None:
        """Somebody gives the group another name; what it is told stays until the state changes."""
        for group in self.owner.feishu.heard()[:1]:
            group.manual_name = f"renamed at {self.owner.now}"
            self.happen(changed(self.owner.now, by=by, chat=group.id, name=group.manual_name), fates=fates)

    @rule(by=PEOPLE, fates=FATES)
    def ask(self, by: OpenId, fates: list[Fate]) -> None:
        """Somebody asks how things stand, where they can still write."""
        groups = [group for group in self.owner.feishu.live() if not group.is_locked]
        for group in groups[:1]:
            group.unread += 1
            self.happen(an_inquiry(self.owner.now, by), fates=fates)

    @rule(what=st.sampled_from(list(Damage)), which=st.integers(0, 3), fates=FATES)
    def damage(self, what: Damage, which: int, fates: list[Fate]) -> None:
        """Somebody changes something of ours, or an event gets lost; nobody tells us."""
        for group in self.owner.feishu.live()[:1]:
            damage(group, what, which)
            self.happen(fates=fates)

    @rule(fates=FATES)
    def take_the_bot_out_and_back(self, fates: list[Fate]) -> None:
        """Somebody removes the bot, and brings it back before it finds out."""
        for group in self.owner.feishu.heard()[:1]:
            self.happen(chat_lost(self.owner.now, chat=group.id, disbanded=False), fates=fates)
            if self.incident.chat is not None and self.incident.chat.is_gone:
                self.owner.feishu.disband(group)  # it stays out

    @rule(fates=FATES, disbanded=st.booleans())
    def lose_the_group(self, fates: list[Fate], disbanded: bool) -> None:
        """Somebody disbands the group, or removes the bot."""
        for group in self.owner.feishu.heard()[:1]:
            self.owner.feishu.disband(group)
            self.happen(chat_lost(self.owner.now, chat=group.id, disbanded=disbanded), fates=fates)

    @precondition(lambda self: not self.is_closed)
    @rule(kind=KINDS, fates=FATES)
    def lose_the_group_unheard(self, kind: str, fates: list[Fate]) -> None:
        """The same, and the event gets lost: the next call tells."""
        for group in self.owner.feishu.live()[:1]:
            self.owner.feishu.disband(group)
            self.fire(f"Later{len(self.told)}", kind, fates)

    @rule(fates=FATES, held=st.sets(st.sampled_from(NAMES)), quiet=st.sets(st.sampled_from(NAMES)), own=st.booleans())
    def look_upstream(self, fates: list[Fate], held: set[str], quiet: set[str], own: bool) -> None:
        """Two looks at Alertmanager see the same: these alerts are there, of which some are silenced by somebody."""
        if self.owner.is_over:
            return
        incident, now = self.owner.incident, self.owner.now
        seen = SeenSilence(author="dave", until=now + timedelta(hours=1), comment="")
        holding = Holding(
            alerts={
                an_alert(name).fingerprint: HeldAlert(
                    starts_at=now, is_active=name not in quiet, silences=("s9",) if name in quiet else ()
                )
                for name in held
            },
            silences={"s9": seen},
            own={incident.id: incident.silence.until} if own and incident.silence else {},
        )
        before = Memory(seen={incident.id: frozenset(incident.alerts)})
        memory = compare(incident, holding, before, an_id(), now).memory
        entry = compare(incident, holding, memory, an_id(), now).entry
        if entry is None:
            return
        observed = lifecycle.observe(incident, entry).incident
        again = compare(observed, holding, memory, an_id(), now)
        assert again.entry is None, "what a look said is news only once"
        if incident.silence is not None and observed.silence is None:
            self.owner.feishu.silence = None
        self.happen(entry, fates=fates)

    @precondition(lambda self: is_live(self.incident) and self.incident.folded_in is None)
    @rule(people=st.lists(PEOPLE, min_size=1, unique=True), ways=st.sets(st.sampled_from(Way), min_size=1), fates=FATES)
    def call_people(self, people: list[OpenId], ways: set[Way], fates: list[Fate]) -> None:
        """A step is due."""
        self.owner.page(people, sorted(ways), an_id())
        self.happen(fates=fates)

    @rule(people=st.sets(PEOPLE), then=st.sets(PEOPLE), is_gap=st.booleans())
    def change_who_is_on_call(self, people: set[OpenId], then: set[OpenId], is_gap: bool) -> None:
        """From now on the steps mean other people, or nobody."""
        gaps = (Gap(schedule="duty", cause="empty"),) if is_gap or not people else ()
        self.owner.on_call = Called(people=tuple(sorted(people)), foreseen=tuple(sorted(then)), gaps=gaps)

    # -- time ----------------------------------------------------------------------------------------------------------

    @rule(fates=FATES, seconds=st.sampled_from((1, 5, 61, 130, 600, 3600, 36_000)))
    def wait(self, fates: list[Fate], seconds: int) -> None:
        """Time passes; the incident is woken at its due times, at most twenty of them."""
        until = self.owner.now + timedelta(seconds=seconds)
        for _ in range(20):
            due = max(self.owner.next_due(), self.owner.now + timedelta(milliseconds=1))
            if self.owner.is_over or due > until:
                break
            self.owner.now = due
            self.happen(fates=fates)
        self.owner.now = max(until, self.owner.now)

    @precondition(lambda self: not self.owner.is_over)
    @rule()
    def come_to_rest(self) -> None:
        """Feishu works and nothing happens: the group becomes what is wanted, a resolved incident reaches its end."""
        self.rest()

    # -- what always holds ---------------------------------------------------------------------------------------------

    def happen(self, *entries: Entry, fates: list[Fate], meanwhile: Sequence[Entry] = ()) -> None:
        """One pass of the owner; `fates` are those of its first calls."""
        if self.owner.is_over:
            return
        before, lines = self.owner.incident, len(self.owner.lines)
        left = list(fates)
        self.owner.wake(*entries, fates=lambda _: left.pop(0) if left else Fate.DONE, meanwhile=meanwhile)
        if self.owner.incident is not before:
            self.check_steps(before.status, lines)
        if any(isinstance(entry, AlertsReceived) for entry in entries):
            assert set(self.owner.incident.alerts) >= set(before.alerts), "an alert was forgotten"

    def check_steps(self, status: Status, first_line: int) -> None:
        """Every change of status is told, and the steps are those of the table."""
        after = self.owner.incident.status
        told = {line.what for line in self.owner.lines[first_line:]}
        if status is not after:
            assert STEP_LINES[after] & told, f"{status} became {after} silently"
            if (status, after) not in LEGAL_STEPS:
                assert len([what for what in STEP_LINES.values() if what & told]) > 1, f"{status} jumped to {after}"

    def rest(self) -> None:
        """Let everything work for four hours: longer than the countdown and the longest back-off."""
        settle(self.owner, until=self.owner.now + timedelta(hours=4))
        incident, groups = self.owner.incident, self.owner.feishu.live()
        there = self.owner.feishu.silence
        upstream = there.cause if there is not None and there.until > self.owner.now else None
        assert upstream == (incident.silence.cause if incident.silence else None), "Alertmanager has another silence"
        if is_live(incident) and incident.folded_in is not None:
            assert groups == []
        elif is_live(incident) and incident.losses > REPAIRS and incident.chat is not None and incident.chat.is_gone:
            assert groups == []
            assert incident.outbox == ()
        elif is_live(incident):
            assert len(groups) == 1
            assert differences(groups[0], self.owner.wanted, incident.chat) == []
            assert planner.plan(incident, self.owner.wanted, self.owner.now) == planner.Plan()
            assert incident.outbox == ()
            assert incident.intents == ()
            assert incident.chat is not None
            assert incident.chat.forms == ()
            self.check_shift(incident)
            assert incident.pages == ()
        elif incident.status is Status.RESOLVED:
            assert incident.closes_at is None, "only what a person keeps stays resolved"
        else:
            assert self.owner.is_over
            assert incident.silence is None
            kept = incident.on_close is not OnClose.DISBAND or incident.archive.refused
            assert len(groups) <= (1 if kept else 0)

    def check_shift(self, incident: Incident) -> None:
        """Who is on call is called, where nobody holds it; nobody waits to take over for ever."""
        assert incident.handover is None
        if self.owner.rota is not None and incident.on_call is not None and incident.status is Status.FIRING:
            assert incident.responders is not None
            assert set(self.owner.rota.people) <= set(incident.responders)

    @property
    def is_closed(self) -> bool:
        """True once the group key is free: the source's alerts go elsewhere."""
        return self.owner.incident.status is Status.CLOSED

    @property
    def incident(self) -> Incident:
        """As it was last known."""
        return self.owner.incident

    @invariant()
    def its_end_is_only_planned_while_it_is_resolved(self) -> None:
        incident = self.incident
        if is_live(incident):
            assert incident.closes_at is None
            assert not incident.is_closing
            assert incident.kept_by is None
        if incident.status is Status.CLOSED:
            assert incident.closes_at is None
            assert incident.resolving == {}

    @invariant()
    def it_is_woken_within_the_hour(self) -> None:
        now = self.owner.now
        assert self.owner.next_due() <= now + timedelta(hours=1)

    @invariant()
    def what_is_handed_over_waits_for_somebody_alive(self) -> None:
        if (known := self.incident.handover) is not None:
            assert self.incident.status in (Status.FIRING, Status.ACKNOWLEDGED)
            assert self.incident.lead in (None, known.holder)
            assert self.owner.next_due() <= max(self.owner.now, known.ends_at)

    @invariant()
    def there_is_never_a_second_group(self) -> None:
        assert len(self.owner.feishu.live()) <= 1

    @invariant()
    def nothing_is_said_twice(self) -> None:
        names = [saying_name(saying) for saying in self.incident.outbox]
        assert len(set(names)) == len(names)

    @invariant()
    def what_is_in_triage_has_no_group(self) -> None:
        if self.incident.status is Status.TRIAGE:
            assert self.owner.feishu.live() == []
            assert self.incident.opens_at is not None
            assert self.owner.next_due() <= max(self.owner.now, self.incident.opens_at)
        elif self.incident.status in OPEN:
            assert self.incident.opens_at is None

    @invariant()
    def what_is_folded_has_no_group(self) -> None:
        if self.incident.folded_in is not None:
            assert self.owner.feishu.groups == {}
            assert self.incident.severity is not Severity.P1 or self.incident.status not in OPEN

    @invariant()
    def what_flaps_flipped_a_short_time_ago(self) -> None:
        if self.incident.is_flapping:
            assert self.incident.status is not Status.CLOSED
            assert len(self.incident.flips) == FLIPS
            assert self.owner.next_due() <= max(self.owner.now, self.incident.flips[-1] + timedelta(minutes=30))

    @invariant()
    def p4_somebody_is_called_or_the_ladder_has_said_that_it_is_over(self) -> None:
        incident = self.incident
        if incident.opening.route.escalation is None:
            assert incident.ladder is None
            return
        is_heard = incident.folded_in is None and incident.quiet_until is None and not is_silenced(incident)
        if incident.status is Status.FIRING and is_heard:
            assert incident.ladder is not None
            assert incident.ladder.is_running
            due_at = incident.ladder.due_at
            assert due_at is None or self.owner.next_due() <= max(self.owner.now, due_at)
        else:
            assert escalation.calls_at(incident) is None, "nobody is called once it was taken, or is over"
            assert escalation.due(incident, self.owner.now + timedelta(days=1)) is None
            assert not any(saying.kind in escalation.CALLS and saying.at for saying in incident.outbox)

    @invariant()
    def an_acknowledgement_ends_only_while_it_is_one(self) -> None:
        if self.incident.ack_ends_at is not None:
            assert self.incident.status is Status.ACKNOWLEDGED
            assert self.owner.next_due() <= max(self.owner.now, self.incident.ack_ends_at)

    @invariant()
    def no_history_is_lost(self) -> None:
        assert self.owner.feishu.lost_history == []

    @invariant()
    def nobody_is_called_three_times_for_one_thing(self) -> None:
        assert max(Counter(self.owner.feishu.calls).values(), default=0) <= REPEATS

    @invariant()
    def who_is_called_is_needed(self) -> None:
        if self.incident.pages:
            assert is_live(self.incident)
            assert all(page.todo or page.is_direct for page in self.incident.pages)

    @invariant()
    def what_waits_to_resolve_fires(self) -> None:
        waiting: set[AlertKey] = set(self.incident.resolving)
        assert waiting <= {key for key, alert in self.incident.alerts.items() if alert.status == "firing"}

    def teardown(self) -> None:
        """Whatever happened, it comes to rest."""
        if hasattr(self, "owner") and not self.owner.is_over:
            self.rest()


Life.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class TestLife(Life.TestCase):  # type: ignore[misc, valid-type]
    """Collected by pytest."""
