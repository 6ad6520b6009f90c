"""What an incident wants its group to be: a function of the incident alone, so that asking twice gives the same answer.

Words come from `copy`, names from `naming`; who is on call was decided when the incident opened.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alertbridge.core import copy, naming
from alertbridge.core.alert import Alert, AlertStatus
from alertbridge.core.card import Button, CardView, Link, LinkKind, More, Next, NextKind, Row, State
from alertbridge.core.chat import Line, LineStyle, Menu, MenuItem, Tab, Wanted
from alertbridge.core.ids import OpenId
from alertbridge.core.incident import Incident, Status
from alertbridge.core.lifecycle import firing, value_of
from alertbridge.core.route import OnClose, Route, render
from alertbridge.core.text import clean, date_and_clock, encode_url, host_of

ROWS = 5
"""Alerts that get a row of the card; so 500 of them make the same card as five."""

COMMON_LABELS = 4
SPREAD_VALUES = 5
TELLING_VALUES = 20
"""A label with more values than this tells nothing about how alerts spread."""

SUMMARY_LIMIT = 300
TITLE_LIMIT = 80

_SCOPES = ("cluster", "env", "environment", "region", "zone", "namespace", "service", "job", "instance")

_STATES = {
    Status.FIRING: State.FIRING,
    Status.ACKNOWLEDGED: State.ACKED,
    Status.RESOLVED: State.RESOLVED,
    Status.CLOSED: State.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """What this installation is: whose groups are ours, and where its pages are."""

    app_id: str
    key: bytes
    """Random, made once in the store: the key of markers and page links."""
    public_url: str = ""


def blueprint(incident: Incident, install: Install) -> Wanted:
    """Say what the chat of `incident` should be."""
    route = incident.opening.route
    policy = route.chat
    state = state_of(incident)
    shown = _shown(incident)
    title = title_of(incident)
    links = _links(incident, install, shown)
    ends = incident.status is Status.CLOSED
    marker = naming.marker(install.key, install.app_id, incident.id)
    is_kept_closed = _ends_locked(incident)
    return Wanted(
        exists=_exists(incident),
        name=naming.group_name(incident.severity, state, title, incident.number),
        plain_name=naming.group_name(incident.severity, state, "", incident.number),
        description=copy.primary(naming.description(incident.number, route.name, marker), policy.languages),
        avatar="resolved" if state in (State.RESOLVED, State.CLOSED) else incident.severity.name.lower(),
        members=_members(incident),
        managers=_managers(incident),
        card=_card(incident, state, title, shown, links),
        mention=tuple(incident.responders or ()),
        is_pinned=not ends,
        announcement=_announcement(incident, state, title, links) if policy.announcement else None,
        tabs=_tabs(links, policy.languages) if policy.tabs else None,
        menu=_menu(links, policy.languages) if policy.menu else None,
        is_locked=(incident.is_closing or ends) and is_kept_closed,
        is_archived=incident.is_closing and is_kept_closed,
    )


def state_of(incident: Incident) -> State:
    """The state word that people read."""
    return _STATES[incident.status]


def title_of(incident: Incident) -> str:
    """What is broken, raw: the route's template, else the alert's name and what tells its group apart."""
    if not incident.alerts:
        return incident.opening.route.name
    first = min(incident.alerts.values(), key=lambda alert: (alert.starts_at, alert.fingerprint))
    if template := incident.opening.route.chat.title:
        labels = {**first.labels, **incident.opening.group_labels}
        if title := render(template, labels, first.annotations).strip():
            return title
    telling = [value for name, value in sorted(incident.opening.group_labels.items()) if value != first.name and value]
    return f"{first.name}: {'/'.join(telling)}" if telling else first.name


# -- people and lifetime -----------------------------------------------------------------------------------------------


def _exists(incident: Incident) -> bool:
    """A problem that is over before its group was made needs none; a group that shall be disbanded is not wanted."""
    if incident.status is Status.CLOSED:
        return incident.chat is not None and _stays(incident)
    return incident.status is not Status.RESOLVED or incident.chat is not None


def _stays(incident: Incident) -> bool:
    """True where the group outlives the incident: its route says so, or its history could not be saved (P6)."""
    return incident.opening.route.chat.on_close is not OnClose.DISBAND or bool(incident.archive.refused)


def _ends_locked(incident: Incident) -> bool:
    return incident.opening.route.chat.on_close is not OnClose.KEEP


def _members(incident: Incident) -> tuple[OpenId, ...]:
    people = [*(incident.responders or ()), *((incident.lead,) if incident.lead else ()), *incident.invited]
    return tuple(dict.fromkeys(people))


def _managers(incident: Incident) -> tuple[OpenId, ...]:
    people = [*((incident.lead,) if incident.lead else ()), *(incident.responders or ())]
    return tuple(dict.fromkeys(people))


# -- the card ----------------------------------------------------------------------------------------------------------


def _shown(incident: Incident) -> list[Alert]:
    """The alerts the card is about: those that fire, or at the end all of them, oldest first."""
    return firing(incident) or sorted(incident.alerts.values(), key=lambda alert: (alert.starts_at, alert.fingerprint))


def _card(incident: Incident, state: State, title: str, shown: Sequence[Alert], links: tuple[Link, ...]) -> CardView:
    route = incident.opening.route
    common = _common_labels(shown)
    telling = _telling(common, route, incident.opening.group_labels)
    value = value_of(route, shown[0]) if shown else ""
    is_one = len(shown) == 1
    rows, rest = ([], []) if is_one else (list(shown[:ROWS]), list(shown[ROWS:]))
    return CardView(
        incident=incident.id,
        number=incident.number,
        severity=incident.severity,
        state=state,
        title=title,
        route=route.name,
        scope=next((common[name] for name in _SCOPES if common.get(name)), ""),
        summary=_summary(shown, title),
        value=value,
        value_before=incident.value_at_open if incident.value_at_open != value else "",
        started_at=incident.opened_at,
        state_at=incident.status_at,
        lead=incident.lead,
        resolved_by=incident.resolved_by,
        firing=sum(1 for alert in incident.alerts.values() if alert.status is AlertStatus.FIRING),
        total=len(incident.alerts),
        truncated=incident.truncated,
        common=telling,
        rows=tuple(_row(route, alert, common) for alert in rows) if state in (State.FIRING, State.ACKED) else (),
        more=_more(rest, common) if rest and state in (State.FIRING, State.ACKED) else None,
        links=tuple(link for link in links if link.kind is not LinkKind.SOURCE and link.kind is not LinkKind.ON_CALL),
        next=_next(incident),
        buttons=_buttons(incident),
        refreshed=incident.refreshed,
        timezone=route.chat.timezone,
    )


def _summary(shown: Sequence[Alert], title: str) -> str:
    if not shown:
        return title
    for name in ("summary", "message", "description"):
        if text := shown[0].annotations.get(name):
            return clean(text, SUMMARY_LIMIT)
    return title


def _common_labels(alerts: Sequence[Alert]) -> dict[str, str]:
    if not alerts:
        return {}
    common = dict(alerts[0].labels)
    for alert in alerts[1:]:
        common = {name: value for name, value in common.items() if alert.labels.get(name) == value}
    return common


def _telling(common: Mapping[str, str], route: Route, group_labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The common labels worth a place on the card: those that make the group first; the name stands elsewhere."""
    known = {"alertname", route.severity_label}
    names = [name for name in sorted(common, key=lambda name: (name not in group_labels, name)) if name not in known]
    return tuple((name, common[name]) for name in names[:COMMON_LABELS])


