"""Opsgenie: users, teams, schedules with rotations, overrides and escalations of its API, version 2.

Rotations of a schedule are side by side: everybody whom any of them names is on call. An escalation counts the delay of
each rule from the alert's creation. Source: https://docs.opsgenie.com/docs/api-overview
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alertbridge.config.values import WEEKDAYS
from alertbridge.core.oncall.policy import TargetKind
from alertbridge.importing.answers import Answer, flag_at, instant_at, number_at, object_at, objects_at, text_at
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
    TeamDraft,
    Unusable,
)
from alertbridge.importing.ladders import LadderBuilder
from alertbridge.importing.leftovers import lost_pages, unread
from alertbridge.importing.rotations import Groups, on_the_wall, rotate, without_nobody
from alertbridge.importing.schedules import schedules_of
from alertbridge.importing.week import DAY, WEEK, Week
from alertbridge.importing.zones import zone_named

PRODUCT = "opsgenie"

_TURNS = {"hourly": 60, "daily": DAY, "weekly": WEEK}
_UNITS = {"minutes": 60, "hours": 3600, "days": 86400}


def read(answers: Sequence[Answer], now: datetime) -> Draft:
    """Return what the answers mean. `now` (aware) tells which rotations and overrides are over."""
    objects = [one for answer in answers for one in _inner(answer)]
    teams = by_id(one for one in objects if "members" in one)
    schedules = by_id(one for one in objects if "rotations" in one and "user" not in one)
    bare = by_id(one for one in objects if "timezone" in one and not ({"rotations", "username"} & one.keys()))
    escalations = by_id(one for one in objects if "rules" in one)
    overrides = [one for one in objects if {"user", "startDate", "endDate"} <= one.keys()]
    users = (one for one in objects if "username" in one)
    people = by_id([*users, *_mentioned(schedules, escalations, teams, overrides)])
    groups = [_team(one) for one in teams.values()]
    members = {one.id: one.people for one in groups if isinstance(one, TeamDraft)}
    plans = [one for key in schedules for one in _schedule(schedules[key], overrides, members, now)]
    ladders = [_escalation(one) for one in escalations.values()]
    return Draft(
        product=PRODUCT,
        people=tuple(
            PersonDraft(id=key, name=text_at(one, "fullName"), email=text_at(one, "username"))
            for key, one in people.items()
        ),
        teams=tuple(one for one in groups if isinstance(one, TeamDraft)),
        schedules=tuple(one for one in plans if isinstance(one, ScheduleDraft)),
        policies=tuple(one for one in ladders if isinstance(one, PolicyDraft)),
        unusable=(
            *(one for one in (*groups, *plans, *ladders) if isinstance(one, Unusable)),
            *(_bare(bare[key]) for key in bare.keys() - schedules.keys() - teams.keys()),
            *unread(Counter("objects of other kinds" for one in objects if _is_other(one))),
            *lost_pages(answers),
        ),
    )


def _is_other(one: Answer) -> bool:
    """Whether nothing reads it. What only has a name is a team in a list of teams: its members are fetched alone."""
    kinds = ("members", "rotations", "timezone", "rules", "username", "startDate")
    return not any(kind in one for kind in kinds) and not one.keys() <= {"id", "name", "description", "links"}


def _inner(answer: Answer) -> list[Answer]:
    if one := object_at(answer, "data"):
        return [one]
    return objects_at(answer, "data") or [answer]


def _mentioned(
    schedules: dict[str, Answer], escalations: dict[str, Answer], teams: dict[str, Answer], overrides: list[Answer]
) -> Iterator[Answer]:
    """Find everybody whom other objects name: they say the username, which is the email."""
    named = [one for team in teams.values() for one in objects_at(team, "members")]
    yield from (object_at(one, "user") for one in named)
    rotations = [rotation for schedule in schedules.values() for rotation in objects_at(schedule, "rotations")]
    recipients = [one for rotation in rotations for one in objects_at(rotation, "participants")]
    recipients += [object_at(rule, "recipient") for one in escalations.values() for rule in objects_at(one, "rules")]
    recipients += [object_at(override, "user") for override in overrides]
    yield from (one for one in recipients if text_at(one, "type") == "user")


def _bare(schedule: Answer) -> Unusable:
    note = Note("the export has no rotations of it", "list the schedules with ?expand=rotation")
    return Unusable(kind=Kind.SCHEDULE, id=text_at(schedule, "id"), name=text_at(schedule, "name"), notes=(note,))


def _team(team: Answer) -> TeamDraft | Unusable:
    key, name = text_at(team, "id"), text_at(team, "name")
    people = [text_at(member, "user", "id") for member in objects_at(team, "members")]
    if not any(people):
        note = Note("it has no members", "fetch it alone: GET /v2/teams/ID, or leave it")
        return Unusable(kind=Kind.TEAM, id=key, name=name, notes=(note,))
    return TeamDraft(id=key, name=name, people=tuple(filter(None, people)))


def _schedule(
    schedule: Answer, overrides: Iterable[Answer], teams: dict[str, tuple[str, ...]], now: datetime
) -> Iterator[ScheduleDraft | Unusable]:
    key, name = text_at(schedule, "id"), text_at(schedule, "name")
    timezone, refused = zone_named(text_at(schedule, "timezone"))
    notes: list[Note] = []
    strands: list[LayerDraft] = []
    if not refused:
        zone = ZoneInfo(timezone)
        for rotation in objects_at(schedule, "rotations"):
            ends = instant_at(rotation, "endDate")
            if ends is not None and ends.tzinfo and ends <= now:
                notes.append(Note(f"{_named(rotation)} ended {ends:%Y-%m-%d}: left out", is_change=False))
                continue
            layer, said = _rotation(rotation, zone, teams)
            notes += said
            if layer is None:
                refused = said[-1]
                break
            strands.append(layer)
    if not refused and not strands:
        refused = Note("it has no rotation that counts", "give it one there, or leave it")
    if refused:
        notes = [note for note in notes if note is not refused]
        yield Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=(refused, *notes))
        return
    if not flag_at(schedule, "enabled", default=True):
        notes.append(Note("it was switched off there", "delete it here, if it is not wanted"))
    own = [one for one in overrides if text_at(one, "_parent", "id") == key]
    exceptions, more = _overrides(own, zone, now)
    yield from schedules_of(key, name, timezone, [strands], overrides=exceptions, notes=(*notes, *more))


def _rotation(
    rotation: Answer, zone: ZoneInfo, teams: dict[str, tuple[str, ...]]
) -> tuple[LayerDraft | None, tuple[Note, ...]]:
    """Return a layer, or None with the reason as the last note."""
    named = _named(rotation)
    starts, ends = instant_at(rotation, "startDate"), instant_at(rotation, "endDate")
    minutes, length = _TURNS.get(text_at(rotation, "type")), number_at(rotation, "length")
    if starts is None or minutes is None or (length is not None and length < 1):
        return None, (Note(f"{named} does not say when its turns are", "export the schedules again"),)
    minutes *= length or 1
    only = _restriction(object_at(rotation, "timeRestriction"))
    if only is None:
        return None, (Note(f"the time restriction of {named} cannot be read", "export the schedules again"),)
    groups, notes, refused = _participants(rotation, teams)
    if refused:
        return None, (*notes, refused)
    whole = without_nobody(groups, on_the_wall(starts, zone), minutes, only)
    if whole is None:
        said = f"{named} has turns of nobody, which cannot be written"
        return None, (*notes, Note(said, "give these turns to somebody there, or restrict its times instead"))
    groups, only = whole
    layer, more = rotate(
        groups,
        turns_from=on_the_wall(starts, zone),
        turn_minutes=minutes,
        begins=on_the_wall(starts, zone),
        ends=None if ends is None else on_the_wall(ends, zone),
        only=only,
    )
    return layer, (*notes, *(Note(f"{named}: {note.said}", note.hint, note.is_change) for note in more))


def _participants(rotation: Answer, teams: dict[str, tuple[str, ...]]) -> tuple[Groups, tuple[Note, ...], Note | None]:
    groups: list[tuple[str, ...]] = []
    notes: list[Note] = []
    for one in objects_at(rotation, "participants"):
        kind, key = text_at(one, "type"), text_at(one, "id")
        if kind == "user" and key:
            groups.append((key,))
        elif kind == "none":
            groups.append(())
        elif kind == "team" and key in teams:
            said = f"{_named(rotation)} names the team {text_at(one, 'name')}: here the people who are in it now"
            notes.append(Note(said, "change the layer, when the team changes"))
            groups.append(teams[key])
        else:
            hint = "fetch the team: GET /v2/teams/ID" if kind == "team" else "name people there, export it again"
            return (), tuple(notes), Note(f"{_named(rotation)} names a {kind or 'nameless participant'}", hint)
    if not any(groups):
        return (), tuple(notes), Note(f"{_named(rotation)} names nobody", "name people there, or delete the rotation")
    return tuple(groups), tuple(notes), None


def _restriction(restriction: Answer) -> Week | None:
    """Return when a rotation counts; None where the restriction is none."""
    if not restriction:
        return Week()
    if text_at(restriction, "type") == "time-of-day":
        # The API takes one, and gives a list in some answers.
        found = [object_at(restriction, "restriction"), *objects_at(restriction, "restrictions")]
        spans = [_span(one, 0, 0) for one in found if one]
        windows = [(day * DAY + span[0], span[1] % DAY or DAY) for span in spans if span for day in range(7)]
    else:
        found = objects_at(restriction, "restrictions")
        days = [(_weekday(text_at(one, "startDay")), _weekday(text_at(one, "endDay"))) for one in found]
        spans = [_span(one, first, last) for one, (first, last) in zip(found, days, strict=True)]
        windows = [(span[0], span[1] % WEEK or WEEK) for span in spans if span]
    return None if not spans or None in spans else Week.of(windows)


def _weekday(text: str) -> int | None:
    return WEEKDAYS.index(text.lower()) if text.lower() in WEEKDAYS else None


def _span(restriction: Answer, first: int | None, last: int | None) -> tuple[int, int] | None:
    """Return the first minute and how many there are; not yet within a day or a week."""
    hours = number_at(restriction, "startHour"), number_at(restriction, "endHour")
    minutes = number_at(restriction, "startMin") or 0, number_at(restriction, "endMin") or 0
    if first is None or last is None or hours[0] is None or hours[1] is None:
        return None
    if not (0 <= hours[0] <= 24 and 0 <= hours[1] <= 24 and 0 <= minutes[0] < 60 and 0 <= minutes[1] < 60):
        return None
    start = first * DAY + hours[0] * 60 + minutes[0]
    return start, last * DAY + hours[1] * 60 + minutes[1] - start


def _overrides(
    overrides: Iterable[Answer], zone: ZoneInfo, now: datetime
) -> tuple[tuple[OverrideDraft, ...], tuple[Note, ...]]:
    found: list[OverrideDraft] = []
    notes: list[Note] = []
    for one in overrides:
        starts, ends, person = instant_at(one, "startDate"), instant_at(one, "endDate"), text_at(one, "user", "id")
        if ends is not None and ends.tzinfo and ends <= now:
            continue
        if starts is None or ends is None or ends <= starts or text_at(one, "user", "type") != "user" or not person:
            notes.append(Note("an override that names no person or no time is left out", "write it by hand"))
            continue
        if objects_at(one, "rotations"):
            said = f"the override from {starts:%Y-%m-%d} was for some rotations: here it is for the whole schedule"
            notes.append(Note(said, "name whom it replaces: instead_of"))
        found.append(OverrideDraft(starts=on_the_wall(starts, zone), ends=on_the_wall(ends, zone), people=(person,)))
    return tuple(found), tuple(notes)


def _escalation(escalation: Answer) -> PolicyDraft | Unusable:
    ladder = LadderBuilder(text_at(escalation, "id"), text_at(escalation, "name"))
    passed = 0
    for rule in sorted(objects_at(escalation, "rules"), key=_delay):
        delay = _delay(rule)
        ladder.wait(delay - passed)
        passed = delay
        ladder.call(_recipient(rule, ladder))
        if text_at(rule, "condition") == "if-not-closed":
            said = f"the rule after {delay // 60} min called although somebody had acknowledged: here nobody does"
            ladder.note(said, "an acknowledgement can expire: ack_expires")
    repeat = object_at(escalation, "repeat")
    if flag_at(repeat, "closeAlertAfterAll"):
        ladder.note("it closed the alert at its end: here an incident stays open until somebody resolves it")
    return ladder.build(
        1 + max(number_at(repeat, "count") or 0, 0), between_seconds=60 * max(number_at(repeat, "waitInterval") or 0, 0)
    )


def _recipient(rule: Answer, ladder: LadderBuilder) -> list[TargetDraft]:
    kind, key = text_at(rule, "recipient", "type"), text_at(rule, "recipient", "id")
    how = text_at(rule, "notifyType") or "default"
    at = f"the rule after {_delay(rule) // 60} min"
    if kind == "user":
        return [TargetDraft(TargetKind.PERSON, key)]
    if kind == "schedule":
        if how == "default":
            return [TargetDraft(TargetKind.SCHEDULE, key)]
        ladder.note(f"{at} called the {how} one on call: left out", "name a person, or a second schedule")
    elif kind == "team":
        if how not in ("users", "all"):
            meant = {"default": "by its routing rules", "admins": "its admins", "random": "one of it"}.get(how, how)
            ladder.note(f"{at} called a team, {meant}: here all of it", "name a schedule in that step")
        return [TargetDraft(TargetKind.TEAM, key)]
    else:
        ladder.note(f"{at} calls a {kind or 'nameless recipient'}: left out", "name people or a schedule")
    return []


def _delay(rule: Answer) -> int:
    """Return how long after the alert began a rule calls, in seconds."""
    unit = _UNITS.get(text_at(rule, "delay", "timeUnit").lower(), 60)
    return unit * max(number_at(rule, "delay", "timeAmount") or 0, 0)


def _named(rotation: Answer) -> str:
    return f"rotation {text_at(rotation, 'name') or text_at(rotation, 'id') or 'without a name'!r}"
