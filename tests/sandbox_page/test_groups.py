"""The list of groups, the language and the person: what is shown, in which order, and what survives a reload."""

import pytest
from playwright.async_api import expect

from tests.sandbox_page.builders import ALICE, BOB, BOT, STARTED_AT, a_chat, a_member, a_message, a_state
from tests.sandbox_page.conftest import OpenPage
from tests.sandbox_page.fake_sandbox import FakeSandbox

pytestmark = [pytest.mark.binaries, pytest.mark.asyncio(loop_scope="session")]


async def test_an_empty_sandbox_says_what_to_do(open_page: OpenPage) -> None:
    page = await open_page(language="en")

    await expect(page.get_by_role("heading", name="No groups yet")).to_be_visible()
    await expect(page.locator("#chat")).to_be_hidden()


async def test_groups_are_listed_by_newest_activity_with_disbanded_ones_apart(
    open_page: OpenPage, sandbox: FakeSandbox
) -> None:
    sandbox.state = a_state(
        a_chat(chat_id="oc_old", name="[P3][acked] old (#1)", i18n_names={}),
        a_chat(
            a_message("om_1", {"text": "x"}, created_at=STARTED_AT + 60_000),
            chat_id="oc_new",
            name="[P1][firing] new (#2)",
            i18n_names={},
        ),
        a_chat(chat_id="oc_gone", name="[P2][closed] gone (#3)", i18n_names={}, status="dissolved"),
        a_chat(chat_id="oc_p2p", name="", chat_mode="p2p", members=[a_member(ALICE), a_member(BOT)]),
    )
    page = await open_page(language="en")

    assert await page.locator(".group-section h2").all_inner_texts() == ["Groups 2", "Direct messages 1", "Disbanded 1"]
    titles = await page.locator(".group-title").all_inner_texts()
    assert titles == ["new (#2)", "old (#1)", "alertbridge", "gone (#3)"]
    assert await page.locator(".group").first.locator(".badge").all_inner_texts() == ["P1", "firing"]


async def test_a_direct_chat_is_named_after_the_other_side_or_both(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(name="", chat_mode="p2p", members=[a_member(BOT), a_member(ALICE)]))
    page = await open_page()
    await expect(page.get_by_role("heading", level=1)).to_have_text("alertbridge")

    await page.locator(".you").click()
    await page.get_by_role("option", name="Bob Wang").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("陈爱丽 · alertbridge")


async def test_the_page_speaks_the_chosen_language_and_remembers_it(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat())
    page = await open_page(language="zh")

    await expect(page.get_by_role("heading", level=1)).to_have_text("[P1][触发中] 支付：错误率过高 (#1423)")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("[P1][firing] 支付：错误率过高 (#1423)")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("[P1][firing] 支付：错误率过高 (#1423)")
    assert await page.locator("html").get_attribute("lang") == "en-GB"


async def test_a_name_somebody_gave_by_hand_is_shown_as_it_is(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(name="<b>支付</b> & co", i18n_names={}))
    page = await open_page()

    await expect(page.locator(".group-title")).to_have_text("<b>支付</b> & co")
    await expect(page.locator(".badge")).to_have_count(0)


async def test_a_change_in_the_sandbox_appears_by_itself(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat())
    page = await open_page()
    await expect(page.locator(".event")).to_have_text("还没有消息")

    sandbox.show(a_state(a_chat(a_message("om_1", {"text": "新消息"}))))

    await expect(page.locator(".bubble")).to_have_text("新消息")


async def test_news_in_another_group_is_counted_until_it_is_opened(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    here = a_chat(chat_id="oc_here", name="here", i18n_names={}, created_at=STARTED_AT + 1)
    there = {"chat_id": "oc_there", "name": "there", "i18n_names": {}, "created_at": STARTED_AT}
    sandbox.state = a_state(here, a_chat(**there))
    page = await open_page(chat="oc_here")

    news = [a_message(f"om_{n}", {"text": "x"}, created_at=STARTED_AT + n) for n in (1, 2)]
    sandbox.show(a_state(here, a_chat(*news, **there)))
    await expect(page.locator(".unread")).to_have_text("2")
    await page.locator(".group", has_text="there").click()

    await expect(page.locator(".unread")).to_have_count(0)


async def test_a_lost_connection_is_said_and_mended(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    page = await open_page(language="en")
    await expect(page.locator(".live")).to_have_text("Live")

    sandbox.is_failing = True
    sandbox.show(a_state())
    await expect(page.locator(".live")).to_have_text("Connection lost, trying again")

    sandbox.is_failing = False
    sandbox.show(a_state(a_chat()))
    await expect(page.locator(".live")).to_have_text("Live")
    await expect(page.locator(".group")).to_have_count(1)


async def test_the_reader_is_whoever_was_picked_also_after_a_reload(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", {"text": "hi"}, sender=BOB)))
    page = await open_page(language="en")
    await expect(page.locator(".message.own")).to_have_count(0)

    await page.locator(".you").click()
    await expect(page.get_by_role("option", name="孙离")).to_contain_text("resigned")
    await page.get_by_role("option", name="Bob Wang").click()
    await expect(page.locator(".message.own")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".you")).to_contain_text("Bob Wang")


async def test_a_phone_shows_one_column_at_a_time_and_the_way_back(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", {"text": "hello"})))
    page = await open_page(phone=True, language="en")
    await expect(page.locator("#chat")).to_be_hidden()

    await page.locator(".group").click()
    await expect(page.locator(".bubble")).to_be_visible()
    await expect(page.locator("#groups")).to_be_hidden()

    await page.get_by_role("button", name="About this group").click()
    await expect(page.get_by_role("heading", name="Members")).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Back").click()
    await expect(page.locator(".group")).to_be_visible()


async def test_the_strip_counts_calls_events_and_refusals(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(
        operations={"chat_create": 2, "message_create": 40},
        refused={"message_create": {"230020": 3}},
        events={"im.message.receive_v1": 5},
    )
    page = await open_page(language="en")

    assert await page.locator(".figure").all_inner_texts() == ["API calls 42", "Events 5", "Refused 3"]
    await page.locator(".strip-open").click()
    await expect(page.get_by_role("dialog")).to_contain_text("message_create · 230020")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
