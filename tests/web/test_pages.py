"""The pages that people read: friendly, escaped (P8), open to whoever holds an incident's link, and to nobody else."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from pydantic import SecretStr

from alertbridge.core.ids import IncidentId
from tests.store_server import StoreServer
from tests.web.service import ALICE, Product, Service, a_team_file, an_alert, product_on, webhook

ADMIN = SecretStr("admin secret")

HOSTILE = [
    "<at id=all></at> disk full",
    "[重新登录](https://evil.example)",
    "![x](img_v2_abc)",
    "a\n# BIG\n- x\n    code",
    "&#60;at id=all&#62;",
    "**x** ~~y~~ :FIRE: <font color='red'>",
    "javascript:alert(1)",
    "prod\u202egnp.exe",
    "[P1][resolved] all fine (#1)",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 1234 * 4321 }} {% raw %} ${1234 * 4321}",
    "\x1b[31mred\x07\x00",
]


@pytest.fixture
async def guarded(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give the whole product behind an admin token, with an address for its links."""
    file = a_team_file(tmp_path)
    async with product_on(
        store_server.url, data_dir=tmp_path, config_file=file, admin_token=ADMIN, public_url="https://ab.example.com"
    ) as running:
        yield running


async def page(service: Service, path: str) -> str:
    status, html = await service.get(path)
    assert status == 200
    return str(html)


async def console_link(service: Service, incident: IncidentId) -> str:
    """The incident's page as the page of all incidents links it."""
    links = re.findall(r'href="(/incidents/[^"]+)"', await page(service, "/"))
    return next(unescape(link) for link in links if incident in link)


def shown(html: str) -> str:
    """What a reader sees."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


async def link_of(product: Product, incident: IncidentId) -> str:
    """The incident's page as its own group is given it."""
    chat = await product.chat(incident)
    (tab,) = [tab for tab in chat["tabs"] if "/incidents/" in str(tab)]
    found = re.search(r"https://ab\.example\.com(/incidents/[^'\"\s]+)", str(tab))
    assert found is not None
    return found[1]


async def test_nothing_open_is_said_in_a_friendly_way(service: Service) -> None:
    assert "现在没有进行中的事件。 · Nothing open." in shown(await page(service, "/"))


async def test_open_incidents_are_listed_with_what_matters(product: Product) -> None:
    incident = await product.fire(an_alert("DiskFull", severity="critical"))
    await product.click(incident, "ack")
    await product.work()
    await product.post("/webhooks/alertmanager", webhook("New", groupKey="new"))

    html = await page(product, "/")

    text = shown(html)
    assert "P1" in text
    assert "DiskFull" in text
    assert "处理中" in text
    assert "爱丽丝" in text
    assert "1 / 1" in text
    chat = (await product.incident(incident)).chat
    assert chat is not None
    assert f'href="{chat.share_link}"' in unescape(html)
    for link in re.findall(r'href="(/incidents/[^"]+)"', html):
        await page(product, unescape(link))


async def test_an_incident_tells_its_story(product: Product) -> None:
    incident = await product.fire(an_alert("DiskFull", severity="critical", cluster="eu"), an_alert("Other"))
    await product.click(incident, "ack")
    await product.work()

    text = shown(await page(product, await console_link(product, incident)))

    assert "DiskFull" in text
    assert "处理中" in text
    assert "爱丽丝" in text
    assert "cluster=eu" in text
    assert "Asia/Shanghai" in text


async def test_an_incident_that_nobody_worked_on_yet_has_a_page(service: Service) -> None:
    await service.post("/webhooks/alertmanager", webhook("Down"))

    assert "#1" in shown(await page(service, await console_link(service, await service.only())))


async def test_an_incident_leads_to_the_one_before_and_the_one_after_it(product: Product) -> None:
    before = await product.fire("Down")
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()
    await product.later(hours=2)
    after = await product.fire("Down")

    html = await page(product, await console_link(product, after))

    assert "之前 Before: #1" in shown(html)
    (link,) = [unescape(link) for link in re.findall(r'href="(/incidents/[^"]+)"', html) if before in link]
    assert "之后 After: #2" in shown(await page(product, link))


async def test_an_incident_in_triage_says_when_it_gets_a_group(store_server: StoreServer, tmp_path: Path) -> None:
    file = a_team_file(tmp_path, "route: {chat: {wait: 2m}}")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as product:
        incident = await product.fire("Down")

        told = [await page(product, path) for path in ("/", await console_link(product, incident))]

    assert all("观察中" in shown(html) and "仍触发则建群" in shown(html) for html in told)


async def test_a_storm_leads_to_what_is_folded_into_it_and_back(store_server: StoreServer, tmp_path: Path) -> None:
    file = a_team_file(tmp_path, "route: {storm: {above: 1}}")
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file) as product:
        for number in range(2):
            await product.post("/webhooks/alertmanager", webhook(f"Down{number}", groupKey=str(number)))
        await product.work()
        await product.later(seconds=10)
        umbrella = next(stored.id for stored in await product.open() if stored.opening.is_umbrella)

        html = await page(product, await console_link(product, umbrella))
        (down,) = [unescape(link) for link in re.findall(r'href="(/incidents/[^"]+)"', html)]
        of_folded = await page(product, down)

    assert "告警风暴" in shown(html)
    assert "进行中 Open 1 · 认领 Acked 0 · 共 Total 1" in shown(html)
    assert "Down1" in shown(html)
    assert "合并在告警风暴中 Folded into a storm" in shown(of_folded)
    assert umbrella in of_folded


