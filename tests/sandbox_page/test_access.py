"""The page can be read and used by everybody: contrast, names, sizes, no sideways scrolling."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.sandbox_page.builders import (
    ALICE,
    BOB,
    CHAT,
    JsonObject,
    a_button,
    a_card,
    a_chat,
    a_message,
    a_state,
    markdown,
    sample_card,
    words,
)
from tests.sandbox_page.conftest import OpenPage
from tests.sandbox_page.fake_sandbox import FakeSandbox

pytestmark = [pytest.mark.binaries, pytest.mark.asyncio(loop_scope="session")]

_TEMPLATES = (
    "blue",
    "wathet",
    "turquoise",
    "green",
    "yellow",
    "orange",
    "red",
    "carmine",
    "violet",
    "purple",
    "indigo",
    "grey",
    "default",
)
_TYPES = (
    "default",
    "primary",
    "danger",
    "text",
    "primary_text",
    "danger_text",
    "primary_filled",
    "danger_filled",
    "laser",
)

_POOR = """() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const backdrop = (node) => {
    if (node === null) return [1, 1, 1];
    const color = rgba(getComputedStyle(node).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, backdrop(node.parentElement));
  };
  const light = (parts) => {
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (node.closest(".visually-hidden, [data-kind=disbanded] .avatar, noscript, :disabled")) continue;
    const below = backdrop(node);
    const [a, b] = [light(over(rgba(getComputedStyle(node).color), below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const place = node.className || node.localName;
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${place}: ${text.data.trim().slice(0, 30)}`);
  }
  return [...new Set(poor)];
}"""

_NAMELESS = """() => [...document.querySelectorAll("button, a, input, textarea, dialog, [role=menu]")]
  .filter((node) => !node.textContent.trim() && !node.matches("[aria-label], [aria-labelledby]"))
  .map((node) => node.outerHTML.slice(0, 120))"""

_FOCUSED = """() => {
  const node = document.activeElement;
  if (node === document.body) return null;
  const style = getComputedStyle(node);
  const marked = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return { marked, name: node.getAttribute("aria-label") ?? node.textContent };
}"""

_STATES = ("firing", "acked", "silenced", "stale", "resolved", "closed", "storm", "drill")


def _with_header(color: str) -> JsonObject:
    tag = {"tag": "text_tag", "text": words("触发中"), "color": color}
    text = f"<font color='{color}'>text</font> <text_tag color='{color}'>tag</text_tag> `code` [a](https://b)"
    header = {"template": color, "title": words(color), "subtitle": words("sub"), "text_tag_list": [tag]}
    return a_message(f"om_{color}", a_card(markdown(text), header=header))


@pytest.fixture
def everything(sandbox: FakeSandbox) -> None:
    """One group with every header, every kind of button, and every kind of mark."""
    field = {"tag": "input", "name": "i", "label": words("label"), "placeholder": words("hint")}
    buttons = a_card(*(a_button(words(kind), {"a": kind}, type=kind) for kind in _TYPES), field)
    others = [
        a_chat(
            chat_id=f"oc_{state}",
            name=f"[P{at % 4 + 1}][{state}] x",
            i18n_names={},
            status="dissolved" if state == "closed" else "normal",
        )
        for at, state in enumerate(_STATES)
    ]
    main = a_chat(
        *map(_with_header, _TEMPLATES),
        a_message("om_buttons", buttons),
        a_message("om_firing", sample_card("firing"), urgent=[{"kind": "phone", "open_ids": [ALICE]}], pinned=True),
        a_message("om_text", {"text": "hello https://a.example"}, sender=BOB),
        a_message("om_own", {"text": "own https://a.example"}, sender=ALICE),
        top_notice={"kind": "message", "message_id": "om_firing"},
        tabs=[{"tab_id": "2", "tab_name": "面板", "tab_type": "url", "tab_content": {"url": "https://a.example"}}],
    )
    sandbox.state = a_state(main, *others, operations={"chat_create": 1}, refused={"chat_create": {"232006": 1}})


async def _poor_contrast(page: Page) -> list[str]:
    poor: list[str] = await page.evaluate(_POOR)
    return poor


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_all_text_stands_out_from_its_background(dark: bool, open_page: OpenPage) -> None:
    page = await open_page(dark=dark, chat=CHAT)

    assert await _poor_contrast(page) == []


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nothing_is_wider_than_the_screen_and_everything_has_a_name(
    phone: bool, language: str, open_page: OpenPage
) -> None:
    page = await open_page(phone=phone, language=language, chat=CHAT)

    sizes: list[Any] = await page.evaluate(
        "[...document.querySelectorAll('html, #messages, #chat-head, #foot, .card-body')]"
        ".filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.className || node.localName)"
    )
    assert sizes == []
    assert await page.evaluate(_NAMELESS) == []


@pytest.mark.usefixtures("everything")
async def test_landmarks_and_the_reading_order_are_those_of_a_chat(open_page: OpenPage) -> None:
    page = await open_page(language="en", chat=CHAT)

    for place in (
        "navigation[name='Groups']",
        "main",
        "log[name='Messages']",
        "complementary[name='About this group']",
    ):
        assert await page.locator(f"role={place}").count() == 1, place
    card = page.get_by_role("region", name="[P1] checkout: 5xx 过高")
    order = await card.locator("h3, .card-text, .md, button").evaluate_all(
        "nodes => nodes.map((node) => (node.getAttribute('aria-label') ?? node.textContent).slice(0, 12))"
    )
    assert [order[0], order[-3], order[-2]] == ["[P1] checkou", "More actions", "Assign to…"]


async def test_what_the_keyboard_is_on_is_marked(open_page: OpenPage, sandbox: FakeSandbox) -> None:
    sandbox.state = a_state(a_chat(a_message("om_1", sample_card("firing"))))
    page = await open_page(language="en")

    reached: list[str] = []
    await page.keyboard.press("Tab")
    while (focused := await page.evaluate(_FOCUSED)) is not None:
        assert focused["marked"], focused
        reached.append(focused["name"])
        await page.keyboard.press("Tab")
    assert "Ack (I am on it)" in reached
    assert "Message as 陈爱丽" in reached
