"""Grafana OnCall: users, teams, schedules with their shifts, escalation chains of its HTTP API.

Of shifts that overlap, those of the highest level count; those of one level are side by side.
Source: https://grafana.com/docs/oncall/latest/oncall-api-reference/
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.policy import TargetKind
from alertbridge.importing.answers import (
    Answer,
    flag_at,
    instant_at,
    number_at,
    objects_at,
    text_at,
    texts_at,
    texts_in_lists_at,
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
    TeamDraft,
    Unusable,
)
from alertbridge.importing.ladders import LadderBuilder
from alertbridge.importing.leftovers import lost_pages, unread
from alertbridge.importing.recurrence import UnwritableError, layer_of, moved, read_event
from alertbridge.importing.rotations import Groups, on_the_wall
from alertbridge.importing.schedules import schedules_of
from alertbridge.importing.zones import zone_named

PRODUCT = "grafana-oncall"

_CALENDAR = re.compile(r"(?:https?|webcal)://[^/?#@\s\\]+(?:/[^#\s]*)?")

_REPEATS = 5
"""How often the product goes back to the first step."""

_SCHEDULES = frozenset({"ical", "calendar", "web"})
_ONCE = frozenset({"single_event", "override"})
_SHIFTS = _ONCE | {"recurrent_event", "rolling_users"}

_OTHER_STEPS: Mapping[str, tuple[str, str]] = {
    "notify_user_group": ("it called a Slack group: left out", "name people or a team"),
    "notify_whole_channel": ("it called a whole channel: left out", "the group of an incident is told anyway"),
    "trigger_webhook": ("it called a webhook: left out", ""),
    "declare_incident": ("it declared an incident: left out", "each has a group here"),
    "resolve": ("it resolved at its end: here an incident stays open until somebody resolves it", ""),
    "notify_if_time_from_to": ("it went on only at some times: here it always does", "write a variant of the policy"),
    "notify_if_num_alerts_in_window": ("it went on only with many alerts: here it always does", ""),
}


def read(answers: Sequence[Answer], now: datetime) -> Draft:
    """Return what the answers mean. `now` (aware) tells which shifts are over."""
    objects = [one for answer in answers for one in (objects_at(answer, "results") or [answer])]
    users = by_id(one for one in objects if "username" in one)
    shifts = by_id(one for one in objects if text_at(one, "type") in _SHIFTS and "duration" in one)
    schedules = by_id(one for one in objects if text_at(one, "type") in _SCHEDULES)
    steps = [one for one in objects if {"escalation_chain_id", "position", "type"} <= one.keys()]
    routes = by_id(one for one in objects if "routing_regex" in one or "integration_id" in one)
    teams = by_id(one for one in objects if "grafana_id" in one and "username" not in one)
    chains = by_id(one for one in objects if one.keys() <= {"id", "name", "team_id"} and "name" in one)
    read = {*users, *shifts, *schedules, *routes, *teams, *chains, *(text_at(step, "id") for step in steps)}
    groups = [_team(one, users.values()) for one in teams.values()]
    plans = [plan for one in schedules.values() for plan in _schedule(one, shifts, now)]
    ladders = [
        _chain(chain, [step for step in steps if text_at(step, "escalation_chain_id") == key])
        for key, chain in chains.items()
    ]
    return Draft(
        product=PRODUCT,
        people=tuple(
            PersonDraft(id=key, name=text_at(one, "username"), email=text_at(one, "email"))
            for key, one in users.items()
        ),
        teams=tuple(one for one in groups if isinstance(one, TeamDraft)),
        schedules=tuple(one for one in plans if isinstance(one, ScheduleDraft)),
        policies=tuple(one for one in ladders if isinstance(one, PolicyDraft)),
        unusable=(
            *(one for one in (*groups, *plans, *ladders) if isinstance(one, Unusable)),
            *(_lost(text_at(step, "escalation_chain_id")) for step in _strays(steps, chains)),
            *(_route(one) for one in routes.values()),
            *unread(Counter("objects of other kinds" for key in by_id(objects) if key not in read)),
            *lost_pages(answers),
        ),
    )


def _strays(steps: Iterable[Answer], chains: Mapping[str, Answer]) -> Iterator[Answer]:
    found = {text_at(step, "escalation_chain_id"): step for step in steps}
    yield from (step for key, step in found.items() if key not in chains)


def _lost(chain: str) -> Unusable:
    hint = "list the escalation chains: GET /api/v1/escalation_chains/"
    note = Note("the export has its steps and not its name", hint)
    return Unusable(kind=Kind.POLICY, id=chain, name=chain, notes=(note,))


def _route(route: Answer) -> Unusable:
    name = text_at(route, "routing_regex") or text_at(route, "name") or text_at(route, "id")
    hint = "write a route: its matchers say which alerts it takes, `escalation` names the policy"
    note = Note("routes choose by templates there and by labels here", hint)
    return Unusable(kind=Kind.OTHER, id=text_at(route, "id"), name=name, notes=(note,))


def _team(team: Answer, users: Iterable[Answer]) -> TeamDraft | Unusable:
    key, name = text_at(team, "id"), text_at(team, "name")
    people = tuple(text_at(user, "id") for user in users if key in texts_at(user, "teams"))
    if not people:
        note = Note("nobody of the export is in it", "list the users, too: their `teams` say who is in it")
        return Unusable(kind=Kind.TEAM, id=key, name=name, notes=(note,))
    return TeamDraft(id=key, name=name, people=people)


def _schedule(schedule: Answer, shifts: Mapping[str, Answer], now: datetime) -> Iterator[ScheduleDraft | Unusable]:
    key, name = text_at(schedule, "id"), text_at(schedule, "name")

    def refuse(*notes: Note) -> Unusable:
        return Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=notes)

    notes: list[Note] = []
    if text_at(schedule, "ical_url_overrides"):
        hint = "write them with `alertbridge oncall override`"
        notes.append(Note("its overrides were in a calendar: left out", hint))
    if text_at(schedule, "type") == "ical":
        yield _calendar(schedule, notes)
        return
    listed = texts_at(schedule, "shifts")
    if lost := [one for one in listed if one not in shifts]:
        hint = "list all pages of the shifts: GET /api/v1/on_call_shifts/"
        yield refuse(Note(f"{len(lost)} of its shifts are not in the export", hint), *notes)
        return
    listed += [one for one, shift in shifts.items() if text_at(shift, "schedule") == key and one not in listed]
    own = [shifts[one] for one in listed]
    timezone, refused = _zone_of(schedule, own)
    if refused:
        yield refuse(refused, *notes)
        return
    reading = _Reading(ZoneInfo(timezone), is_web=text_at(schedule, "type") == "web", now=now)
    for shift in own:
        if refused := reading.take(shift):
            yield refuse(refused, *notes, *reading.notes)
            return
    levels = [reading.levels[level] for level in sorted(reading.levels)]
    if not levels:
        yield refuse(Note("it has no shift that counts", "give it one there, or leave it"), *notes, *reading.notes)
        return
    yield from schedules_of(key, name, timezone, levels, overrides=reading.overrides, notes=(*notes, *reading.notes))


def _calendar(schedule: Answer, notes: Sequence[Note]) -> ScheduleDraft | Unusable:
    key, name, url = text_at(schedule, "id"), text_at(schedule, "name"), text_at(schedule, "ical_url_primary")
    timezone, refused = zone_named(text_at(schedule, "time_zone") or "UTC")
    if not _CALENDAR.fullmatch(url):
        refused = Note("it has no address of its calendar", "give it one there, or leave it")
    if refused:
        return Unusable(kind=Kind.SCHEDULE, id=key, name=name, notes=(refused, *notes))
    is_secret = Note(
        "the address of its calendar is in the file", "if it is a secret one, name it by `secret`", is_change=False
    )
    return ScheduleDraft(id=key, name=name, timezone=timezone, ical_url=url, notes=(*notes, is_secret))


def _zone_of(schedule: Answer, shifts: Iterable[Answer]) -> tuple[str, Note | None]:
    """Return the zone that all shifts have, else that of the schedule."""
    own = text_at(schedule, "time_zone") or "UTC"
    zones = {text_at(shift, "time_zone") or own for shift in shifts if text_at(shift, "type") not in _ONCE}
    return zone_named(zones.pop() if len(zones) == 1 else own)


class _Reading:
    """Collects the shifts of one schedule."""

    def __init__(self, zone: ZoneInfo, *, is_web: bool, now: datetime) -> None:
        self._zone = zone
        self._is_web = is_web
        self._now = now
        self.levels: dict[int, list[LayerDraft]] = {}
        self.overrides: list[OverrideDraft] = []
        self.notes: list[Note] = []

    def take(self, shift: Answer) -> Note | None:
        """Read a shift; return why it cannot be written."""
        named = f"shift {text_at(shift, 'name') or text_at(shift, 'id')!r}"
        timezone, refused = zone_named(text_at(shift, "time_zone") or self._zone.key)
        if refused:
            return refused
        zone = ZoneInfo(timezone)
        if text_at(shift, "type") in _ONCE:
            return self._once(shift, zone, named)
        try:
            event = read_event(shift, _groups(shift), is_web=self._is_web)
            if event.ends is not None and event.ends.replace(tzinfo=zone) <= self._now:
                self.notes.append(Note(f"{named} ended {event.ends:%Y-%m-%d}: left out", is_change=False))
                return None
            layer, notes = layer_of(event)
        except UnwritableError as error:
            hint = "change it there and export it again, or let `ical` name the schedule's calendar"
            return Note(f"{named}: {error}", hint)
        self.notes += (Note(f"{named}: {note.said}", note.hint, note.is_change) for note in notes)
        if layer is None:
            return self.notes.pop()
        if zone != self._zone:
            layer = moved(layer, self._apart(layer.starts, zone))
            if _differ(zone, self._zone):
                said = f"{named} was by the clocks of {timezone}: here by those of {self._zone.key}"
                self.notes.append(Note(said, "look at its hours when clocks change"))
        self.levels.setdefault(number_at(shift, "level") or 0, []).append(layer)
        return None

    def _once(self, shift: Answer, zone: ZoneInfo, named: str) -> Note | None:
        starts, seconds = instant_at(shift, "start"), number_at(shift, "duration")
        people = texts_at(shift, "users") or [one for group in _groups(shift) for one in group]
        if starts is None or not seconds or seconds < 60 or not people:
            self.notes.append(Note(f"{named} names nobody or no time: left out", "write it by hand"))
            return None
        begin = starts.replace(tzinfo=zone)
        end = begin + timedelta(seconds=seconds)
        if end > self._now:
            if text_at(shift, "type") == "single_event":
                self.notes.append(Note(f"{named} happens once: here it is an override, which goes before everything"))
            began, over = on_the_wall(begin, self._zone), on_the_wall(end, self._zone)
            self.overrides.append(OverrideDraft(starts=began, ends=over, people=tuple(people)))
        return None

    def _apart(self, at: datetime, zone: ZoneInfo) -> timedelta:
        return on_the_wall(at.replace(tzinfo=zone), self._zone) - at


def _differ(one: ZoneInfo, other: ZoneInfo) -> bool:
    """Whether the clocks of two zones are not always as far apart."""
    noons = [datetime(2026, month, 15, 12) for month in range(1, 13)]  # noqa: DTZ001 - on the wall of either zone
    return len({on_the_wall(noon.replace(tzinfo=one), other) - noon for noon in noons}) > 1


def _groups(shift: Answer) -> Groups:
    if text_at(shift, "type") == "recurrent_event":
        return (tuple(texts_at(shift, "users")),)
    rolling = texts_in_lists_at(shift, "rolling_users")
    first = (number_at(shift, "start_rotation_from_user_index") or 0) % max(len(rolling), 1)
    return (*rolling[first:], *rolling[:first])


def _chain(chain: Answer, steps: Sequence[Answer]) -> PolicyDraft | Unusable:
    ladder = LadderBuilder(text_at(chain, "id"), text_at(chain, "name"))
    rounds = 1
    for step in sorted(steps, key=lambda step: number_at(step, "position") or 0):
        kind = text_at(step, "type")
        is_urgent = flag_at(step, "important")
        if kind == "wait":
            ladder.wait(number_at(step, "duration") or 0)
        elif kind == "notify_on_call_from_schedule":
            who = [TargetDraft(TargetKind.SCHEDULE, text_at(step, "notify_on_call_from_schedule"))]
            ladder.call(who, is_urgent=is_urgent)
        elif kind == "notify_team_members":
            ladder.call([TargetDraft(TargetKind.TEAM, text_at(step, "team_to_notify"))], is_urgent=is_urgent)
        elif kind == "notify_persons":
            ladder.call(_people(step, "persons_to_notify"), is_urgent=is_urgent)
        elif kind == "notify_person_next_each_time":
            ladder.note("a step called its people in turn: here all of them", "put them into a schedule, and name that")
            ladder.call(_people(step, "persons_to_notify_next_each_time"), is_urgent=is_urgent)
        elif kind == "repeat_escalation":
            rounds = 1 + _REPEATS
        else:
            ladder.note(*_OTHER_STEPS.get(kind, (f"a step {kind or 'without a type'} is left out", "")))
    return ladder.build(rounds)


def _people(step: Answer, field: str) -> list[TargetDraft]:
    return [TargetDraft(TargetKind.PERSON, person) for person in texts_at(step, field)]
