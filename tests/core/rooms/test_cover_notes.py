"""Whose shifts somebody changes is told: who covers, who is covered for, and that it is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alertbridge.core.oncall.override import KeptOverride, Override
from alertbridge.core.rooms.cover_notes import cover_notes

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
AUTHOR = {"zh": "张三", "en": "Zhang"}
NAMES = {"alice": "爱丽\n丝", "bob": "Bob"}
KEPT = KeptOverride(
    id="1",
    schedule="payments",
    override=Override(
        people=("bob",), starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=5), instead_of="alice"
    ),
    made_by="x",
    made_at=NOW,
)


def notes(kept: KeptOverride, language: str, *, is_taken_back: bool = False) -> dict[str, str]:
    found = cover_notes(kept, AUTHOR, NAMES, timezone="Asia/Shanghai", now=NOW, is_taken_back=is_taken_back)
    return {person: text[language] for person, text in found.items()}


def test_both_are_told_who_covers_whom_and_when() -> None:
    assert notes(KEPT, "zh") == {
        "alice": "张三 换班：21:00–01-07 01:00 (UTC+8) 由 Bob 顶你（payments）。",
        "bob": "张三 换班：21:00–01-07 01:00 (UTC+8) 由你顶 爱丽 丝（payments）。",
    }
    assert notes(KEPT, "en", is_taken_back=True) == {
        "alice": (
            "Zhang took it back: Bob does not cover you 21:00–01-07 01:00 (UTC+8); the schedule counts (payments)."
        ),
        "bob": "Zhang took it back: you do not cover 爱丽 丝 21:00–01-07 01:00 (UTC+8) (payments).",
    }


def test_who_is_on_call_in_everybodys_place_is_told_alone() -> None:
    everybody = replace(KEPT, override=replace(KEPT.override, instead_of="", people=("bob", "left")))

    assert notes(everybody, "en") == dict.fromkeys(
        ("bob", "left"), "Zhang: you are on call 21:00–01-07 01:00 (UTC+8) (payments)."
    )
    assert notes(everybody, "zh", is_taken_back=True)["bob"] == (
        "张三 取消换班：21:00–01-07 01:00 (UTC+8) 按值班表，不再由你值班（payments）。"
    )
