"""Fetches the text of a calendar. Its address may be a secret, so no message names more of it than the host."""

import asyncio
from pathlib import Path
from typing import Any, Final

import aiohttp

from alertbridge.calendars.errors import Away, Unusable
from alertbridge.calendars.limits import MAX_BYTES

FETCH_SECONDS: Final = 30.0
"""From asking for a connection to the last byte: calendar services make these files when asked."""
_REDIRECTS: Final = 5
_CHUNK: Final = 1 << 16


async def fetch_calendar(url: str, *, seconds: float = FETCH_SECONDS) -> bytes:
    """Return what stands at an address. Raises `Away` and `Unusable`."""
    timeout: Any = aiohttp.ClientTimeout(total=seconds)
    headers = {"Accept": "text/calendar, */*;q=0.1", "User-Agent": "alertbridge"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, headers=headers, max_redirects=_REDIRECTS) as answer,
        ):
            if answer.status != 200:
                raise Away(f"HTTP {answer.status}")
            return await _read(answer)
    except aiohttp.TooManyRedirects as error:
        raise Away("it is moved in circles") from error
    except aiohttp.InvalidURL as error:
        raise Away("its address cannot be used") from error
    except aiohttp.ClientConnectorError as error:
        raise Away(f"no connection to {error.host}") from error
    except TimeoutError as error:
        raise Away(f"no answer within {seconds:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Away(f"the connection failed ({type(error).__name__})") from error


async def read_calendar_file(path: Path) -> bytes:
    """Return what stands in a file. Raises `Away` and `Unusable`."""
    try:
        return await asyncio.to_thread(_read_file, path)
    except OSError as error:
        raise Away(f"the file cannot be read: {error.strerror}") from error


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return _whole(file.read(MAX_BYTES + 1))


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            break
    return _whole(b"".join(parts))


def _whole(raw: bytes) -> bytes:
    if len(raw) > MAX_BYTES:
        raise Unusable(f"it is bigger than {MAX_BYTES // 1024 // 1024} MiB")
    return raw
