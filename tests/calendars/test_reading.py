"""Calendars of the major apps are read as people mean them; hostile ones cost little and say why they are refused."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertbridge.calendars.errors import Unusable
from alertbridge.calendars.limits import MAX_APPOINTMENTS
from alertbridge.calendars.parsing import parse_calendar
from alertbridge.calendars.reading import read_calendar
from alertbridge.core.oncall.calendar import CalendarText, NameBook, turns_of

SAMPLES = Path(__file__).parent.parent / "samples" / "ical"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
PEOPLE = ("alice", "bob", "carol", "dave", "wang")
BOOK = NameBook(
    by_email={f"{name}@example.com": name for name in PEOPLE},
    by_name={name: name for name in PEOPLE}
    | {"alice smith": "alice", "bob jones": "bob", "张三": "zhang", "李四": "li"},
)


def shifts(name: str, zone: str = "Asia/Shanghai") -> list[tuple[str, str, str]]:
    """Who has which shift, as the wall of the zone shows it."""
    text = read_calendar((SAMPLES / f"{name}.ics").read_bytes(), ZoneInfo(zone), NOW)
    assert text.problem == ""
    wall = "%m-%d %H:%M"
    return [
        (
            " ".join(turn.people),
            turn.starts_at.astimezone(ZoneInfo(zone)).strftime(wall),
            turn.ends_at.astimezone(ZoneInfo(zone)).strftime(wall),
        )
        for turn in turns_of(text, BOOK).known
    ]


def test_google_whole_days_every_other_week_without_one_and_attendees_without_refusals_and_rooms() -> None:
    assert shifts("google") == [
        ("alice", "07-06 00:00", "07-13 00:00"),
        ("bob", "07-13 10:00", "07-20 00:00"),
        ("bob alice", "07-20 00:00", "07-20 10:00"),
        ("alice", "07-20 10:00", "07-27 00:00"),
        ("alice", "08-17 00:00", "08-24 00:00"),
        ("alice", "08-31 00:00", "09-07 00:00"),
    ]


def test_outlook_zones_by_windows_names_and_of_its_own_and_one_occurrence_that_was_changed() -> None:
    assert shifts("outlook") == [
        ("alice bob", "07-01 09:00", "07-01 18:00"),
        ("carol alice", "07-02 12:00", "07-02 18:00"),
        ("alice bob", "07-03 09:00", "07-03 18:00"),
        ("dave", "07-04 02:30", "07-04 09:00"),
    ]


def test_apple_more_dates_a_length_in_place_of_an_end_and_a_night_when_clocks_are_set_back() -> None:
    assert shifts("apple", "Europe/Berlin") == [
        ("zhang", "10-24 18:00", "10-25 06:00"),
        ("zhang", "10-25 18:00", "10-26 06:00"),
        ("zhang", "10-31 18:00", "11-01 06:00"),
        ("li", "11-01 09:00", "11-01 17:00"),
    ]


def test_feishu_several_in_one_title_and_else_who_keeps_the_appointment() -> None:
    assert shifts("feishu")[:3] == [
        ("zhang li", "06-01 10:00", "06-08 10:00"),
        ("wang", "06-08 10:00", "06-15 10:00"),
        ("zhang li", "06-15 10:00", "06-22 10:00"),
    ]


def test_pagerduty_addresses_without_mailto_and_names_in_the_title() -> None:
    assert shifts("pagerduty") == [("alice", "07-01 09:00", "07-08 09:00"), ("bob", "07-08 09:00", "07-15 09:00")]


def test_opsgenie_addresses_and_names_as_titles() -> None:
    assert shifts("opsgenie") == [("alice", "07-01 09:00", "07-02 09:00"), ("bob", "07-02 09:00", "07-03 09:00")]


def test_grafana_oncall_levels_before_user_names() -> None:
    assert shifts("grafana_oncall") == [
        ("alice", "07-01 09:00", "07-01 21:00"),
        ("bob", "07-01 21:00", "07-02 09:00"),
        ("alice", "07-08 09:00", "07-08 21:00"),
        ("alice", "07-15 09:00", "07-15 21:00"),
    ]


# -- what is odd -------------------------------------------------------------------------------------------------------


def event(*more: str, starts: str = "20260701T090000Z", ends: str = "20260701T100000Z", title: str = "alice") -> str:
    lines = ["BEGIN:VEVENT", f"UID:{starts}", "DTSTAMP:20260101T000000Z", f"DTSTART:{starts}", f"DTEND:{ends}"]
    return "".join(f"{line}\r\n" for line in (*lines, f"SUMMARY:{title}", *more, "END:VEVENT"))


def calendar(*events: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" + "".join(events) + "END:VCALENDAR\r\n").encode()


SOUND = event()


def read(raw: bytes) -> CalendarText:
    return read_calendar(raw, SHANGHAI, NOW)


def test_times_without_a_zone_and_whole_days_are_of_the_schedules_zone() -> None:
    floating = event(starts="20260701T090000", ends="20260701T100000")
    day = "BEGIN:VEVENT\r\nUID:day\r\nDTSTART;VALUE=DATE:20260702\r\nSUMMARY:bob\r\nEND:VEVENT\r\n"

    first, second = read(calendar(floating, day)).appointments

    assert first.starts_at == datetime(2026, 7, 1, 1, tzinfo=UTC)
    assert (second.starts_at, second.ends_at) == (
        datetime(2026, 7, 1, 16, tzinfo=UTC),
        datetime(2026, 7, 2, 16, tzinfo=UTC),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_texts_of_several_encodings_are_read(encoding: str) -> None:
    raw = calendar(event(title="张三")).decode().encode(encoding)

    assert [one.summary for one in read(raw).appointments] == ["张三"]


def test_lines_may_end_without_a_carriage_return_and_several_calendars_stand_in_one_file() -> None:
    raw = calendar(SOUND).replace(b"\r\n", b"\n") + calendar(event(starts="20260702T090000Z", ends="20260702T100000Z"))

    assert len(read(raw).appointments) == 2


@pytest.mark.parametrize(
    "odd",
    [
        event("RRULE:FREQ=SOMETIMES"),
        event("RRULE:FREQ=DAILY;UNTIL=banana"),
        event(starts="20261399T990000Z"),
        "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:x\r\nEND:VEVENT\r\n",
    ],
)
def test_what_cannot_be_understood_is_told_and_the_rest_counts(odd: str) -> None:
    text = read(calendar(odd, event(starts="20260703T090000Z", ends="20260703T100000Z")))

    assert datetime(2026, 7, 3, 9, tzinfo=UTC) in {one.starts_at for one in text.appointments}
    assert text.problem != ""


def test_what_is_cancelled_or_takes_no_time_is_nobodys_turn() -> None:
    off = event("STATUS:CANCELLED")
    moment = event(ends="20260701T090000Z")

    assert read(calendar(off, moment)).appointments == ()


def test_years_that_nobody_lives_in_do_no_harm() -> None:
    assert read(calendar(event("RRULE:FREQ=DAILY", starts="99991230T230000Z", ends="99991231T000000Z"))) == (
        CalendarText()
    )
    with pytest.raises(Unusable):
        read(calendar(event(starts="00010101T000000Z", ends="99991231T235959Z")))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "BEGIN:VCALENDAR is missing"),
        (b"<html>Please sign in</html>", "BEGIN:VCALENDAR is missing"),
        (bytes(range(256)) * 100, "BEGIN:VCALENDAR is missing"),
        (calendar(SOUND)[:-20], "it ends in the middle"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 10_000, "it ends in the middle"),
        (calendar(event("RRULE:FREQ=SECONDLY")), "'alice' repeats every minute or second"),
        (calendar(event("RRULE:FREQ=MINUTELY", title="")), "'an appointment' repeats every minute or second"),
        (
            calendar(event("RRULE:FREQ=HOURLY;BYMINUTE=0,15,30,45")),
            f"more than {MAX_APPOINTMENTS} appointments within a year",
        ),
    ],
)
def test_what_is_no_calendar_of_shifts_is_refused_with_the_reason(raw: bytes, says: str) -> None:
    with pytest.raises(Unusable, match=says):
        read(raw)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "BEGIN:VEVENT",
                "END:VEVENT",
                "DTSTART:20260701T090000Z",
                "DTEND;VALUE=DATE:20260701",
                "DTSTART;TZID=Mars/Olympus:20260701T090000",
                "DURATION:-P1D",
                "RRULE:FREQ=WEEKLY;COUNT=3",
                "RRULE:X",
                "EXDATE:20260701T090000Z",
                "RDATE;VALUE=PERIOD:20260701T090000Z/PT1H",
                "RECURRENCE-ID:20260701T090000Z",
                "UID:1",
                "ATTENDEE:;:",
                "SUMMARY",
                "BEGIN:VTIMEZONE",
                "END:VTIMEZONE",
                "TZID:x",
                " folded",
            ]
        ),
        max_size=25,
    )
)
def test_no_arrangement_of_lines_does_worse_than_being_refused(lines: list[str]) -> None:
    try:
        text = read(calendar("".join(f"{line}\r\n" for line in lines)))
    except Unusable:
        return
    assert all(one.starts_at < one.ends_at for one in text.appointments)


# -- in a process of its own -------------------------------------------------------------------------------------------


async def test_a_calendar_comes_back_from_its_process_as_it_was_read() -> None:
    raw = (SAMPLES / "feishu.ics").read_bytes()

    assert await parse_calendar(raw, "Asia/Shanghai", NOW) == read(raw)


async def test_the_process_says_in_any_language_why_it_refuses() -> None:
    with pytest.raises(Unusable, match="'张三' repeats every minute or second"):
        await parse_calendar(calendar(event("RRULE:FREQ=SECONDLY", title="张三")), "UTC", NOW)


async def test_a_billion_occurrences_end_with_the_time_they_may_take() -> None:
    every = ",".join(map(str, range(60)))
    rule = f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={every};BYSECOND={every}"

    with pytest.raises(Unusable, match="working its appointments out takes too"):
        await parse_calendar(calendar(event(rule)), "UTC", NOW, seconds=1)
