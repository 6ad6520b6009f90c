"""Cards as a reader sees them: the example cards word by word, languages, untrusted text, and edits."""

import pytest
from playwright.async_api import expect

from tests.sandbox_page.builders import (
    ALICE,
    BOT,
    BOT_OPEN_ID,
    CHAT,
    a_button,
    a_card,
    a_chat,
    a_member,
    a_message,
    a_state,
    markdown,
    sample_card,
    words,
)
from tests.sandbox_page.conftest import OpenPage
from tests.sandbox_page.fake_sandbox import FakeSandbox
from tests.sandbox_page.test_markup import escaped

pytestmark = [pytest.mark.binaries, pytest.mark.asyncio(loop_scope="session")]

_FIRING_ZH = """[P1] checkout: 5xx 过高 触发中
#1423 · payments · sh1
订单接口 5xx 占比 12.4%，阈值 5%
开始 14:01 · 已 4 分钟
负责 无人认领 告警 3 触发 / 5
范围 service=checkout cluster=sh1
@张三
最严重的 5 条
面板
手册
下一步 14:12 前无人认领，电话呼叫 李四
认领（我来处理）
升级
恢复
转派给…
更新于 14:05"""

_FIRING_EN = """[P1] checkout: 5xx 过高 firing
#1423 · payments · sh1
订单接口 5xx 占比 12.4%，阈值 5%
Started 14:01 · 4 min so far
Lead nobody yet Alerts 3 firing / 5
Scope service=checkout cluster=sh1
@张三
The 5 worst
Dashboard
Runbook
Next if not acknowledged by 14:12: phone call to 李四
Ack (I am on it)
Escalate
Resolve
Assign to…
As of 14:05"""

