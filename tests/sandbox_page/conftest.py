"""A real browser, and a page of the sandbox in it as a reader has it: language, screen, theme, group."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests import binaries
from tests.sandbox_page.fake_sandbox import FakeSandbox, running

OpenPage = Callable[..., Awaitable[Page]]

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
_PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    path = binaries.find("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[FakeSandbox]:
    """A fake sandbox with nobody's groups."""
    async with running() as fake:
        yield fake


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, sandbox: FakeSandbox) -> AsyncIterator[OpenPage]:
    """Open the page; an uncaught error or a complaint of the browser fails the test (refused calls are not one)."""
    complaints: list[str] = []
    contexts = []

    async def opened(
        *, language: str = "zh", chat: str = "", phone: bool = False, dark: bool = False, url: str = ""
    ) -> Page:
        context = await chromium.new_context(
            **(_PHONE if phone else _DESKTOP),
            color_scheme="dark" if dark else "light",
            locale="zh-CN" if language == "zh" else "en-GB",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.goto((url or sandbox.url) + (f"#{chat}" if chat else ""))
        await page.locator(".live").wait_for()
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert [line for line in complaints if not line.startswith("Failed to load resource")] == []
