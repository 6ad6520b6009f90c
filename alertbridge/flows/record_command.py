"""A command from outside the chat becomes an entry, after a dry run that says what it will come to."""

import structlog
from ulid import ULID

from alertbridge.core.ids import EntryId, IncidentId
from alertbridge.core.incidents.command import Command, Verb, Via
from alertbridge.core.lifecycle import Answer, observe
from alertbridge.core.severity import Severity
from alertbridge.flows.clock import StoreClock
from alertbridge.store.deliveries import Outcome
from alertbridge.store.feed import Feed
from alertbridge.store.records import Records

log = structlog.get_logger(__name__)


async def record_command(
    incident: IncidentId,
    verb: Verb,
    *,
    feed: Feed,
    records: Records,
    clock: StoreClock,
    seconds: int | None = None,
    text: str = "",
    level: Severity | None = None,
) -> Answer | None:
    """Store what the operator asks for; None where there is no such incident. Raises `StoreAway`.

    What does not apply now is not stored: the answer says why.
    """
    peeked = await records.peek(incident)
    if peeked is None or peeked[0].incident is None:
        return None
    known = peeked[0].incident
    for entry in peeked[1]:
        known = observe(known, entry).incident
    command = Command(
        id=EntryId(str(ULID())),
        at=clock.now(),
        verb=verb,
        by=None,
        via=Via.CLI,
        seconds=seconds,
        text=text,
        level=level,
    )
    answer = observe(known, command).answer
    if answer is Answer.DONE and await feed.append(incident, command) is not Outcome.STORED:
        answer = Answer.CLOSED
    log.info("command_recorded", incident=incident, verb=verb, answer=answer)
    return answer
