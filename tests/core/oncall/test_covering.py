"""Covering for somebody: the time that is meant, the schedules that are meant, and what makes no sense."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from alertbridge.core.oncall.covering import (
    HOURS,
    LONGEST,
    Cover,
    Refusal,
    Span,
    gone_before,
    minutes_of,
    next_span,
    overrides_for,
    read_span,
)
from alertbridge.core.oncall.override import KeptOverride, Override
from alertbridge.core.oncall.rotation import Layer
from alertbridge.core.oncall.schedule import Schedule

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
"""A Tuesday; 20:00 in Shanghai."""
SHANGHAI = "Asia/Shanghai"


def weekly(name: str, *people: str, overrides: tuple[Override, ...] = ()) -> Schedule:
    turns = tuple((person,) for person in people)
    return Schedule(
        name=name, timezone="UTC", layers=(Layer(turns=turns, starts=date(2026, 1, 5)),), overrides=overrides
    )


SCHEDULES = {"payments": weekly("payments", "alice", "bob"), "platform": weekly("platform", "carol", "alice")}
TONIGHT = (NOW + timedelta(hours=2), NOW + timedelta(hours=6))
NEXT_WEEK = (NOW + timedelta(days=7), NOW + timedelta(days=8))


def override(*people: str, instead_of: str = "", span: Span = TONIGHT) -> Override:
    return Override(people=people, starts_at=span[0], ends_at=span[1], instead_of=instead_of)


def test_somebody_is_covered_for_in_each_schedule_in_which_they_have_a_shift_then() -> None:
    tonight = Cover(who="alice", by="dave", span=TONIGHT)
    this_and_next_week = Cover(who="alice", by="dave", span=(TONIGHT[0], NEXT_WEEK[1]))

    assert overrides_for(tonight, SCHEDULES, NOW) == {"payments": override("dave", instead_of="alice")}
    both = override("dave", instead_of="alice", span=(TONIGHT[0], NEXT_WEEK[1]))
    assert overrides_for(this_and_next_week, SCHEDULES, NOW) == {"payments": both, "platform": both}


def test_a_schedule_can_be_named() -> None:
    cover = Cover(who="alice", by="dave", span=(TONIGHT[0], NEXT_WEEK[1]), schedule="platform")

    assert list(overrides_for(cover, SCHEDULES, NOW)) == ["platform"]


def test_who_covers_already_can_be_relieved_by_another() -> None:
    covered = {"payments": weekly("payments", "alice", overrides=(override("bob", instead_of="alice"),))}

    assert overrides_for(Cover(who="alice", by="dave", span=TONIGHT), covered, NOW) == {
        "payments": override("dave", instead_of="alice")
    }
    assert overrides_for(Cover(who="bob", by="dave", span=TONIGHT), covered, NOW) == {
        "payments": override("dave", instead_of="bob")
    }


def test_everybodys_place_is_taken_in_one_schedule_only() -> None:
    anybody = Cover(by="dave", span=TONIGHT)

    assert overrides_for(anybody, SCHEDULES, NOW) is Refusal.WHICH
    assert overrides_for(Cover(by="dave", span=TONIGHT, schedule="platform"), SCHEDULES, NOW) == {
        "platform": override("dave")
    }
    assert overrides_for(anybody, {"platform": SCHEDULES["platform"]}, NOW) == {"platform": override("dave")}


@pytest.mark.parametrize(
    ("cover", "why"),
    [
        (Cover(who="alice", by="alice", span=TONIGHT), Refusal.SAME),
        (Cover(who="alice", by="dave", span=TONIGHT[::-1]), Refusal.OVER),
        (Cover(who="alice", by="dave", span=(NOW - timedelta(hours=4), NOW)), Refusal.OVER),
        (Cover(who="alice", by="dave", span=(NOW, NOW + LONGEST + timedelta(seconds=1))), Refusal.TOO_LONG),
        (Cover(who="bob", by="dave", span=TONIGHT), Refusal.NO_SHIFT),
        (Cover(who="alice", by="dave", span=TONIGHT, schedule="platform"), Refusal.NO_SHIFT),
    ],
)
def test_what_makes_no_sense_is_refused(cover: Cover, why: Refusal) -> None:
    assert overrides_for(cover, SCHEDULES, NOW) is why


def test_a_new_override_goes_before_older_ones_of_the_same_people_for_the_same_time() -> None:
    def kept(id_: str, schedule: str, one: Override) -> KeptOverride:
        return KeptOverride(id=id_, schedule=schedule, override=one, made_by="x", made_at=NOW)

    new = kept("new", "payments", override("dave", instead_of="alice"))
    older = kept("older", "payments", override("bob", instead_of="alice"))
    others = (
        kept("another schedule", "platform", older.override),
        kept("of everybody", "payments", override("bob")),
        kept("another time", "payments", override("bob", instead_of="alice", span=NEXT_WEEK)),
        new,
    )

    assert gone_before(new, (older, *others)) == (older,)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("18:00-22:00", "2026-01-06T18:00", "2026-01-06T22:00"),  # under way
        ("9:30 到 12:00", "2026-01-07T09:30", "2026-01-07T12:00"),  # over for today
        ("22:00至06:00", "2026-01-06T22:00", "2026-01-07T06:00"),
        ("21:00–21:00", "2026-01-05T21:00", "2026-01-06T21:00"),  # under way since yesterday
        ("00:00-24:00", "2026-01-06T00:00", "2026-01-07T00:00"),
        ("20:30~20:00", "2026-01-06T20:30", "2026-01-07T20:00"),
        ("2026-02-01T18:00/2026-02-02 09:00", "2026-02-01T18:00", "2026-02-02T09:00"),
        ("2026-02-01T18:00+08:00/2026-02-02T01:00Z", "2026-02-01T18:00", "2026-02-02T09:00"),
    ],
)
def test_a_time_is_read_on_the_wall_clock_of_the_zone(text: str, since: str, until: str) -> None:
    span = read_span(text, NOW, SHANGHAI)

    assert span is not None
    assert span == tuple(datetime.fromisoformat(f"{at}+08:00") for at in (since, until))


def test_a_time_that_began_yesterday_and_is_not_over_is_meant() -> None:
    at_night = datetime(2026, 1, 6, 20, tzinfo=UTC)  # 04:00 in Shanghai

    assert read_span("22:00-06:00", at_night, SHANGHAI) == (
        datetime(2026, 1, 6, 14, tzinfo=UTC),
        datetime(2026, 1, 6, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "18-22",
        "18:00",
        "24:00-25:00",
        "18:60-20:00",
        "2026-02-01T18:00",
        "tomorrow/friday",
        "1026-02-01/2026-02-02",
    ],
)
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    assert read_span(text, NOW, SHANGHAI) is None


def test_the_next_time_always_lies_ahead_and_is_never_longer_than_a_day() -> None:
    hours = HOURS.fullmatch("22:15-05:45")
    assert hours is not None
    start, end = minutes_of(hours)

    spans = [next_span(start, end, NOW + timedelta(minutes=7 * number), "Europe/Berlin") for number in range(600)]

    assert all(until > NOW + timedelta(minutes=7 * number) for number, (_, until) in enumerate(spans))
    assert {until - since for since, until in spans} == {timedelta(hours=7, minutes=30)}
    assert all(one <= other for one, other in pairwise(spans))
