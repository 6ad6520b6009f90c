"""Time zones as other products write them."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from alertbridge.importing.draft import Note

_SPELLED_OUT: Mapping[str, str] = {
    "Beijing": "Asia/Shanghai",
    "Hong Kong": "Asia/Hong_Kong",
    "Singapore": "Asia/Singapore",
    "Tokyo": "Asia/Tokyo",
    "London": "Europe/London",
    "Berlin": "Europe/Berlin",
    "Paris": "Europe/Paris",
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
}
"""Names of Rails, which PagerDuty also knows."""


def zone_named(text: str) -> tuple[str, Note | None]:
    """Return the IANA name, or why there is none."""
    name = _SPELLED_OUT.get(text, text)
    if name in available_timezones():
        return name, None
    said = f"its time zone {text!r} is no IANA name" if text else "it has no time zone"
    return "", Note(said, "set a zone like Asia/Shanghai there, export it again")