_RESOLVED_EN = """[P1] checkout: 5xx 过高 resolved
#1423 · payments · sh1
订单接口 5xx 占比 12.4% → 3.1%，阈值 5%
Resolved 14:31 · took 30 min · by the source
Lead 张三
Next archived and disbanded at 15:31; reopens if it fires again
Keep
Reopen
Close
As of 14:31"""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("name", "language", "shown"),
    [("firing", "zh", _FIRING_ZH), ("firing", "en", _FIRING_EN), ("resolved", "en", _RESOLVED_EN)],
)
async def test_the_example_cards_read_as_drawn(
    name: str, language: str, shown: str, open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", sample_card(name))))
    page = await open_page(language=language)

    text = await page.locator(".card").inner_text()

    head, *rest = shown.splitlines()
    title, tag = head.rsplit(" ", 1)
    assert _lines(text) == [title, tag, *rest]


async def test_the_ack_button_is_the_biggest_and_fit_for_a_thumb(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", sample_card("firing"))))
    page = await open_page(phone=True, chat=CHAT)

    boxes = [await button.bounding_box() for button in await page.locator(".card .button").all()]
    ack = await page.get_by_role("button", name="认领（我来处理）").bounding_box()

    assert ack is not None
    assert ack["height"] >= 48
    assert all(ack["width"] * ack["height"] >= box["width"] * box["height"] for box in boxes if box)


async def test_the_header_s_colour_and_the_banner_follow_the_card(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    def pinned(name: str) -> None:
        message = a_message("om_1", sample_card(name))
        sandbox.show(a_state(a_chat(message, top_notice={"kind": "message", "message_id": "om_1"})))

    pinned("firing")
    page = await open_page(language="en")
    await expect(page.locator(".card-head")).to_have_attribute("data-color", "carmine")
    await expect(page.locator(".notice-lines")).to_have_text(
        "[P1] checkout: 5xx 过高P1 firing: checkout 5xx 12.4%, nobody yet"
    )

    pinned("resolved")
    await expect(page.locator(".card-head")).to_have_attribute("data-color", "green")
    await expect(page.locator(".notice-lines")).to_contain_text("P1 resolved: checkout 5xx 3.1%")


async def test_an_edit_keeps_the_panel_a_reader_opened_and_what_they_typed(
    open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    def with_state(state: str) -> None:
        panel = {
            "tag": "collapsible_panel",
            "element_id": "alerts",
            "header": {"title": words("more")},
            "elements": [markdown("inside")],
        }
        note = {"tag": "input", "name": "text", "placeholder": words("note")}
        form = {
            "tag": "form",
            "name": "note",
            "elements": [note, a_button(words("Save"), form_action_type="submit", name="save")],
        }
        sandbox.show(a_state(a_chat(a_message("om_1", a_card(markdown(state), panel, form)))))

    with_state("firing")
    page = await open_page()
    await page.locator("summary").click()
    await page.get_by_placeholder("note").fill("half a sen")
    with_state("acked")

    await expect(page.locator(".md").first).to_have_text("acked")
    await expect(page.get_by_text("inside")).to_be_visible()
    await expect(page.get_by_placeholder("note")).to_have_value("half a sen")
    await expect(page.get_by_placeholder("note")).to_be_focused()


_PLACES = (
    *(".card h3", ".card-subtitle", ".card .tag", ".card-text", ".button", ".select-value", ".card-input span"),
    *("summary span", "h1", ".notice-lines span", ".chat-description", ".tab:nth-child(2)"),
)
_HOSTILE = "<at id=all></at> **x** [y](javascript:alert(1)) &#60; <img src=x onerror=alert(1)>"


async def test_plain_text_is_never_markup_wherever_it_stands(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    hostile = words(_HOSTILE)
    card = a_card(
        {"tag": "div", "text": hostile},
        a_button(hostile, {"a": 1}, confirm={"title": hostile, "text": hostile}),
        {"tag": "select_static", "placeholder": hostile, "options": [{"text": hostile, "value": "1"}]},
        {"tag": "overflow", "options": [{"text": hostile, "value": "1"}]},
        {"tag": "input", "name": "i", "label": hostile, "placeholder": hostile},
        {"tag": "collapsible_panel", "header": {"title": hostile}, "elements": []},
        config={"update_multi": True, "summary": {"content": _HOSTILE}},
        header={"title": hostile, "subtitle": hostile, "text_tag_list": [{"tag": "text_tag", "text": hostile}]},
    )
    sandbox.state = a_state(
        a_chat(
            a_message("om_1", card),
            name=_HOSTILE,
            i18n_names={},
            description=_HOSTILE,
            top_notice={"kind": "message", "message_id": "om_1"},
            tabs=[
                {"tab_id": "1", "tab_name": _HOSTILE, "tab_type": "url", "tab_content": {"url": "javascript:alert(1)"}}
            ],
        )
    )
    page = await open_page()

    for place in _PLACES:
        await expect(page.locator(place).first).to_have_text(_HOSTILE)
    await expect(page.locator("a, img:not(.brand img), .at")).to_have_count(0)
    await page.locator(".card .button").first.click()
    await expect(page.get_by_role("dialog").locator("p")).to_have_text(_HOSTILE)


async def test_escaped_labels_in_a_card_look_as_they_were_written(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    card = a_card(markdown(f"**范围** {escaped(_HOSTILE)}<br>**12%** {escaped('a_b*c')}"))
    sandbox.state = a_state(a_chat(a_message("om_1", card)))
    page = await open_page()

    assert await page.locator(".md").inner_text() == f"范围 {_HOSTILE}\n12% a_b*c"
    assert await page.locator(".md strong").all_inner_texts() == ["范围", "12%"]


async def test_a_card_of_the_old_kind_is_drawn_too(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    card = {
        "header": {"template": "wathet", "title": words("old")},
        "elements": [
            {"tag": "div", "text": {"tag": "lark_md", "content": "**CPU** <at id=ou_alice></at>"}},
            {"tag": "hr"},
            {"tag": "action", "actions": [{"tag": "button", "text": words("Ack"), "value": {"a": "ack"}}]},
            {"tag": "note", "elements": [words("small")]},
        ],
    }
    sandbox.state = a_state(a_chat(a_message("om_1", card)))
    page = await open_page()

    assert _lines(await page.locator(".card").inner_text()) == ["old", "CPU @陈爱丽", "Ack", "small"]
    await page.get_by_role("button", name="Ack").click()
    await expect(page.locator(".toast")).to_have_count(0)
    assert sandbox.posts("/sandbox/click") == [
        {"open_id": ALICE, "message_id": "om_1", "button": None, "value": {"a": "ack"}}
    ]


async def test_a_component_the_page_does_not_know_is_named_not_hidden(
    open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", a_card({"tag": "chart"}, {"tag": "constructor"}))))
    page = await open_page(language="en")

    assert await page.locator(".card-unknown").all_inner_texts() == [
        "A chart component, which the sandbox does not draw",
        "A constructor component, which the sandbox does not draw",
    ]


async def test_a_card_of_an_odd_shape_does_not_blank_the_others(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    odd = {"elements": [{"tag": "div", "fields": "none"}]}
    sandbox.state = a_state(a_chat(a_message("om_1", odd), a_message("om_2", a_card(markdown("fine")))))
    page = await open_page(language="en")

    await expect(page.locator(".card-unknown")).to_have_text("Cannot draw this card; see the browser's console")
    await expect(page.locator(".md")).to_have_text("fine")


async def test_other_messages_show_what_people_and_apps_hung_on_them(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    mention = {"key": "@_user_1", "id": BOT_OPEN_ID, "name": "alertbridge"}
    receipt = {"emoji_type": "OK", "operator": a_member(BOT)}
    answer = {
        "zh_cn": {"content": [[{"tag": "at", "user_id": ALICE}, {"tag": "text", "text": " 已认领"}]]},
        "en_us": {"content": [[{"tag": "text", "text": "on it"}]]},
    }
    sandbox.state = a_state(
        a_chat(
            a_message("om_1", {"text": "@_user_1 认领"}, sender=ALICE, mentions=[mention], reactions=[receipt]),
            a_message("om_2", answer, parent_id="om_1", urgent=[{"kind": "phone", "open_ids": [ALICE]}]),
            a_message("om_3", {"text": "oops"}, deleted=True),
        )
    )
    page = await open_page(language="zh")

    assert await page.locator(".bubble").all_inner_texts() == ["@alertbridge 认领", "@陈爱丽 已认领"]
    await expect(page.locator(".quote")).to_have_text("回复 陈爱丽：@alertbridge 认领")
    assert await page.locator(".mark").all_inner_texts() == ["👌 alertbridge", "电话加急 · 陈爱丽"]
    await expect(page.locator(".event")).to_have_text("alertbridge 撤回了一条消息")
    await page.get_by_role("button", name="English").click()
    await expect(page.locator(".bubble").last).to_have_text("on it")
