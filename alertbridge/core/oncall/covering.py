"""What it means to cover for somebody: which time of which schedules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from alertbridge.core.oncall.intervals import WHOLE_DAY, instant
from alertbridge.core.oncall.override import KeptOverride, Override
from alertbridge.core.oncall.schedule import Schedule, shifts

LONGEST: Final = timedelta(days=100)
_YEARS: Final = range(2000, 2200)

_CLOCK: Final = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
HOURS: Final = re.compile(rf"{_CLOCK} ?(?:-|–|—|~|to|到|至) ?(?:{_CLOCK}|24:00)")
"""A part of a day."""

Span = tuple[datetime, datetime]
"""From, until just before; aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Who shall be on call."""

    by: str
    """Key of the team file."""
    span: Span
    who: str = ""
    """Whose shifts they take; "": everybody's, and what is nobody's."""
    schedule: str = ""
    """Only in this one; "": in each in which `who` has a shift then."""


class Refusal(StrEnum):
    """Why an override is not made."""

    SAME = "same"
    """Nobody covers for themselves."""
    OVER = "over"
    """That time is over."""
    TOO_LONG = "too_long"
    NO_SHIFT = "no_shift"
    """They have no shift then."""
    WHICH = "which"
    """It is not said in which schedule."""


def overrides_for(cover: Cover, schedules: Mapping[str, Schedule], now: datetime) -> Mapping[str, Override] | Refusal:
    """The override that each schedule needs, by its key. `schedules` are those in force, and have `cover.schedule`."""
    starts_at, ends_at = cover.span
    if cover.who == cover.by:
        return Refusal.SAME
    if ends_at <= max(starts_at, now):
        return Refusal.OVER
    if ends_at - starts_at > LONGEST:
        return Refusal.TOO_LONG
    asked = {key: one for key, one in schedules.items() if cover.schedule in ("", key)}
    if not cover.who and len(asked) != 1:
        return Refusal.WHICH
    meant = [key for key, one in asked.items() if not cover.who or _has_shift(one, cover.who, cover.span)]
    if not meant:
        return Refusal.NO_SHIFT
    override = Override(
        people=(cover.by,),
        starts_at=starts_at.astimezone(UTC),
        ends_at=ends_at.astimezone(UTC),
        instead_of=cover.who,
    )
    return dict.fromkeys(meant, override)


def _has_shift(schedule: Schedule, person: str, span: Span) -> bool:
    """Whether it would be somebody's turn, if nobody covered for them already."""
    own = replace(schedule, overrides=tuple(one for one in schedule.overrides if one.instead_of != person))
    return any(person in shift.people for shift in shifts(own, *span))


def gone_before(made: KeptOverride, kept: tuple[KeptOverride, ...]) -> tuple[KeptOverride, ...]:
    """List the older overrides over which a new one goes: of the same people, in the same schedule, then."""
    return tuple(
        one
        for one in kept
        if one.id != made.id
        and one.schedule == made.schedule
        and one.override.instead_of == made.override.instead_of
        and one.override.overlaps(made.override)
    )


def read_span(text: str, now: datetime, timezone: str) -> Span | None:
    """Read `18:00-22:00`, the next that is not over yet, or `2026-02-01T18:00/2026-02-02T09:00`; None: it is neither.

    What has no offset is the wall clock of `timezone`.
    """
    if hours := HOURS.fullmatch(text.strip()):
        return next_span(*minutes_of(hours), now, timezone)
    since, _, until = (part.strip() for part in text.partition("/"))
    try:
        found = datetime.fromisoformat(since), datetime.fromisoformat(until)
    except ValueError:
        return None
    if not all(at.year in _YEARS for at in found):
        return None
    starts_at, ends_at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone)) for at in found)
    return starts_at, ends_at


def minutes_of(hours: re.Match[str]) -> tuple[int, int]:
    """The minutes of the day that `HOURS` has found."""
    hour, minute, until_hour, until_minute = hours.groups()
    until = WHOLE_DAY if until_hour is None else int(until_hour) * 60 + int(until_minute)
    return int(hour) * 60 + int(minute), until


def next_span(start: int, end: int, now: datetime, timezone: str) -> Span:
    """When it is next, or is now, from one minute of the day to another; one not after the first is the next day's."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    until = end if end > start else end + WHOLE_DAY
    spans = (
        (instant(day, start, zone), instant(day, until, zone))
        for day in (today - timedelta(days=1), today, today + timedelta(days=1))
    )
    return next(span for span in spans if span[1] > now)
