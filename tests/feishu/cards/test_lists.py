"""The card that lists what is somebody's."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alertbridge.core.chats.card import State
from alertbridge.core.ids import IncidentId
from alertbridge.core.rooms.my_list import ListKind, ListRow, ListView
from alertbridge.core.severity import Severity
from alertbridge.feishu.cards.lists import list_card
from alertbridge.feishu.cards.live import CARD_BYTES

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROW = ListRow(
    incident=IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HC"),
    number=1423,
    version=7,
    severity=Severity.P1,
    state=State.FIRING,
    title="checkout",
    opened_at=NOW - timedelta(minutes=5),
    can_ack=True,
    link="https://applink.feishu.cn/share",
)
VIEW = ListView(kind=ListKind.MINE, is_on_call=True, next_shift_at=None, count=1, rows=(ROW,), timezone="Asia/Shanghai")


def drawn(view: ListView) -> str:
    return json.dumps(list_card(view, as_of=NOW, languages=("zh", "en")), ensure_ascii=False)


def test_a_row_says_which_one_it_is_and_can_be_acknowledged_and_opened() -> None:
    card = drawn(VIEW)

    assert "You have 1 open:" in card
    assert "&#35;1423" in card
    assert '"value": {"i": "01JD4ZK5M8Q0V7R3X9T2B6N1HC", "a": "ack", "r": 7}' in card
    assert '"default_url": "https://applink.feishu.cn/share"' in card


def test_what_cannot_be_done_has_no_button() -> None:
    card = drawn(replace(VIEW, rows=(replace(ROW, can_ack=False, link=""),)))

    assert "callback" not in card
    assert "open_url" not in card


def test_a_title_is_text() -> None:
    card = drawn(replace(VIEW, rows=(replace(ROW, title="<at id=all></at>"),)))

    assert "<at id=all>" not in card
    assert "&#60;at id&#61;all&#62;" in card


def test_those_without_a_row_are_counted_and_ten_rows_are_within_the_budget() -> None:
    card = drawn(replace(VIEW, count=12, rows=(replace(ROW, title="é" * 200),) * 10))

    assert "2 more" in card
    assert len(card.encode()) < CARD_BYTES


def test_what_somebody_is_called_for_is_named_without_exception_as_long_as_there_is_room() -> None:
    calls = replace(VIEW, kind=ListKind.CALLS, count=50, rows=(ROW,) * 10)
    names = tuple(replace(ROW, title=f"Alert{number}") for number in range(40))

    card = drawn(replace(calls, others=names))

    assert "你有 50 起待认领" in card
    assert all(row.title in card for row in names)
    assert "more" not in card
    crowded = drawn(replace(calls, count=400, others=(replace(ROW, title="é" * 200),) * 390))
    assert len(crowded.encode()) < CARD_BYTES
    assert "more" in crowded


def test_a_list_of_calls_says_when_nothing_waits_any_more() -> None:
    assert "Nothing waits for your ack." in drawn(replace(VIEW, kind=ListKind.CALLS, count=0, rows=()))


def test_who_has_nothing_open_learns_when_they_are_next() -> None:
    none = replace(VIEW, count=0, rows=())

    assert "You have nothing open." in drawn(none)
    assert "Next shift" not in drawn(none)
    assert "You have nothing open. Next shift 17:00 (UTC+8)." in drawn(replace(none, next_shift_at=NOW))


def test_the_first_card_of_a_day_says_what_the_bot_is() -> None:
    welcome = replace(VIEW, kind=ListKind.WELCOME)

    assert "You are on call with 1 open." in drawn(welcome)
    assert "You are off call with 1 open." in drawn(replace(welcome, is_on_call=False))
    assert "#1423 ack" in drawn(welcome)
