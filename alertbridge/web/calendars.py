"""Calendars of shifts for the apps of people, which send no headers: the address itself opens them."""

from typing import Final

from aiohttp import web

from alertbridge.config.values import suggest
from alertbridge.flows.oncall.shared_calendars import (
    calendar_of_person,
    calendar_of_schedule,
    opens_person,
    opens_schedule,
    path_of_person,
    path_of_schedule,
)
from alertbridge.web.doors import require_admin
from alertbridge.web.problems import Refused
from alertbridge.web.state import WEB

_NOTHING_HERE: Final = (
    "There is no such calendar, or the address is not whole: `alertbridge oncall ical --url` prints it."
)
_HEADERS: Final = {"Cache-Control": "private, max-age=300"}


async def show_calendar_of_schedule(request: web.Request) -> web.Response:
    """The next 90 days of a schedule; 404 without the token that belongs to it."""
    state, schedule = request.app[WEB], request.match_info["schedule"]
    key = (await state.install()).key
    is_open = opens_schedule(key, schedule, request.query.get("token", ""))
    if not is_open or schedule not in state.rota.schedules:
        raise Refused(404, _NOTHING_HERE)
    return _calendar(calendar_of_schedule(state.rota.team, schedule, state.clock.now(), state.languages))


async def show_calendar_of_person(request: web.Request) -> web.Response:
    """The next 90 days of somebody; 404 without the token that belongs to them."""
    state, person = request.app[WEB], request.match_info["person"]
    key = (await state.install()).key
    is_open = opens_person(key, person, request.query.get("token", ""))
    if not is_open or person not in state.rota.team.people:
        raise Refused(404, _NOTHING_HERE)
    return _calendar(calendar_of_person(state.rota.team, person, state.clock.now(), state.languages))


async def tell_calendar(request: web.Request) -> web.Response:
    """Where the calendar of `?schedule=` or `?person=` is (`url`), and what it says now (`text`)."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    team, install, now = state.rota.team, await state.install(), state.clock.now()
    schedule, person = request.query.get("schedule", ""), request.query.get("person", "")
    if bool(schedule) == bool(person):
        raise Refused(400, "Name a schedule or a person: ?schedule=… or ?person=….")
    known = team.schedules if schedule else team.people
    if (named := schedule or person) not in known:
        hint = suggest(named, list(known)) or f"there are: {', '.join(known) or 'none'}"
        raise Refused(404, f"The team file has no {'schedule' if schedule else 'person'} {named!r}; {hint}.")
    path = path_of_schedule(install.key, schedule) if schedule else path_of_person(install.key, person)
    write = calendar_of_schedule if schedule else calendar_of_person
    base = install.public_url or str(request.url.origin())
    return web.json_response({"url": f"{base}{path}", "text": write(team, named, now, state.languages)})


def _calendar(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/calendar", charset="utf-8", headers=_HEADERS)
