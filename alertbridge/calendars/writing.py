"""Writes a calendar that the apps of people can follow (RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

_LINE_BYTES: Final = 75
"""A line goes on in the next one, behind a space, where it is longer."""
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_HOURLY: Final = "PT1H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One shift in a calendar."""

    identity: str
    """The same for the same shift, whenever it is written."""
    starts_at: datetime
    ends_at: datetime
    """Both aware."""
    title: str


def write_calendar(name: str, timezone: str, entries: Iterable[Entry], now: datetime) -> str:
    """Return the text of a calendar with these entries; `timezone` (IANA) is how apps may show it."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//alertbridge//on-call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"X-WR-TIMEZONE:{timezone}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_HOURLY}",
        f"X-PUBLISHED-TTL:{_HOURLY}",
    ]
    for entry in entries:
        lines += _event(entry, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(entry: Entry, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{sha256(entry.identity.encode()).hexdigest()[:32]}@alertbridge"
    yield f"DTSTAMP:{_stamp(now)}"
    yield f"DTSTART:{_stamp(entry.starts_at)}"
    yield f"DTEND:{_stamp(entry.ends_at)}"
    yield f"SUMMARY:{_text(entry.title)}"
    yield "TRANSP:TRANSPARENT"  # on call is not busy
    yield "END:VEVENT"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_STAMP)


def _text(words: str) -> str:
    """Escape what has a meaning of its own; control characters are not allowed at all."""
    plain = "".join(character if character.isprintable() else " " for character in words)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """Cut a line between characters, so that no part is too long."""
    part, size = "", 0
    for character in line:
        length = len(character.encode())
        if size + length > _LINE_BYTES:
            yield part
            part, size = " ", 1
        part, size = part + character, size + length
    yield part
