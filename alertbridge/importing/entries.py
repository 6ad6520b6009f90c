"""Drafts as entries of a team file: foreign ids become keys, and what has none any more is said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.config.values import WEEKDAYS
from alertbridge.core.oncall.policy import Target, TargetKind
from alertbridge.core.oncall.rotation import Rotation
from alertbridge.core.text import clean
from alertbridge.importing.blocks import Tree
from alertbridge.importing.draft import (
    LayerDraft,
    Note,
    OverrideDraft,
    PolicyDraft,
    ScheduleDraft,
    TargetDraft,
    TeamDraft,
)
from alertbridge.importing.ladders import LONGEST_WAIT

_NAME_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What foreign ids are called in the team file; one schedule elsewhere can be several here."""

    people: Mapping[str, str]
    names: Mapping[str, str]
    """People's names, those without a key included."""
    teams: Mapping[str, str]
    schedules: Mapping[str, tuple[str, ...]]


class UnknownPeopleError(ValueError):
    """An entry that names people who have no key. `notes` say who."""

    def __init__(self, notes: tuple[Note, ...]) -> None:
        super().__init__("; ".join(note.said for note in notes))
        self.notes = notes


def person_entry(key: str, name: str, email: str) -> dict[str, Tree]:
    """Write a person."""
    shown = clean(name, _NAME_LIMIT)
    named: dict[str, Tree] = {"name": shown} if shown and shown != key else {}
    return named | {"email": email}


def team_entry(team: TeamDraft, keys: Keys) -> dict[str, Tree]:
    """Write a team. Raises `UnknownPeopleError`."""
    return {"people": _people(team.people, keys)}


def schedule_entry(schedule: ScheduleDraft, keys: Keys) -> tuple[dict[str, Tree], tuple[Note, ...]]:
    """Write a schedule, and say which overrides are left out. Raises `UnknownPeopleError` for those in layers."""
    entry: dict[str, Tree] = {"timezone": schedule.timezone}
    if schedule.ical_url:
        entry["ical"] = {"url": schedule.ical_url}
    else:
        entry["layers"] = [_layer(one, keys) for one in schedule.layers]
    overrides: list[Tree] = []
    notes: list[Note] = []
    for one in schedule.overrides:
        try:
            overrides.append(_override(one, keys))
        except UnknownPeopleError as missing:
            said = f"the override from {_minute(one.starts)} is left out: "
            notes += (replace(note, said=said + note.said) for note in missing.notes)
    return entry | ({"overrides": overrides} if overrides else {}), tuple(notes)


def policy_entry(policy: PolicyDraft, keys: Keys) -> tuple[dict[str, Tree], tuple[Note, ...]]:
    """Write a policy, and say whom it does not call any more. Raises `UnknownPeopleError` where nobody is left."""
    steps: list[Tree] = []
    notes: list[Note] = []
    waited = 0
    for step in policy.steps:
        waited = min(waited + step.after_seconds, LONGEST_WAIT)
        who = list(dict.fromkeys(name for target in step.who for name in _target(target, keys)))
        notes += [_nobody(target, keys) for target in step.who if not _target(target, keys)]
        if who:
            steps.append({"after": _duration(waited), "who": who, "via": [str(way) for way in step.via]})
            waited = 0
    if not steps:
        raise UnknownPeopleError((*notes, Note("nobody is left whom it calls")))
    rounds: dict[str, Tree] = {"repeat": str(policy.rounds)} if policy.rounds > 1 else {}
    return {"steps": steps} | rounds, tuple(dict.fromkeys(notes))


def _layer(layer: LayerDraft, keys: Keys) -> dict[str, Tree]:
    entry: dict[str, Tree] = {"rotation": str(layer.rotation)}
    if layer.every > 1:
        entry["every"] = str(layer.every)
    handover: dict[str, Tree] = {"time": f"{layer.starts:%H:%M}"}
    if layer.rotation is Rotation.WEEKLY:
        handover = {"day": WEEKDAYS[layer.starts.weekday()]} | handover
    entry |= {"handover": handover, "starts": f"{layer.starts:%Y-%m-%d}"}
    if layer.ends is not None:
        entry["ends"] = f"{layer.ends:%Y-%m-%d}"
    groups = [_people(group, keys) for group in layer.groups]
    entry["people"] = [group[0] if len(group) == 1 else group for group in groups]
    if not layer.only.is_whole:
        entry["only"] = layer.only.written()
    return entry


def _override(override: OverrideDraft, keys: Keys) -> dict[str, Tree]:
    entry: dict[str, Tree] = {
        "from": _minute(override.starts),
        "to": _minute(override.ends),
        "people": _people(override.people, keys),
    }
    if override.instead_of:
        entry["instead_of"] = _people((override.instead_of,), keys)[0]
    return entry


def _people(ids: Iterable[str], keys: Keys) -> list[str]:
    asked = list(ids)
    if strangers := [one for one in asked if one not in keys.people]:
        raise UnknownPeopleError(tuple(_stranger(one, keys) for one in strangers))
    return list(dict.fromkeys(keys.people[one] for one in asked))


def _target(target: TargetDraft, keys: Keys) -> list[str]:
    if target.kind is TargetKind.PERSON:
        names = [keys.people[target.id]] if target.id in keys.people else []
    elif target.kind is TargetKind.TEAM:
        names = [keys.teams[target.id]] if target.id in keys.teams else []
    else:
        names = list(keys.schedules.get(target.id, ()))
    return [str(Target(target.kind, name)) for name in names]


def _nobody(target: TargetDraft, keys: Keys) -> Note:
    if target.kind is TargetKind.PERSON:
        return _stranger(target.id, keys)
    return Note(f"it called the {target.kind} {target.id}, which is not brought over", "export that, too, or mend it")


def _stranger(person: str, keys: Keys) -> Note:
    name = clean(keys.names.get(person, ""), _NAME_LIMIT)
    said = f"it names {name or 'somebody'} ({person}), whose email is not in the export"
    return Note(said, f"add the users to the export, or say who that is: --person {person}=key")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (left, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"
