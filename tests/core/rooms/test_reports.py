"""What a lobby is told when people cannot be called."""

from alertbridge.core.oncall.reach import Unreachable
from alertbridge.core.rooms.reports import people_report


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
