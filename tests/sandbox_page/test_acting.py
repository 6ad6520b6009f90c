"""What a reader does on the page becomes a call of the control API, and its answer is told."""

import pytest
from playwright.async_api import expect

from tests.sandbox_page.builders import (
    ALICE,
    BOB,
    CHAT,
    ZHANG,
    a_button,
    a_card,
    a_chat,
    a_member,
    a_message,
    a_state,
    sample_card,
    words,
)
from tests.sandbox_page.conftest import OpenPage
from tests.sandbox_page.fake_sandbox import FakeSandbox

pytestmark = [pytest.mark.binaries, pytest.mark.asyncio(loop_scope="session")]

_TOAST = {
    "type": "success",
    "content": "已记录：你认领了 #1423",
    "i18n": {"zh_cn": "已记录：你认领了 #1423", "en_us": "Recorded: you have #1423"},
}
_VALUE = {"i": "01JD4Z…", "r": 7}
_CLICK = {"open_id": ALICE, "message_id": "om_1"}


@pytest.fixture
def firing(sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", sample_card("firing"))))


@pytest.mark.usefixtures("firing")
@pytest.mark.parametrize(
    ("language", "label", "told"),
    [("zh", "认领（我来处理）", "已记录：你认领了 #1423"), ("en", "Ack (I am on it)", "Recorded: you have #1423")],
)
async def test_a_button_clicks_as_the_reader_and_shows_the_toast_in_their_language(
    language: str, label: str, told: str, open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.toast = _TOAST
    page = await open_page(language=language)

    await page.get_by_role("button", name=label).click()

    await expect(page.locator(".toast")).to_have_text(told)
    assert sandbox.posts("/sandbox/click") == [{**_CLICK, "button": "ack", "value": _VALUE | {"a": "ack"}}]


@pytest.mark.usefixtures("firing")
async def test_a_button_that_asks_first_clicks_only_when_confirmed(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    page = await open_page(language="en")
    resolve = page.get_by_role("button", name="Resolve", exact=True)

    await resolve.click()
    await expect(page.get_by_role("dialog", name="Mark as resolved?")).to_contain_text("If the alert still fires")
    await page.get_by_role("button", name="Cancel").click()
    assert sandbox.posts("/sandbox/click") == []

    await resolve.click()
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(resolve).not_to_have_attribute("aria-busy", "true")
    assert [click["value"]["a"] for click in sandbox.posts("/sandbox/click")] == ["resolve"]


@pytest.mark.usefixtures("firing")
async def test_the_overflow_menu_works_by_keyboard_and_sends_the_option(
    open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.toast = _TOAST
    page = await open_page(language="en")
    more = page.get_by_role("button", name="More actions")

    await more.focus()
    await page.keyboard.press("Enter")
    assert await page.get_by_role("menuitem").all_inner_texts() == ["Silence…", "Note…", "Set P2", "Timeline ↗"]
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(page.locator(".toast")).to_be_visible()
    assert sandbox.posts("/sandbox/click") == [
        {**_CLICK, "button": None, "value": _VALUE | {"a": "menu"}, "option": "note"}
    ]
    await more.click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)


@pytest.mark.usefixtures("firing")
async def test_the_person_picker_offers_the_members_and_sends_the_chosen_one(
    open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.toast = _TOAST
    page = await open_page(language="en")

    await page.get_by_role("button", name="Assign to…").click()
    assert await page.get_by_role("option").locator(".menu-label").all_inner_texts() == ["陈爱丽", "Bob Wang", "张三"]
    await page.get_by_role("option", name="张三").click()

    await expect(page.locator(".toast")).to_be_visible()
    assert [(click["button"], click["option"]) for click in sandbox.posts("/sandbox/click")] == [("assign", ZHANG)]


@pytest.mark.usefixtures("firing")
async def test_links_open_elsewhere_and_ask_the_app_nothing(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    page = await open_page(language="en")
    await page.context.route("https://grafana.example.com/**", lambda route: route.fulfill(body="dashboard"))

    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Dashboard").click()

    assert (await opened.value).url == "https://grafana.example.com/d/abc"
    assert sandbox.posts("/sandbox/click") == []


async def test_a_form_is_sent_whole_and_only_when_complete(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.toast = _TOAST
    durations = [
        {"text": words("1 小时", en_us="1 h"), "value": "1h"},
        {"text": words("2 小时", en_us="2 h"), "value": "2h"},
    ]
    form = {
        "tag": "form",
        "name": "silence",
        "elements": [
            {
                "tag": "select_static",
                "name": "duration",
                "required": True,
                "initial_option": "2h",
                "options": durations,
            },
            {"tag": "input", "name": "reason", "required": True, "label": words("原因", en_us="Reason")},
            a_button(words("建立静默", en_us="Create"), {"a": "silence"}, name="create", form_action_type="submit"),
        ],
    }
    sandbox.state = a_state(a_chat(a_message("om_1", a_card(form))))
    page = await open_page(language="en")

    await page.get_by_role("button", name="Create").click()
    await expect(page.locator(".toast")).to_have_text("Reason is missing")
    assert sandbox.posts("/sandbox/click") == []

    await page.get_by_label("Reason").fill("deploy")
    await page.get_by_role("button", name="2 h").click()
    await page.get_by_role("option", name="1 h").click()
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_text("Recorded: you have #1423")).to_be_visible()
    assert sandbox.posts("/sandbox/click") == [
        {**_CLICK, "button": "create", "value": {"a": "silence"}, "form": {"duration": "1h", "reason": "deploy"}}
    ]


@pytest.mark.usefixtures("firing")
@pytest.mark.parametrize(("status", "client_error", "code"), [(500, 200671, "200671"), (504, None, "504")])
async def test_an_app_that_does_not_answer_well_is_said_with_the_code(
    status: int, client_error: int | None, code: str, open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.callback_status, sandbox.client_error = status, client_error
    page = await open_page(language="en")

    await page.get_by_role("button", name="Ack (I am on it)").click()

    await expect(page.locator(".toast")).to_have_text(f"The app did not answer, try again later. ({code})")


async def test_writing_mentions_the_bot_unless_switched_off(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat())
    page = await open_page(language="en")
    field = page.get_by_role("textbox", name="Message as 陈爱丽")

    await field.fill("认领")
    await field.press("Enter")
    await expect(field).to_have_value("")
    await page.get_by_role("button", name="@ bot").click()
    await field.fill("看一下")
    await page.get_by_role("button", name="Send").click()
    await expect(field).to_have_value("")

    written = {"open_id": ALICE, "chat_id": CHAT}
    assert sandbox.posts("/sandbox/message") == [
        {**written, "text": "认领", "mention_bot": True},
        {**written, "text": "看一下", "mention_bot": False},
    ]


async def test_a_text_that_was_not_taken_stays_in_the_field(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat())
    page = await open_page(language="en")
    field = page.get_by_role("textbox", name="Message as 陈爱丽")
    sandbox.is_failing = True

    await field.fill("wichtig")
    await field.press("Enter")

    await expect(page.locator(".toast")).to_contain_text("fault")
    await expect(field).to_have_value("wichtig")


async def test_half_a_text_survives_changes_around_it(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat())
    page = await open_page(language="en")
    await page.get_by_role("textbox").fill("half a sen")

    sandbox.show(a_state(a_chat(name="[P1][acked] renamed", i18n_names={})))

    await expect(page.get_by_role("heading", level=1)).to_have_text("[P1][acked] renamed")
    await expect(page.get_by_role("textbox")).to_have_value("half a sen")
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_who_is_not_in_the_group_may_only_watch_or_join(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(members=[a_member(BOB)]))
    page = await open_page(language="en")
    await expect(page.get_by_role("textbox")).to_have_count(0)

    await page.locator(".composer").get_by_role("button", name="Let 陈爱丽 join").click()

    await expect(page.locator(".toast")).to_have_text("Done")
    assert sandbox.posts("/sandbox/act") == [{"open_id": ALICE, "action": "join", "chat_id": CHAT}]


async def test_who_may_not_speak_is_told_so(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(managers=[], moderation={"setting": "moderator_list", "moderators": [BOB]}))
    page = await open_page(language="en")

    await expect(page.locator(".composer")).to_have_text("陈爱丽 may not speak in this group.")


async def test_a_disbanded_group_takes_no_message(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(status="dissolved"))
    page = await open_page(language="en")

    await expect(page.locator("#foot")).to_have_text("This group was disbanded; Feishu deletes its messages.")
    await expect(page.locator("#messages")).to_be_empty()
    await expect(page.get_by_role("heading", name="By hand")).to_have_count(0)


async def test_what_people_break_by_hand_goes_to_the_sandbox(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat())
    page = await open_page(language="en")

    await page.get_by_role("button", name="Rename").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("mine now")
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_role("button", name="Disband", exact=True).click()
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Remove the bot").click()
    await expect(page.locator(".toast")).to_have_count(2)

    acts = [(act["action"], act.get("name")) for act in sandbox.posts("/sandbox/act")]
    assert acts == [("rename", "mine now"), ("remove_bot", None)]


async def test_menu_tabs_members_and_announcement_are_shown_in_the_reader_s_language(
    open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    timeline = {"name": "Timeline", "i18n_names": {"zh_cn": "时间线"}, "redirect_link": {"common_url": "https://a/t"}}
    incident = {
        "id": "1",
        "name": "Incident",
        "i18n_names": {"zh_cn": "事件"},
        "children": [{**timeline, "children": []}],
    }
    dashboard = {"tab_name": "面板 Dashboard", "tab_type": "url", "tab_content": {"url": "https://a.example/d"}}
    heading = [{"text_run": {"content": "#1423 · P1"}}]
    lead = [{"text_run": {"content": "Lead："}}, {"mention_user": {"user_id": ZHANG}}]
    blocks = [
        {"block_id": CHAT, "block_type": 1, "children": ["b1", "b2"], "page": {"elements": []}},
        {"block_id": "b1", "block_type": 4, "heading2": {"elements": heading}},
        {"block_id": "b2", "block_type": 12, "bullet": {"elements": lead}},
    ]
    announcement = {"kind": "docx", "blocks": blocks}
    sandbox.state = a_state(a_chat(tabs=[dashboard], menu=[incident], announcement=announcement))
    page = await open_page(language="zh")

    await expect(page.get_by_role("link", name="面板 Dashboard")).to_have_attribute("href", "https://a.example/d")
    await page.get_by_role("button", name="事件", exact=True).click()
    await expect(page.get_by_role("menuitem", name="时间线")).to_be_visible()
    await page.keyboard.press("Escape")
    assert await page.locator(".announcement").inner_text() == "#1423 · P1\nLead：@张三"
    names = page.locator(".member-name")
    assert [text.split("\n")[0] for text in await names.all_inner_texts()] == [
        "alertbridge",
        "陈爱丽",
        "Bob Wang",
        "张三",
    ]
    assert await page.locator(".member .role").all_inner_texts() == ["机器人", "群主", "管理员", "你"]
    await expect(page.locator(".settings")).to_contain_text("仅群主和管理员")
