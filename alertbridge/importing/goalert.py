"""GoAlert: users, rotations, schedules and escalation policies of its GraphQL API.

Every rule of a schedule that holds puts somebody on call: they are side by side. Whose turn it is in a rotation is
state, not arithmetic: `activeUserIndex`, until the first of `nextHandoffTimes`. Source: https://goalert.me/docs/
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.policy import TargetKind
from alertbridge.importing.answers import (
    Answer,
    flag_at,
    instant_at,
    number_at,
    object_at,
    objects_at,
    text_at,
    texts_at,
    truths_at,
)
from alertbridge.importing.collecting import by_id
from alertbridge.importing.draft import (
    Draft,
    Kind,
    LayerDraft,
    Note,
    OverrideDraft,
    PersonDraft,
    PolicyDraft,
    ScheduleDraft,
    TargetDraft,
    Unusable,
)
from alertbridge.importing.ladders import LadderBuilder
from alertbridge.importing.leftovers import unread_lists
from alertbridge.importing.rotations import MAX_TURN, on_the_wall, rotate
from alertbridge.importing.schedules import schedules_of
from alertbridge.importing.week import DAY, WEEK, Week
from alertbridge.importing.zones import zone_named

PRODUCT = "goalert"

_TURNS = {"hourly": 60, "daily": DAY, "weekly": WEEK}

_TARGETS = {
    "user": TargetKind.PERSON,
    "builtin-user": TargetKind.PERSON,
    "schedule": TargetKind.SCHEDULE,
    "builtin-schedule": TargetKind.SCHEDULE,
    "rotation": TargetKind.SCHEDULE,
    "builtin-rotation": TargetKind.SCHEDULE,
}

_LISTS = ("users", "rotations", "schedules", "escalationPolicies", "userOverrides")
_SINGLE = ("user", "rotation", "schedule", "escalationPolicy")


def read(answers: Sequence[Answer], now: datetime) -> Draft:
    """Return what the answers mean. `now` (aware) tells which overrides are over."""
    objects = [one for answer in answers for one in _nodes(object_at(answer, "data") or answer)]
    rotations = by_id(one for one in objects if "shiftLength" in one)
    schedules = by_id(one for one in objects if "targets" in one and "timeZone" in one)
    policies = by_id(one for one in objects if "steps" in one)
    overrides = [one for one in objects if {"addUserID", "removeUserID"} & one.keys() or "addUser" in one]
    users = by_id([*(one for one in objects if "email" in one), *_mentioned(rotations, schedules, policies)])
    ladders = [_policy(one) for one in policies.values()]
    called = {target.id for one in ladders if isinstance(one, PolicyDraft) for step in one.steps for target in step.who}
    plans = [
        *(plan for one in schedules.values() for plan in _schedule(one, rotations, overrides, now)),
        *(_lone_rotation(one) for key, one in rotations.items() if key in called),
    ]
    return Draft(
        product=PRODUCT,
        people=tuple(
            PersonDraft(id=key, name=text_at(one, "name"), email=text_at(one, "email")) for key, one in users.items()
        ),
        schedules=tuple(one for one in plans if isinstance(one, ScheduleDraft)),
        policies=tuple(one for one in ladders if isinstance(one, PolicyDraft)),
        unusable=(
            *(one for one in (*plans, *ladders) if isinstance(one, Unusable)),
            *unread_lists([object_at(answer, "data") for answer in answers], frozenset((*_LISTS, *_SINGLE))),
        ),
    )


def _nodes(data: Answer) -> Iterator[Answer]:
    """Find objects: of a list they are in `nodes`, as everywhere in GraphQL."""
    for name in _LISTS:
        yield from objects_at(data, name, "nodes") or objects_at(data, name)
    for name in _SINGLE:
        if one := object_at(data, name):
            yield one
    if text_at(data, "id"):
        yield data


def _mentioned(
    rotations: Mapping[str, Answer], schedules: Mapping[str, Answer], policies: Mapping[str, Answer]
) -> Iterator[Answer]:
    """Find everybody whom other objects name, without an email where the query did not ask for it."""
    for rotation in rotations.values():
        yield from objects_at(rotation, "users")
        yield from ({"id": key} for key in texts_at(rotation, "userIDs"))
    for schedule in schedules.values():
        targets = (object_at(one, "target") for one in objects_at(schedule, "targets"))
        yield from ({"id": text_at(one, "id"), "name": text_at(one, "name")} for one in targets if _is_user(one))
    for policy in policies.values():
        for step in objects_at(policy, "steps"):
            targets = (one for one in objects_at(step, "targets") if _is_user(one))
            yield from ({"id": text_at(one, "id"), "name": text_at(one, "name")} for one in targets)


def _is_user(target: Answer) -> bool:
    return text_at(target, "type") == "user"


def _schedule(
    schedule: Answer, rotations: Mapping[str, Answer], overrides: Sequence[Answer], now: datetime
) -> Iterator[ScheduleDraft | Unusable]:
    key, name = text_at(schedule, "id"), text_at(schedule, "name")
    timezone, refused = zone_named(text_at(schedule, "timeZone"))
    notes: list[Note] = []
    strands: list[LayerDraft] = []
    for assigned in objects_at(schedule, "targets"):
        if refused:
            break
        layer, said = _strand(assigned, ZoneInfo(timezone), timezone, rotations)
        if layer is None and said and said[-1].is_change:
            refused, said = said[-1], said[:-1]
        elif layer is not None:
            strands.append(layer)
        notes += said
    if not refused and not strands:
        refused = Note("no rule of it ever holds", "assign somebody there, or leave it")
    if refused:
        yield Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=(refused, *notes))
        return
    zone = ZoneInfo(timezone)
    fixed, more = _temporary(schedule, zone, now)
    own = [one for one in overrides if text_at(one, "target", "id") == key]
    exceptions, rest = _overrides(own, zone, now)
    yield from schedules_of(
        key, name, timezone, [strands], overrides=(*exceptions, *fixed), notes=(*notes, *rest, *more)
    )


def _strand(
    assigned: Answer, zone: ZoneInfo, timezone: str, rotations: Mapping[str, Answer]
) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    """Return who is on call by the rules of one target; None: they never hold, or (last note) it cannot be written."""
    target = object_at(assigned, "target")
    only = _rules(objects_at(assigned, "rules"))
    name = text_at(target, "name") or text_at(target, "id")
    if only is None:
        return None, (Note(f"a rule of {name!r} cannot be read", "query the rules with weekdayFilter, start and end"),)
    if not only.spans:
        return None, (Note(f"{name!r} has no rule that holds: left out", is_change=False),)
    if _is_user(target):
        begins = datetime(2020, 1, 6)  # noqa: DTZ001 - a Monday on the wall: their time has no beginning there
        return rotate(((text_at(target, "id"),),), turns_from=begins, turn_minutes=DAY, begins=begins, only=only)
    if text_at(target, "id") not in rotations:
        hint = "query the rotations, too"
        return None, (Note(f"it names the rotation {name!r}, which is not in the export", hint),)
    rotation = rotations[text_at(target, "id")]
    layer, notes = _turns(rotation, zone, only)
    other = text_at(rotation, "timeZone")
    if other and other != timezone:
        said = f"hand-overs of {name!r} were by the clocks of {other}: here by those of {timezone}"
        notes = (Note(said, "look at them when clocks change"), *notes)
    return layer, notes


def _lone_rotation(rotation: Answer) -> ScheduleDraft | Unusable:
    """A rotation that a policy calls without a schedule."""
    key, name = text_at(rotation, "id"), text_at(rotation, "name")
    timezone, refused = zone_named(text_at(rotation, "timeZone"))
    layer, notes = (None, (refused,)) if refused else _turns(rotation, ZoneInfo(timezone), Week())
    if layer is None:
        return Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=notes)
    return ScheduleDraft(id=key, name=name, timezone=timezone, layers=(layer,), notes=notes)


def _turns(rotation: Answer, zone: ZoneInfo, only: Week) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    name, kind = text_at(rotation, "name"), text_at(rotation, "type")
    people = texts_at(rotation, "userIDs") or [text_at(one, "id") for one in objects_at(rotation, "users")]
    if not people:
        return None, (Note(f"the rotation {name!r} has nobody in it", "add people there, export it again"),)
    if kind not in _TURNS:
        hint = "make it weekly there, or write overrides by hand"
        return None, (Note(f"the rotation {name!r} is {kind or 'of no type'}, which layers are not", hint),)
    minutes = _TURNS[kind] * (number_at(rotation, "shiftLength") or 1)
    active, times = number_at(rotation, "activeUserIndex") or 0, texts_at(rotation, "nextHandoffTimes")
    starts = instant_at(rotation, "start")
    upcoming = instant_at({"at": times[0]}, "at") if times else None
    if upcoming is None and len(people) > 1:
        hint = "query it with activeUserIndex and nextHandoffTimes(num: 1)"
        return None, (Note(f"the export does not say whose turn it is in the rotation {name!r}", hint),)
    moment = upcoming or starts
    if moment is None or not 0 <= active < len(people) or not 0 < minutes <= MAX_TURN:
        return None, (Note(f"the rotation {name!r} cannot be read", "query it again"),)
    turn_began = on_the_wall(moment, zone) - timedelta(minutes=minutes)
    return rotate(
        tuple((person,) for person in (*people[active:], *people[:active])),
        turns_from=turn_began,
        turn_minutes=minutes,
        begins=on_the_wall(starts, zone) if starts else turn_began,
        only=only,
    )


def _rules(rules: Sequence[Answer]) -> Week | None:
    """Return when any rule holds; None where one cannot be read. The filter of weekdays begins with Sunday."""
    windows: list[tuple[int, int]] = []
    for rule in rules:
        days = truths_at(rule, "weekdayFilter")
        try:
            start, end = time.fromisoformat(text_at(rule, "start")), time.fromisoformat(text_at(rule, "end"))
        except ValueError:
            return None
        if len(days) != 7:
            return None
        begin = start.hour * 60 + start.minute
        length = (end.hour * 60 + end.minute - begin) % DAY or DAY
        windows += [((number - 1) % 7 * DAY + begin, length) for number, holds in enumerate(days) if holds]
    return Week.of(windows)


def _overrides(
    overrides: Sequence[Answer], zone: ZoneInfo, now: datetime
) -> tuple[tuple[OverrideDraft, ...], tuple[Note, ...]]:
    found: list[OverrideDraft] = []
    notes: list[Note] = []
    for one in overrides:
        starts, ends = instant_at(one, "start"), instant_at(one, "end")
        comes = text_at(one, "addUserID") or text_at(one, "addUser", "id")
        goes = text_at(one, "removeUserID") or text_at(one, "removeUser", "id")
        if starts is None or ends is None or not starts.tzinfo or not ends.tzinfo or ends <= starts:
            notes.append(Note("an override that cannot be read is left out", "write it by hand"))
        elif ends <= now:
            continue
        elif comes and goes:
            began, over = on_the_wall(starts, zone), on_the_wall(ends, zone)
            found.append(OverrideDraft(starts=began, ends=over, people=(comes,), instead_of=goes))
        else:
            what = f"adds {comes}" if comes else f"takes {goes} out"
            said = f"the override from {starts:%Y-%m-%d %H:%M} only {what}: left out"
            notes.append(Note(said, "an override here names who comes and, in instead_of, for whom"))
    return tuple(found), tuple(notes)


def _temporary(schedule: Answer, zone: ZoneInfo, now: datetime) -> tuple[tuple[OverrideDraft, ...], tuple[Note, ...]]:
    """Return the fixed shifts of temporary schedules as overrides of everybody: those at once stand in one."""
    found: list[OverrideDraft] = []
    notes: list[Note] = []
    for temporary in objects_at(schedule, "temporarySchedules"):
        ends = instant_at(temporary, "end")
        if ends is None or not ends.tzinfo or ends <= now:
            continue
        shifts = [
            (starts, stops, text_at(one, "userID") or text_at(one, "user", "id"))
            for one in objects_at(temporary, "shifts")
            if (starts := instant_at(one, "start")) and (stops := instant_at(one, "end")) and starts < stops
        ]
        bounds = sorted({bound for starts, stops, _ in shifts for bound in (starts, stops)})
        if any(not bound.tzinfo for bound in bounds):
            notes.append(Note("a temporary schedule cannot be read: left out", "query it again"))
            continue
        pieces = [
            (tuple(dict.fromkeys(who for since, until, who in shifts if since <= start < until)), start, end)
            for start, end in pairwise(bounds)
        ]
        for people, together in groupby(pieces, key=lambda piece: piece[0]):
            run = list(together)
            if people and run[-1][2] > now:
                began, over = on_the_wall(run[0][1], zone), on_the_wall(run[-1][2], zone)
                found.append(OverrideDraft(starts=began, ends=over, people=people))
        said = f"the temporary schedule until {ends:%Y-%m-%d} is overrides here; outside of its shifts the layers count"
        notes.append(Note(said))
    return tuple(found), tuple(notes)


def _policy(policy: Answer) -> PolicyDraft | Unusable:
    ladder = LadderBuilder(text_at(policy, "id"), text_at(policy, "name"))
    steps = sorted(objects_at(policy, "steps"), key=lambda step: number_at(step, "stepNumber") or 0)
    for number, step in enumerate(steps, start=1):
        who: list[TargetDraft] = []
        for kind, key in _targets(step):
            if meant := _TARGETS.get(kind):
                who.append(TargetDraft(meant, key))
            else:
                what = kind or "target without a type"
                ladder.note(f"step {number} tells a {what}: left out", "the group of an incident is told here")
        if flag_at(step, "multiAck"):
            ladder.note(f"step {number} went on after an acknowledgement: here the first one stops it")
        ladder.call(who)
        ladder.wait(60 * max(number_at(step, "delayMinutes") or 0, 0))
    return ladder.build(1 + max(number_at(policy, "repeat") or 0, 0))


def _targets(step: Answer) -> Iterator[tuple[str, str]]:
    """Find kind and id of whom a step calls: `targets` in older versions, `actions` in newer ones."""
    if targets := objects_at(step, "targets"):
        yield from ((text_at(one, "type"), text_at(one, "id")) for one in targets)
        return
    for action in objects_at(step, "actions"):
        values = object_at(action, "args") or {
            text_at(one, "fieldID"): text_at(one, "value") for one in objects_at(action, "values")
        }
        yield text_at(action, "type"), next((value for value in values.values() if isinstance(value, str)), "")
