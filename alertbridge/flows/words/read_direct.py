"""A direct message to the bot: about an incident that it names, or the only one that is theirs, or about none."""

import structlog

from alertbridge.core.ids import EntryId
from alertbridge.core.incidents.command import Command, Verb
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.rooms.my_list import ListRow, is_theirs, rows_of
from alertbridge.core.rooms.room import Answer, AskedMine, RoomEntry, person_room
from alertbridge.core.spoken import answers
from alertbridge.core.spoken.answers import Remarks, remark
from alertbridge.core.spoken.hearing import Asked, Heard, Puzzled, Riddle, hear
from alertbridge.core.spoken.vocabulary import BY_WORD, Question
from alertbridge.core.text import clock
from alertbridge.feishu.inbound.events import BotMenu
from alertbridge.flows import metrics
from alertbridge.flows.oncall.on_duty import all_on_duty
from alertbridge.flows.words.decide_message import Reading, Said, decide, standing, tell_ended
from alertbridge.flows.words.read_override import read_override
from alertbridge.store.deliveries import Outcome

log = structlog.get_logger(__name__)

_READ = 1000
"""Open incidents among which theirs are looked for."""


async def read_menu(menu: BotMenu, reading: Reading) -> None:
    """Take an entry of the bot's menu for the question of the same name. Raises `StoreAway`.

    What acts is not taken from there: one press of a thumb asks nobody whether they mean it.
    """
    heard = hear((menu.event_key,), is_direct=True)
    outcome = "ignored"
    if menu.operator is not None and isinstance(heard, Asked) and isinstance(heard.word, Question):
        said = Said(id=EntryId(menu.event_id), message=None, chat=None, by=menu.operator, at=menu.at, is_direct=True)
        outcome = await read_direct(heard, said, reading)
    metrics.EVENTS.labels(type(menu).__name__, outcome).inc()
    log.info("event_received", type=type(menu).__name__, outcome=outcome)


async def read_elsewhere(heard: Heard, said: Said, reading: Reading) -> Outcome:
    """Answer a message in a group that is no incident's, a lobby for one. Raises `StoreAway`."""
    if isinstance(heard, Asked) and heard.cover is not None:
        return await _tell(await read_override(heard.cover, said, None, reading), said, reading)
    answer = _general(heard, said, reading)
    if isinstance(heard, Asked) and heard.word is Question.MINE:
        answer = remark("direct_only", verb=answers.named(heard.word))
    return await _tell(answer or remark("elsewhere"), said, reading)


async def read_direct(heard: Heard, said: Said, reading: Reading) -> Outcome:
    """Store what a direct message comes to, and what is answered. Raises `StoreAway`: Feishu then tells it again."""
    if isinstance(heard, Asked) and heard.word is Question.MINE:
        mine = AskedMine(id=said.id, at=said.at, message=said.message, chat=said.chat)
        return await _append(mine, said, reading)
    if isinstance(heard, Asked) and heard.cover is not None:
        return await _tell(await read_override(heard.cover, said, None, reading), said, reading)
    if (answer := _general(heard, said, reading)) is not None:
        return await _tell(answer, said, reading)
    meant = await _meant(heard, said, reading)
    if not isinstance(meant, Incident):
        return await _tell(meant, said, reading)
    decided = await decide(heard, said, meant, reading)
    if not isinstance(decided, Command):
        return await _tell(decided, said, reading)
    outcome = await reading.feed.append(meant.id, decided, receipt=said.id)
    log.info("message_recorded", incident=meant.id, verb=decided.verb, outcome=outcome)
    if outcome is Outcome.STORED and decided.verb in (Verb.NOTE, Verb.UPDATE):
        return outcome  # the owner gives the receipt
    if outcome in (Outcome.STORED, Outcome.DUPLICATE):  # a repeat may have come because the answer was not stored
        return await _tell(answers.done(decided.verb, meant), said, reading)
    return await _tell(await tell_ended(meant, said, reading), said, reading)


def _general(heard: Heard, said: Said, reading: Reading) -> Remarks | None:
    """The answer to what is about no incident; None: it is about one."""
    if heard.number is not None:
        return None
    match heard:
        case Asked(word=Question.HELP, topic=None):
            return answers.help_with(tuple(BY_WORD), is_direct=True)
        case Asked(word=Question.HELP, topic=topic) if topic is not None:
            return answers.help_on(topic)
        case Asked(word=Question.WHO):
            team = reading.rota.team
            told = [
                (name, duty.people, clock(duty.until, zone, said.at) if duty.until else "", duty.after)
                for name, zone, duty in all_on_duty(team, said.at)
            ]
            return answers.everybody_on_call(told)
        case Puzzled(why=Riddle.UNKNOWN):
            return answers.puzzled(heard, tuple(BY_WORD))
    return None


async def _meant(heard: Heard, said: Said, reading: Reading) -> Incident | Remarks:
    """The incident that is meant; or what is said where that is none, or not clear.

    Who is not part of an incident is told the same as if it were not there.
    """
    if heard.number is None:
        rows = await _theirs(said, reading)
        if not rows:
            return remark("none_open")
        if len(rows) > 1:
            return answers.which(rows)
        named = rows[0].incident
    else:
        found = await reading.records.by_number(heard.number)
        if found is None:
            return remark("no_incident", n=heard.number)
        named = found
    incident = await standing(named, reading)
    if incident is None or not await _is_part(incident, said, reading):
        return remark("no_incident", n=heard.number or 0)
    return incident


async def _theirs(said: Said, reading: Reading) -> tuple[ListRow, ...]:
    stored = await reading.records.list_open(_READ)
    return rows_of(said.by, [one.incident for one in stored if one.incident is not None])


async def _is_part(incident: Incident, said: Said, reading: Reading) -> bool:
    """Whether somebody is in its group, was called for it, leads it, or is on call for its route now."""
    if is_theirs(incident, said.by):
        return True
    return await reading.directory.answers_for(said.by, incident.opening.route, reading.rota.team, said.at)


async def _tell(answer: Remarks, said: Said, reading: Reading) -> Outcome:
    told = Answer(id=said.id, at=said.at, text=answers.plain(answer), message=said.message, chat=said.chat)
    return await _append(told, said, reading)


async def _append(entry: RoomEntry, said: Said, reading: Reading) -> Outcome:
    # A receipt of its own: the command and its answer are two entries of one message.
    return await reading.feed.append_room(person_room(said.by), entry, receipt=f"{said.id}:answer")
