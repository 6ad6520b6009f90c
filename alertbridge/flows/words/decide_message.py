"""What a message comes to as things stand: a command that its incident's owner will obey, or an answer.

Nothing is done here: the command is only tried on what is stored, record and inbox.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups.blueprint import Install, blueprint, page_url, state_of
from alertbridge.core.ids import ChatId, EntryId, IncidentId, MessageId, OpenId
from alertbridge.core.incidents.command import Command
from alertbridge.core.incidents.incident import Incident, Status
from alertbridge.core.incidents.permission import responders
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.lifecycle import Answer, observe
from alertbridge.core.spoken import answers
from alertbridge.core.spoken.answers import Remarks, remark
from alertbridge.core.spoken.deciding import command_of, words_now
from alertbridge.core.spoken.hearing import Asked, Heard, Puzzled, Riddle
from alertbridge.core.spoken.vocabulary import Deed, Question
from alertbridge.core.text import clock
from alertbridge.flows.oncall.on_duty import on_duty
from alertbridge.flows.oncall.people import Directory
from alertbridge.flows.oncall.rota import Rota
from alertbridge.flows.our_bot import OurBot
from alertbridge.store.feed import Feed
from alertbridge.store.records import Records

NAMED = 5
"""People who are named in one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What it takes to understand a message."""

    feed: Feed
    records: Records
    directory: Directory
    rota: Rota
    bot: OurBot
    install: Callable[[], Awaitable[Install]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, and who wrote it."""

    id: EntryId
    message: MessageId | None
    """None: an entry of the bot's menu was used in its place."""
    chat: ChatId | None
    by: OpenId
    at: datetime
    is_direct: bool


async def standing(incident: IncidentId | None, reading: Reading) -> Incident | None:
    """An incident as its owner will see it: what is stored of it, and its inbox. None: there is no such incident."""
    peeked = None if incident is None else await reading.records.peek(incident)
    if peeked is None or peeked[0].incident is None:
        return None
    known = peeked[0].incident
    for entry in peeked[1]:
        known = observe(known, entry).incident
    return known


async def decide(heard: Heard, said: Said, incident: Incident, reading: Reading) -> Command | Remarks:
    """The command that a message gives, or what is answered to it. Raises `StoreAway`."""
    words = words_now(incident, said.by, said.at, is_direct=said.is_direct)
    if isinstance(heard, Asked) and heard.email:
        heard = await _found(heard, reading)
    if isinstance(heard, Puzzled):
        return answers.puzzled(heard, words)
    if isinstance(heard.word, Question):
        return await _answer(heard.word, heard, said, incident, reading)
    assert not isinstance(heard.word, Deed), "those are no incident's"
    if incident.status is Status.CLOSED:
        return await tell_ended(incident, said, reading)
    command = command_of(
        heard,
        heard.word,
        incident,
        by=said.by,
        at=said.at,
        entry=said.id,
        message=said.message,
        is_direct=said.is_direct,
    )
    if not isinstance(command, Command):
        return command
    result = observe(incident, command).answer
    if result is Answer.DONE:
        return command
    trusted = responders(incident)
    names = await reading.directory.recall([*trusted, *([incident.lead] if incident.lead else [])])
    return answers.refused(
        result,
        heard.word,
        state=state_of(incident),
        words=words,
        lead=name_of(incident.lead, names),
        trusted=_listed(trusted, names),
    )


async def tell_ended(incident: Incident, said: Said, reading: Reading) -> Remarks:
    """That the incident is over."""
    at = clock(incident.status_at, incident.opening.route.chat.timezone, said.at)
    return answers.ended(incident.number, at, await _page(incident, reading))


def _listed(people: Collection[OpenId], names: dict[OpenId, str]) -> Text:
    shown = [name_of(person, names) for person in sorted(people)[:NAMED]]
    return copy.join(copy.text("list.comma"), shown)


async def _found(asked: Asked, reading: Reading) -> Heard:
    """Find the person by email, as far as any process of ours knows them."""
    person = await reading.directory.known_by_email(asked.email, reading.rota.team)
    if person is None:
        return Puzzled(why=Riddle.PERSON, number=asked.number, word=asked.word, heard=asked.email)
    return replace(asked, to=person)


async def _answer(question: Question, asked: Asked, said: Said, incident: Incident, reading: Reading) -> Remarks:
    timezone = incident.opening.route.chat.timezone
    match question:
        case Question.HELP if asked.topic is not None:
            return answers.help_on(asked.topic)
        case Question.HELP:
            words = words_now(incident, said.by, said.at, is_direct=said.is_direct)
            return answers.help_with(words, is_direct=said.is_direct)
        case Question.MINE:
            return remark("direct_only", verb=answers.named(question))
        case Question.WHO:
            duty = on_duty(reading.rota.team, incident.opening.route, said.at)
            until = "" if duty.until is None else clock(duty.until, timezone, said.at)
            return answers.on_call(duty.people, until, duty.after)
        case Question.TIMELINE:
            lines = await reading.records.timeline(incident.id)
            people = {line.by for line in lines} | {OpenId(line.details.get("to", "")) for line in lines}
            names = await reading.directory.recall([person for person in people if person])
            page = await _page(incident, reading)
            return answers.timeline(lines, names, timezone=timezone, now=said.at, page=page)
        case Question.LINK | Question.STATUS:
            view = blueprint(incident, await reading.install()).card
            assert view is not None
            if question is Question.LINK:
                return answers.links(view, incident.chat.share_link if incident.chat else "")
            people = {view.lead, view.next.who}
            names = await reading.directory.recall([person for person in people if person])
            return answers.status(view, names, said.at)


async def _page(incident: Incident, reading: Reading) -> str:
    """Where the incident can be read; "" where this install has no public address."""
    install = await reading.install()
    return page_url(install, incident.id) if install.public_url else ""
