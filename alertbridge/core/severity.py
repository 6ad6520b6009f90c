"""How bad an incident is, from P1 (wake somebody) to P4 (read it tomorrow)."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class Severity(IntEnum):
    """P1 is the worst; a smaller number is more severe, so `min` of several is the worst of them."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4

    def __str__(self) -> str:
        return self.name


USUAL_SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        "p1": Severity.P1,
        "p2": Severity.P2,
        "p3": Severity.P3,
        "p4": Severity.P4,
        "emergency": Severity.P1,
        "fatal": Severity.P1,
        "disaster": Severity.P1,
        "critical": Severity.P1,
        "crit": Severity.P1,
        "page": Severity.P1,
        "error": Severity.P2,
        "high": Severity.P2,
        "major": Severity.P2,
        "warning": Severity.P3,
        "warn": Severity.P3,
        "medium": Severity.P3,
        "average": Severity.P3,
        "minor": Severity.P3,
        "info": Severity.P4,
        "informational": Severity.P4,
        "notice": Severity.P4,
        "low": Severity.P4,
        "none": Severity.P4,
        "ticket": Severity.P4,
    }
)
"""What the values that rules usually carry in their severity label mean, in lower case."""
