"""The card of a storm (CHAT.md section 4): how much is folded into it, the worst, what can be done with all of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from alertbridge.core.chats.card import Button, CardView, Next, NextKind, State
from alertbridge.feishu.cards.ladder import Step, ladder
from alertbridge.feishu.cards.live import live_card
from tests.feishu.cards.views import AS_OF, BOTH, STARTED, element, storm, tagged


def draw(view: CardView) -> dict[str, Any]:
    return live_card(view, as_of=AS_OF, version=7, languages=BOTH)


def both(part: dict[str, Any]) -> tuple[str, str]:
    return part["i18n_content"]["zh_cn"], part["i18n_content"]["en_us"]


def test_it_says_how_many_incidents_are_in_it() -> None:
    card = draw(storm())

    assert card["header"]["template"] == "purple"
    assert both(element(card, "summary")["text"]) == (
        "payments：4 分钟 内 87 起，合并在此",
        "payments: 87 incidents in 4 min, folded here",
    )
    assert "**进行中** 80 **认领** 3 **已恢复** 7" in both(element(card, "facts"))[0]
    assert both(element(card, "next"))[1] == "**Next** ends when below 30 a minute for 10 min"


def test_the_worst_ten_have_a_row_and_their_titles_stay_text() -> None:
    row = storm().storm
    assert row is not None
    hostile = replace(row.rows[0], title="<at id=all></at> **x**")
    card = draw(storm(storm=replace(row, rows=(hostile, *row.rows[1:]))))

    (panel,) = tagged(card, "collapsible_panel")
    shown = panel["elements"][0]["content"]
    assert shown.count("<br>") == 9
    assert shown.startswith("**P2** &#35;1500 &#60;at id&#61;all&#62;")
    assert both(panel["header"]["title"]) == ("最严重的 10 条", "The 10 worst")


def test_unfolding_asks_and_says_how_long_it_takes() -> None:
    card = draw(storm())

    (unfold,) = [one for one in tagged(card, "button") if one["behaviors"][0].get("value", {}).get("a") == "unfold"]
    assert both(unfold["confirm"]["title"]) == ("为 80 起事件各建一个群？", "Make one group each for 80 incidents?")
    assert both(unfold["confirm"]["text"]) == ("约需 6 秒。", "Takes about 6 seconds.")
    assert element(card, "ack_all")["text"]["content"] == "全部认领"


def test_once_it_is_over_it_says_how_long_it_took() -> None:
    over = storm(
        state=State.RESOLVED,
        state_at=STARTED + timedelta(minutes=30),
        next=Next(kind=NextKind.DISBAND, at=STARTED + timedelta(minutes=90)),
        buttons=(Button.KEEP, Button.CLOSE),
    )

    assert both(element(draw(over), "summary")["text"])[0] == "payments：30 分钟 内 87 起，合并在此"


def test_where_feishu_takes_no_card_a_post_says_it() -> None:
    rungs = list(ladder(storm(), as_of=AS_OF, version=7, languages=BOTH))

    assert rungs[-1].step is Step.POST
    assert "87 起，合并在此" in rungs[-1].content.json
    assert "ends when below 30 a minute" in rungs[-1].content.json
