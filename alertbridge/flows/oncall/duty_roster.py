"""Schedules as programs and the command line read them: who is on call when, with names."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from alertbridge.config import Person, Team
from alertbridge.core.oncall.override import KeptOverride
from alertbridge.core.oncall.rotation import ALWAYS, NEVER
from alertbridge.core.oncall.schedule import Schedule, Shift, on_call, shifts

MOST_SHIFTS: Final = 10_000
"""In one answer, of all schedules together."""

LONGEST: Final = timedelta(days=400)

Json = dict[str, Any]


def on_call_as_json(team: Team, schedules: Mapping[str, Schedule], at: datetime) -> Json:
    """Who is on call at a time, who is second, and who is next."""
    return {"at": at.isoformat(), "schedules": [_present(key, one, team, at) for key, one in schedules.items()]}


def shifts_as_json(team: Team, schedules: Mapping[str, Schedule], since: datetime, until: datetime) -> Json:
    """All shifts and gaps between two times, by schedule; `is_complete` says whether these are all."""
    found = [(key, one, shift) for key, one in schedules.items() for shift in _some(shifts(one, since, until))]
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "is_complete": len(found) <= MOST_SHIFTS,
        "shifts": [
            {"schedule": key, "timezone": one.timezone} | _shift(shift, team.people)
            for key, one, shift in found[:MOST_SHIFTS]
        ],
    }


def override_as_json(kept: KeptOverride, team: Team) -> Json:
    """An override that somebody made."""
    override, schedule = kept.override, team.schedules.get(kept.schedule)
    return {
        "id": kept.id,
        "schedule": kept.schedule,
        "timezone": schedule.timezone if schedule else "UTC",
        "people": _people(override.people, team.people),
        "instead_of": next(iter(_people([override.instead_of], team.people))) if override.instead_of else None,
        "starts_at": override.starts_at.isoformat(),
        "ends_at": override.ends_at.isoformat(),
        "made_by": kept.made_by,
        "made_at": kept.made_at.isoformat(),
    }


def _some(found: Iterator[Shift]) -> Iterator[Shift]:
    return (shift for shift, _ in zip(found, range(MOST_SHIFTS + 1), strict=False))


def _present(key: str, schedule: Schedule, team: Team, at: datetime) -> Json:
    shift, second = on_call(schedule, at), team.schedules.get(schedule.secondary)
    following = None if shift.ends_at == NEVER else on_call(schedule, shift.ends_at)
    return {
        "schedule": key,
        "timezone": schedule.timezone,
        "now": _shift(shift, team.people),
        "secondary": _shift(on_call(second, at), team.people) if second else None,
        "next": _shift(following, team.people) if following else None,
    }


def _shift(shift: Shift, people: Mapping[str, Person]) -> Json:
    return {
        "people": _people(shift.people, people),
        "starts_at": None if shift.starts_at == ALWAYS else shift.starts_at.isoformat(),
        "ends_at": None if shift.ends_at == NEVER else shift.ends_at.isoformat(),
        "is_gap": not shift.people,
        "is_override": shift.is_override,
    }


def _people(keys: Iterable[str], people: Mapping[str, Person]) -> list[Json]:
    return [{"key": key, "name": (people[key].name if key in people else "") or key} for key in keys]
