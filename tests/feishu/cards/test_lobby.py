"""What stands in a lobby, as Feishu wants it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alertbridge.core.chats.card import State
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.rooms.letter import Letter, LetterKind
from alertbridge.core.rooms.lobby import DigestRow, DigestView, Offer
from alertbridge.core.severity import Severity
from alertbridge.feishu.cards.live import CARD_BYTES
from alertbridge.feishu.cards.lobby import answered_offer, digest_card, lobby_message, offer_card

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TITLE = {"zh": "运维", "en": "ops"}
BOTH = ("zh", "en")
ROW = DigestRow(
    incident=IncidentId("01JD4ZK5M8Q0V7R3X9T2B6N1HC"),
    number=1423,
    severity=Severity.P1,
    state=State.FIRING,
    title="checkout 5xx",
    link="https://applink.feishu.cn/client/chat?x=(1)",
    opened_at=NOW - timedelta(minutes=5),
    lead=None,
    update="",
)
VIEW = DigestView(
    title=TITLE, count=1, rows=(ROW,), last_ended_at=None, page="https://alerts.example.com", timezone="UTC"
)


def drawn(view: DigestView) -> str:
    return json.dumps(digest_card(view, as_of=NOW, languages=BOTH), ensure_ascii=False)


def test_a_row_says_what_is_wrong_how_it_stands_and_leads_there() -> None:
    card = drawn(VIEW)

    assert "进行中 1 起 · 运维" in card
    assert "1 open · ops" in card
    assert "**P1** 触发中 · [checkout 5xx](https://applink.feishu.cn/client/chat?x=%281%29) · &#35;1423 · " in card
    assert "无人认领" in card
    assert "https://alerts.example.com" in card


def test_who_holds_it_is_drawn_and_the_newest_update_follows() -> None:
    card = drawn(replace(VIEW, rows=(replace(ROW, lead=OpenId("ou_alice"), update="rolled back"),)))

    assert "<person id='ou_alice'></person> · rolled back" in card
    assert "<at " not in card, "a lobby calls nobody"


def test_foreign_text_is_text() -> None:
    row = replace(ROW, title="](https://evil.example) <at id=all></at>", update="**x**", link="javascript:alert(1)")
    card = drawn(replace(VIEW, rows=(row,)))

    assert "](https://evil" not in card
    assert "<at id" not in card
    assert "javascript" not in card
    assert "&#42;&#42;x" in card


def test_those_without_a_row_are_counted_and_the_card_stays_within_its_budget() -> None:
    assert "5 more" in drawn(replace(VIEW, count=6))
    large = replace(VIEW, count=30, rows=(replace(ROW, title="<" * 300, update=">" * 300),) * 20)

    card = digest_card(large, as_of=NOW, languages=BOTH)

    assert len(json.dumps(card, ensure_ascii=False).encode()) <= CARD_BYTES
    assert "more" in json.dumps(card)


def test_an_empty_lobby_says_so_and_when_the_last_one_ended() -> None:
    empty = replace(VIEW, count=0, rows=(), page="")

    assert "Nothing open." in drawn(empty)
    assert "The last one ended" not in drawn(empty)
    assert "上一起 <local_datetime" in drawn(replace(empty, last_ended_at=NOW))
    assert "open_url" not in drawn(empty)


def test_an_offer_asks_and_says_what_follows_without_a_choice() -> None:
    card = json.dumps(offer_card(TITLE, "ops", BOTH), ensure_ascii=False)

    assert "Use this group as the incident lobby of ops? One digest card; messages only for P1." in card
    assert '{"l": "ops", "a": "make_lobby"}' in card
    assert '{"l": "ops", "a": "no_lobby"}' in card
    assert "Without a choice nothing happens." in card


def test_an_offer_that_was_answered_has_nothing_to_press() -> None:
    for outcome, said in (
        ("taken", "is now the incident lobby of"),
        ("refused", "chose no lobby"),
        ("late", "already"),
    ):
        offer = Offer(chat=ChatId("oc_1"), message=MessageId("om_1"), outcome=outcome, by=OpenId("ou_bob"))
        card = json.dumps(answered_offer(offer, TITLE, BOTH), ensure_ascii=False)

        assert said in card
        assert "callback" not in card


def a_letter(kind: LetterKind, link: str = "https://applink.feishu.cn/x") -> Letter:
    return Letter(
        kind=kind,
        cause=EntryId("01"),
        at=NOW,
        chat=ChatId("oc_1"),
        number=7,
        title="<at id=all></at> disk",
        link=link,
        count=12,
    )


def test_messages_of_a_lobby_link_the_group_and_the_archive() -> None:
    p1 = lobby_message(a_letter(LetterKind.P1), BOTH).json
    assert "P1 firing: <at id=all></at> disk (#7)." in p1, "a text node of a post is no markup"
    assert '"tag":"a","text":"Open group","href":"https://applink.feishu.cn/x"' in p1

    archived = lobby_message(a_letter(LetterKind.ARCHIVED), BOTH).json
    assert "Archived 12 messages and the timeline:" in archived
    assert '"tag":"a"' not in lobby_message(a_letter(LetterKind.P1, link=""), BOTH).json
