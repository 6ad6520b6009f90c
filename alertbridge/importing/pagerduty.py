"""PagerDuty: users, teams, schedules and escalation policies of its REST API, version 2.

Source: https://developer.pagerduty.com/api-reference/
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.policy import TargetKind
from alertbridge.importing.answers import Answer, instant_at, number_at, object_at, objects_at, text_at
from alertbridge.importing.collecting import by_id, under
from alertbridge.importing.draft import (
    Draft,
    Kind,
    LayerDraft,
    Note,
    OverrideDraft,
    PersonDraft,
    PolicyDraft,
    Rendered,
    ScheduleDraft,
    TargetDraft,
    TeamDraft,
    Unusable,
)
from alertbridge.importing.ladders import LadderBuilder
from alertbridge.importing.leftovers import lost_pages, unread_lists
from alertbridge.importing.rotations import on_the_wall, rotate
from alertbridge.importing.schedules import apart
from alertbridge.importing.week import DAY, Week
from alertbridge.importing.zones import zone_named

PRODUCT = "pagerduty"

_READ = frozenset(f"{kind}{number}" for kind in ("user", "team", "schedule", "service") for number in ("", "s")) | {
    "escalation_policy",
    "escalation_policies",
}
"""Keys under which the API gives what is read here."""

_TARGETS = {
    "user": TargetKind.PERSON,
    "user_reference": TargetKind.PERSON,
    "schedule": TargetKind.SCHEDULE,
    "schedule_reference": TargetKind.SCHEDULE,
}


def read(answers: Sequence[Answer], now: datetime) -> Draft:
    """Return what the answers mean. `now` (aware) tells which layers and overrides are over."""
    schedules = by_id(under(answers, "schedule", "schedules"))
    policies = by_id(under(answers, "escalation_policy", "escalation_policies"))
    users = by_id([*under(answers, "user", "users"), *_mentioned(schedules.values(), policies.values())])
    teams = by_id(under(answers, "team", "teams"))
    plans = [_schedule(one, now) for one in schedules.values()]
    ladders = [_policy(one) for one in policies.values()]
    groups = [_team(one, users.values()) for one in teams.values()]
    return Draft(
        product=PRODUCT,
        people=tuple(
            PersonDraft(id=key, name=text_at(user, "name") or text_at(user, "summary"), email=text_at(user, "email"))
            for key, user in users.items()
        ),
        teams=tuple(one for one in groups if isinstance(one, TeamDraft)),
        schedules=tuple(one for one in plans if isinstance(one, ScheduleDraft)),
        policies=tuple(one for one in ladders if isinstance(one, PolicyDraft)),
        unusable=(
            *(one for one in (*groups, *plans, *ladders) if isinstance(one, Unusable)),
            *(_service(one) for one in by_id(under(answers, "service", "services")).values()),
            *unread_lists(answers, _READ),
            *lost_pages(answers),
        ),
    )


def _mentioned(schedules: Iterable[Answer], policies: Iterable[Answer]) -> Iterator[Answer]:
    """Find everybody whom schedules and policies name: mostly without an email, which `users` has."""
    for schedule in schedules:
        for layer in objects_at(schedule, "schedule_layers"):
            yield from (object_at(entry, "user") for entry in objects_at(layer, "users"))
        for entry in objects_at(schedule, "overrides_subschedule", "rendered_schedule_entries"):
            yield object_at(entry, "user")
    for policy in policies:
        for rule in objects_at(policy, "escalation_rules"):
            for target in objects_at(rule, "targets"):
                if _TARGETS.get(text_at(target, "type")) is TargetKind.PERSON:
                    yield target


def _team(team: Answer, users: Iterable[Answer]) -> TeamDraft | Unusable:
    key, name = text_at(team, "id"), text_at(team, "name") or text_at(team, "summary")
    members = tuple(
        text_at(user, "id") for user in users if any(text_at(one, "id") == key for one in objects_at(user, "teams"))
    )
    if not members:
        note = Note("nobody of the export is in it", "export the users, too: their `teams` say who is in it")
        return Unusable(kind=Kind.TEAM, id=key, name=name, notes=(note,))
    return TeamDraft(id=key, name=name, people=members)


def _service(service: Answer) -> Unusable:
    name, policy = text_at(service, "name"), text_at(service, "escalation_policy", "summary")
    hint = f"write a route: its matchers say which alerts it takes, `escalation` names {policy or 'its policy'}"
    note = Note("services are routes here, and only you know which alerts are theirs", hint)
    return Unusable(kind=Kind.OTHER, id=text_at(service, "id"), name=name, notes=(note,))


def _schedule(schedule: Answer, now: datetime) -> ScheduleDraft | Unusable:
    key, name = text_at(schedule, "id"), text_at(schedule, "name") or text_at(schedule, "summary")

    def refuse(*notes: Note) -> Unusable:
        return Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=notes)

    if "schedule_layers" not in schedule:
        return refuse(Note("the export has only its name", f"fetch it alone: GET /schedules/{key}"))
    timezone, refused = zone_named(text_at(schedule, "time_zone"))
    if refused:
        return refuse(refused)
    zone = ZoneInfo(timezone)
    layers: list[LayerDraft] = []
    notes: list[Note] = []
    # The API lists layers from the top of the page down: the first one wins there, the last one here.
    for answer in reversed(objects_at(schedule, "schedule_layers")):
        ends = instant_at(answer, "end")
        if ends is not None and ends.tzinfo and ends <= now:
            notes.append(Note(f"{_named(answer)} ended {ends:%Y-%m-%d}: left out", is_change=False))
            continue
        layer, said = _layer(answer, zone)
        if layer is None:
            return refuse(*said)
        notes += said
        layers.append(layer)
    if not layers:
        return refuse(*notes, Note("it has no layer that counts", "give it one there, or leave it"))
    overrides, more = _overrides(schedule, zone, now)
    return ScheduleDraft(
        id=key,
        name=name,
        timezone=timezone,
        layers=tuple(layers),
        overrides=overrides,
        rendered=tuple(_rendered(schedule, now)),
        notes=(*notes, *more),
    )


def _rendered(schedule: Answer, now: datetime) -> Iterator[Rendered]:
    for entry in objects_at(schedule, "final_schedule", "rendered_schedule_entries"):
        starts, ends, person = instant_at(entry, "start"), instant_at(entry, "end"), text_at(entry, "user", "id")
        if starts and ends and starts.tzinfo and ends.tzinfo and max(starts, now) < ends:
            yield Rendered(starts_at=max(starts, now), ends_at=ends, person=person)


def _layer(layer: Answer, zone: ZoneInfo) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    people = [text_at(entry, "user", "id") for entry in objects_at(layer, "users")]
    begins, turns_from = instant_at(layer, "start"), instant_at(layer, "rotation_virtual_start")
    seconds, ends = number_at(layer, "rotation_turn_length_seconds"), instant_at(layer, "end")
    if not people or not all(people):
        return None, (Note(f"{_named(layer)} has nobody in it", "give it people there, or delete the layer"),)
    if begins is None or turns_from is None or not seconds or seconds < 0:
        hint = "export it again: GET /schedules/ID has `start`, `rotation_virtual_start` and the length of turns"
        return None, (Note(f"{_named(layer)} does not say when its turns are", hint),)
    if seconds % 60:
        return None, (Note(f"turns of {seconds} s are no whole hours", "change the layer there, export it again"),)
    only = _restrictions(layer)
    if only is None:
        return None, (Note(f"a restriction of {_named(layer)} cannot be read", "export the schedule again"),)
    drafted, notes = rotate(
        tuple((person,) for person in people),
        turns_from=on_the_wall(turns_from, zone),
        turn_minutes=seconds // 60,
        begins=on_the_wall(begins, zone),
        ends=None if ends is None else on_the_wall(ends, zone),
        only=only,
    )
    return drafted, tuple(Note(f"{_named(layer)}: {note.said}", note.hint, note.is_change) for note in notes)


def _restrictions(layer: Answer) -> Week | None:
    """Return when a layer counts; None where a restriction is none."""
    windows: list[tuple[int, int]] = []
    for restriction in objects_at(layer, "restrictions"):
        seconds, day = number_at(restriction, "duration_seconds"), number_at(restriction, "start_day_of_week")
        try:
            clock = time.fromisoformat(text_at(restriction, "start_time_of_day"))
        except ValueError:
            return None
        if not seconds or seconds < 0:
            return None
        days: Sequence[int] = range(7)
        if text_at(restriction, "type") == "weekly_restriction":
            if day is None or not 1 <= day <= 7:
                return None
            days = (day - 1,)
        windows += [(one * DAY + clock.hour * 60 + clock.minute, seconds // 60) for one in days]
    return Week.of(windows) if windows else Week()


def _overrides(schedule: Answer, zone: ZoneInfo, now: datetime) -> tuple[tuple[OverrideDraft, ...], tuple[Note, ...]]:
    found: list[OverrideDraft] = []
    notes: list[Note] = []
    for entry in objects_at(schedule, "overrides_subschedule", "rendered_schedule_entries"):
        starts, ends, person = instant_at(entry, "start"), instant_at(entry, "end"), text_at(entry, "user", "id")
        if starts is None or ends is None or not starts.tzinfo or not ends.tzinfo or not person:
            notes.append(Note("an override cannot be read: left out", "write it with `alertbridge oncall override`"))
        elif ends > now:
            found.append(
                OverrideDraft(starts=on_the_wall(starts, zone), ends=on_the_wall(ends, zone), people=(person,))
            )
    exceptions, cut = apart(found)
    return exceptions, (*notes, *cut)


def _policy(policy: Answer) -> PolicyDraft | Unusable:
    ladder = LadderBuilder(text_at(policy, "id"), text_at(policy, "name") or text_at(policy, "summary"))
    if "escalation_rules" not in policy:
        ladder.note("the export has only its name", f"fetch it alone: GET /escalation_policies/{ladder.id}")
    for number, rule in enumerate(objects_at(policy, "escalation_rules"), start=1):
        who: list[TargetDraft] = []
        for target in objects_at(rule, "targets"):
            kind = _TARGETS.get(text_at(target, "type"))
            if kind is None:
                what = text_at(target, "type") or "target without a type"
                ladder.note(f"level {number} calls a {what}: left out", "name a person or a schedule in that step")
            else:
                who.append(TargetDraft(kind, text_at(target, "id")))
        if "round_robin" in _strategies(rule):
            said = f"level {number} called its targets in turn: here all of them are called"
            ladder.note(said, "put them into a schedule, and name that")
        ladder.call(who)
        # The delay of a level is how long it has, before the next one is called.
        ladder.wait(60 * (number_at(rule, "escalation_delay_in_minutes") or 0))
    return ladder.build(1 + max(number_at(policy, "num_loops") or 0, 0))


def _strategies(rule: Answer) -> set[str]:
    """Return how a rule chooses among its targets; the API says it as a text, an object or a list of them."""
    said = [text_at(rule, "escalation_rule_assignment_strategy")]
    said.append(text_at(rule, "escalation_rule_assignment_strategy", "type"))
    said += [text_at(one, "type") for one in objects_at(rule, "escalation_rule_assignment_strategy")]
    return set(said)


def _named(layer: Answer) -> str:
    return f"layer {text_at(layer, 'name') or text_at(layer, 'id') or 'without a name'!r}"
