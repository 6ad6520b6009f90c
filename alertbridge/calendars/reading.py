"""From the text of a calendar to its appointments. Runs in a process of its own: hostile texts take time and memory.

Nothing here trusts its input; what goes wrong says so in words for the person who keeps the calendar.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component
from icalendar.prop import vCalAddress

from alertbridge.calendars.errors import Unusable
from alertbridge.calendars.limits import AHEAD, BACK, MAX_APPOINTMENTS, MAX_ATTENDEES, MAX_WORDS
from alertbridge.core.oncall.calendar import Appointment, CalendarText

_TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY"})
_NOT_PEOPLE: Final = frozenset({"ROOM", "RESOURCE", "GROUP"})
_DAY: Final = timedelta(days=1)
_BROKEN: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the libraries raise for what no calendar should say."""


def read_calendar(raw: bytes, zone: ZoneInfo, now: datetime) -> CalendarText:
    """Return the appointments from a month before `now` to a year after it.

    `zone` is that of whole days, and of times without a zone. Raises `Unusable`.
    """
    found: list[Appointment] = []
    problem = ""
    for calendar in _calendars(raw):
        _refuse_storms(calendar)
        occurrences, left_out = _occurrences(calendar, now)
        problem = problem or left_out
        found += filter(None, (_appointment(one, zone) for one in occurrences))
        if len(found) > MAX_APPOINTMENTS:
            raise Unusable(f"it has more than {MAX_APPOINTMENTS} appointments within a year: no shifts of people")
    found.sort(key=lambda one: (one.starts_at, one.ends_at, one.summary))
    return CalendarText(appointments=tuple(found), problem=problem)


def _calendars(raw: bytes) -> list[Calendar]:
    text = _decode(raw)
    if "BEGIN:VCALENDAR" not in text.upper():
        raise Unusable("it is no iCalendar file: BEGIN:VCALENDAR is missing")
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise Unusable("it ends in the middle: END:VCALENDAR is missing")
    try:
        return list(Calendar.from_ical(text, multiple=True))
    except _BROKEN as error:
        raise Unusable(f"it is no iCalendar file: {_first_line(error)}") from error


def _decode(raw: bytes) -> str:
    """UTF-8 is the standard's; older tools of Chinese Windows write GB 18030, some others UTF-16 with its mark."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def _refuse_storms(calendar: Calendar) -> None:
    """Refuse rules that repeat each minute or second: working them out would take hours, and nobody's shift does."""
    for component in calendar.walk("VEVENT"):
        for rule in _all(component.get("RRULE")):
            often = {str(one).upper() for one in rule.get("FREQ", [])} if isinstance(rule, dict) else set()
            if often & _TOO_OFTEN:
                raise Unusable(
                    f"{_words(component.get('SUMMARY')) or 'an appointment'!r} repeats every minute or second"
                )


def _occurrences(calendar: Calendar, now: datetime) -> tuple[list[Component], str]:
    """Work out what repeats; with a problem: without the series that cannot be."""
    span = now - BACK, now + AHEAD
    problem = _drop_without_beginning(calendar)
    try:
        return recurring_ical_events.of(calendar).between(*span), problem
    except _BROKEN as error:
        problem = _first_line(error)
    try:
        return recurring_ical_events.of(calendar, skip_bad_series=True).between(*span), problem
    except _BROKEN as error:
        raise Unusable(f"its appointments cannot be worked out: {_first_line(error)}") from error


def _drop_without_beginning(calendar: Calendar) -> str:
    """Take out what has no beginning: the libraries would refuse the whole calendar for it."""
    sound = [one for one in calendar.subcomponents if one.name != "VEVENT" or "DTSTART" in one]
    dropped = len(calendar.subcomponents) - len(sound)
    calendar.subcomponents = sound
    return f"{dropped} appointments have no DTSTART" if dropped else ""


def _appointment(component: Component, zone: ZoneInfo) -> Appointment | None:
    span = _span(component, zone)
    if span is None or span[0] >= span[1] or str(component.get("STATUS", "")).upper() == "CANCELLED":
        return None
    return Appointment(
        starts_at=span[0],
        ends_at=span[1],
        attendees=tuple(islice(_attendees(component), MAX_ATTENDEES)),
        summary=_words(component.get("SUMMARY")),
        organizer=_address(component.get("ORGANIZER")),
    )


def _span(component: Component, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    starts, ends = (getattr(component.get(name), "dt", None) for name in ("DTSTART", "DTEND"))
    if not isinstance(starts, date):
        return None
    if not isinstance(ends, date):
        length = getattr(component.get("DURATION"), "dt", None)
        ends = starts + (length if isinstance(length, timedelta) else _DAY)
    try:
        return _instant(starts, zone), _instant(ends, zone)
    except (OverflowError, ValueError):
        return None


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    """Whole days begin at midnight in the schedule's zone, and times without a zone are of its wall clock."""
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time(0))
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _attendees(component: Component) -> Iterator[str]:
    for one in _all(component.get("ATTENDEE")):
        parameters = one.params if isinstance(one, vCalAddress) else {}
        kind = str(parameters.get("CUTYPE", "")).upper()
        answer = str(parameters.get("PARTSTAT", "")).upper()
        if kind not in _NOT_PEOPLE and answer != "DECLINED" and (address := _address(one)):
            yield address


def _address(value: object) -> str:
    """An address without its `mailto:`, which not all tools write; else the parameter that some put it in."""
    if value is None:
        return ""
    said = str(value).strip()
    said = said[len("mailto:") :] if said.lower().startswith("mailto:") else said
    email = value.params.get("EMAIL") if isinstance(value, vCalAddress) and "@" not in said else None
    return _words(email or said)


def _all(value: Any) -> Iterable[Any]:
    """One value, several, or none: that is how the library gives what may stand repeatedly."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _words(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())[:MAX_WORDS]


def _first_line(error: Exception) -> str:
    return _words(str(error).partition("\n")[0]) or type(error).__name__
