"""From what was asked to the command that does it, and which words mean something now."""

from datetime import datetime, timedelta
from typing import Final

from alertbridge.core.ids import EntryId, MessageId, OpenId
from alertbridge.core.incidents.command import Command, Verb, Via
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.obey import useful
from alertbridge.core.spoken.answers import Remarks, remark
from alertbridge.core.spoken.hearing import Asked
from alertbridge.core.spoken.quantities import next_time
from alertbridge.core.spoken.vocabulary import VOCABULARY, Question, Word
from alertbridge.core.text import age

LEAST: Final = timedelta(minutes=5)
LONGEST_KEEP: Final = timedelta(days=7)
"""A group that is kept for longer is kept without an end."""


def words_now(incident: Incident, by: OpenId, at: datetime, *, is_direct: bool) -> tuple[Word, ...]:
    """The words with which somebody gets something as things stand, the commonest first."""
    verbs = useful(incident, by, at)
    return tuple(
        entry.word
        for entry in VOCABULARY
        if (entry.word in verbs if isinstance(entry.word, Verb) else is_direct or entry.word is not Question.MINE)
    )


def command_of(
    asked: Asked,
    verb: Verb,
    incident: Incident,
    *,
    by: OpenId,
    at: datetime,
    entry: EntryId,
    message: MessageId | None,
    is_direct: bool,
) -> Command | Remarks:
    """The command that `message` gives, or why it cannot be given so."""
    route = incident.opening.route
    most = timedelta(seconds=route.silence_max_seconds) if verb is Verb.SILENCE else LONGEST_KEEP
    lasting = None if asked.seconds is None else timedelta(seconds=asked.seconds)
    if asked.clock is not None:
        lasting = next_time(asked.clock, at, route.chat.timezone) - at
    elif lasting is not None and not LEAST <= lasting <= most:
        return remark("time_range", least=age(LEAST), most=age(most))
    return Command(
        id=entry,
        at=at,
        verb=verb,
        by=by,
        via=Via.DIRECT if is_direct else Via.CHAT,
        to=asked.to,
        role=asked.role,
        level=asked.level,
        text=asked.text,
        seconds=None if lasting is None else int(lasting.total_seconds()),
        reply_to=message,
    )
