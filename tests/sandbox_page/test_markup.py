"""Card markdown, texts and posts as the browser shows them: what strangers wrote stays what they wrote."""

import re
import string
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.sandbox_page.fake_sandbox import running

pytestmark = [pytest.mark.binaries, pytest.mark.asyncio(loop_scope="session")]

_READ = """async ([draw, args]) => {
  const { [draw]: read } = await import("/sandbox/page/richtext.js");
  const box = document.createElement("div");
  box.append(...read(...args));
  const links = [...box.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  const tags = [...box.querySelectorAll("*")].map((node) => node.localName).filter((tag) => tag !== "p");
  const text = box.textContent;
  return { text, tags, links };
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """One page for all readings: they leave nothing behind."""
    async with running() as sandbox:
        context = await chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        page = await context.new_page()
        await page.goto(sandbox.url)
        await page.locator(".live").wait_for()
        yield page
        await context.close()


async def _read(page: Page, *args: Any, draw: str = "markdown") -> dict[str, Any]:
    read: dict[str, Any] = await page.evaluate(_READ, [draw, list(args)])
    return read


def escaped(text: str) -> str:
    """Escape for card markdown: every ASCII character but letters, digits, space, comma and semicolon."""
    return re.sub(r"[!-~]", lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    if character.isalnum() or character in ",;":
        return character
    return "&sim;" if character == "~" else f"&#{ord(character)};"


@pytest.mark.parametrize(
    "label",
    [
        "<at id=all></at> disk full",
        "<at id=ou_boss></at>",
        "[重新登录](https://evil.example)",
        "![x](img_v2_abc)",
        "a # BIG - x code",
        "&#60;at id=all&#62;",
        "**x** ~~y~~ :FIRE: <font color='red'>",
        "- not a list",
        "# not a heading",
        "1. not counted",
        "https://evil.example/login",
        "<img src=x onerror=alert(1)>",
        "<local_datetime millisecond='0'></local_datetime>",
        "| a | b |",
        "&lt;b&gt; &amp; &#0; &#x3c; \\*",
        string.punctuation,
    ],
)
async def test_an_escaped_label_shows_its_own_characters_and_nothing_of_it_lives(label: str, page: Page) -> None:
    read = await _read(page, escaped(label))

    assert read == {"text": label, "tags": [], "links": []}


async def test_a_label_that_was_not_escaped_lives_so_that_the_mistake_is_seen(page: Page) -> None:
    assert (await _read(page, "[x](https://evil.example) **b**"))["tags"] == ["a", "strong"]
    assert (await _read(page, "<at id=all></at>"))["text"] == "@all"


@pytest.mark.parametrize(
    ("source", "tags", "text"),
    [
        ("**bold** *slanted* ~~gone~~ `code`", ["strong", "em", "del", "code"], "bold slanted gone code"),
        ("one<br>two<br/>three", ["br", "br"], "onetwothree"),
        ("one\ntwo", ["br"], "onetwo"),
        ("<font color='red'>**hot**</font>", ["span", "strong"], "hot"),
        ("snake_case_name 2*3*4 a**b", ["em"], "snake_case_name 234 a**b"),
        ("- a\n- b\n1. c", ["ul", "li", "li", "ol", "li"], "abc"),
        ("# Big\ntext", [], "Bigtext"),
        ("> said\n> more", ["blockquote", "br"], "saidmore"),
        ("```\n**as is** <br>\n```", ["pre", "code"], "**as is** <br>"),
        ("a\n---\nb", ["hr"], "ab"),
        ("| k | v |\n|---|---|\n| a | b |", ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"], "kvab"),
        (":FIRE: :NOT_ONE:", [], "🔥 :NOT_ONE:"),
        ("<script>alert(1)</script><unknown>", [], "<script>alert(1)</script><unknown>"),
        ("<person id='ou_zhang'></person> <at id=ou_alice></at>", ["span", "span"], "张三 @陈爱丽"),
        ("<at ids=ou_zhang,ou_alice></at>", ["span", "span"], "@张三@陈爱丽"),
        ("<number_tag>3</number_tag><text_tag color='green'>ok</text_tag>", ["span", "span"], "3ok"),
    ],
)
async def test_markdown_reads_as_feishu_draws_it(source: str, tags: list[str], text: str, page: Page) -> None:
    read = await _read(page, source)

    assert (read["tags"], read["text"]) == (tags, text)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "/x", "vbscript:x", ""]
)
async def test_only_http_addresses_become_links(url: str, page: Page) -> None:
    assert (await _read(page, f"[text]({url})"))["links"] == []
    assert (await _read(page, f"<a href='{url}'>text</a>"))["links"] == []
    post = {"zh_cn": {"content": [[{"tag": "a", "text": "text", "href": url}]]}}
    assert (await _read(page, post, draw="post"))["links"] == []


async def test_a_link_with_escaped_brackets_keeps_its_address(page: Page) -> None:
    read = await _read(page, "[手册](https://h/a%20b%29%28c)")

    assert read["links"] == ["https://h/a%20b%29%28c"]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("time", "14:01"),
        ("date_short", "11月22日"),
        ("date_num", "2026/11/22"),
        ("time_sec", "14:01:00"),
        ("timezone", "GMT+8"),
    ],
)
async def test_times_are_shown_in_the_reader_s_zone(kind: str, shown: str, page: Page) -> None:
    source = f"<local_datetime millisecond='1795327260000' format_type='{kind}'></local_datetime>"

    assert (await _read(page, source))["text"] == shown


async def test_a_mention_key_is_not_the_prefix_of_a_longer_one(page: Page) -> None:
    mentions = [
        {"key": "@_user_1", "id": "ou_alice", "name": "陈爱丽"},
        {"key": "@_user_10", "id": "ou_bob", "name": "Bob"},
    ]

    read = await _read(page, "@_user_10 @_user_1 @_user_2", mentions, draw="messageText")

    assert read["text"] == "@Bob @陈爱丽 @_user_2"


async def test_a_post_s_text_has_no_markup(page: Page) -> None:
    text = "**x** <at id=all></at> &#60; [a](https://b)"
    post = {"zh_cn": {"content": [[{"tag": "text", "text": text}]]}}

    assert await _read(page, post, draw="post") == {"text": text, "tags": [], "links": []}


async def test_hostile_markup_of_full_size_is_read_in_time(page: Page) -> None:
    for piece in ("**", "<font color=red>", "[", "_a", "~~", "<at ", "| ", "- ", "> ", "`", ":A", "\n"):
        await _read(page, piece * (30_000 // len(piece)))
