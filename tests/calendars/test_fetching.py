"""Fetching a calendar: within its size and time, and without its address in any message."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from alertbridge.calendars.errors import Away, CalendarError, Unusable
from alertbridge.calendars.fetching import fetch_calendar, read_calendar_file
from alertbridge.calendars.limits import MAX_BYTES

TEXT = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
SECRET = "secret-4711"


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    """Give a calendar service that behaves in several ways."""
    is_over = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.match_info["how"]:
            case "good":
                return web.Response(body=TEXT, content_type="text/calendar")
            case "moved":
                raise web.HTTPFound(f"/good/{SECRET}")
            case "circle":
                raise web.HTTPFound(request.path)
            case "nowhere":
                raise web.HTTPFound("ftp://x/")
            case "big":
                return web.Response(body=b"x" * (MAX_BYTES + 1))
            case "bomb":
                packed = gzip.compress(b"x" * (4 * MAX_BYTES))
                return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case "cut":
                assert request.transport is not None
                request.transport.abort()
            case "never":
                await is_over.wait()
        raise web.HTTPForbidden

    app = web.Application()
    app.router.add_get("/{how}/{secret}", answer)
    async with TestServer(app) as running:
        yield running
        is_over.set()


def url(server: BaseTestServer, how: str) -> str:
    return str(server.make_url(f"/{how}/{SECRET}"))


@pytest.mark.parametrize("how", ["good", "moved"])
async def test_a_calendar_is_fetched_wherever_it_moved(server: BaseTestServer, how: str) -> None:
    assert await fetch_calendar(url(server, how)) == TEXT


@pytest.mark.parametrize(
    ("how", "error", "says"),
    [
        ("forbidden", Away, "HTTP 403"),
        ("circle", Away, "it is moved in circles"),
        ("nowhere", Away, "the connection failed|its address cannot be used"),
        ("cut", Away, "the connection failed"),
        ("never", Away, "no answer within 0.2 s"),
        ("big", Unusable, "bigger than 10 MiB"),
        ("bomb", Unusable, "bigger than 10 MiB"),
    ],
)
async def test_what_goes_wrong_is_said_without_the_address(
    server: BaseTestServer, how: str, error: type[CalendarError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        await fetch_calendar(url(server, how), seconds=0.2 if how == "never" else 30)

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (f"http://127.0.0.1:9/{SECRET}", "no connection to 127.0.0.1"),
        (f"http://{SECRET}:x/", "its address cannot be used"),
    ],
)
async def test_where_nobody_listens_is_said_without_the_address(address: str, says: str) -> None:
    with pytest.raises(Away, match=says):
        await fetch_calendar(address)


async def test_a_file_is_read_within_the_same_size(tmp_path: Path) -> None:
    good, big = tmp_path / "good.ics", tmp_path / "big.ics"
    good.write_bytes(TEXT)
    big.write_bytes(b"x" * (MAX_BYTES + 1))

    assert await read_calendar_file(good) == TEXT
    with pytest.raises(Unusable, match="bigger than 10 MiB"):
        await read_calendar_file(big)
    with pytest.raises(Away, match="the file cannot be read: No such file or directory"):
        await read_calendar_file(tmp_path / "none.ics")
