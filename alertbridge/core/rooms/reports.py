"""What a lobby is told when something stands in the way of calling people. It is said while it can still be mended."""

from collections.abc import Mapping

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.core.text import PERSON_LIMIT, clean

LISTED = 5


def people_report(people: Mapping[str, Unreachable]) -> Text:
    """Name those who cannot be called, each with the reason."""
    named = [
        copy.text("report.person", who=clean(name, PERSON_LIMIT), cause=copy.text(f"unreachable.{why}"))
        for name, why in sorted(people.items())
    ]
    return copy.text("report.people", k=len(named), list=listed(named))


def listed(pieces: list[Text]) -> Text:
    """The first few, and how many more."""
    shown = copy.join(copy.text("list.comma"), pieces[:LISTED])
    more = len(pieces) - LISTED
    return copy.join("", (shown, copy.text("report.more", k=more))) if more > 0 else shown
