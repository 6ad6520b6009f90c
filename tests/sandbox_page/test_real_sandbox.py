"""The page in front of the sandbox itself: what an app sends is drawn, what a reader clicks reaches the app."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from alertbridge.feishu.avatars import picture
from alertbridge.sandbox.app import WORLD, build_sandbox, serving
from tests.sandbox_page.builders import JsonObject, sample_card
from tests.sandbox_page.conftest import OpenPage

pytestmark = [pytest.mark.binaries, pytest.mark.asyncio(loop_scope="session")]

_TOAST: Final = {"type": "success", "content": "已记录", "i18n": {"zh_cn": "已记录", "en_us": "Recorded"}}


class AppUnderTest:
    """An app as its developer has it: calls Feishu with a token, answers clicks with a toast."""

    def __init__(self, base_url: str, session: ClientSession, people: dict[str, str], callbacks: list[Any]) -> None:
        self.base_url = base_url
        self.people = people
        self.callbacks = callbacks
        self._session = session
        self._headers: dict[str, str] = {}

    async def sign_in(self) -> None:
        """Fetch a token."""
        credentials = {"app_id": "cli_sandbox", "app_secret": "sandbox-secret"}
        answer = await self.call("auth/v3/tenant_access_token/internal", credentials, whole=True)
        self._headers = {"Authorization": f"Bearer {answer['tenant_access_token']}"}

    async def call(self, path: str, body: JsonObject, *, method: str = "POST", whole: bool = False) -> JsonObject:
        """Call one of Feishu's paths; the answer's `data`."""
        url = f"{self.base_url}/open-apis/{path}"
        async with self._session.request(method, url, json=body, headers=self._headers) as response:
            answer: JsonObject = await response.json()
        assert answer["code"] == 0, answer
        return answer if whole else answer.get("data", {})

    async def upload_avatar(self, image: bytes) -> str:
        """Upload a picture for a group; its key."""
        form = FormData({"image_type": "avatar"})
        form.add_field("image", image, filename="avatar.png", content_type="image/png")
        url = f"{self.base_url}/open-apis/im/v1/images"
        async with self._session.post(url, data=form, headers=self._headers) as response:
            key: str = (await response.json())["data"]["image_key"]
            return key

    async def open_incident(self) -> str:
        """Make a group of Alice and Bob with the firing card on top; its chat_id."""
        people = [self.people["alice@example.com"], self.people["bob@example.com"]]
        names = {"zh_cn": "[P1][触发中] 支付 (#1423)", "en_us": "[P1][firing] 支付 (#1423)"}
        wish = {"name": names["en_us"], "i18n_names": names, "user_id_list": people}
        chat_id: str = (await self.call("im/v1/chats?user_id_type=open_id", wish))["chat_id"]
        message = {"receive_id": chat_id, "msg_type": "interactive", "content": json.dumps(self.card("firing"))}
        message_id = (await self.call("im/v1/messages?receive_id_type=chat_id", message))["message_id"]
        notice = {"chat_top_notice": [{"action_type": "1", "message_id": message_id}]}
        await self.call(f"im/v1/chats/{chat_id}/top_notice/put_top_notice", notice)
        tab = {"tab_name": "面板 Dashboard", "tab_type": "url", "tab_content": {"url": "https://grafana.example.com"}}
        await self.call(f"im/v1/chats/{chat_id}/chat_tabs", {"chat_tabs": [tab]})
        item = {"action_type": "REDIRECT_LINK", "name": "Help", "redirect_link": {"common_url": "https://a.example"}}
        menu = {"menu_tree": {"chat_menu_top_levels": [{"chat_menu_item": item}]}}
        await self.call(f"im/v1/chats/{chat_id}/menu_tree", menu)
        text = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "负责人 Lead：nobody yet"}}]}}
        await self.call(f"docx/v1/chats/{chat_id}/announcement/blocks/{chat_id}/children", {"children": [text]})
        return chat_id

    def card(self, name: str) -> JsonObject:
        """An example card with Alice in the place of its Zhang San."""
        text = json.dumps(sample_card(name)).replace("ou_zhang", self.people["alice@example.com"])
        card: JsonObject = json.loads(text)
        return card


@pytest_asyncio.fixture(loop_scope="session")
async def app() -> AsyncIterator[AppUnderTest]:
    """A sandbox, and an app whose events go to a server of the test."""
    callbacks: list[Any] = []

    async def receive(request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("header", {}).get("event_type") != "card.action.trigger":
            return web.json_response({})
        callbacks.append(body["event"])
        return web.json_response({"toast": _TOAST})

    receiver = web.Application()
    receiver.router.add_post("/events", receive)
    async with TestServer(receiver) as server, ClientSession() as session:
        sandbox = build_sandbox(event_url=str(server.make_url("/events")))
        async with serving(sandbox) as base_url:
            people = {person.email: person.open_id for person in sandbox[WORLD].people}
            app = AppUnderTest(base_url, session, people, callbacks)
            await app.sign_in()
            yield app


async def test_what_an_app_builds_over_the_api_is_drawn(open_page: OpenPage, app: AppUnderTest) -> None:
    chat_id = await app.open_incident()
    page = await open_page(language="zh", url=f"{app.base_url}/", chat=chat_id)

    await expect(page.get_by_role("heading", level=1)).to_have_text("[P1][触发中] 支付 (#1423)")
    await expect(page.locator(".card h3")).to_have_text("[P1] checkout: 5xx 过高")
    await expect(page.locator(".card .at")).to_have_text("@陈爱丽")
    await expect(page.locator(".notice")).to_contain_text("P1 触发中：checkout 5xx 12.4%，无人认领")
    await expect(page.get_by_role("link", name="面板 Dashboard")).to_be_visible()
    await expect(page.locator(".menu-top")).to_have_text("Help")
    await expect(page.locator(".announcement")).to_have_text("负责人 Lead：nobody yet")
    assert await page.locator(".member .role").all_inner_texts() == ["机器人", "群主", "你"]
    await expect(page.locator(".pill", has_text="chat_create")).to_have_text("chat_create 1")


async def test_an_uploaded_avatar_is_the_face_of_its_group(open_page: OpenPage, app: AppUnderTest) -> None:
    chat_id = await app.open_incident()
    key = await app.upload_avatar(picture("p1"))
    await app.call(f"im/v1/chats/{chat_id}", {"avatar": key}, method="PUT")
    page = await open_page(url=f"{app.base_url}/", chat=chat_id)

    faces = page.locator("img.avatar")
    await expect(faces.first).to_be_visible()
    assert await faces.first.evaluate("image => image.naturalWidth") > 0


async def test_a_click_reaches_the_app_and_its_toast_the_reader(open_page: OpenPage, app: AppUnderTest) -> None:
    chat_id = await app.open_incident()
    page = await open_page(language="en", url=f"{app.base_url}/", chat=chat_id)

    await page.get_by_role("button", name="Ack (I am on it)").click()
    await expect(page.locator(".toast")).to_have_text("Recorded")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Note…").click()
    await page.get_by_role("button", name="Assign to…").click()
    await page.get_by_role("option", name="王博").click()
    await expect(page.locator(".toast")).to_have_count(3)

    alice, bob = app.people["alice@example.com"], app.people["bob@example.com"]
    assert {event["operator"]["open_id"] for event in app.callbacks} == {alice}
    actions = [(event["action"]["value"]["a"], event["action"].get("option")) for event in app.callbacks]
    assert actions == [("ack", None), ("menu", "note"), ("assign", bob)]


async def test_writing_and_acting_by_hand_change_the_group(open_page: OpenPage, app: AppUnderTest) -> None:
    chat_id = await app.open_incident()
    page = await open_page(language="en", url=f"{app.base_url}/", chat=chat_id)

    await page.get_by_role("textbox").fill("认领")
    await page.get_by_role("textbox").press("Enter")
    await expect(page.locator(".own .bubble")).to_have_text("@alertbridge 认领")

    await page.get_by_role("button", name="Remove the top notice").click()
    await expect(page.locator(".notice")).to_have_count(0)
    await page.get_by_role("button", name="陈爱丽 leaves").click()
    await expect(page.locator(".composer")).to_contain_text("陈爱丽 is not in this group and can only watch.")
    await page.get_by_role("button", name="Remove the bot").click()
    await expect(page.get_by_role("button", name="Add the bot")).to_be_visible()
    await page.get_by_role("button", name="Disband", exact=True).click()
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.locator("#foot")).to_contain_text("This group was disbanded")


async def test_the_bot_can_be_messaged_directly(open_page: OpenPage, app: AppUnderTest) -> None:
    page = await open_page(language="en", url=f"{app.base_url}/")

    await page.get_by_role("button", name="Message the bot").click()
    await page.get_by_role("textbox").fill("我的")
    await page.get_by_role("button", name="Send").click()

    await expect(page.locator(".own .bubble")).to_have_text("我的")
    await expect(page.get_by_role("heading", level=1)).to_have_text("alertbridge")


async def test_what_is_not_possible_is_said(open_page: OpenPage, app: AppUnderTest) -> None:
    chat_id = await app.open_incident()
    page = await open_page(language="en", url=f"{app.base_url}/", chat=chat_id)
    await page.locator(".you").click()
    await page.get_by_role("option", name="李可").click()

    await page.get_by_role("button", name="Ack (I am on it)").click()

    await expect(page.locator(".toast")).to_have_text("That did not work (李可 is not in the chat)")