def _row(route: Route, alert: Alert, common: Mapping[str, str]) -> Row:
    differing = tuple((name, value) for name, value in sorted(alert.labels.items()) if name not in common)
    return Row(value=value_of(route, alert), labels=differing, since=alert.starts_at)


def _more(rest: Sequence[Alert], common: Mapping[str, str]) -> More:
    """How the alerts without a row spread over the label that tells most: most values, but not one for each alert."""
    counts: dict[str, Counter[str]] = {}
    for alert in rest:
        for name, value in alert.labels.items():
            if name not in common:
                counts.setdefault(name, Counter())[value] += 1
    fitting = [name for name, values in counts.items() if 1 < len(values) <= TELLING_VALUES]
    if not fitting:
        return More(count=len(rest), label="", values=())
    best = max(sorted(fitting), key=lambda name: len(counts[name]))
    values = sorted(counts[best].items(), key=lambda item: (-item[1], item[0]))[:SPREAD_VALUES]
    return More(count=len(rest), label=best, values=tuple(values))


def _next(incident: Incident) -> Next:
    match incident.status:
        case Status.FIRING:
            return Next(kind=NextKind.WAIT_ACK)
        case Status.ACKNOWLEDGED:
            return Next(kind=NextKind.WAIT_RECOVERY)
        case Status.CLOSED:
            return Next(kind=NextKind.NOTHING)
    if incident.closes_at is None:
        return Next(kind=NextKind.KEPT, who=incident.kept_by)
    kinds = {OnClose.DISBAND: NextKind.DISBAND, OnClose.LOCK: NextKind.LOCK, OnClose.KEEP: NextKind.STAYS}
    return Next(kind=kinds[incident.opening.route.chat.on_close], at=incident.closes_at)


def _buttons(incident: Incident) -> tuple[Button, ...]:
    match incident.status:
        case Status.FIRING:
            return (Button.ACK, Button.RESOLVE, Button.ASSIGN)
        case Status.ACKNOWLEDGED:
            return (Button.RESOLVE, Button.ASSIGN)
        case Status.CLOSED:
            return ()
    if incident.is_closing:
        return (Button.REOPEN,)
    return (*((Button.KEEP,) if incident.closes_at else ()), Button.REOPEN, Button.CLOSE)


# -- links, tabs, menu, announcement -----------------------------------------------------------------------------------


