"""What a lobby is told when something stands in the way of calling people. It is said while it can still be mended."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.oncall.holes import Hole
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.core.text import LABEL_LIMIT, PERSON_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT, clean, date_and_clock

LISTED = 5


def people_report(people: Mapping[str, Unreachable]) -> Text:
    """Name those who cannot be called, each with the reason."""
    named = [
        copy.text("report.person", who=clean(name, PERSON_LIMIT), cause=copy.text(f"unreachable.{why}"))
        for name, why in sorted(people.items())
    ]
    return copy.text("report.people", k=len(named), list=listed(named))


def calendar_report(schedule: str, cause: str, read_at: datetime | None, timezone: str) -> Text:
    """Say that the calendar of a schedule cannot be read, and what counts instead."""
    about = {"schedule": clean(schedule, TITLE_LIMIT), "cause": clean(cause, SUMMARY_LIMIT)}
    if read_at is None:
        return copy.text("report.calendar_never", **about)
    return copy.text("report.calendar_old", **about, t=date_and_clock(read_at, timezone))


def nobody_report(number: int, title: str) -> Text:
    """Say that there is nobody to call for an incident."""
    return copy.text("report.nobody", n=number, title=clean(title, TITLE_LIMIT))


def names_report(schedule: str, unknown: Sequence[str]) -> Text:
    """Say whom a calendar names that the team file does not know."""
    said = [dict.fromkeys(copy.LANGUAGES, clean(one, LABEL_LIMIT)) for one in unknown]
    about = clean(schedule, TITLE_LIMIT)
    return copy.text("report.names", schedule=about, k=len(said), list=listed(said))


def gaps_report(found: Sequence[tuple[str, Hole]], names: Mapping[str, str], timezone: str) -> Text:
    """List when nobody can be called, with the schedule of each; `names` are those of people, by key."""
    return copy.text("report.gaps", k=len(found), list=listed([_hole(*one, names, timezone) for one in found]))


def _hole(schedule: str, hole: Hole, names: Mapping[str, str], timezone: str) -> Text:
    about = {
        "schedule": clean(schedule, TITLE_LIMIT),
        "since": date_and_clock(hole.starts_at, timezone),
        "until": date_and_clock(hole.ends_at, timezone),
    }
    if not hole.people:
        return copy.text("report.gap", **about)
    who = copy.join(copy.text("list.comma"), [clean(names.get(key, key), PERSON_LIMIT) for key in hole.people])
    return copy.text("report.hole", **about, who=who)


def listed(pieces: list[Text]) -> Text:
    """The first few, and how many more."""
    shown = copy.join(copy.text("list.comma"), pieces[:LISTED])
    more = len(pieces) - LISTED
    return copy.join("", (shown, copy.text("report.more", k=more))) if more > 0 else shown
