"""Whether Feishu knows everybody of the team file: an app sees only the people of its ranges."""

from collections.abc import Iterator, Mapping

from alertbridge.config import Team
from alertbridge.core.checkup import Finding, bad, good, unknown
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import FeishuError
from alertbridge.flows.doctor.console import Console, Page
from alertbridge.flows.oncall.reach import find_unreachable, handles_of


async def look_at_people(feishu: FeishuClient, team: Team, console: Console) -> list[Finding]:
    """Look everybody up, and name those who cannot be called."""
    if not team.people:
        return []
    try:
        found = await find_unreachable(feishu, team)
    except FeishuError as error:
        return [unknown("people", "people_unknown", cause=str(error))]
    amiss = list(_amiss(team, found, console))
    return amiss or [good("people", "people", count=len(team.people))]


def _amiss(team: Team, found: Mapping[str, Unreachable], console: Console) -> Iterator[Finding]:
    for key, why in found.items():
        person = team.people[key]
        about = {"person": person.name or key, "handle": ", ".join(handles_of(person))}
        if why in (Unreachable.UNKNOWN, Unreachable.RESIGNED):
            yield bad(f"person:{key}", "person_unknown", "person", **console.way(Page.VERSIONS), **about)
        else:
            yield bad(f"person:{key}", "person_inactive", "person_inactive", **about)
