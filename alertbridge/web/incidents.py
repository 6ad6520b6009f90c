"""Incidents as JSON for programs, and as a page for people: the open ones, and one with its timeline."""

import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from alertbridge.core.copy.catalogue import primary, text
from alertbridge.core.groups.blueprint import state_of, title_of
from alertbridge.core.groups.links import Install, page_key, page_path
from alertbridge.core.ids import IncidentId, OpenId
from alertbridge.core.incidents.escalation import calls_at, next_step
from alertbridge.core.incidents.incident import Earlier, Incident, Status, called
from alertbridge.core.incidents.telling import tell
from alertbridge.core.text import clean
from alertbridge.core.timeline import TimelineLine
from alertbridge.ingest.senders import UnknownSender
from alertbridge.store.records import Later, Stored
from alertbridge.web.doors import require_admin
from alertbridge.web.problems import problem
from alertbridge.web.state import WEB, Web

if TYPE_CHECKING:
    from jinja2 import Environment

LISTED = 1000
"""Incidents in one answer, at most."""

_TITLE_LIMIT = 80
_NUMBER = re.compile(r"#?(\d{1,15})", re.ASCII)


@cache
def _pages() -> "Environment":
    # Imported with the first page: a worker shows none, and it takes more memory than all pages.
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(lambda name: files("alertbridge.web.pages").joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


async def list_incidents(request: web.Request) -> web.Response:
    """The incidents that are not at their end, worst first; `?closed=true` the others, newest first."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    if request.query.get("closed") == "true":
        found = await state.records.list_closed(LISTED)
    else:
        found = tuple(sorted(await state.records.list_open(LISTED), key=worst_first))
    return _json({"incidents": [as_json(stored) for stored in found]})


async def get_incident(request: web.Request) -> web.Response:
    """One incident by id or number, with its timeline."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    stored = await find(state, request.match_info["incident"])
    if stored is None:
        return problem(404, "There is no such incident.")
    timeline = await state.records.timeline(stored.id)
    names = await state.directory.recall(_people([stored], timeline))
    return _json(
        as_json(stored) | {"timeline": [line_as_json(line) | {"told": tell(line, names)} for line in timeline]}
    )


async def show_open(request: web.Request) -> web.Response:
    """The page of all open incidents, for the operator."""
    state = request.app[WEB]
    require_admin(request, state.admin_token)
    found = sorted(await state.records.list_open(LISTED), key=worst_first)
    names = await state.directory.recall(_people(found))
    install = await state.install()
    rows = [
        {
            "link": page_path(install, stored.id),
            **_shown(stored, state, names),
        }
        for stored in found
    ]
    return _page("open.html", state, rows=rows)


async def show_incident(request: web.Request) -> web.Response:
    """The page of one incident. Its link carries the page's key: whoever was given the link may read it.

    The operator may also name it by its id or number.
    """
    state = request.app[WEB]
    named = request.match_info["incident"]
    install = await state.install()
    key = page_key(install, IncidentId(named))
    if not hmac.compare_digest(request.query.get("k", "").encode("utf-8", "backslashreplace"), key.encode()):
        if not state.admin_token:
            raise UnknownSender(
                "The address of this page ends in a key: open it from the group, or from the list at /."
            )
        require_admin(request, state.admin_token)
    stored = await find(state, named)
    if stored is None:
        return problem(404, "There is no such incident.")
    lines = await state.records.timeline(stored.id)
    names = await state.directory.recall(_people([stored], lines))
    language = state.languages[0]
    timeline = [{"at": _at(line.at, state), "text": tell(line, names)[language]} for line in lines]
    row, alerts = _shown(stored, state, names), _alerts(stored, state)
    row |= _in_storm(stored.incident, install)
    links = {"earlier": _linked(stored.earlier, install), "later": _linked(stored.later, install)}
    return _page("incident.html", state, row=row, timeline=timeline, alerts=alerts, **links)


def _in_storm(incident: Incident | None, install: Install) -> dict[str, Any]:
    """The umbrella over an incident, and what is folded into one."""
    folded_in = incident.folded_in if incident else None
    rolled_up = incident.roll_up if incident else None
    return {
        "umbrella": page_path(install, folded_in) if folded_in else "",
        "storm": rolled_up,
        "folds": [
            {
                "number": one.number,
                "severity": str(one.severity),
                "title": clean(one.title, _TITLE_LIMIT),
                "link": page_path(install, one.id),
            }
            for one in (rolled_up.rows if rolled_up else ())
        ],
    }


def _linked(other: Earlier | Later | None, install: Install) -> dict[str, Any] | None:
    """Another incident of the same group key: whoever may read this page may read that one."""
    return None if other is None else {"number": other.number, "link": page_path(install, other.id)}


async def find(state: Web, named: str) -> Stored | None:
    """Find an incident by its id, or by the number people call it."""
    incident: IncidentId | None = IncidentId(named)
    if number := _NUMBER.fullmatch(named):
        incident = await state.records.by_number(int(number[1]))
    return None if incident is None else await state.records.get(incident)


def worst_first(stored: Stored) -> tuple[int, datetime]:
    """Order incidents by severity, then age; one that nobody has looked at yet comes first."""
    return (int(stored.incident.severity) if stored.incident else 0, stored.opened_at)


def as_json(stored: Stored) -> dict[str, Any]:
    """One incident for programs. `status` is `opening` until its owner has saved it for the first time."""
    common = {
        "id": stored.id,
        "number": stored.number,
        "route": stored.opening.route.name,
        "integration": stored.opening.integration,
        "group_labels": stored.opening.group_labels,
        "drill": stored.opening.drill and stored.opening.drill.id,
        "opened_at": stored.opened_at,
        "ended_at": stored.ended_at,
        "earlier": stored.earlier and {"id": stored.earlier.id, "number": stored.earlier.number},
        "later": stored.later and {"id": stored.later.id, "number": stored.later.number},
    }
    incident = stored.incident
    if incident is None:
        return common | {"status": "opening"}
    return common | {
        "status": incident.status,
        "severity": str(incident.severity),
        "title": title_of(incident),
        "status_at": incident.status_at,
        "opens_at": incident.opens_at,
        "closes_at": incident.closes_at,
        "is_flapping": incident.is_flapping,
        "folded_in": incident.folded_in,
        "storm": _storm(incident),
        "lead": incident.lead,
        "escalation": _escalation(incident),
        "roles": {role.value: who for role, who in incident.roles.items()},
        "alerts": _counts(incident),
        "chat_id": incident.chat.id if incident.chat else None,
        "group": _group(incident),
        "share_link": incident.chat.share_link if incident.chat else None,
        "troubles": [
            {"action": trouble.key, "cause": trouble.cause, "retry_at": trouble.retry_at, "failures": trouble.failures}
            for trouble in incident.troubles
        ],
    }


def _storm(umbrella: Incident) -> dict[str, Any] | None:
    """What is folded into an umbrella; None: it is none."""
    known = umbrella.roll_up
    if known is None:
        return None
    return {"total": known.total, "open": known.open, "acked": known.acked, "ends_at": known.ends_at}


def _escalation(incident: Incident) -> dict[str, Any] | None:
    """The step that is called next; None: none is, unless something happens."""
    found, at = next_step(incident), calls_at(incident)
    if found is None or at is None:
        return None
    number, step = found
    return {"step": number, "at": at, "via": list(step.via)}


def _group(incident: Incident) -> dict[str, Any] | None:
    """How far the group is."""
    chat = incident.chat
    if chat is None:
        return None
    return {
        "created_at": chat.created_at,
        "card_sent_at": chat.card and chat.card.sent_at,
        "is_card_on_top": chat.card is not None and chat.top_notice == chat.card.message,
        "people": len(chat.members),
        "missing": len(called(incident) - chat.members),
        "is_standing": chat.is_standing,
    }


def line_as_json(line: TimelineLine) -> dict[str, Any]:
    """One timeline line for programs."""
    return {"at": line.at, "what": line.what, "by": line.by, "text": line.text, "details": line.details}


def _counts(incident: Incident) -> dict[str, int]:
    statuses = [alert.status.value for alert in incident.alerts.values()]
    return {"firing": statuses.count("firing"), "total": len(statuses)}


def _people(shown: Iterable[Stored], lines: Iterable[TimelineLine] = ()) -> set[OpenId]:
    """Everybody who is named on a page."""
    leads = {stored.incident.lead for stored in shown if stored.incident}
    told = {name for line in lines for name in (line.by, OpenId(line.details.get("to", "")))}
    return {person for person in leads | told if person}


def _shown(stored: Stored, state: Web, names: Mapping[OpenId, str]) -> dict[str, Any]:
    """What a page shows of an incident; the template escapes it, here it is only cleaned."""
    incident, language = stored.incident, state.languages[0]
    lead = names.get(incident.lead, incident.lead) if incident and incident.lead else None
    opens_at = incident.opens_at if incident and incident.status is Status.TRIAGE else None
    return {
        "number": stored.number,
        "waits": text("next.triage", t=_at(opens_at, state))[language] if opens_at else "",
        "route": clean(stored.opening.route.name, _TITLE_LIMIT),
        "opened": _at(stored.opened_at, state),
        "title": clean(title_of(incident), _TITLE_LIMIT) if incident else "",
        "severity": str(incident.severity) if incident else "",
        "state": primary(text(f"state.{state_of(incident)}"), state.languages) if incident else "…",
        "status": incident.status.value if incident else "opening",
        "lead": clean(lead, _TITLE_LIMIT) if lead else text("person.nobody")[language],
        "counts": _counts(incident) if incident else {"firing": 0, "total": 0},
        "share_link": incident.chat.share_link if incident and incident.chat and not incident.chat.is_gone else "",
        "troubles": [clean(trouble.cause, 300) for trouble in incident.troubles] if incident else [],
    }


def _alerts(stored: Stored, state: Web) -> list[dict[str, Any]]:
    if stored.incident is None:
        return []
    shown = sorted(stored.incident.alerts.values(), key=lambda alert: (alert.status, alert.starts_at))[:200]
    return [
        {
            "name": clean(alert.name, _TITLE_LIMIT),
            "status": alert.status.value,
            "since": _at(alert.starts_at, state),
            "value": clean(alert.value, _TITLE_LIMIT),
            "labels": [(clean(name, 60), clean(value, 120)) for name, value in sorted(alert.labels.items())],
        }
        for alert in shown
    ]


def _at(moment: datetime, state: Web) -> str:
    return f"{moment.astimezone(ZoneInfo(state.timezone)):%Y-%m-%d %H:%M:%S}"


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _page(name: str, state: Web, **values: object) -> web.Response:
    html = _pages().get_template(name).render(zone=state.timezone, language=state.languages[0], **values)
    return web.Response(
        text=html,
        content_type="text/html",
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
