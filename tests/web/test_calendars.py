"""Calendars for people's apps: whoever has the whole address may read one, nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from yarl import URL

from tests.store_server import StoreServer
from tests.web.service import Product, a_team_file, product_on

TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  bob: {email: bob@example.com}
schedules:
  pay/ments 1:
    timezone: Asia/Shanghai
    layers: [{starts: 2020-01-06, people: [alice, bob]}]
route: {schedule: pay/ments 1}
fallback: [alice]
"""
SCHEDULE = {"schedule": "pay/ments 1"}


@pytest.fixture
async def service(store_server: StoreServer, tmp_path: Path) -> AsyncIterator[Product]:
    """Give a web process whose team has a schedule, and that is reached at another address."""
    file = a_team_file(tmp_path, TEAM)
    async with product_on(
        store_server.url, data_dir=tmp_path, config_file=file, public_url="https://alerts.example"
    ) as running:
        yield running


def _url(service: Product, path: str) -> URL:
    """An address as it was told, nothing encoded anew."""
    return URL(f"{service.client.make_url('').origin()}{path}", encoded=True)


async def address(service: Product, **of: str) -> str:
    """Path and token of a calendar."""
    status, told = await service.get("/api/v1/oncall/ical", params=of)
    assert status == 200, told
    url = urlsplit(told["url"])
    assert (url.scheme, url.netloc) == ("https", "alerts.example")
    return f"{url.path}?{url.query}"


@pytest.mark.parametrize(
    ("of", "path", "title"),
    [
        (SCHEDULE, "/oncall/pay%2Fments%201.ics?token=", "SUMMARY:爱丽丝"),
        ({"person": "bob"}, "/oncall/people/bob.ics?token=", "SUMMARY:值班 pay/ments 1"),
    ],
)
async def test_an_app_follows_a_calendar_by_its_address_alone(
    service: Product, of: dict[str, str], path: str, title: str
) -> None:
    told = await address(service, **of)
    assert told.startswith(path)

    async with service.session.get(_url(service, told)) as answer:
        text = await answer.text()

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert title in text


@pytest.mark.parametrize("of", [SCHEDULE, {"person": "bob"}])
async def test_without_the_whole_address_there_is_no_calendar(service: Product, of: dict[str, str]) -> None:
    path, _, token = (await address(service, **of)).partition("?token=")
    other = "alice" if "person" in of else "nights"

    for asked in (
        path,
        f"{path}?token=",
        f"{path}?token={token[:-1]}0",
        f"{path}?token=%C3%A9",
        f"/oncall/{other}.ics",
    ):
        async with service.session.get(_url(service, asked)) as answer:
            assert answer.status == 404, asked
            assert "oncall ical --url" in (await answer.json(content_type=None))["detail"]


async def test_of_a_schedule_or_person_that_is_gone_nothing_is_shown(service: Product, tmp_path: Path) -> None:
    addresses = [await address(service, **SCHEDULE), await address(service, person="bob")]
    a_team_file(tmp_path, "people: {alice: {email: alice@example.com}}\nroute: {people: [alice]}\n")
    await service.parts.team.reload()

    for told in addresses:
        async with service.session.get(_url(service, told)) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({}, 400, "Name a schedule or a person"),
        (SCHEDULE | {"person": "bob"}, 400, "Name a schedule or a person"),
        ({"schedule": "pay"}, 404, "The team file has no schedule 'pay'"),
        ({"person": "bobb"}, 404, "The team file has no person 'bobb'; did you mean"),
    ],
)
async def test_what_cannot_be_told_says_why(service: Product, asked: dict[str, str], status: int, says: str) -> None:
    answered, told = await service.get("/api/v1/oncall/ical", params=asked)

    assert answered == status
    assert says in told["detail"]


async def test_addresses_are_told_to_operators_only(store_server: StoreServer, tmp_path: Path) -> None:
    file = a_team_file(tmp_path, TEAM)
    async with product_on(store_server.url, data_dir=tmp_path, config_file=file, admin_token=SecretStr("x")) as service:
        status, _ = await service.get("/api/v1/oncall/ical", params={"person": "bob"})

    assert status == 401
