"""What is sound line by line and makes no sense together: overrides that overlap, layers that never count."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alertbridge.config.document import Document
from alertbridge.config.problems import Problem
from alertbridge.config.team import Team
from alertbridge.core.oncall.rotation import never_counts
from alertbridge.core.oncall.schedule import Schedule


def contradictions(team: Team, document: Document) -> Iterator[Problem]:
    """List errors, in no particular order."""
    for key, schedule in team.schedules.items():
        yield from _overlaps(key, schedule, document)
        for number, layer in enumerate(schedule.layers):
            if never_counts(layer, ZoneInfo(schedule.timezone)):
                said = f"this layer never counts: from {layer.starts} to {layer.ends} there are no hours of `only`"
                node = document.find(("schedules", key, "layers", number))[1]
                yield document.problem(node, said, "change `only`, or remove the layer")


def _overlaps(key: str, schedule: Schedule, document: Document) -> Iterator[Problem]:
    """Find overrides of one person, or of everybody, for the same time: which of them is meant?"""
    where = ("schedules", key, "overrides")
    for number, override in enumerate(schedule.overrides):
        for before, earlier in enumerate(schedule.overrides[:number]):
            if earlier.instead_of == override.instead_of and earlier.overlaps(override):
                line = document.find((*where, before))[1].start_mark.line + 1
                said = f"this override and the one in line {line} are for the same time"
                hint = "change `from` or `to`, or name in `instead_of` whom each replaces"
                yield document.problem(document.find((*where, number))[1], said, hint)
                break
