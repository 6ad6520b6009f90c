"""Whether Feishu knows everybody of the team file: an app sees only the people of its ranges."""

from collections.abc import Iterator, Sequence

from alertbridge.config import Person, Team
from alertbridge.core.checkup import Finding, bad, good, unknown
from alertbridge.feishu.calls.contacts import UserStatus
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import BadMember, FeishuError
from alertbridge.flows.doctor.console import Console, Page
from alertbridge.flows.people import BATCH


async def look_at_people(feishu: FeishuClient, team: Team, console: Console) -> list[Finding]:
    """Look everybody up, and name those who cannot be called."""
    if not team.people:
        return []
    try:
        known = await _by_handle(feishu, team) | await _by_id(feishu, team)
    except FeishuError as error:
        return [unknown("people", "people_unknown", cause=str(error))]
    amiss = list(_amiss(team, known, console))
    return amiss or [good("people", "people", count=len(team.people))]


def _amiss(team: Team, known: dict[str, UserStatus], console: Console) -> Iterator[Finding]:
    for person in team.people.values():
        handles = [handle for handle in (person.email, person.mobile, person.open_id) if handle]
        statuses = [known[handle.lower()] for handle in handles if handle.lower() in known]
        about = {"person": person.name or person.key, "handle": ", ".join(handles)}
        if not statuses or any(status.is_resigned for status in statuses):
            way = console.way(Page.VERSIONS)
            yield bad(f"person:{person.key}", "person_unknown", "person", **way, **about)
        elif any(status.is_frozen or status.is_activated is False for status in statuses):
            yield bad(f"person:{person.key}", "person_inactive", "person_inactive", **about)


async def _by_handle(feishu: FeishuClient, team: Team) -> dict[str, UserStatus]:
    """Find people by email and mobile; those whom Feishu does not know are left out."""
    found: dict[str, UserStatus] = {}
    persons = [person for person in team.people.values() if person.email or person.mobile]
    for some in _batches(persons):
        emails = [person.email for person in some if person.email]
        mobiles = [person.mobile for person in some if person.mobile]
        answer = await feishu.user_batch_get_id(emails=emails, mobiles=mobiles)
        found |= {
            handle.lower(): user.status
            for user in answer.user_list
            if user.user_id is not None
            for handle in (user.email, user.mobile)
            if handle
        }
    return found


async def _by_id(feishu: FeishuClient, team: Team) -> dict[str, UserStatus]:
    """Find people by open id. An id of another app refuses the call, so each is asked for by itself."""
    found: dict[str, UserStatus] = {}
    for person in team.people.values():
        if not person.open_id:
            continue
        try:
            answer = await feishu.user_batch_get([person.open_id])
        except BadMember:
            continue
        found |= {user.open_id.lower(): user.status for user in answer.items if user.open_id}
    return found


def _batches(persons: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(persons), BATCH):
        yield persons[start : start + BATCH]
