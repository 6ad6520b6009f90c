"""`replay`: a recorded body, sent to the door that its shape belongs to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.cli.processes import free_port, run
from tests.store_server import StoreServer
from tests.web.service import SAMPLES, Service, service_on, settings_for, webhook

DIALECTS = {
    "am_life1_firing": "/webhooks/alertmanager",
    "am_v033_utf8_label_names": "/webhooks/alertmanager",
    "grafana_firing": "/webhooks/grafana",
    "grafana_nodata": "/webhooks/grafana",
    "grafana_legacy_alerting": "/webhooks/grafana",
    "grafana_test_notification": "/webhooks/grafana",
    "prom_firing": "/api/v2/alerts",
    "prom_batch_two_rules": "/api/v2/alerts",
}


@pytest.fixture
async def service(store_server: StoreServer) -> AsyncIterator[Service]:
    async with service_on(store_server.url, settings_for()) as running:
        yield running


def url_of(service: Service) -> str:
    return str(service.client.make_url("/"))


@pytest.mark.parametrize("name", DIALECTS)
async def test_each_dialect_finds_its_door(service: Service, name: str) -> None:
    ended = await run("replay", str(SAMPLES / f"{name}.json"), "--to", url_of(service))

    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"{DIALECTS[name]}: 200 ")


async def test_the_token_is_shown(store_server: StoreServer) -> None:
    settings = settings_for(ingest_token={"default": SecretStr("secret")})
    sample = str(SAMPLES / "am_life1_firing.json")
    async with service_on(store_server.url, settings) as guarded:
        without = await run("replay", sample, "--to", url_of(guarded))
        shown = await run("replay", sample, "--to", url_of(guarded), "--token", "secret")

    assert (without.code, shown.code) == (1, 0)
    assert "401" in without.out
    assert "--token" in without.err


@pytest.mark.parametrize("body", [b"", b"no json", b'{"alerts"', b"\xff\xfe", b'"\xff"', b"[" * 100_000])
async def test_what_is_no_json_is_not_sent(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "body"
    file.write_bytes(body)

    ended = await run("replay", str(file))

    assert ended.code == 2
    assert f"{file} is not JSON" in ended.err
    assert "Traceback" not in ended.err


async def test_what_is_no_alert_is_refused_by_the_door(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b"7")

    ended = await run("replay", str(file), "--to", url_of(service))

    assert ended.code == 1
    assert "400" in ended.out


async def test_a_body_of_some_mib_is_sent(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(webhook("Down") + b" " * (4 << 20))

    assert (await run("replay", str(file), "--to", url_of(service), PYTHONWARNINGS="error")).code == 0
    assert await service.held() == 1


async def test_a_body_that_opens_nothing_because_its_time_is_over_is_told(service: Service) -> None:
    pushed = await run("replay", str(SAMPLES / "prom_firing.json"), "--url", url_of(service))
    firing = await run("replay", str(SAMPLES / "am_life1_firing.json"), "--url", url_of(service))

    assert (pushed.code, firing.code) == (0, 0)
    assert "of them opened nothing" in pushed.err
    assert "`endsAt`" in pushed.err
    assert firing.err == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{port}", "does not answer: "),
        ("nowhere", "is no address: write it like http://127.0.0.1:8080."),
        ("http://", "is no address: "),
    ],
)
async def test_nobody_there_is_said(url: str, words: str) -> None:
    ended = await run("replay", str(SAMPLES / "prom_firing.json"), "--to", url.format(port=free_port()))

    assert ended.code == 1
    assert words in ended.err
    assert "Is alertbridge running there?" in ended.err
    assert "Traceback" not in ended.err


async def test_a_file_that_is_not_there_is_2(tmp_path: Path) -> None:
    assert (await run("replay", str(tmp_path / "none"))).code == 2
