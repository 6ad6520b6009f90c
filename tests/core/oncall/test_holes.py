"""Times ahead when nobody can be called."""

from datetime import UTC, datetime, timedelta

from alertbridge.core.oncall.holes import Hole, holes
from alertbridge.core.oncall.rotation import Turn
from alertbridge.core.oncall.schedule import Schedule

T = datetime(2026, 7, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return T + timedelta(days=number)


PLAN = Schedule(
    name="s",
    timezone="UTC",
    turns=(Turn(("ann",), day(1), day(2)), Turn(("bob",), day(2), day(3)), Turn(("ann", "bob"), day(4), day(5))),
)


def test_gaps_are_holes_cut_to_what_was_asked() -> None:
    assert list(holes(PLAN, day(0), day(7), ())) == [
        Hole(starts_at=day(0), ends_at=day(1)),
        Hole(starts_at=day(3), ends_at=day(4)),
        Hole(starts_at=day(5), ends_at=day(7)),
    ]


def test_a_shift_is_a_hole_where_all_its_people_cannot_be_called() -> None:
    assert list(holes(PLAN, day(1), day(5), {"bob"})) == [
        Hole(starts_at=day(2), ends_at=day(3), people=("bob",)),
        Hole(starts_at=day(3), ends_at=day(4)),
    ]
