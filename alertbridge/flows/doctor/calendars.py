"""Whether the calendars of schedules can be read now, and whether everybody in them is known."""

from collections.abc import Iterator
from datetime import datetime

from alertbridge.calendars.errors import CalendarError
from alertbridge.config import CalendarSource, Team
from alertbridge.core.checkup import Finding, bad, good, note
from alertbridge.core.oncall.calendar import CalendarText, turns_of
from alertbridge.core.text import LABEL_LIMIT, clean
from alertbridge.flows.oncall.calendars import CalendarPlaces, name_book, read_calendar


async def look_at_calendars(team: Team, places: CalendarPlaces, now: datetime, *, files_only: bool) -> list[Finding]:
    """Read each; with `files_only` none that has to be fetched."""
    findings: list[Finding] = []
    for schedule, source in team.calendars.items():
        if files_only and not source.file:
            continue
        try:
            text = await read_calendar(source, places, team.schedules[schedule].timezone, now)
        except CalendarError as error:
            about = {"schedule": schedule, "cause": str(error)}
            findings.append(bad(f"calendar:{schedule}", "calendar_away", "calendar_away", **about))
        else:
            findings += _look_at(schedule, text, team, source)
    return findings


def _look_at(schedule: str, text: CalendarText, team: Team, source: CalendarSource) -> Iterator[Finding]:
    about = f"calendar:{schedule}"
    turns = turns_of(text, name_book(team, source))
    if text.problem:
        yield note(about, "calendar_partly", schedule=schedule, cause=text.problem)
    for one in turns.unknown:
        said = clean(one.said, LABEL_LIMIT)
        day = one.starts_at.date().isoformat()
        yield bad(about, "calendar_name", "calendar_name", schedule=schedule, said=said, day=day)
    if not text.problem and not turns.unknown:
        yield good(about, "calendar", schedule=schedule, count=len(text.appointments))
