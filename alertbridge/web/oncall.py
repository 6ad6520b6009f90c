"""Who is on call, for programs; and overrides, which they may make and take back."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Annotated, Final

import msgspec
from aiohttp import web

from alertbridge.config import Team
from alertbridge.config.values import suggest
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.oncall.covering import LONGEST as LONGEST_COVER
from alertbridge.core.oncall.covering import Cover, Refusal, read_span
from alertbridge.core.oncall.override import KeptOverride
from alertbridge.core.oncall.schedule import Schedule
from alertbridge.flows.oncall.duty_roster import LONGEST, on_call_as_json, override_as_json, shifts_as_json
from alertbridge.flows.oncall.overrides import make_overrides, person_meant
from alertbridge.flows.oncall.tell_covers import tell_covers
from alertbridge.web.doors import require_admin
from alertbridge.web.problems import Refused, problem
from alertbridge.web.state import WEB, Web

_SHOWN: Final = timedelta(days=14)
_YEARS: Final = range(2000, 2200)
_LOST_PLUS: Final = re.compile(r" (\d\d:\d\d)$")
"""What is left of an offset whose plus nobody escaped."""

_EXAMPLE: Final = '{"who": "alice", "by": "bob", "when": "18:00-22:00"}'

_Word = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=200)]


class _Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who shall be on call, when, and in whose place."""

    by: _Word
    when: _Word
    who: str = ""
    schedule: str = ""


async def show_on_call(request: web.Request) -> web.Response:
    """Who is on call now, or at `?at=`, in each schedule or in `?schedule=`."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    now = state.clock.now()
    team = state.rota.team
    at = _time(request, "at") or now
    return web.json_response(on_call_as_json(team, _asked(team, request.query.get("schedule", "")), at))


async def list_shifts(request: web.Request) -> web.Response:
    """Shifts and gaps from `?since=` (now) until `?until=` (two weeks later), in each schedule or in `?schedule=`."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    team = state.rota.team
    since = _time(request, "since") or state.clock.now()
    until = _time(request, "until") or since + _SHOWN
    if not since < until <= since + LONGEST:
        raise Refused(400, f"`until` has to be later than `since`, by at most {LONGEST.days} days.")
    asked = _asked(team, request.query.get("schedule", ""))
    return web.json_response(shifts_as_json(team, asked, since, until))


async def list_overrides(request: web.Request) -> web.Response:
    """The overrides that people made and that are not over, oldest first."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    now = state.clock.now()
    kept = [one for one in state.rota.kept if one.override.ends_at > now]
    return web.json_response({"overrides": [override_as_json(one, state.rota.team) for one in kept]})


async def make_override(request: web.Request) -> web.Response:
    """200 with what is in force from now on, and what it goes over; 400, 404 and 409 say why not."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    try:
        wish = msgspec.json.decode(await request.read(), type=_Wish)
    except msgspec.DecodeError as error:
        raise Refused(400, f"An override needs a body like {_EXAMPLE}: {error}.") from error
    team, now = state.rota.team, state.clock.now()
    schedules = _asked(team, wish.schedule)
    timezone = schedules[wish.schedule].timezone if wish.schedule else team.routes.route.chat.timezone
    span = read_span(wish.when, now, timezone)
    if span is None:
        raise Refused(400, f"{wish.when!r} is no time: write 18:00-22:00, or 2026-02-01T18:00/2026-02-02T09:00.")
    who = _person(team, wish.who) if wish.who else ""
    cover = Cover(by=_person(team, wish.by), span=span, who=who, schedule=wish.schedule)
    made = await make_overrides(cover, state.rota, origin=token_hex(8), made_by="operator", now=now)
    if isinstance(made, Refusal):
        raise Refused(409, _why(made, wish, team))
    await _tell(made.overrides, state, is_taken_back=False)
    return web.json_response(
        {
            "overrides": [override_as_json(one, team) for one in made.overrides],
            "goes_before": [override_as_json(one, team) for one in made.before],
        }
    )


async def remove_override(request: web.Request) -> web.Response:
    """200 once it does not count any more; 404 where there is none."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    named = request.match_info["override"]
    await state.rota.refresh()
    gone = [one for one in state.rota.kept if one.id == named and one.override.ends_at > state.clock.now()]
    if not await state.rota.remove(named):
        return problem(404, f"There is no override {named}.")
    await _tell(gone, state, is_taken_back=True)
    return web.json_response({"id": named})


async def _tell(overrides: Iterable[KeptOverride], state: Web, *, is_taken_back: bool) -> None:
    await tell_covers(
        overrides,
        by=None,
        author=copy.text("person.operator"),
        team=state.rota.team,
        feed=state.feed,
        directory=state.directory,
        now=state.clock.now(),
        is_taken_back=is_taken_back,
    )


def _asked(team: Team, named: str) -> Mapping[str, Schedule]:
    if not named:
        return team.schedules
    if named not in team.schedules:
        known = suggest(named, team.schedules) or f"there are: {', '.join(team.schedules) or 'none'}."
        raise Refused(404, f"The team file has no schedule {named!r}; {known}")
    return {named: team.schedules[named]}


def _person(team: Team, word: str) -> str:
    key = person_meant(word, team)
    if key is None:
        known = suggest(word, team.people) or "name them by key, by email, or by a name that only one of them has."
        raise Refused(404, f"The team file names nobody {word!r}; {known}")
    return key


def _time(request: web.Request, name: str) -> datetime | None:
    written = request.query.get(name)
    if written is None:
        return None
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", written))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in _YEARS:
        raise Refused(400, f"`{name}` is no time: write it with its offset, like 2026-02-01T09:00:00+08:00.")
    return at.astimezone(UTC)


def _why(refusal: Refusal, wish: _Wish, team: Team) -> str:
    match refusal:
        case Refusal.SAME:
            return f"{wish.by} cannot cover for themselves."
        case Refusal.OVER:
            return f"{wish.when} is over, or ends before it begins."
        case Refusal.TOO_LONG:
            return f"{wish.when} is longer than {LONGEST_COVER.days} days: change the rotation in the team file."
        case Refusal.NO_SHIFT:
            where = f"in {wish.schedule}" if wish.schedule else "in any schedule"
            return f"{wish.who} has no shift {where} at {wish.when}, so there is nothing to cover."
        case Refusal.WHICH:
            return f"Name the schedule in which {wish.by} shall be on call; there are: {', '.join(team.schedules)}."