async def test_troubles_are_on_the_page(product: Product) -> None:
    await product.fail("chat_create", "server_error", times=99)
    incident = await product.fire("Down")

    assert 'class="firing">' in await page(product, await console_link(product, incident))
    assert "502" in shown(await page(product, await console_link(product, incident)))


# -- who may read ------------------------------------------------------------------------------------------------------


async def test_whoever_holds_the_link_may_read_the_incident_and_nothing_else(guarded: Product) -> None:
    first = await guarded.fire("Down", groupKey="1")
    second = await guarded.fire("Other", groupKey="2")
    link = await link_of(guarded, first)

    assert "Down" in await page(guarded, link)
    assert "Down" in await page(guarded, link.replace("?", "/?"))
    for shut in (
        f"/incidents/{first}",
        f"/incidents/{first}?k=",
        f"/incidents/{first}?k=0123456789",
        f"/incidents/{first}?k=%F0%9F%92%A5",
        link.replace(first, second),
        link.replace(first, "01NOTHERE"),
        "/",
    ):
        assert (await guarded.get(shut))[0] == 401, shut


async def test_the_operator_names_an_incident_by_id_or_number(guarded: Product) -> None:
    incident = await guarded.fire("Down")
    shows_token = {"Authorization": f"Bearer {ADMIN.get_secret_value()}"}

    for named in (incident, "1", "%231"):
        status, html = await guarded.get(f"/incidents/{named}", headers=shows_token)
        assert status == 200, named
        assert "Down" in str(html)
    assert (await guarded.get("/incidents/1"))[0] == 401
    assert (await guarded.get("/incidents/2", headers=shows_token))[0] == 404


async def test_the_mark_of_a_forgotten_incident_finds_nothing(guarded: Product) -> None:
    incident = await guarded.fire("Down")
    link = await link_of(guarded, incident)
    await guarded.parts.connection.call("DEL", f"ab:incident:{incident}")

    assert (await guarded.get(link))[0] == 404


async def test_without_an_admin_token_an_incident_needs_its_link_all_the_same(product: Product) -> None:
    incident = await product.fire("Down")

    status, said = await product.get(f"/incidents/{incident}?k=wrong")
    assert status == 401
    assert "open it from the group" in said["detail"], "there is no token to ask for"
    assert (await product.get(await console_link(product, incident)))[0] == 200


# -- P8 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
async def test_p8_untrusted_text_stays_text_on_every_page(product: Product, text: str) -> None:
    alert = an_alert(text, hostile=text) | {"annotations": {"summary": text}}
    alert["labels"][text] = text
    incident = await product.fire(alert, groupLabels={"alertname": text, "hostile": text})
    plain = await product.fire("Plain", groupKey="plain")

    clean = await page(product, await console_link(product, plain))
    for path in ("/", await console_link(product, incident)):
        html = await page(product, path)
        assert set(re.findall(r"<\w+", html)) <= set(re.findall(r"<\w+", clean)) | {"<thead", "<th"}
        assert not re.search(r"<[^>]* on\w+=", html)
        assert "javascript:" not in re.findall(r'href="([^"]*)"', html)
        assert not set("\x00\x07\x1b\u202e") & set(html)
        assert "5332114" not in html


@pytest.mark.parametrize("is_console", [True, False])
async def test_p8_a_page_runs_nothing_and_is_not_kept_or_framed(product: Product, is_console: bool) -> None:
    incident = await product.fire("Down")
    path = "/" if is_console else await console_link(product, incident)
    async with product.client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        html = await answer.text()

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in html
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "text/html"


async def test_a_browser_shows_the_pages_without_a_complaint_on_a_phone_too(product: Product, tmp_path: Path) -> None:
    browser_path = shutil.which("chromium")
    if browser_path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("chromium is not installed")
    incident = await product.fire(*(an_alert("DiskFull", instance=f"host-{n}", note="x" * 300) for n in range(12)))
    await product.click(incident, "ack", ALICE)
    await product.work()
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for width in (1280, 390):
            tab = await browser.new_page(viewport={"width": width, "height": 800})
            tab.on("console", lambda message: complaints.append(message.text))
            tab.on("pageerror", lambda error: complaints.append(str(error)))
            await tab.goto(str(product.client.make_url("/")))
            await tab.screenshot(path=tmp_path / f"open-{width}.png")
            await tab.get_by_role("link", name="DiskFull").click()
            await tab.get_by_role("heading", name="DiskFull").wait_for()
            await tab.screenshot(path=tmp_path / f"incident-{width}.png", full_page=True)
            wider = await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"the page is {wider} px too wide for {width} px"
        await browser.close()

    assert [line for line in complaints if "favicon" not in line] == []
