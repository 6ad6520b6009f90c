"""Has a calendar read by a process of its own, so that no text can hold up, bloat or end this one."""

import asyncio
import sys
from datetime import datetime
from typing import Final

import msgspec

from alertbridge.calendars.errors import Away, Unusable
from alertbridge.calendars.limits import WORK_SECONDS
from alertbridge.core.oncall.calendar import CalendarText

_WAITS: Final = 3
"""The process ends itself by its processor time; on a busy machine that takes longer on the clock."""
_MAX_ERROR: Final = 500


async def parse_calendar(raw: bytes, zone: str, now: datetime, *, seconds: int = WORK_SECONDS) -> CalendarText:
    """Return what stands in a calendar from a month before `now` to a year after it. Raises `CalendarError`.

    `zone` (IANA) is that of whole days, and of times without a zone. `seconds` is the processor time it may take.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "alertbridge.calendars", zone, str(now.timestamp()), str(seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise Away(f"this machine has no room for a process: {error.strerror}") from error
    try:
        async with asyncio.timeout(_WAITS * seconds):
            written, said = await process.communicate(raw)
    except TimeoutError as error:
        raise Unusable("working its appointments out takes too long") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return msgspec.json.decode(written, type=CalendarText)
    if process.returncode == 1 and said and b"Traceback" not in said:
        raise Unusable(said.decode(errors="replace")[:_MAX_ERROR])
    raise Unusable("working its appointments out takes too much time or memory")