def _links(incident: Incident, install: Install, shown: Sequence[Alert]) -> tuple[Link, ...]:
    """Where to look further: the route's templates, else what the alert offers, marked when its host is not ours."""
    templates = incident.opening.route.links
    labels = {**_common_labels(shown), **incident.opening.group_labels}
    annotations = shown[0].annotations if shown else {}
    offered = shown[0].links if shown else {}
    found: list[Link] = []
    if install.public_url:
        found.append(Link(kind=LinkKind.INCIDENT, url=page_url(install, incident)))
    for kind, template, from_alert in (
        (LinkKind.DASHBOARD, templates.dashboard, offered.get("panel") or offered.get("dashboard", "")),
        (LinkKind.RUNBOOK, templates.runbook, annotations.get("runbook_url", "")),
        (LinkKind.LOGS, templates.logs, annotations.get("logs_url", "")),
        (LinkKind.ON_CALL, templates.on_call, ""),
        (LinkKind.SOURCE, "", shown[0].generator_url if shown else ""),
    ):
        if template:
            found.append(Link(kind=kind, url=render(template, labels, annotations, url=True)))
        elif from_alert:
            is_foreign = host_of(from_alert) not in templates.hosts
            found.append(Link(kind=kind, url=from_alert, is_foreign=is_foreign))
    return tuple(found)


def page_url(install: Install, incident: Incident) -> str:
    """The incident's page. Whoever has the link may read it, so it carries a mark that only this install can make."""
    return f"{install.public_url}/incidents/{incident.id}?k={naming.mac(install.key, install.app_id, incident.id)}"


def _usable(links: Sequence[Link]) -> list[tuple[LinkKind, str]]:
    """The links that may stand where no reader sees the address: ours, absolute, encoded."""
    return [(link.kind, url) for link in links if not link.is_foreign and (url := encode_url(link.url)) is not None]


def _tabs(links: Sequence[Link], languages: copy.Languages) -> tuple[Tab, ...]:
    return tuple(
        Tab(name=copy.dual(f"tab.{kind}", languages), url=url)
        for kind, url in _usable(links)
        if kind is not LinkKind.SOURCE
    )


_MENUS: tuple[tuple[str, tuple[tuple[LinkKind, str], ...]], ...] = (
    ("menu.incident", ((LinkKind.INCIDENT, "menu.incident.page"),)),
    (
        "menu.investigate",
        (
            (LinkKind.DASHBOARD, "menu.investigate.dashboard"),
            (LinkKind.RUNBOOK, "menu.investigate.runbook"),
            (LinkKind.LOGS, "menu.investigate.logs"),
            (LinkKind.SOURCE, "menu.investigate.source"),
        ),
    ),
    ("menu.help", ((LinkKind.ON_CALL, "menu.help.on_call"),)),
)


def _menu(links: Sequence[Link], languages: copy.Languages) -> tuple[Menu, ...]:
    urls = dict(_usable(links))
    menus = (
        Menu(
            name=copy.spoken(copy.text(name), languages),
            items=tuple(
                MenuItem(name=copy.spoken(copy.text(item), languages), url=urls[kind])
                for kind, item in items
                if kind in urls
            ),
        )
        for name, items in _MENUS
    )
    return tuple(menu for menu in menus if menu.items)


def _announcement(incident: Incident, state: State, title: str, links: Sequence[Link]) -> tuple[Line, ...]:
    """Nine lines of ours and two for people's notes (CHAT.md section 2), always as many, so one call refreshes all."""
    policy = incident.opening.route.chat
    languages = policy.languages

    def bullet(name: str, text: str = "", *, person: OpenId | None = None, url: str = "") -> Line:
        label = copy.label(f"announcement.{name}", languages)
        return Line(style=LineStyle.BULLET, text=label + text, person=person, url=url)

    heading = f"#{incident.number} · {incident.severity} · {copy.primary(copy.text(f'state.{state}'), languages)}"
    usable = _usable(links)
    first_link = next(iter(usable), None)
    shown = _shown(incident)
    value = clean(value_of(incident.opening.route, shown[0]), TITLE_LIMIT) if shown else ""
    nobody = copy.primary(copy.text("person.nobody"), languages)
    return (
        Line(style=LineStyle.HEADING, text=heading),
        Line(style=LineStyle.TEXT, text=clean(title, TITLE_LIMIT)),
        bullet("lead", "" if incident.lead else nobody, person=incident.lead),
        bullet("impact", clean(_summary(shown, title), SUMMARY_LIMIT)),
        bullet("started", date_and_clock(incident.opened_at, policy.timezone)),
        bullet("now", value),
        bullet("next_update"),
        bullet("links", url=first_link[1] if first_link else ""),
        Line(style=LineStyle.DIVIDER, text=copy.primary(copy.text("announcement.divider"), languages)),
        Line(style=LineStyle.HEADING, text=copy.dual("announcement.notes", languages)),
        Line(style=LineStyle.TEXT, text=""),
    )
