"""`incidents`: what an operator reads and hears from a running alertbridge."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.cli.processes import Ended, free_port, run
from tests.store_server import StoreServer
from tests.web.service import Product, Service, a_team_file, an_alert, product_on, service_on, settings_for, webhook


@pytest.fixture
async def product(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process, a worker and a Feishu."""
    async with product_on(store_server.url, data_dir=tmp_path, config_file=a_team_file(tmp_path)) as running:
        yield running


async def ask(service: Service, *words: str) -> Ended:
    return await run("incidents", "--url", str(service.client.make_url("/")), *words)


async def test_the_story_of_an_incident_is_told_in_words_and_seconds(product: Product) -> None:
    await product.fire("Down")
    await ask(product, "ack", "#1")
    await product.work()

    ended = await ask(product, "show", "1")

    assert ended.code == 0, ended.err
    assert re.search(r"^opened_at   \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$", ended.out, re.MULTILINE)
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  Acknowledged by operator", ended.out, re.MULTILINE)
    listed = await ask(product, "list")
    assert re.search(r"^1 .* Down .*:\d\dZ ", listed.out, re.MULTILINE)


async def test_the_story_names_the_incident_before(product: Product) -> None:
    await product.fire("Down")
    await product.post("/webhooks/alertmanager", webhook(an_alert("Down", "resolved")))
    await product.work()
    await product.later(hours=2)
    await product.fire("Down")

    assert re.search(r"^earlier     #1$", (await ask(product, "show", "2")).out, re.MULTILINE)
    assert re.search(r"^later       #2$", (await ask(product, "show", "1")).out, re.MULTILINE)


async def test_everything_that_the_card_can_do_can_be_done_here(product: Product) -> None:
    await product.fire("Down")
    asked = (
        ("ack", "1"),
        ("unack", "1"),
        ("sev", "1", "p4"),
        ("note", "1", "it is the cache"),
        ("update", "1", "rolled back"),
        ("resolve", "1"),
        ("keep", "1"),
        ("reopen", "1"),
        ("resolve", "1"),
        ("close", "1"),
    )

    for words in asked:
        ended = await ask(product, *words)
        assert (ended.code, ended.out) == (0, f"#1 {words[0]}: done\n"), ended.err
        await product.work()


async def test_what_does_not_apply_says_how_it_stands(product: Product) -> None:
    await product.fire("Down")
    await ask(product, "resolve", "1")
    await product.work()

    ended = await ask(product, "ack", "1")

    assert ended.code == 1
    assert "#1 is resolved now" in ended.err


async def test_an_incident_that_is_not_there_is_told(service: Service) -> None:
    ended = await ask(service, "ack", "7")

    assert (ended.code, ended.err) == (1, "Error: There is no such incident.\n")


async def test_a_missing_or_wrong_token_says_where_to_give_it(store_server: StoreServer) -> None:
    async with service_on(store_server.url, settings_for(admin_token=SecretStr("hush"))) as guarded:
        missing = await ask(guarded, "list")
        wrong = await ask(guarded, "--token", "other", "list")
        right = await ask(guarded, "--token", "hush", "list")

    assert (missing.code, wrong.code, right.code) == (1, 1, 0)
    assert "needs the admin token" in missing.err
    assert "not the admin token" in wrong.err
    assert all("--token" in ended.err and "ALERTBRIDGE_ADMIN_TOKEN" in ended.err for ended in (missing, wrong))


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:{port}", "does not answer: "), ("127.0.0.1:8080", "is no address: write it like http://")],
)
async def test_nobody_there_is_said(url: str, words: str) -> None:
    ended = await run("incidents", "--url", url.format(port=free_port()), "list")

    assert ended.code == 1
    assert words in ended.err
    assert "Traceback" not in ended.err


@pytest.fixture
async def service(store_server: StoreServer) -> AsyncIterator[Service]:
    async with service_on(store_server.url, settings_for()) as running:
        yield running


async def test_a_duration_that_is_none_says_how_to_write_one(service: Service) -> None:
    ended = await ask(service, "silence", "1", "soon")

    assert ended.code == 2
    assert "write it like 90s, 30m, 1h30m or 2d" in ended.err
