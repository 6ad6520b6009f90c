"""Foreign text made fit to be shown; lengths, addresses, ages, clock times as people read them (CHAT.md section 8).

What is cleaned here is still text of strangers: a surface with markup escapes it besides (`feishu/cards/markup`).
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote, unquote_plus, urlsplit
from zoneinfo import ZoneInfo

from alertbridge.core.chats.chat import Text

TITLE_LIMIT = 80
SUMMARY_LIMIT = 300
LABEL_LIMIT = 120
ROW_LIMIT = 160
PERSON_LIMIT = 40
URL_LIMIT = 2_000

ELLIPSIS = "…"
_PORTS = {"http": 80, "https": 443}
_LONGEST_COMPOSITION = 8
"""More characters than one composed character is ever made of, so that shortening before composing is never seen."""


def _spans(*spans: tuple[int, int]) -> Iterator[int]:
    for first, last in spans:
        yield from range(first, last + 1)


INVISIBLE: dict[int, str | None] = dict.fromkeys(
    _spans(
        (0x00, 0x1F),
        (0x7F, 0x9F),
        (0x061C, 0x061C),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
    )
) | dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
"""Control, zero-width and bidi characters go; what breaks a line becomes a space."""

_BRACKETS = str.maketrans("[]［］", "()（）")

_URL_ESCAPES = {ord(character): f"%{ord(character):02X}" for character in " \"'()<>\\^`{|}"}
_HOST_NAME = re.compile(r"[^\W_]([\w.-]*\w)?\.?")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of a pair that stand alone."""


def clean(text: str, limit: int) -> str:
    """`text` as one line of visible characters in reading order, at most `limit` UTF-16 units, `…` where it was cut."""
    # Halves of a pair that stand alone cannot be sent as UTF-8 at all.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    line = " ".join(whole.translate(INVISIBLE).split())
    # Composing takes quadratic time in a row of combining marks, and a stranger chooses how long that row is.
    return cut(unicodedata.normalize("NFC", line[: limit * _LONGEST_COMPOSITION]), limit)


def utf16_length(text: str) -> int:
    """Length as Feishu counts it: a character outside the basic plane, most emoji, is two units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, units: int) -> str:
    """`text`, or as much of it as fits into `units` UTF-16 units (at least one) with `…` as the last."""
    if utf16_length(text) <= units:
        return text
    end = used = 0
    while (used := used + utf16_length(text[end])) < units:
        end += 1
    while end and unicodedata.category(text[end]).startswith("M"):
        end -= 1  # an accent or a variant sign belongs to the character before it
    return text[:end].rstrip() + ELLIPSIS


def without_brackets(text: str) -> str:
    """Square brackets rounded, so that nobody's text looks like the prefix of a name or like our marker."""
    return text.translate(_BRACKETS)


@lru_cache(maxsize=256)  # one card, announcement and menu after the other ask for the same links
def encode_url(url: str) -> str | None:
    """The address, safe inside any link of ours; None when it is not a plain web address.

    Plain: `http` or `https`, absolute, no credentials, a host that every reader of URLs understands alike, at
    most 2,000 characters once encoded.
    """
    url = url.strip()
    if _UNSENDABLE.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _is_host(parts.hostname or ""):
        return None
    # Feishu takes a scheme in small letters only.
    encoded = parts.scheme + url[len(parts.scheme) :].translate(_URL_ESCAPES)
    return encoded if len(encoded) <= URL_LIMIT else None


def is_web_url(url: str) -> bool:
    """Whether `encode_url` accepts it."""
    return encode_url(url) is not None


@lru_cache(maxsize=256)  # a group's few links, each time it is planned
def is_same_address(one: str, other: str) -> bool:
    """Whether two web addresses lead to the same page, however Feishu wrote down the one that it was given."""
    return one == other or _bare(one) == _bare(other)


def _bare(url: str) -> tuple[str, ...]:
    """What is left of an address without encoding, default port, capitals of the host and a slash at its end."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (url,)
    named = "" if port in (None, _PORTS.get(parts.scheme)) else str(port)
    query, fragment = unquote_plus(parts.query), unquote(parts.fragment)
    return parts.scheme, parts.hostname or "", named, unquote(parts.path).rstrip("/"), query, fragment


def host_of(url: str) -> str:
    """Host name of an accepted address, in lower case."""
    return urlsplit(url.strip()).hostname or ""


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _HOST_NAME.fullmatch(host) is not None
    try:
        return ipaddress.IPv6Address(host).scope_id is None
    except ValueError:
        return False


def age(duration: timedelta) -> Text:
    """A span in its two largest units: `1 小时 20 分` / `1 h 20 min`, `4 分钟` / `4 min`, `3 天 4 小时` / `3 d 4 h`."""
    seconds = max(0, int(duration.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3_600, seconds // 86_400
    if days:
        rest = hours % 24
        return _span(f"{days} 天", f"{days} d", f" {rest} 小时" if rest else "", f" {rest} h" if rest else "")
    if hours:
        rest = minutes % 60
        return _span(f"{hours} 小时", f"{hours} h", f" {rest} 分" if rest else "", f" {rest} min" if rest else "")
    if minutes:
        return {"zh": f"{minutes} 分钟", "en": f"{minutes} min"}
    return {"zh": f"{seconds} 秒", "en": f"{seconds} s"}


def _span(zh: str, en: str, zh_rest: str, en_rest: str) -> Text:
    return {"zh": zh + zh_rest, "en": en + en_rest}


def is_today(at: datetime, now: datetime, timezone: str) -> bool:
    """Whether both are on the same day there."""
    zone = ZoneInfo(timezone)
    return at.astimezone(zone).date() == now.astimezone(zone).date()


def zone_name(at: datetime, timezone: str) -> str:
    """How far that zone is from UTC at that time: `UTC+8`, `UTC-3:30`, `UTC`."""
    offset = at.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    if not hours and not minutes:
        return "UTC"
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"


def clock(at: datetime, timezone: str, now: datetime) -> str:
    """Clock time with its zone, and with its date when that is not today: `14:12 (UTC+8)`, `06-14 09:00 (UTC+8)`."""
    return f"{clock_alone(at, timezone, now)} ({zone_name(at, timezone)})"


def clock_alone(at: datetime, timezone: str, now: datetime) -> str:
    """`clock` without its zone, for where that follows: `14:12`, `06-14 09:00`."""
    form = "%H:%M" if is_today(at, now, timezone) else "%m-%d %H:%M"
    return at.astimezone(ZoneInfo(timezone)).strftime(form)


def date_and_clock(at: datetime, timezone: str) -> str:
    """Date, clock time and zone, for places that stay: `06-14 09:00 (UTC+8)`."""
    return f"{at.astimezone(ZoneInfo(timezone)).strftime('%m-%d %H:%M')} ({zone_name(at, timezone)})"
