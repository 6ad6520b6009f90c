"""A message to the bot becomes a command, or a question with its answer; other talk only counts as talk.

Everything is decided from what is stored, before anything is done: no call to Feishu, no save of an incident. What is
answered goes through the inbox like everything else, so it comes in order, once, and within the quota.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from alertbridge.core.blueprint import Install, blueprint, page_url, state_of
from alertbridge.core.command import Command, Inquiry, Spoke
from alertbridge.core.ids import EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.incident import Incident
from alertbridge.core.lifecycle import Answer, observe
from alertbridge.core.spoken import answers
from alertbridge.core.spoken.answers import Remarks, remark
from alertbridge.core.spoken.deciding import command_of, words_now
from alertbridge.core.spoken.hearing import Asked, Heard, Puzzled, Riddle, hear
from alertbridge.core.spoken.vocabulary import Question
from alertbridge.core.telling import name_of
from alertbridge.core.text import clock
from alertbridge.feishu.inbound.events import MessageReceived
from alertbridge.feishu.inbound.written import pieces_of
from alertbridge.flows import metrics
from alertbridge.flows.on_duty import on_duty
from alertbridge.flows.our_bot import OurBot
from alertbridge.flows.people import Directory
from alertbridge.flows.teams import CurrentTeam
from alertbridge.store.deliveries import Outcome
from alertbridge.store.feed import Feed
from alertbridge.store.records import Records

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What it takes to understand a message."""

    feed: Feed
    records: Records
    directory: Directory
    team: CurrentTeam
    bot: OurBot
    install: Callable[[], Awaitable[Install]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A message, and who wrote it."""

    message: MessageId
    by: OpenId
    at: datetime
    is_direct: bool


async def read_message(message: MessageReceived, reading: Reading) -> None:
    """Store what a message comes to. Raises `StoreAway` and `BotUnknown`: Feishu then tells it again."""
    outcome = await _read(message, reading)
    metrics.EVENTS.labels(type(message).__name__, outcome).inc()
    log.info("event_received", type=type(message).__name__, outcome=outcome)


async def _read(message: MessageReceived, reading: Reading) -> str:
    if message.open_id is None or message.sender_type != "user" or message.chat_type != "group":
        return "ignored"
    said = _Said(message=message.message_id, by=message.open_id, at=message.sent_at or message.at, is_direct=False)
    heard = None
    if message.mentions:
        heard = hear(pieces_of(message, await reading.bot.open_id()), is_direct=False)
    incident = None if heard is None else await _standing(await reading.records.by_chat(message.chat_id), reading)
    if heard is None or incident is None:
        # One message can come under two event ids.
        spoke = Spoke(id=EntryId(message.message_id), at=said.at, by=said.by)
        return await reading.feed.append_by_chat(message.chat_id, spoke, receipt=message.message_id)
    if heard.number not in (None, incident.number):
        entry: Command | Inquiry = _told(said, remark("wrong_number", here=incident.number, n=heard.number or 0))
    else:
        entry = await _decide(heard, said, incident, reading)
    return await _append(incident, entry, reading)


async def _standing(incident: IncidentId | None, reading: Reading) -> Incident | None:
    """An incident as its owner will see it: what is stored of it, and its inbox."""
    peeked = None if incident is None else await reading.records.peek(incident)
    if peeked is None or peeked[0].incident is None:
        return None
    known = peeked[0].incident
    for entry in peeked[1]:
        known = observe(known, entry).incident
    return known


async def _append(incident: Incident, entry: Command | Inquiry, reading: Reading) -> Outcome:
    outcome = await reading.feed.append(incident.id, entry, receipt=entry.reply_to)
    verb = entry.verb if isinstance(entry, Command) else "asked"
    log.info("message_recorded", incident=incident.id, verb=verb, outcome=outcome)
    return outcome


def _told(said: _Said, answer: Remarks) -> Inquiry:
    return Inquiry(id=EntryId(said.message), at=said.at, by=said.by, reply_to=said.message, answer=answer)


# -- what it comes to --------------------------------------------------------------------------------------------------


async def _decide(heard: Heard, said: _Said, incident: Incident, reading: Reading) -> Command | Inquiry:
    words = words_now(incident, is_direct=said.is_direct)
    if isinstance(heard, Asked) and heard.email:
        heard = await _found(heard, reading)
    if isinstance(heard, Puzzled):
        return _told(said, answers.puzzled(heard, words))
    if isinstance(heard.word, Question):
        return _told(said, await _answer(heard.word, heard, said, incident, reading))
    command = command_of(
        heard,
        heard.word,
        incident,
        by=said.by,
        at=said.at,
        message=said.message,
        is_direct=said.is_direct,
    )
    if not isinstance(command, Command):
        return _told(said, command)
    result = observe(incident, command).answer
    if result is Answer.DONE:
        return command
    names = await reading.directory.recall([incident.lead] if incident.lead else [])
    lead = name_of(incident.lead, names)
    return _told(said, answers.refused(result, heard.word, state=state_of(incident), words=words, lead=lead))


async def _found(asked: Asked, reading: Reading) -> Heard:
    """Find the person by email, as far as any process of ours knows them."""
    person = await reading.directory.known_by_email(asked.email, reading.team.current)
    if person is None:
        return Puzzled(why=Riddle.PERSON, number=asked.number, word=asked.word, heard=asked.email)
    return replace(asked, to=person)


async def _answer(question: Question, asked: Asked, said: _Said, incident: Incident, reading: Reading) -> Remarks:
    timezone = incident.opening.route.chat.timezone
    install = await reading.install()
    match question:
        case Question.HELP if asked.topic is not None:
            return answers.help_on(asked.topic)
        case Question.HELP:
            words = words_now(incident, is_direct=said.is_direct)
            return answers.help_with(words, number=incident.number if said.is_direct else None)
        case Question.MINE:
            return remark("direct_only", verb=answers.named(question))
        case Question.WHO:
            duty = on_duty(reading.team.current, incident.opening.route, said.at)
            until = "" if duty.until is None else clock(duty.until, timezone, said.at)
            return answers.on_call(duty.people, until, duty.after)
        case Question.TIMELINE:
            lines = await reading.records.timeline(incident.id)
            people = {line.by for line in lines} | {OpenId(line.details.get("to", "")) for line in lines}
            names = await reading.directory.recall([person for person in people if person])
            page = page_url(install, incident.id) if install.public_url else ""
            return answers.timeline(lines, names, timezone=timezone, now=said.at, page=page)
        case Question.LINK | Question.STATUS:
            view = blueprint(incident, install).card
            assert view is not None
            if question is Question.LINK:
                return answers.links(view, incident.chat.share_link if incident.chat else "")
            people = {view.lead, view.next.who}
            names = await reading.directory.recall([person for person in people if person])
            return answers.status(view, names, said.at)
