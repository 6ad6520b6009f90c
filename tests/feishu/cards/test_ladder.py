"""A refused card is not the end: each rung leaves out what may have been the reason, and the Ack button goes last."""

import json
from typing import Any

import pytest

from alertbridge.core.chats.card import CardView, Link, LinkKind, Next, NextKind, Update
from alertbridge.core.ids import OpenId
from alertbridge.feishu.cards.ladder import Rung, Step, ladder
from tests.feishu.cards.views import AS_OF, BOTH, STARTED, STATES, ZHANG, acked, firing, parts, resolved, strings

LI = OpenId("ou_li")


def rungs(
    view: CardView, *, mention: tuple[OpenId, ...] = (), names: dict[OpenId, str] | None = None
) -> dict[Step, Rung]:
    steps = ladder(view, as_of=AS_OF, version=7, languages=BOTH, mention=mention, names=names)
    return {rung.step: rung for rung in steps}


def content(rung: Rung) -> dict[str, Any]:
    return dict(json.loads(rung.content.json))


def words(rung: Rung, language: str = "zh_cn") -> list[str]:
    paragraphs = content(rung)[language]["content"]
    return ["".join(node.get("text", f"@{node.get('user_id')}") for node in paragraph) for paragraph in paragraphs]


@pytest.mark.parametrize("name", STATES)
def test_the_way_down_is_full_plain_without_ids_post(name: str) -> None:
    assert [step.value for step in rungs(STATES[name])] == ["full", "plain", "no_ids", "post"]
    assert [rung.content.msg_type for rung in rungs(STATES[name]).values()] == ["interactive"] * 3 + ["post"]


def test_the_plain_card_has_one_language_and_no_panel() -> None:
    card = content(rungs(firing())[Step.PLAIN])

    assert not any("i18n" in key for part in parts(card) for key in part)
    assert not [part for part in parts(card) if part.get("tag") == "collapsible_panel"]


def test_without_ids_people_have_names_and_a_post_carries_the_mention() -> None:
    rung = rungs(acked(), mention=(ZHANG, LI), names={ZHANG: "张<三>"})[Step.NO_IDS]

    assert rung.companion is not None
    assert not [text for text in strings(content(rung)) if "ou_" in text]
    assert any("**负责** 张&#60;三&#62;" in text for text in strings(content(rung)))
    body = json.loads(rung.companion.json)["zh_cn"]["content"][0]
    assert body == [
        {"tag": "at", "user_id": "ou_zhang"},
        {"tag": "text", "text": " "},
        {"tag": "at", "user_id": "ou_li"},
        {"tag": "text", "text": " 请看上方的现状卡片。"},
    ]


def test_a_person_without_a_known_name_is_a_member() -> None:
    assert any("**负责** 群成员" in text for text in strings(content(rungs(acked())[Step.NO_IDS])))


def test_an_edit_mentions_nobody_on_any_rung() -> None:
    for rung in rungs(acked()).values():
        assert rung.companion is None
        assert not [text for text in strings(content(rung)) if "<at" in text]
        assert not [part for part in parts(content(rung)) if part.get("tag") == "at"]


@pytest.mark.parametrize("step", [Step.FULL, Step.PLAIN, Step.NO_IDS])
def test_every_card_on_the_way_can_be_acknowledged(step: Step) -> None:
    values = [part["value"] for part in parts(content(rungs(firing())[step])) if part.get("type") == "callback"]

    assert {"i": firing().incident, "a": "ack", "r": 7} in values


def test_the_post_says_what_the_card_would() -> None:
    view = firing(links=(Link(kind=LinkKind.INCIDENT, url="https://a.example/1"), Link(kind=LinkKind.LOGS, url="x:y")))
    post = rungs(view, mention=(ZHANG, LI))[Step.POST]

    assert words(post) == [
        "[P1] checkout: 5xx 过高 · 触发中 · #1423 · payments · sh1",
        "订单接口 5xx 占比 12.4%，阈值 5%",
        "开始 14:01 (UTC+8)；负责：无人认领。",
        "下一步：等待认领；本路由没有升级策略。",
        "飞书未接受卡片，所以这里没有按钮；@ 我发「认领」即可认领。",
        "事件页",
        "@ou_zhang @ou_li",
    ]
    assert words(post, "en_us")[2:4] == [
        "Started 14:01 (UTC+8); lead: nobody yet.",
        "Next: waiting for an ack; this route has no escalation.",
    ]


def test_the_post_names_people_and_times() -> None:
    kept = rungs(resolved(next=Next(kind=NextKind.KEPT, who=ZHANG)), names={ZHANG: "张三"})[Step.POST]
    ends = rungs(resolved())[Step.POST]

    assert "下一步：张三 选择保留，不再自动解散；发「关闭」可结束。" in words(kept)
    assert "下一步：15:31 (UTC+8) 归档并解散；再次触发则重开。" in words(ends)
    assert "开始 14:01 (UTC+8)；负责：群成员。" in words(ends)


def test_the_post_tells_the_newest_update() -> None:
    update = Update(text="rolled back", at=STARTED, by=None)

    assert "进展 14:01 (UTC+8)：rolled back。" in words(rungs(firing(update=update))[Step.POST])
