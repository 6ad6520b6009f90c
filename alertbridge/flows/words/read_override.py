"""Somebody writes that another covers a shift: made at once, since it is no incident's and waits for no owner."""

from alertbridge.core.copy import catalogue as copy
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.permission import is_trusted, responders
from alertbridge.core.incidents.telling import name_of
from alertbridge.core.oncall.covering import Cover, Refusal, next_span
from alertbridge.core.spoken import answers
from alertbridge.core.spoken.answers import Remarks, remark
from alertbridge.core.spoken.covers import CoverWords, Whom
from alertbridge.core.spoken.vocabulary import Deed
from alertbridge.core.text import PERSON_LIMIT, clean, clock, clock_alone
from alertbridge.flows.oncall.overrides import make_overrides, person_meant
from alertbridge.flows.oncall.tell_covers import tell_covers
from alertbridge.flows.words.decide_message import NAMED, Reading, Said


async def read_override(words: CoverWords, said: Said, incident: Incident | None, reading: Reading) -> Remarks:
    """Put it in force, and say so; or why not. `incident` is what the group is about in which it was written.

    Read again it is made once. Raises `StoreAway`.
    """
    refusal = await _refused(said, incident, reading)
    if refusal is not None:
        return refusal
    team = reading.rota.team
    keys = []
    for whom in (words.who, words.by):
        key = await _key(whom, said, reading)
        if key is None:
            return await _unknown(whom, said, reading)
        keys.append(key)
    who, by = keys
    timezone = (team.routes.route if incident is None else incident.opening.route).chat.timezone
    span = next_span(words.start, words.end, said.at, timezone)
    names = await reading.directory.recall([said.by])
    author = names.get(said.by, str(said.by))
    made = await make_overrides(
        Cover(who=who, by=by, span=span), reading.rota, origin=said.id, made_by=author, now=said.at
    )
    if not isinstance(made, Refusal):
        await tell_covers(
            made.overrides,
            by=said.by,
            author=name_of(said.by, names),
            team=reading.rota.team,
            feed=reading.feed,
            directory=reading.directory,
            now=said.at,
        )
    since, until = clock_alone(span[0], timezone, said.at), clock(span[1], timezone, said.at)
    if made is Refusal.SAME:
        return remark("override.same")
    if isinstance(made, Refusal):
        return remark("override.no_shift", a=clean(_name(who, reading), PERSON_LIMIT), t1=since, t2=until)
    earlier = [person for one in made.before for person in one.override.people]
    return answers.covered(
        _name(who, reading),
        _name(by, reading),
        since,
        until,
        schedules=[one.schedule for one in made.overrides],
        before=[_name(person, reading) for person in dict.fromkeys(earlier)],
    )


async def _refused(said: Said, incident: Incident | None, reading: Reading) -> Remarks | None:
    """Why whoever writes may not change shifts; None: they may."""
    if incident is None:
        return None if await reading.directory.keys_of(said.by, reading.rota.team) else remark("override.stranger")
    if is_trusted(incident, said.by):
        return None
    trusted = sorted(responders(incident))[:NAMED]
    names = await reading.directory.recall(trusted)
    shown = copy.join(copy.text("list.comma"), [name_of(person, names) for person in trusted])
    return remark("not_allowed", verb=answers.named(Deed.OVERRIDE), role=copy.text("role.responder"), who=shown)


async def _key(whom: Whom, said: Said, reading: Reading) -> str | None:
    """What the team file calls somebody."""
    team = reading.rota.team
    if whom.email:
        return person_meant(whom.email, team)
    return next(iter(await reading.directory.keys_of(whom.open_id or said.by, team)), None)


async def _unknown(whom: Whom, said: Said, reading: Reading) -> Remarks:
    person = whom.open_id or said.by
    if whom.email:
        return remark("override.unknown", who=clean(whom.email, PERSON_LIMIT))
    return remark("override.unknown", who=name_of(person, await reading.directory.recall([person])))


def _name(key: str, reading: Reading) -> str:
    person = reading.rota.team.people.get(key)
    return key if person is None else person.name or key
