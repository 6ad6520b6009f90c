"""Calls people, each at most once a minute: whom another incident called just now their direct chat calls for both."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from alertbridge.core.chats.action import Buzz, PageAction
from alertbridge.core.chats.outcome import Gathered, Outcome
from alertbridge.core.ids import EntryId, OpenId
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.oncall.policy import Way
from alertbridge.core.rooms.room import Called, person_room
from alertbridge.flows.runtime import Runtime


async def call_people(
    action: PageAction, incident: Incident, runtime: Runtime, perform: Callable[[PageAction], Awaitable[Outcome]]
) -> Outcome:
    """Make the call, but for those whose minute is taken. Raises `StoreAway`; done again it comes to the same.

    These take nobody's minute, and wait for none: a drill, a message that makes no sound, and a call for an incident
    that somebody holds: they ask for help, or hand it over, and what is gathered is only what nobody holds.
    """
    is_held = incident.status is Status.ACKNOWLEDGED
    if incident.opening.drill is not None or action.way is Way.CARD or is_held:
        return await perform(action)
    people = action.people if isinstance(action, Buzz) else (action.person,)
    gathered: set[OpenId] = set()
    for person in people:
        until = await runtime.minutes.take(person, action.way, incident.id)
        if until is not None:
            await _gather(person, action, incident, until, runtime)
            gathered.add(person)
    if not gathered:
        return await perform(action)
    if len(gathered) == len(people) or not isinstance(action, Buzz):
        return Gathered(people=frozenset(gathered))
    others = replace(action, people=tuple(person for person in people if person not in gathered))
    return Gathered(people=frozenset(gathered), rest=await perform(others))


async def _gather(person: OpenId, action: PageAction, incident: Incident, until: datetime, runtime: Runtime) -> None:
    """Leave it to their direct chat, once."""
    cause = EntryId(f"called:{incident.id}:{action.cause}:{action.way}:{person}")
    page = next((one for one in incident.pages if (one.person, one.cause) == (person, action.cause)), None)
    loudest = page.todo[-1] if page is not None and page.todo else action.way  # they are called once, for all ways
    message = action.message if isinstance(action, Buzz) and not action.is_direct else None
    called = Called(id=cause, at=until, incident=incident.id, way=loudest, message=message, until=until)
    await runtime.feed.append_room(person_room(person), called, receipt=cause)
