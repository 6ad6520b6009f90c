"""The calendars that we write are read by apps: by our own importer, and by a library that shares nothing with it."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream

from alertbridge.calendars.reading import read_calendar
from alertbridge.calendars.writing import Entry, write_calendar
from alertbridge.config import CalendarSource, Team, parse_team
from alertbridge.core.oncall.calendar import turns_of
from alertbridge.core.oncall.schedule import Shift, shifts
from alertbridge.flows.oncall.calendars import name_book
from alertbridge.flows.oncall.shared_calendars import SHOWN, calendar_of_person, calendar_of_schedule

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TEAM = parse_team(
    """
people:
  alice: {name: 陈爱丽, email: alice@example.com}
  bob: {name: "Bob; the, \\\\ Builder", email: bob@example.com}
  carol: {email: carol@example.com}
schedules:
  payments:
    timezone: Asia/Shanghai
    layers: [{starts: 2026-01-05, people: [alice, [bob, carol]], ends: 2026-08-03}]
  night/shift:
    timezone: Europe/Berlin
    layers: [{rotation: daily, starts: 2026-01-05, people: [bob], only: [{times: ["22:00-06:00"]}]}]
  always: {timezone: UTC, layers: [{starts: 2020-01-06, rotation: weekly, every: 999, people: [carol]}]}
fallback: [alice]
route: {schedule: payments}
"""
)


def read_elsewhere(written: str) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(written)


def name_of(calendar: Calendar) -> str:
    return next(extra.value for extra in calendar.extras if extra.name == "x-wr-calname")


def meant(team: Team, schedule: str) -> list[Shift]:
    return [one for one in shifts(team.schedules[schedule], NOW, NOW + SHOWN) if one.people]


@pytest.mark.parametrize("schedule", ["payments", "night/shift"])
def test_what_is_written_is_read_back_as_the_same_shifts(schedule: str) -> None:
    written = calendar_of_schedule(TEAM, schedule, NOW, ("zh", "en"))

    read = read_calendar(written.encode(), ZoneInfo("UTC"), NOW)

    turns = turns_of(read, name_book(TEAM, CalendarSource(file="x.ics"))).known
    assert read.problem == ""
    assert [(turn.people, turn.starts_at) for turn in turns] == [
        (shift.people, shift.starts_at) for shift in meant(TEAM, schedule)
    ]


def test_another_library_reads_it_too() -> None:
    calendar = read_elsewhere(calendar_of_schedule(TEAM, "payments", NOW, ("en", "zh")))

    assert calendar.method == "PUBLISH"
    assert name_of(calendar) == "On call: payments"
    assert [event.summary for event in calendar.events][:2] == ["Bob; the, \\ Builder, carol", "陈爱丽"]
    assert [event.dtstart for event in calendar.events] == [shift.starts_at for shift in meant(TEAM, "payments")]
    assert len({event.uid for event in calendar.events}) == len(calendar.events)


def test_the_same_shift_keeps_its_identity() -> None:
    def identities(now: datetime) -> dict[object, str]:
        calendar = read_elsewhere(calendar_of_schedule(TEAM, "payments", now, ("en",)))
        return {event.dtstart: event.uid for event in calendar.events}

    today, tomorrow = identities(NOW), identities(NOW + timedelta(days=1))

    assert today == tomorrow


def test_somebodys_calendar_has_their_shifts_of_all_schedules() -> None:
    calendar = read_elsewhere(calendar_of_person(TEAM, "carol", NOW, ("en",)))

    assert name_of(calendar) == "On call: carol"
    titles = {event.summary for event in calendar.events}
    assert titles == {"On call: payments", "On call: always"}
    (always,) = [event for event in calendar.events if event.summary == "On call: always"]
    assert (always.dtstart, always.dtend) == (NOW - SHOWN, NOW + SHOWN)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(name=words, title=words)
def test_whatever_the_names_are_lines_are_short_and_nothing_stands_outside_of_them(name: str, title: str) -> None:
    entry = Entry(identity="x", starts_at=NOW, ends_at=NOW + timedelta(hours=1), title=title)

    written = write_calendar(name, "UTC", [entry], NOW)

    lines = written.split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= 75 and re.match(r" |[A-Z-]+[:;]", line) for line in lines)
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f]|(?<!\r)\n|\r(?!\n)", written)
    (event,) = read_elsewhere(written).events
    assert (event.summary or "").strip() == "".join(one if one.isprintable() else " " for one in title).strip()
