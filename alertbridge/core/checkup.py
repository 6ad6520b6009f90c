"""What a look at an installation found: one small value for each thing looked at, and what they come to together.

Their words are in the catalogue under `doctor.` and `mend.`; who prints them is not decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy


class Health(StrEnum):
    """How one thing is."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is wrong, and somebody may want to know: an option that is not used, a look that was not asked for."""
    BAD = "bad"
    """Somebody has to mend it."""
    UNKNOWN = "unknown"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one check."""

    name: str
    """What was looked at: `store`, `scope:tabs`, `person:alice`."""
    health: Health
    says: Text
    mend: Text = field(default_factory=dict)
    """What to do about it; empty where there is nothing to do."""


def good(name: str, key: str, /, **values: str | int | Text) -> Finding:
    """All is well; `key` is a piece of the catalogue, without its `doctor.`."""
    return _finding(name, Health.GOOD, key, "", values)


def note(name: str, key: str, mend: str = "", /, **values: str | int | Text) -> Finding:
    """Worth knowing; `mend` is a piece of the catalogue, without its `mend.`."""
    return _finding(name, Health.NOTE, key, mend, values)


def bad(name: str, key: str, mend: str, /, **values: str | int | Text) -> Finding:
    """Something has to be mended."""
    return _finding(name, Health.BAD, key, mend, values)


def unknown(name: str, key: str, mend: str = "", /, **values: str | int | Text) -> Finding:
    """It could not be looked at."""
    return _finding(name, Health.UNKNOWN, key, mend, values)


def exit_code(findings: Iterable[Finding]) -> int:
    """0: all is well. 1: something has to be mended. 2: nothing that is known, but something could not be looked at."""
    seen = {finding.health for finding in findings}
    return 1 if Health.BAD in seen else 2 if Health.UNKNOWN in seen else 0


def _finding(name: str, health: Health, key: str, mend: str, values: dict[str, str | int | Text]) -> Finding:
    return Finding(
        name=name,
        health=health,
        says=copy.text(f"doctor.{key}", **values),
        mend=copy.text(f"mend.{mend}", **values) if mend else {},
    )
