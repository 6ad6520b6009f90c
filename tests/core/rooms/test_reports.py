"""What a lobby is told when people cannot be called."""

from datetime import UTC, datetime, timedelta

from alertbridge.core.oncall.holes import Hole
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.core.rooms.reports import calendar_report, gaps_report, names_report, nobody_report, people_report

T = datetime(2026, 7, 1, tzinfo=UTC)


def test_who_cannot_be_called_is_named_with_the_reason() -> None:
    said = people_report({"Oscar": Unreachable.UNKNOWN, "Rita": Unreachable.RESIGNED})

    assert said["zh"].startswith("有 2 人无法呼叫：Oscar（飞书查不到此人，或不在应用可见范围）、Rita（已离职）。")
    assert "Rita (left the company)" in said["en"]


def test_of_many_the_first_five_are_named() -> None:
    said = people_report({f"p{number}": Unreachable.FROZEN for number in range(7)})

    assert "p4 (the account is frozen) and 2 more" in said["en"]
    assert "p5" not in said["en"]


def test_names_are_cleaned() -> None:
    assert "\n" not in people_report({"a\nb": Unreachable.INACTIVE})["en"]


def test_gaps_are_listed_with_their_schedule_and_whom_nothing_reaches() -> None:
    gap = Hole(starts_at=T, ends_at=T + timedelta(hours=3))
    hole = Hole(starts_at=T, ends_at=T + timedelta(days=1), people=("rita", "zoe"))

    said = gaps_report([("payments", gap), ("ops", hole)], {"rita": "Rita"}, "Asia/Shanghai")

    assert said["zh"] == (
        "未来 14 天有 2 处无人值班：payments 07-01 08:00 (UTC+8) 至 07-01 11:00 (UTC+8)、"
        "ops 07-01 08:00 (UTC+8) 至 07-02 08:00 (UTC+8)（Rita、zoe 无法呼叫）。"
    )
    assert said["en"].startswith("2 gaps on call in the next 14 days: payments 07-01 08:00 (UTC+8) to")
    assert "(Rita, zoe cannot be called)." in said["en"]


def test_a_calendar_that_cannot_be_read_says_what_counts_instead() -> None:
    assert "nobody is on call there" in calendar_report("ops", "HTTP 404", None, "UTC")["en"]
    assert "what it said 07-01 00:00 (UTC) still counts" in calendar_report("ops", "HTTP 404", T, "UTC")["en"]


def test_whom_nobody_knows_is_named() -> None:
    said = names_report("ops", ["Mallory", "x\u202ey"])

    assert (
        said["en"]
        == "The calendar of ops names 2 whom nobody knows: nobody is on call then. Add to the team file: Mallory, xy."
    )


def test_a_problem_that_nobody_can_be_called_for_is_named_on_one_line() -> None:
    assert "a b" in nobody_report(7, "a\nb")["en"]
