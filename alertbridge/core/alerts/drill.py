"""Drills: problems that are none, made to see whether everybody would be called. They say so themselves, by labels.

A drill is an incident of its own, whatever its route groups by. It takes the same way as a real one, is marked as a
drill wherever people see it, and is counted as none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

DRILL_LABEL: Final = "alertbridge_drill"
"""Its value tells one drill from another: 1 to 64 letters, digits, `-` and `_`."""

LOUD_LABEL: Final = "alertbridge_drill_calls"
"""`all`: people are called by SMS and phone as well."""

ROUTE_LABEL: Final = "alertbridge_drill_route"
"""The name of the route that is to be tried, whatever its matchers ask for."""

RESULT: Final = "alertbridge_drill_result"
"""Annotation of the resolved copy: `7/8`, steps on time of all."""

LONGEST: Final = timedelta(minutes=30)
"""A drill that nobody ends ends itself."""

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_RESULT: Final = re.compile(r"([0-9]{1,3})/([0-9]{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What is known of one when it begins."""

    id: str
    is_loud: bool = False
    """Not only in Feishu itself: by SMS and phone as well, where its steps say so."""


def drill_of(labels: Mapping[str, str]) -> Drill | None:
    """The drill that an alert with these labels belongs to; None: it is real."""
    found = labels.get(DRILL_LABEL)
    if not found or not _ID.fullmatch(found):
        return None
    return Drill(id=found, is_loud=labels.get(LOUD_LABEL) == "all")


def result_of(annotations: Mapping[str, str]) -> tuple[int, int] | None:
    """How many steps were on time, of how many; None: nobody said so."""
    found = _RESULT.fullmatch(annotations.get(RESULT, ""))
    return (int(found[1]), int(found[2])) if found else None
