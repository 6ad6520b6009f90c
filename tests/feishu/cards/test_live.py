"""The live card is the one of CHAT.md section 3, in every state; it stays small, and 500 alerts look like five."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alertbridge.core.chats.card import Button, CardView, Link, LinkKind, More, Next, NextKind, Option, Row, Update
from alertbridge.core.ids import OpenId
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.feishu.cards.live import live_card
from tests.feishu.cards.views import (
    AS_OF,
    BOTH,
    RUNBOOK,
    STARTED,
    STATES,
    ZHANG,
    a_row,
    acked,
    closed,
    element,
    firing,
    many,
    parts,
    resolved,
    strings,
    tagged,
)

LI = OpenId("ou_li")
SAMPLES = Path(__file__).parent.parent.parent / "samples"


TIME = "<local_datetime millisecond='1795327500000' format_type='time'></local_datetime>"
"""How `AS_OF` is sent."""


def draw(
    view: CardView,
    *,
    as_of: datetime = AS_OF,
    version: int = 7,
    languages: tuple[str, ...] = BOTH,
    mention: tuple[OpenId, ...] = (),
) -> dict[str, Any]:
    return live_card(view, as_of=as_of, version=version, languages=languages, mention=mention)


def pressed(card: dict[str, Any]) -> list[str]:
    return [part["value"]["a"] for part in parts(card) if part.get("type") == "callback"]


def zh(part: dict[str, Any]) -> str:
    return str(part["i18n_content"]["zh_cn"])


def en(part: dict[str, Any]) -> str:
    return str(part["i18n_content"]["en_us"])


@pytest.mark.parametrize(
    ("sample", "card"),
    [
        ("card_firing.json", lambda: draw(firing(), mention=(ZHANG,))),
        ("card_resolved.json", lambda: draw(resolved(), as_of=STARTED + timedelta(minutes=30), version=21)),
    ],
)
def test_the_card_is_the_documented_one(sample: str, card: Any) -> None:
    assert card() == json.loads((SAMPLES / sample).read_text())


def test_what_was_too_much_to_be_said_is_counted() -> None:
    assert element(draw(firing(hushed=3)), "facts")["content"].endswith("<br>另有 3 项更新，见时间线")


PAGE = Link(kind=LinkKind.INCIDENT, url="https://alertbridge.example.com/incidents/1423")


def test_the_menu_offers_its_entries_and_a_way_to_the_timeline() -> None:
    view = firing(options=(Option.SEV_P2, Option.UNACK, Option.TIMELINE), links=(PAGE,))
    card = draw(view)

    (menu,) = tagged(card, "overflow")
    assert [(zh(one["text"]), one.get("value")) for one in menu["options"]] == [
        ("设为 P2", "sev_P2"),
        ("取消认领", "unack"),
        ("时间线 ↗", None),
    ]
    assert menu["options"][2]["multi_url"] == {"url": PAGE.url}
    assert menu["behaviors"] == [{"type": "callback", "value": {"i": view.incident, "a": "menu", "r": 7}}]
    row = next(part for part in tagged(card, "column_set") if "overflow" in str(part))
    assert [column["weight"] for column in row["columns"]] == [2, 1]


@pytest.mark.parametrize("view", STATES.values())
def test_an_update_is_shown_with_its_time_and_who_gave_it(view: CardView) -> None:
    update = Update(text="rolled <back>", at=AS_OF, by=ZHANG)

    said = element(draw(replace(view, update=update)), "facts")["content"].split("<br>")[-1]

    assert said == f"**进展** rolled &#60;back&#62; · {TIME} · <person id='ou_zhang'></person>"


@pytest.mark.parametrize(
    ("view", "template", "word"),
    [
        (firing(), "carmine", "触发中"),
        (firing(severity=Severity.P2), "red", "触发中"),
        (acked(), "orange", "处理中"),
        (resolved(), "green", "已恢复"),
        (closed(), "default", "已关闭"),
    ],
)
def test_the_state_is_a_word_and_a_colour(view: Any, template: str, word: str) -> None:
    header = draw(view)["header"]

    assert header["template"] == template
    assert header["i18n_text_tag_list"]["zh_cn"][0]["text"]["content"] == word


def test_with_one_language_there_are_no_translations() -> None:
    card = draw(firing(), languages=("en",))

    assert not any("i18n" in key for part in parts(card) for key in part)
    assert card["header"]["text_tag_list"][0]["text"]["content"] == "firing"
    assert card["config"]["summary"] == {"content": "P1 firing: checkout: 5xx 过高 12.4%, nobody yet"}


def test_the_content_is_in_the_primary_language() -> None:
    assert element(draw(firing(), languages=("en", "zh")), "next")["content"].startswith("**Next** ")


def test_every_button_carries_incident_action_and_version() -> None:
    values = [part["value"] for part in parts(draw(firing())) if part.get("type") == "callback"]

    assert values == [{"i": firing().incident, "a": action, "r": 7} for action in ("ack", "resolve", "assign")]


@pytest.mark.parametrize("name", STATES)
def test_only_the_buttons_of_the_view_are_drawn(name: str) -> None:
    view = STATES[name]

    assert sorted(pressed(draw(view))) == sorted(view.buttons)
    assert pressed(draw(replace(view, buttons=()))) == []


def test_ack_is_the_one_big_button_and_nothing_destructive_is_beside_it() -> None:
    card = draw(firing())

    assert element(card, "ack")["size"] == "large"
    assert [part for part in card["body"]["elements"] if part.get("element_id") == "ack"]
    assert all("size" not in button for button in tagged(card, "button") if button.get("element_id") != "ack")


def test_resolve_asks_first_and_becomes_the_big_button_once_acknowledged() -> None:
    button = element(draw(acked()), "resolve")

    assert button["size"] == "large"
    assert zh(button["confirm"]["title"]) == "标记为已恢复？"


@pytest.mark.parametrize(
    ("kind", "warning"),
    [
        (NextKind.DISBAND, "先归档消息与时间线，再解散本群。解散后飞书不保留记录。"),
        (NextKind.LOCK, "先归档消息与时间线，再锁定本群：仍可阅读，不能发言。"),
        (NextKind.STAYS, "事件结束，群保持原样。"),
        (NextKind.KEPT, "群按本路由的设置解散、锁定或保留；解散前先归档，解散后飞书不保留记录。"),
    ],
)
def test_close_warns_of_what_will_happen(kind: NextKind, warning: str) -> None:
    card = draw(resolved(next=Next(kind=kind, at=AS_OF, who=ZHANG)))
    close = next(button for button in tagged(card, "button") if "confirm" in button)

    assert zh(close["confirm"]["text"]) == warning


def test_people_are_called_only_where_a_mention_is_asked_for_and_outside_of_translations() -> None:
    called = element(draw(firing(), mention=(ZHANG, OpenId("ou_li"))), "called")

    assert called == {"tag": "markdown", "element_id": "called", "content": "<at id=ou_zhang></at> <at id=ou_li></at>"}
    assert not [text for text in strings(draw(acked())) if "<at" in text]


def test_the_lead_is_drawn_without_being_notified() -> None:
    facts = zh(element(draw(acked()), "facts"))

    assert "**负责** <person id='ou_zhang'></person> **认领** <local_datetime millisecond='1795327440000'" in facts


def test_who_has_a_role_is_named_after_the_lead() -> None:
    card = draw(acked(roles=((Role.COMMS, LI), (Role.SCRIBE, ZHANG))))

    drawn = "<person id='ou_li'></person> **记录** <person id='ou_zhang'></person>"
    assert f"**沟通** {drawn} **认领**" in zh(element(card, "facts"))


def test_when_the_next_update_is_expected_stands_after_the_last() -> None:
    update = Update(text="rolling back", at=AS_OF, by=ZHANG)

    facts = zh(element(draw(acked(update=update, next_update_at=AS_OF)), "facts"))

    assert facts.endswith(f"<br>**下次通报** {TIME}")


def test_a_preview_tells_what_is_broken_and_who_has_it() -> None:
    previews = {name: zh(draw(view)["config"]["summary"]) for name, view in STATES.items()}

    assert previews == {
        "storm": "P1 告警风暴：payments",
        "triage": "P1 观察中：checkout: 5xx 过高 12.4%",
        "firing": "P1 触发中：checkout: 5xx 过高 12.4%，无人认领",
        "acked": "P1 处理中：checkout: 5xx 过高 12.4%",
        "resolved": "P1 已恢复：checkout: 5xx 过高 3.1%",
        "closed": "P1 已关闭：checkout: 5xx 过高 3.1%",
    }


def test_an_assigned_incident_that_nobody_acknowledged_is_not_said_to_be_nobodys() -> None:
    card = draw(firing(lead=ZHANG))

    assert zh(card["config"]["summary"]) == "P1 触发中：checkout: 5xx 过高 12.4%"
    assert "**负责** <person id='ou_zhang'></person>" in zh(element(card, "facts"))


def test_a_value_changes_where_the_sentence_names_it() -> None:
    shown = element(draw(firing(value="9.8%", value_before="12.4%")), "summary")["text"]["content"]

    assert shown == "订单接口 5xx 占比 12.4% → 9.8%，阈值 5%"


def test_a_value_that_the_sentence_does_not_name_is_a_fact() -> None:
    card = draw(firing(summary="错误率过高", value="9.8%", value_before="12.4%"))

    assert "**当前值** 12&#46;4&#37; → 9&#46;8&#37;" in zh(element(card, "facts"))


def test_a_value_is_not_found_inside_another_number() -> None:
    card = draw(firing(summary="阈值 15.4%", value="5.4%"))

    assert element(card, "summary")["text"]["content"] == "阈值 15.4%"
    assert "**当前值** 5&#46;4&#37;" in zh(element(card, "facts"))


def test_without_a_value_nothing_is_shown_for_it() -> None:
    card = draw(firing(value="", value_before="12.4%"))

    assert "当前值" not in zh(element(card, "facts"))
    assert element(card, "summary")["text"]["content"] == "订单接口 5xx 占比 12.4%，阈值 5%"


def test_an_incident_without_a_summary_says_its_title() -> None:
    assert element(draw(firing(summary=" ")), "summary")["text"]["content"] == "checkout: 5xx 过高"


def test_who_resolved_it_is_told() -> None:
    facts = element(draw(resolved(resolved_by=ZHANG)), "facts")

    assert "共 30 分钟 · 由 <person id='ou_zhang'></person> 标记" in zh(facts)
    assert "took 30 min · by <person id='ou_zhang'></person>" in en(facts)


def test_a_closed_incident_tells_how_long_it_took_and_where_to_read_on() -> None:
    card = draw(closed())

    assert "共 30 分钟" in zh(element(card, "facts"))
    assert zh(element(card, "next")) == "**下一步** 不会再有动作"
    assert pressed(card) == []
    assert [zh(button["text"]) for button in tagged(card, "button")] == ["事件页"]


def test_the_date_stands_beside_a_time_of_another_day() -> None:
    card = draw(firing(), as_of=AS_OF + timedelta(days=1))

    assert (
        "**开始** <local_datetime millisecond='1795327260000' format_type='date_short'></local_datetime> "
        "<local_datetime millisecond='1795327260000' format_type='time'></local_datetime> · 已 1 天"
    ) in zh(element(card, "facts"))


@pytest.mark.parametrize(
    ("step", "said_zh", "said_en"),
    [
        (Next(kind=NextKind.WAIT_RECOVERY), "等待恢复", "waiting for recovery"),
        (
            Next(kind=NextKind.KEPT, who=ZHANG),
            "<person id='ou_zhang'></person> 选择保留，不再自动解散；发「关闭」可结束",
            "kept by <person id='ou_zhang'></person>; \"close\" ends it",
        ),
        (
            Next(kind=NextKind.LOCK, at=AS_OF),
            f"{TIME} 归档并锁定；再次触发则重开",
            f"archived and locked at {TIME}; reopens if it fires again",
        ),
    ],
)
def test_what_happens_next_is_always_there(step: Next, said_zh: str, said_en: str) -> None:
    part = element(draw(resolved(next=step)), "next")

    assert zh(part) == f"**下一步** {said_zh}"
    assert en(part) == f"**Next** {said_en}"


def test_the_one_alert_of_an_incident_has_no_panel_but_its_labels_in_the_scope() -> None:
    card = draw(firing(rows=(a_row(),), firing=1, total=1))

    assert not tagged(card, "collapsible_panel")
    assert "**范围** service=checkout cluster=sh1 instance=10&#46;2&#46;3&#46;4&#58;9100" in zh(element(card, "facts"))


def test_500_alerts_and_6_make_the_same_card() -> None:
    def shape(alerts: int) -> list[list[str]]:
        return [sorted(part) for part in parts(draw(many(alerts)))]

    assert shape(500) == shape(6)


def test_alerts_without_a_row_are_counted_and_spread() -> None:
    panel = tagged(draw(many(500)), "collapsible_panel")[0]

    assert zh(panel["header"]["title"]) == "最严重的 5 条"
    assert zh(panel["elements"][1]) == "另有 495 条：pod checkout×492、orders×3"
    assert en(panel["elements"][1]) == "495 more: pod checkout×492, orders×3"


def test_a_spread_that_is_not_told_whole_ends_in_dots() -> None:
    rest = More(count=40, label="pod", values=(("a", 9), ("b", 8)))
    long = More(count=40, label="pod", values=(("a", 20), ("x" * 200, 15), ("y" * 200, 5)))

    panels = [tagged(draw(replace(many(45), more=more)), "collapsible_panel")[0] for more in (rest, long)]

    assert zh(panels[0]["elements"][1]) == "另有 40 条：pod a×9、b×8…"
    assert zh(panels[1]["elements"][1]) == f"另有 40 条：pod a×20、{'x' * 119}…×15…"


def test_alerts_that_spread_over_nothing_are_only_counted() -> None:
    card = draw(replace(many(9), more=More(count=4, label="", values=())))

    assert zh(tagged(card, "collapsible_panel")[0]["elements"][1]) == "另有 4 条"


def test_alerts_that_the_sender_cut_are_told() -> None:
    assert "3 触发 / 5 · 发送方另截去 12 条" in zh(element(draw(firing(truncated=12)), "facts"))


def test_a_row_without_value_or_labels_still_has_its_time() -> None:
    bare = Row(value="", labels=(), since=STARTED)
    rows = tagged(draw(firing(rows=(bare, a_row()))), "collapsible_panel")[0]["elements"][0]["content"]

    assert rows.startswith("<local_datetime millisecond='1795327260000' format_type='time'></local_datetime><br>**12")


def test_a_foreign_host_is_named_on_its_button() -> None:
    card = draw(firing(links=(Link(kind=LinkKind.RUNBOOK, url="https://wiki.evil.example/x", is_foreign=True),)))

    assert zh(tagged(card, "button")[0]["text"]) == "手册 (wiki.evil.example)"


def test_at_most_four_links_are_shown() -> None:
    assert sum(part.get("type") == "open_url" for part in parts(draw(firing(links=(RUNBOOK,) * 6)))) == 4


def test_without_links_there_is_no_row_for_them() -> None:
    assert not [part for part in parts(draw(firing(links=()))) if part.get("flex_mode") == "flow"]


def test_an_id_that_is_none_is_shown_as_text_instead_of_refusing_the_card() -> None:
    odd = OpenId("x'></person><at id=all>")

    assert not [text for text in strings(draw(acked(lead=odd), mention=(odd,))) if "<at id=all>" in text]


def test_a_name_is_written_where_ids_are_not_known() -> None:
    kept = resolved(next=Next(kind=NextKind.KEPT, who=None), buttons=(Button.REOPEN,))

    assert zh(element(draw(kept), "next")) == "**下一步** 管理员（命令行） 选择保留，不再自动解散；发「关闭」可结束"


def test_resolving_leaves_no_panel() -> None:
    assert not tagged(draw(resolved(rows=(a_row(), a_row()))), "collapsible_panel")
