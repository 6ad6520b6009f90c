"""What people are told who wrote to the bot, where nothing else tells them (CHAT.md section 5).

Each answer is a tuple of remarks in every language. What comes from people, or from alerts, is cleaned here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from alertbridge.core.chats.card import CardView, LinkKind, State
from alertbridge.core.chats.chat import Remark, Text
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups.links import usable
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.change import Answer
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.foretelling import foretell
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.storm import end_of_storm
from alertbridge.core.incidents.telling import name_of, tell
from alertbridge.core.rooms.my_list import ListRow
from alertbridge.core.spoken.hearing import Puzzled, Riddle
from alertbridge.core.spoken.nearest import nearest
from alertbridge.core.spoken.vocabulary import BY_WORD, Needs, Question, Word
from alertbridge.core.text import LABEL_LIMIT, PERSON_LIMIT, age, clean, clock, encode_url
from alertbridge.core.timeline import TimelineLine

Remarks = tuple[Remark, ...]

HELP_ROWS: Final = 10
TIMELINE_ROWS: Final = 8
OFFERED: Final = 5
"""Words that are named in place of one that does not apply."""
HEARD_LIMIT: Final = 20
"""Of somebody's words that are said back to them."""


def remark(key: str, /, **values: str | int | Text) -> Remarks:
    """One piece of the catalogue."""
    return (Remark(words=copy.text(f"answer.{key}", **values)),)


def named(word: Word) -> Text:
    """What a word is called."""
    return copy.text(f"verb.{word}")


def plain(remarks: Remarks) -> Text:
    """The answer as one text, addresses written out, for where it stands in a direct chat."""
    lines = []
    for said in remarks:
        lines.append(said.words)
        lines += [copy.join(copy.text("label.colon"), [name, url]) for name, url in said.links]
    return copy.join("\n", lines)


def _listed(words: Sequence[Text | str]) -> Text:
    """`a, b or c`."""
    if len(words) < 2:
        return copy.join("", words)
    return copy.join(copy.text("list.or"), [copy.join(copy.text("list.comma"), words[:-1]), words[-1]])


# -- questions ---------------------------------------------------------------------------------------------------------


def help_with(words: Sequence[Word], *, is_direct: bool) -> Remarks:
    """The commonest of `words`, a line each."""
    head = remark("help.direct") if is_direct else remark("help")
    return head + tuple(_explained(word) for word in words[:HELP_ROWS])


def help_on(word: Word) -> Remarks:
    """How one word is used."""
    names = copy.join(copy.text("list.comma"), BY_WORD[word].names)
    return (_explained(word), *remark("help.names", names=names))


def _explained(word: Word) -> Remark:
    values = {"example": copy.text(f"example.{word}"), "meaning": copy.text(f"meaning.{word}")}
    return Remark(words=copy.text("answer.help.row", **values))


def status(view: CardView, names: Mapping[OpenId, str], now: datetime) -> Remarks:
    """How things stand, in one line: what the card says."""
    step = view.next
    at = "" if step.at is None else clock(step.at, view.timezone, now)
    lead = copy.text("person.nobody") if view.lead is None else name_of(view.lead, names)
    return remark(
        "status",
        severity=str(view.severity),
        state=copy.text(f"state.{view.state}"),
        age=age(now - view.started_at),
        lead=lead,
        firing=view.firing,
        total=view.total,
        next=foretell(step, at, lambda person: name_of(person, names), end_of_storm(view.storm)),
    )


_LINKED: Final = (LinkKind.INCIDENT, LinkKind.DASHBOARD, LinkKind.RUNBOOK)


def links(view: CardView, share_link: str) -> Remarks:
    """Where to look further, and how others join."""
    found = [(copy.text("answer.link.share"), share_link)] if share_link else []
    found += [(copy.text(f"link.{kind}"), url) for kind, url in usable(view.links) if kind in _LINKED]
    if not found:
        return remark("link.none")
    return (Remark(words=copy.text("answer.link"), links=tuple(found)),)


def timeline(
    lines: Sequence[TimelineLine], names: Mapping[OpenId, str], *, timezone: str, now: datetime, page: str
) -> Remarks:
    """What happened last, the newest line last; `page` tells the rest."""
    shown = lines[-TIMELINE_ROWS:]
    rows = tuple(
        Remark(
            words=copy.text(
                "answer.timeline.row",
                t=clock(line.at, timezone, now),
                what={language: clean(said, LABEL_LIMIT) for language, said in tell(line, names).items()},
            )
        )
        for line in shown
    )
    url = encode_url(page)
    more = ((copy.text("link.incident"), url),) if url else ()
    return (Remark(words=copy.text("answer.timeline", k=len(shown)), links=more), *rows)


