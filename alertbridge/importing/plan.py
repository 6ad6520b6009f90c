"""What an import would do to a team file: object by object, and the text that comes out of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from alertbridge.config import parse_team
from alertbridge.core.text import clean
from alertbridge.importing.answers import ExportError
from alertbridge.importing.blocks import Tree, origin_of
from alertbridge.importing.comparing import compare
from alertbridge.importing.draft import Draft, Kind, Note, PersonDraft
from alertbridge.importing.entries import (
    Keys,
    UnknownPeopleError,
    person_entry,
    policy_entry,
    schedule_entry,
    team_entry,
)
from alertbridge.importing.keys import free_key, key_for
from alertbridge.importing.splice import Put, Standing, TeamText, as_read

SECTIONS: Mapping[Kind, str] = {
    Kind.PERSON: "people",
    Kind.TEAM: "teams",
    Kind.SCHEDULE: "schedules",
    Kind.POLICY: "escalation_policies",
}


class Verdict(StrEnum):
    """How well an object can be brought over."""

    OK = "ok"
    CHANGED = "with changes"
    CANNOT = "cannot"


class Fate(StrEnum):
    """What becomes of an object's entry in the file."""

    ADD = "add"
    UPDATE = "update"
    SAME = "same"
    """It is there already."""
    KEEP = "keep"
    """It is there, somebody changed it, and it stays as it is."""
    NONE = "none"
    """There is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The report of one object."""

    kind: Kind
    id: str
    name: str
    verdict: Verdict
    fate: Fate
    key: str = ""
    """What it is called in the file."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything an import would do."""

    lines: tuple[Line, ...]
    text: str
    """The file afterwards."""
    is_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person who imports decides."""

    people: Mapping[str, str]
    """Foreign id -> key of somebody in the file."""
    replaced: frozenset[str] = frozenset()
    """Keys of entries that are replaced although somebody changed them."""


def plan(draft: Draft, team: TeamText, wishes: Wishes) -> Plan:
    """Compare an export with a team file.

    Raises `ExportError` where a wish cannot be met, `ConfigError` where the file would not be a good one.
    """
    return _Planner(draft, team, wishes).plan()


class _Planner:
    """Collects lines and entries kind by kind, as later ones name earlier ones."""

    def __init__(self, draft: Draft, team: TeamText, wishes: Wishes) -> None:
        self._draft = draft
        self._team = team
        self._wishes = wishes
        self._standing = {kind: team.entries(section) for kind, section in SECTIONS.items()}
        self._taken = {kind: set(entries) for kind, entries in self._standing.items()}
        self._lines: list[Line] = []
        self._puts: list[Put] = []
        self._claimed: set[tuple[Kind, str]] = set()
        self._missed = set(wishes.replaced)

    def plan(self) -> Plan:
        people = self._people()
        names = {one.id: one.name for one in self._draft.people}
        keys = Keys(people=people, names=names, teams={}, schedules={})
        keys = replace(keys, teams=self._teams(keys))
        keys = replace(keys, schedules=self._schedules(keys))
        self._policies(keys)
        self._lines += [
            Line(kind=one.kind, id=one.id, name=one.name, verdict=Verdict.CANNOT, fate=Fate.NONE, notes=one.notes)
            for one in self._draft.unusable
        ]
        self._lines += self._gone()
        if self._missed:
            raise ExportError(
                f"--replace {min(self._missed)}: nothing of that key is brought over",
                "name a key that the plan marks with `keep`",
            )
        text = self._team.put(self._puts)
        return Plan(lines=tuple(self._compared(text, keys)), text=text, is_change=bool(self._puts))

    def _compared(self, text: str, keys: Keys) -> Iterator[Line]:
        """Hold schedules against what the product itself says that they come to."""
        rendered = {one.id: one.rendered for one in self._draft.schedules if one.rendered}
        schedules = parse_team(text, source=self._team.source).schedules if rendered else {}
        for line in self._lines:
            if line.kind is not Kind.SCHEDULE or line.key not in schedules or line.fate is Fate.KEEP:
                yield line
                continue
            notes = (*line.notes, *compare(schedules[line.key], rendered.get(line.id, ()), keys.people))
            yield replace(line, notes=notes, verdict=_verdict(notes))

    def _people(self) -> dict[str, str]:
        """Find or make the keys of everybody who is named; by email, or as the person who imports says."""
        standing = self._standing[Kind.PERSON]
        by_email = {_email(entry.value): key for key, entry in standing.items() if _email(entry.value)}
        known = {person.id for person in self._draft.people}
        for foreign, key in self._wishes.people.items():
            if foreign not in known:
                raise ExportError(f"--person {foreign}={key}: the export has no {foreign}", "take the id from the plan")
            if key not in standing:
                raise ExportError(f"--person {foreign}={key}: `people` has no {key!r}", "add them to the file first")
        keys: dict[str, str] = {}
        named, idle = set(_named(self._draft)), 0
        for person in self._draft.people:
            chosen = self._wishes.people.get(person.id) or by_email.get(person.email.casefold())
            if person.id not in named:
                idle += 1
            elif chosen:
                keys[person.id] = chosen
                self._say(Kind.PERSON, person.id, person.name, Verdict.OK, Fate.SAME, chosen)
            elif not _is_email(person.email):
                note = Note(
                    "the export has no email of this person" if not person.email else "the email is none",
                    f"add the users to the export, or say who that is: --person {person.id}=key",
                )
                self._say(Kind.PERSON, person.id, person.name, Verdict.CANNOT, Fate.NONE, "", (note,))
            else:
                keys[person.id] = by_email[person.email.casefold()] = self._new_person(person)
        if idle:
            note = Note("on no schedule, in no team and no policy: not needed", is_change=False)
            self._say(Kind.PERSON, "", f"{idle} more people", Verdict.OK, Fate.NONE, "", (note,))
        return keys

    def _new_person(self, person: PersonDraft) -> str:
        key = free_key(key_for(person.email.partition("@")[0], person.id), self._taken[Kind.PERSON])
        self._taken[Kind.PERSON].add(key)
        value = person_entry(key, person.name, person.email)
        self._puts.append(Put(section=SECTIONS[Kind.PERSON], key=key, value=value))
        self._say(Kind.PERSON, person.id, person.name, Verdict.OK, Fate.ADD, key)
        return key

    def _teams(self, keys: Keys) -> dict[str, str]:
        found: dict[str, str] = {}
        for team in self._draft.teams:
            try:
                entry = team_entry(team, keys)
            except UnknownPeopleError as missing:
                self._say(Kind.TEAM, team.id, team.name, Verdict.CANNOT, Fate.NONE, "", missing.notes)
                continue
            found[team.id] = self._place(Kind.TEAM, team.id, team.name, entry, team.notes)
        return found

    def _schedules(self, keys: Keys) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for schedule in self._draft.schedules:
            try:
                entry, more = schedule_entry(schedule, keys)
            except UnknownPeopleError as missing:
                notes = (*missing.notes, *schedule.notes)
                self._say(Kind.SCHEDULE, schedule.id, schedule.name, Verdict.CANNOT, Fate.NONE, "", notes)
                continue
            key = self._place(Kind.SCHEDULE, schedule.id, schedule.name, entry, (*schedule.notes, *more))
            whole = schedule.id.partition("#")[0]
            found[whole] = (*found.get(whole, ()), key)
        return found

    def _policies(self, keys: Keys) -> None:
        for policy in self._draft.policies:
            try:
                entry, notes = policy_entry(policy, keys)
            except UnknownPeopleError as missing:
                notes = (*missing.notes, *policy.notes)
                self._say(Kind.POLICY, policy.id, policy.name, Verdict.CANNOT, Fate.NONE, "", notes)
                continue
            self._place(Kind.POLICY, policy.id, policy.name, entry, (*policy.notes, *notes))

    def _place(self, kind: Kind, foreign: str, name: str, value: Mapping[str, Tree], notes: tuple[Note, ...]) -> str:
        """Find the entry of an object by its mark, else by its name; decide what becomes of it."""
        origin = origin_of(self._draft.product, foreign)
        marked = [one for one in self._standing[kind].values() if one.mark and one.mark.origin == origin]
        wanted = key_for(name, f"{kind}-{foreign}")
        if marked:
            fate, standing = self._fate(marked[0], value)
            key = standing.key
        elif self._is_nameless(kind, wanted):
            self._claimed.add((kind, wanted))
            fate, standing = self._fate(self._standing[kind][wanted], value)
            key = standing.key
        else:
            key, fate = free_key(wanted, self._taken[kind]), Fate.ADD
            self._taken[kind].add(key)
        if fate in (Fate.ADD, Fate.UPDATE):
            self._puts.append(Put(section=SECTIONS[kind], key=key, value=value, origin=origin))
        if fate is Fate.KEEP:
            said = "somebody changed it here, so it stays" if marked else "there is one of that name already: it stays"
            notes = (*notes, Note(said, f"to take the export's: --replace {key}", is_change=False))
        self._say(kind, foreign, name, _verdict(notes), fate, key, notes)
        return key

    def _is_nameless(self, kind: Kind, key: str) -> bool:
        """Whether the file has an entry of that key that nobody imported, and that no object was compared with."""
        standing = self._standing[kind].get(key)
        return standing is not None and standing.mark is None and (kind, key) not in self._claimed

    def _fate(self, standing: Standing, value: Mapping[str, Tree]) -> tuple[Fate, Standing]:
        is_asked = standing.key in self._wishes.replaced
        self._missed.discard(standing.key)
        if standing.value == as_read(value):
            return Fate.SAME, standing
        return (Fate.KEEP if standing.is_touched and not is_asked else Fate.UPDATE), standing

    def _gone(self) -> Iterator[Line]:
        """Find entries that were imported once and whose objects the export does not have any more."""
        kinds = {line.kind for line in self._lines}
        seen = {origin_of(self._draft.product, line.id) for line in self._lines}
        for kind in kinds - {Kind.PERSON, Kind.OTHER}:
            for key, entry in self._standing[kind].items():
                origin = entry.mark.origin if entry.mark else ""
                if origin.startswith(f"{self._draft.product}/") and origin not in seen:
                    note = Note("imported once, not in the export any more: it stays", "delete it if it is over")
                    yield Line(kind=kind, id="", name=key, verdict=Verdict.OK, fate=Fate.KEEP, key=key, notes=(note,))

    def _say(
        self,
        kind: Kind,
        foreign: str,
        name: str,
        verdict: Verdict,
        fate: Fate,
        key: str,
        notes: tuple[Note, ...] = (),
    ) -> None:
        shown = clean(name, 80) or foreign
        self._lines.append(Line(kind=kind, id=foreign, name=shown, verdict=verdict, fate=fate, key=key, notes=notes))


def _verdict(notes: Iterable[Note]) -> Verdict:
    return Verdict.CHANGED if any(note.is_change for note in notes) else Verdict.OK


def _named(draft: Draft) -> Iterator[str]:
    for team in draft.teams:
        yield from team.people
    for schedule in draft.schedules:
        yield from _of(group for layer in schedule.layers for group in layer.groups)
        yield from _of(override.people for override in schedule.overrides)
        yield from (override.instead_of for override in schedule.overrides)
    for policy in draft.policies:
        yield from (target.id for step in policy.steps for target in step.who)


def _of(groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for group in groups:
        yield from group


def _email(person: object) -> str:
    email = person.get("email") if isinstance(person, dict) else None
    return email.strip().casefold() if isinstance(email, str) else ""


def _is_email(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and host) and not any(character.isspace() or character == "@" for character in name + host)
