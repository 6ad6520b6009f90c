"""A message in a group becomes a command, or a question with its answer; other talk only counts as talk.

Everything is decided from what is stored, before anything is done: no call to Feishu, no save of an incident. What is
answered goes through an inbox like everything else, so it comes in order, once, and within the quota.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from alertbridge.core.ids import ChatId, EntryId
from alertbridge.core.incidents.command import Command, Inquiry, Spoke, Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.storm import seconds_to_unfold
from alertbridge.core.rooms.room import Answer, person_room
from alertbridge.core.spoken.answers import Remarks, plain, remark
from alertbridge.core.spoken.hearing import Asked, Heard, hear
from alertbridge.core.spoken.vocabulary import Question
from alertbridge.feishu.inbound.events import MessageReceived
from alertbridge.feishu.inbound.written import pieces_of
from alertbridge.flows import metrics
from alertbridge.flows.words.decide_message import Reading, Said, decide, standing, tell_ended
from alertbridge.flows.words.read_direct import read_direct, read_elsewhere
from alertbridge.flows.words.read_override import read_override
from alertbridge.store.deliveries import Outcome

log = structlog.get_logger(__name__)


async def read_message(message: MessageReceived, reading: Reading) -> None:
    """Store what a message comes to. Raises `StoreAway` and `BotUnknown`: Feishu then tells it again."""
    outcome = await _read(message, reading)
    metrics.EVENTS.labels(type(message).__name__, outcome).inc()
    log.info("event_received", type=type(message).__name__, outcome=outcome)


async def _read(message: MessageReceived, reading: Reading) -> str:
    if message.open_id is None or message.sender_type != "user" or message.chat_type not in ("group", "p2p"):
        return "ignored"
    said = Said(
        id=EntryId(message.message_id),
        message=message.message_id,
        chat=message.chat_id,
        by=message.open_id,
        at=message.sent_at or message.at,
        is_direct=message.chat_type == "p2p",
    )
    heard = await _hear(message, said, reading)
    if said.is_direct:
        return "ignored" if heard is None else await read_direct(heard, said, reading)
    here = () if heard is None else await _incidents_of(message.chat_id, reading)
    if heard is not None and not here:
        return await read_elsewhere(heard, said, reading)
    if heard is None:
        # One message can come under two event ids.
        spoke = Spoke(id=said.id, at=said.at, by=said.by)
        return await reading.feed.append_by_chat(message.chat_id, spoke, receipt=said.id)
    if isinstance(heard, Asked) and heard.cover is not None:
        return await _append(here[0], await read_override(heard.cover, said, here[0], reading), heard, said, reading)
    meant = [incident for incident in here if heard.number in (None, incident.number)]
    subject = meant[0] if len(meant) == 1 else await _folded_here(heard, here, reading)
    if subject is None:
        return await _append(here[0], _which(heard, here), heard, said, reading)
    decided = await decide(heard, said, subject, reading)
    if subject in here and not (isinstance(decided, Command) and decided.verb is Verb.UNFOLD):
        return await _append(subject, decided, heard, said, reading)
    return await _append_in_storm(subject, decided, here[0], heard, said, reading)


async def _folded_here(heard: Heard, here: Sequence[Incident], reading: Reading) -> Incident | None:
    """The incident that a message in an umbrella's group names by its number, where it is folded there."""
    if heard.number is None:
        return None
    named = await standing(await reading.records.by_number(heard.number), reading)
    return named if named is not None and named.folded_in in [incident.id for incident in here] else None


async def _append_in_storm(
    subject: Incident, decided: Command | Remarks, umbrella: Incident, heard: Heard, said: Said, reading: Reading
) -> str:
    """Store what is asked in an umbrella's group, and answer there: what is folded has no group to be told in."""
    answer = decided
    if isinstance(decided, Command):
        outcome = await reading.feed.append(subject.id, decided, receipt=said.id)
        log.info("message_recorded", incident=subject.id, verb=decided.verb, outcome=outcome)
        if outcome is Outcome.OVER:
            answer = await tell_ended(subject, said, reading)
        elif decided.verb is Verb.UNFOLD:
            groups = subject.roll_up.open if subject.roll_up is not None else 1
            answer = remark("unfolding", k=groups, s=seconds_to_unfold(groups))
        else:
            answer = remark("recorded", n=subject.number)
    assert not isinstance(answer, Command)
    entry = replace(_inquiry(answer, heard, said), id=EntryId(f"{said.id}:storm"))
    return await reading.feed.append(umbrella.id, entry, receipt=f"{said.id}:storm")


def _inquiry(answer: Remarks, heard: Heard, said: Said) -> Inquiry:
    assert said.message is not None
    is_question = isinstance(heard, Asked) and isinstance(heard.word, Question)
    return Inquiry(id=said.id, at=said.at, by=said.by, reply_to=said.message, answer=answer, is_refusal=not is_question)


async def _incidents_of(chat: ChatId, reading: Reading) -> tuple[Incident, ...]:
    """What a group is about: the incident that it was made for; in a standing room, all that are there."""
    own = await reading.records.by_chat(chat)
    named = await reading.records.in_standing_room(chat) if own is None else (own,)
    known = [await standing(incident, reading) for incident in named]
    return tuple(incident for incident in known if incident is not None)


def _which(heard: Heard, here: Sequence[Incident]) -> Remarks:
    """The answer to a message that means none of the incidents here, or any."""
    if len(here) == 1:
        return remark("wrong_number", here=here[0].number, n=heard.number or 0)
    return remark("which_here", k=len(here), numbers=", ".join(f"#{incident.number}" for incident in here))


async def _hear(message: MessageReceived, said: Said, reading: Reading) -> Heard | None:
    if not message.mentions and not said.is_direct:
        return None
    bot = await reading.bot.open_id() if message.mentions else None
    pieces = pieces_of(message, bot)
    return hear(pieces, is_direct=said.is_direct) if pieces else None  # a picture says nothing


async def _append(
    incident: Incident, decided: Command | Remarks, heard: Heard, said: Said, reading: Reading
) -> Outcome:
    entry = decided if isinstance(decided, Command) else _inquiry(decided, heard, said)
    outcome = await reading.feed.append(incident.id, entry, receipt=said.id)
    verb = entry.verb if isinstance(entry, Command) else "asked"
    log.info("message_recorded", incident=incident.id, verb=verb, outcome=outcome)
    if outcome is Outcome.OVER:
        # Nobody owns it any more: who wrote is answered from the place that is their own.
        told = decided if not isinstance(decided, Command) else await tell_ended(incident, said, reading)
        answer = Answer(id=said.id, at=said.at, text=plain(told), message=said.message, chat=said.chat)
        return await reading.feed.append_room(person_room(said.by), answer, receipt=f"{said.id}:over")
    return outcome
