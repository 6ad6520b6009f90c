"""Whose the appointments of a calendar are, and what they come to for a schedule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertbridge.core.oncall.calendar import Appointment, CalendarText, NameBook, Unknown, apart, given_at, turns_of
from alertbridge.core.oncall.rotation import ALWAYS, NEVER, Turn
from alertbridge.core.oncall.schedule import Schedule, gaps, on_call

T = datetime(2026, 7, 1, tzinfo=UTC)
BOOK = NameBook(
    by_email={"alice@example.com": "alice", "bob@example.com": "bob"},
    by_name={"alice": "alice", "alice smith": "alice", "bob": "bob", "al": "al", "张三": "zhang", "李四": "li"},
)


def hour(number: float) -> datetime:
    return T + timedelta(hours=number)


def turn(people: str, since: float, until: float) -> Turn:
    return Turn(tuple(people), hour(since), hour(until))


def people_of(**said: object) -> tuple[str, ...]:
    one = Appointment(starts_at=hour(0), ends_at=hour(1), **said)  # type: ignore[arg-type]
    known = turns_of(CalendarText(appointments=(one,)), BOOK).known
    return known[0].people if known else ()


@pytest.mark.parametrize(
    ("summary", "people"),
    [
        ("Alice", ("alice",)),
        ("  ALICE   Smith ", ("alice",)),
        ("alice@example.com", ("alice",)),
        ("On Call - Alice Smith - Payments", ("alice",)),
        ("[L1] bob", ("bob",)),
        ("Bob, Alice", ("bob", "alice")),
        ("bob & alice & bob", ("bob", "alice")),
        ("值班：张三、李四", ("zhang", "li")),
        ("张三值班", ("zhang",)),
        ("Alicen't", ()),
        ("Bobby", ()),
        ("final alignment", ()),
        ("Al", ("al",)),
        ("", ()),
    ],
)
def test_people_are_found_in_a_summary_by_name_key_or_address(summary: str, people: tuple[str, ...]) -> None:
    assert people_of(summary=summary) == people


def test_attendees_count_before_the_summary_and_the_organizer_last() -> None:
    assert people_of(attendees=("BOB@example.com", "x@example.com"), summary="alice") == ("bob",)
    assert people_of(attendees=("x@example.com",), summary="alice", organizer="bob@example.com") == ("alice",)
    assert people_of(summary="On call", organizer="bob@example.com") == ("bob",)


def test_what_names_nobody_is_told_once_and_the_others_count() -> None:
    said = [("Mallory", 0), ("bob", 1), ("Mallory", 2)]
    text = CalendarText(
        appointments=(
            *(Appointment(starts_at=hour(at), ends_at=hour(at + 1), summary=summary) for summary, at in said),
            Appointment(starts_at=hour(3), ends_at=hour(4), attendees=("a@x.example", "b@x.example")),
            Appointment(starts_at=hour(4), ends_at=hour(5), organizer="c@x.example"),
        )
    )

    turns = turns_of(text, BOOK)

    assert turns.known == (Turn(("bob",), hour(1), hour(2)),)
    assert turns.unknown == (
        Unknown(said="Mallory", starts_at=hour(0)),
        Unknown(said="a@x.example, b@x.example", starts_at=hour(3)),
        Unknown(said="c@x.example", starts_at=hour(4)),
    )


def test_a_book_without_names_knows_nobody() -> None:
    text = CalendarText(appointments=(Appointment(starts_at=hour(0), ends_at=hour(1), summary="x"),))

    assert turns_of(text, NameBook(by_email={}, by_name={})).known == ()


def test_what_overlaps_is_everybodys_turn() -> None:
    assert list(apart([turn("a", 0, 4), turn("b", 2, 6), turn("a", 2, 3)])) == [
        turn("a", 0, 2),
        turn("ab", 2, 4),
        turn("b", 4, 6),
    ]


def test_what_touches_is_one_turn_of_the_same_people_and_gaps_stay() -> None:
    assert list(apart([turn("a", 0, 1), turn("a", 1, 2), turn("b", 3, 4)])) == [turn("a", 0, 2), turn("b", 3, 4)]
    assert list(apart([])) == []


spans = st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.integers(1, 9))


@given(st.lists(spans, max_size=12))
def test_turns_that_are_apart_say_the_same_at_every_moment(listed: list[tuple[str, int, int]]) -> None:
    turns = [turn(person, since, since + length) for person, since, length in listed]

    cut = list(apart(turns))

    assert all(one.ends_at <= other.starts_at for one, other in pairwise(cut))
    assert all(one.people != other.people or one.ends_at < other.starts_at for one, other in pairwise(cut))
    for number in range(31):
        at = hour(number + 0.5)
        meant = {person for one in turns if one.starts_at <= at < one.ends_at for person in one.people}
        assert set(given_at(cut, at).people) == meant


def test_a_schedule_with_a_calendar_has_its_turns_and_gaps() -> None:
    plan = Schedule(name="s", timezone="UTC", turns=(turn("a", 0, 2), turn("b", 4, 6)))

    assert on_call(plan, hour(1)).people == ("a",)
    gap = on_call(plan, hour(3))
    assert (gap.people, gap.starts_at, gap.ends_at) == ((), hour(2), hour(4))
    assert on_call(plan, hour(-1)).starts_at == ALWAYS
    assert on_call(plan, hour(7)).ends_at == NEVER
    assert len(list(gaps(plan, hour(0), hour(7)))) == 2
    assert plan.everybody == {"a", "b"}


def test_a_calendar_that_was_never_read_has_nobody_on_call() -> None:
    nobody = on_call(Schedule(name="s", timezone="UTC", turns=()), T)

    assert (nobody.people, nobody.starts_at, nobody.ends_at) == ((), ALWAYS, NEVER)


def test_only_appointments_of_a_title_are_shifts_where_that_is_asked_for() -> None:
    said = ["Alice on call", "Alice on holiday", "ON CALL: bob", "On call: Mallory"]
    text = CalendarText(
        appointments=tuple(
            Appointment(starts_at=hour(number), ends_at=hour(number + 1), summary=summary)
            for number, summary in enumerate(said)
        )
    )

    turns = turns_of(text, replace(BOOK, title="on Call"))

    assert [turn.people for turn in turns.known] == [("alice",), ("bob",)]
    assert [one.said for one in turns.unknown] == ["On call: Mallory"]


def test_five_thousand_appointments_at_the_same_time_are_cut_apart_all_the_same() -> None:
    nested = [Turn((f"p{number % 300}",), hour(number), hour(20_000 - number)) for number in range(5000)]

    turns = list(apart(nested))

    assert (turns[0].starts_at, turns[-1].ends_at) == (hour(0), hour(20_000))
    assert len(turns[-1].people) == 1
    assert max(len(one.people) for one in turns) == 300