def on_call(people: Sequence[str], until: str, after: Sequence[str]) -> Remarks:
    """Who is on call: names, until when ("": for good), and who comes after them then."""
    if not people:
        return remark("who.nobody")
    shown = copy.join(copy.text("list.comma"), [clean(name, PERSON_LIMIT) for name in people])
    if not until:
        return remark("who", people=shown)
    if not after:
        return remark("who.until", people=shown, t=until)
    then = copy.join(copy.text("list.comma"), [clean(name, PERSON_LIMIT) for name in after])
    return remark("who.until.next", people=shown, t=until, next=then)


def done(verb: Verb, incident: Incident) -> Remarks:
    """What a command came to that was given in a direct chat; the group hears of it by itself."""
    if verb is Verb.ACK:
        return remark("done.ack", n=incident.number)
    return remark("done", n=incident.number, verb=named(verb))


def ended(number: int, at: str, page: str) -> Remarks:
    """That an incident is over, since when, and where to read on (""; nowhere)."""
    url = encode_url(page)
    if url is None:
        return remark("ended", n=number, t=at)
    words = copy.text("answer.ended.link", n=number, t=at)
    return (Remark(words=words, links=((copy.text("link.incident"), url),)),)


def which(rows: Sequence[ListRow]) -> Remarks:
    """That several incidents are theirs, so that it has to be said which is meant."""
    named = tuple(
        Remark(words=dict.fromkeys(copy.LANGUAGES, f"#{row.number} {clean(row.title, LABEL_LIMIT)}"))
        for row in rows[:HELP_ROWS]
    )
    rest = len(rows) - len(named)
    return remark("which", k=len(rows)) + named + (remark("which.more", k=rest) if rest else ())


def everybody_on_call(schedules: Sequence[tuple[str, Sequence[str], str, Sequence[str]]]) -> Remarks:
    """`on_call` for several schedules, each with its name ("": it has none)."""
    told: Remarks = ()
    for name, people, until, after in schedules:
        if name:
            told += remark("who.schedule", schedule=clean(name, LABEL_LIMIT))
        told += on_call(people, until, after)
    return told


# -- shifts that change hands ------------------------------------------------------------------------------------------


def covered(who: str, by: str, since: str, until: str, *, schedules: Sequence[str], before: Sequence[str]) -> Remarks:
    """That somebody covers for somebody else: names and times, and whose earlier cover is over with that."""
    names = {"a": clean(who, PERSON_LIMIT), "b": clean(by, PERSON_LIMIT)}
    said = remark("override", **names, t1=since, t2=until)
    comma = copy.text("list.comma")
    if len(schedules) > 1:
        said += remark("override.schedules", names=copy.join(comma, [clean(name, LABEL_LIMIT) for name in schedules]))
    if before:
        said += remark("override.before", who=copy.join(comma, [clean(name, PERSON_LIMIT) for name in before]))
    return said


# -- what did not come to anything -------------------------------------------------------------------------------------


_NEEDED: Final = {
    Needs.PERSON: "person",
    Needs.ROLE_AND_PERSON: "role",
    Needs.PERHAPS_PERSON: "person",
    Needs.COVER: "cover",
    Needs.LEVEL: "level",
    Needs.TEXT: "text",
    Needs.TIME_AND_PERHAPS_TEXT: "time",
    Needs.PERHAPS_ALL: "all",
}


def puzzled(puzzle: Puzzled, words: Sequence[Word]) -> Remarks:
    """Why a message could not be understood; `words` mean something now."""
    heard = clean(puzzle.heard, HEARD_LIMIT)
    if puzzle.word is None:
        if near := nearest(puzzle.heard, words):
            return remark("unknown.near", word=heard, words=_listed(near))
        return remark("unknown", word=heard, help=named(Question.HELP))
    verb = named(puzzle.word)
    match puzzle.why:
        case Riddle.ALONE:
            return remark("alone", verb=verb)
        case Riddle.PERSON:
            return remark("person", heard=heard)
        case Riddle.TIME:
            return remark("time")
        case _:
            what = copy.text(f"needs.{_NEEDED[BY_WORD[puzzle.word].needs]}")
            return remark("argument", verb=verb, what=what, example=copy.text(f"example.{puzzle.word}"))


def refused(answer: Answer, word: Word, *, state: State, words: Sequence[Word], lead: Text, trusted: Text) -> Remarks:
    """Why a command changes nothing; `lead` holds the incident, `trusted` may do it, `words` mean something now."""
    match answer:
        case Answer.ALREADY_YOURS:
            return remark("yours")
        case Answer.ALREADY_TAKEN:
            return remark("taken", who=lead, verb=copy.text("verb.assign"))
        case Answer.ALREADY_SO:
            return remark("already_so")
        case Answer.INCOMPLETE:
            return remark("incomplete")
        case Answer.NOT_ALLOWED:
            return remark("not_allowed", verb=named(word), role=copy.text("role.responder"), who=trusted)
        case Answer.NO_ALERTMANAGER:
            return remark("no_alertmanager")
        case _:
            possible = copy.join(copy.text("list.comma"), [named(known) for known in words[:OFFERED]])
            return remark("not_now", state=copy.text(f"state.{state}"), verb=named(word), words=possible)
