"""Whether everybody of the team file can be called, asked of Feishu before an incident does.

One worker looks every hour, and at once when a team file comes into force. Who cannot be called is counted, logged, and
told to the lobbies of the routes that would call them, once a day.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from alertbridge.config import Person, Team
from alertbridge.core.oncall.reach import Unreachable
from alertbridge.core.quota import Priority
from alertbridge.core.rooms.reports import people_report
from alertbridge.feishu.calls.contacts import UserStatus
from alertbridge.feishu.client import FeishuClient
from alertbridge.feishu.errors import BadMember, FeishuError
from alertbridge.flows.oncall.people import BATCH
from alertbridge.flows.rooms.lobby_reports import lobbies_of_people, report
from alertbridge.flows.runtime import Runtime
from alertbridge.store.errors import StoreAway

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(minutes=5)
_AGAIN_AFTER: Final = timedelta(minutes=5)
"""Where Feishu could not be asked."""
_PAUSE_SECONDS: Final = 5.0


async def keep_checking_people(runtime: Runtime) -> None:
    """Look when it is this worker's turn; runs until cancelled."""
    while True:
        with suppress(StoreAway):  # whoever needs the store says so
            turn = f"people:{runtime.team.number}"
            if await runtime.turns.take(turn, _LONGEST):
                is_done = await check_people(runtime)
                await runtime.turns.end(turn, pause=EVERY if is_done else _AGAIN_AFTER)
        await asyncio.sleep(_PAUSE_SECONDS)


async def check_people(runtime: Runtime) -> bool:
    """Look once, and tell who cannot be called. False: Feishu could not be asked. Raises `StoreAway`."""
    team = runtime.team.current
    try:
        found = await find_unreachable(runtime.feishu.at(Priority.DECORATION), team)
    except FeishuError as error:
        log.warning("people_not_checked", cause=str(error))
        return False
    await runtime.reach.keep_unreachable(found)
    if found:
        log.warning("people_unreachable", people={key: str(why) for key, why in found.items()})
    now = await runtime.looks.now()
    today = now.astimezone(ZoneInfo(runtime.team.chat.timezone)).date().isoformat()
    for lobby, concerned in lobbies_of_people(runtime.rota.team, found).items():
        amiss = {team.people[key].name or key: found[key] for key in concerned}
        who = sha256(",".join(sorted(concerned)).encode()).hexdigest()[:12]
        await report(runtime, lobby, f"people:{today}:{who}", people_report(amiss))
    return True


async def find_unreachable(feishu: FeishuClient, team: Team) -> dict[str, Unreachable]:
    """Look everybody up; return those who cannot be called, by key. Raises `FeishuError`."""
    people = team.people.values()
    known = await _by_handle(feishu, people) | await _by_id(feishu, people)
    verdicts = {person.key: _verdict(person, known) for person in people}
    unknown = [person for person in people if verdicts[person.key] is Unreachable.UNKNOWN]
    # Asked for by themselves: without the scope for it, no status tells them from those who are still there.
    resigned = await _by_handle(feishu, unknown, include_resigned=True)
    verdicts |= {
        person.key: Unreachable.RESIGNED
        for person in unknown
        if any(handle.lower() in resigned for handle in handles_of(person))
    }
    return {key: verdict for key, verdict in verdicts.items() if verdict is not None}


def handles_of(person: Person) -> list[str]:
    """What Feishu may find somebody by."""
    return [handle for handle in (person.email, person.mobile, person.open_id) if handle]


def _verdict(person: Person, known: Mapping[str, UserStatus]) -> Unreachable | None:
    statuses = [known[handle.lower()] for handle in handles_of(person) if handle.lower() in known]
    if not statuses:
        return Unreachable.UNKNOWN
    if any(status.is_resigned or status.is_exited for status in statuses):
        return Unreachable.RESIGNED
    if any(status.is_frozen for status in statuses):
        return Unreachable.FROZEN
    if any(status.is_activated is False or status.is_unjoin for status in statuses):
        return Unreachable.INACTIVE
    return None


async def _by_handle(
    feishu: FeishuClient, people: Iterable[Person], *, include_resigned: bool = False
) -> dict[str, UserStatus]:
    """Find people by email and mobile; those whom Feishu does not know are left out."""
    found: dict[str, UserStatus] = {}
    persons = [person for person in people if person.email or person.mobile]
    for start in range(0, len(persons), BATCH):
        some = persons[start : start + BATCH]
        emails = [person.email for person in some if person.email]
        mobiles = [person.mobile for person in some if person.mobile]
        answer = await feishu.user_batch_get_id(emails=emails, mobiles=mobiles, include_resigned=include_resigned)
        found |= {
            handle.lower(): user.status
            for user in answer.user_list
            if user.user_id is not None
            for handle in (user.email, user.mobile)
            if handle
        }
    return found


async def _by_id(feishu: FeishuClient, people: Iterable[Person]) -> dict[str, UserStatus]:
    """Find people by open id. An id of another app refuses the call, so each is asked for by itself."""
    found: dict[str, UserStatus] = {}
    for person in people:
        if not person.open_id:
            continue
        try:
            answer = await feishu.user_batch_get([person.open_id])
        except BadMember:
            continue
        found |= {user.open_id.lower(): user.status for user in answer.items if user.open_id}
    return found
