"""What an incident wants its group to be: a function of the incident alone, so that asking twice gives the same answer.

Words come from `copy`, names from `naming`; who is on call was decided when the incident opened.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.route import OnClose, render
from alertbridge.core.chats.card import Link, LinkKind, State
from alertbridge.core.chats.chat import Line, LineStyle, Menu, MenuItem, Tab, Text, Wanted
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.groups import naming
from alertbridge.core.groups.links import Install, links_of, page_url, usable
from alertbridge.core.groups.live_card import common_labels, live_card, shown_alerts, summary_of
from alertbridge.core.ids import OpenId
from alertbridge.core.incidents.incident import Incident, Status, called, offered_to
from alertbridge.core.incidents.occurrence import value_of
from alertbridge.core.incidents.state import state_of
from alertbridge.core.incidents.updates import next_update_at
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.text import SUMMARY_LIMIT, TITLE_LIMIT, clean, date_and_clock

__all__ = ["OUR_MENUS", "OUR_TABS", "Install", "blueprint", "page_url", "sort_of", "state_of", "title_of"]


def blueprint(incident: Incident, install: Install) -> Wanted:
    """Say what the chat of `incident` should be."""
    route = incident.opening.route
    policy = route.chat
    state, named = state_of(incident), _named_state(incident)
    shown = shown_alerts(incident)
    title = title_of(incident)
    links = links_of(incident, install, shown, common_labels(shown))
    ends = incident.status is Status.CLOSED
    marker = naming.marker(install.key, install.app_id, incident.id)
    ends_locked = incident.on_close is not OnClose.KEEP
    return Wanted(
        exists=_exists(incident),
        name=naming.group_name(sort_of(incident), named, _named_title(incident, title), incident.number),
        plain_name=naming.group_name(sort_of(incident), named, "", incident.number),
        description=copy.primary(naming.description(incident.number, route.name, marker), policy.languages),
        avatar=_avatar(incident, named),
        members=_members(incident) if incident.room is None else (),
        managers=_managers(incident) if incident.room is None else (),
        card=live_card(incident, state, title, shown, links),
        mention=_mention(incident),
        # What is on top of a standing room at the end may be another's: it is left there.
        is_pinned=not ends if incident.room is None else policy.pin,
        announcement=_announcement(incident, state, title, shown, links) if policy.announcement else None,
        tabs=_tabs(links, policy.languages) if policy.tabs else None,
        menu=_menu(links, policy.languages) if policy.menu else None,
        is_locked=(incident.is_closing or ends) and ends_locked,
        speakers=_speakers(incident),
        is_archived=incident.is_closing and ends_locked,
        room=incident.room,
    )


def _speakers(incident: Incident) -> tuple[OpenId, ...] | None:
    """Who alone may write in a big group. Once it is quiet it stays so: people come and go about the limit."""
    chat, limit = incident.chat, incident.opening.route.chat.quiet_above
    if chat is None or chat.is_standing or not limit:
        return None
    if len(chat.members) <= limit and chat.speakers is None:
        return None
    return tuple(sorted(called(incident) & chat.members))


def _avatar(incident: Incident, state: State) -> str:
    match state:
        case State.RESOLVED | State.CLOSED:
            return "resolved"
        case State.SILENCED:
            return "silenced"
        case _:
            return incident.severity.name.lower()


def _named_state(incident: Incident) -> State:
    """The state word of the group's name: while a source flips to and fro, the name stays."""
    state = state_of(incident)
    is_flip = incident.is_flapping and incident.resolved_by is None
    return State.FIRING if is_flip and state is State.RESOLVED else state


def sort_of(incident: Incident) -> Severity | Text:
    """What a name begins with: how bad it is, or that it is none."""
    return copy.text("tag.drill") if incident.opening.drill else incident.severity


def _named_title(incident: Incident, title: str) -> str | Text:
    """What the group's name says; that of a storm tells how much is in it."""
    if incident.opening.drill:
        return copy.text("name.drill")
    if incident.roll_up is None:
        return title
    return copy.text("name.storm", route=incident.opening.route.name, k=incident.roll_up.total)


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
    """What is over, young or folded before its group was made needs none; a group that shall be disbanded neither."""
    if incident.status is Status.CLOSED:
        return incident.chat is not None and _stays(incident)
    waits = incident.status in (Status.TRIAGE, Status.RESOLVED) or incident.folded_in is not None
    return not waits or incident.chat is not None


def _stays(incident: Incident) -> bool:
    """True where the group outlives the incident: its route says so, or its history could not be saved (P6)."""
    return incident.on_close is not OnClose.DISBAND or bool(incident.archive.refused)


def _members(incident: Incident) -> tuple[OpenId, ...]:
    lead = (incident.lead,) if incident.lead else ()
    roles, offered = incident.roles.values(), offered_to(incident)
    people = [*(incident.responders or ()), *incident.summoned, *lead, *roles, *offered, *incident.invited]
    return tuple(dict.fromkeys(people))


def _mention(incident: Incident) -> tuple[OpenId, ...]:
    """Whom the first card calls: everybody who was called before it, as long as somebody is wanted."""
    if incident.opening.route.escalation is None:
        return tuple(incident.responders or ())
    return incident.summoned if incident.status is Status.FIRING else ()


def _managers(incident: Incident) -> tuple[OpenId, ...]:
    people = [*((incident.lead,) if incident.lead else ()), *offered_to(incident), *(incident.responders or ())]
    return tuple(dict.fromkeys(people))


# -- tabs, menu, announcement -----------------------------------------------------------------------------------------


OUR_TABS = frozenset(
    copy.dual(f"tab.{kind}", languages)
    for kind in LinkKind
    for count in (1, len(copy.LANGUAGES))
    for languages in permutations(copy.LANGUAGES, count)
)
"""What our tabs are called, whatever languages are set."""


def _tabs(links: Sequence[Link], languages: copy.Languages) -> tuple[Tab, ...]:
    return tuple(
        Tab(name=copy.dual(f"tab.{kind}", languages), url=url)
        for kind, url in usable(links)
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

OUR_MENUS = frozenset(name for menu, _ in _MENUS for name in copy.text(menu).values())
"""What our menus are called, in any language; one of another name is people's own."""


def _menu(links: Sequence[Link], languages: copy.Languages) -> tuple[Menu, ...]:
    urls = dict(usable(links))
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


def _update_line(incident: Incident, bullet: Callable[[str, str], Line]) -> Line:
    """The newest update, where there is one, and when the next is expected: both have one place."""
    policy, expected_at = incident.opening.route.chat, next_update_at(incident)
    expected = "" if expected_at is None else date_and_clock(expected_at, policy.timezone)
    if incident.update is None:
        return bullet("next_update", expected)
    at = date_and_clock(incident.update.at, policy.timezone)
    told = bullet("update", f"{at} {clean(incident.update.text, SUMMARY_LIMIT)}")
    if not expected:
        return told
    return replace(told, text=f"{told.text} · {copy.label('announcement.next_update', policy.languages)}{expected}")


def _announcement(
    incident: Incident, state: State, title: str, shown: Sequence[Alert], links: Sequence[Link]
) -> tuple[Line, ...]:
    """Nine lines of ours and two for people's notes (CHAT.md section 2), always as many, so one call refreshes all."""
    policy = incident.opening.route.chat
    languages = policy.languages

    def bullet(name: str, text: str = "", *, person: OpenId | None = None) -> Line:
        label = copy.label(f"announcement.{name}", languages)
        return Line(style=LineStyle.BULLET, text=label + text, person=person)

    heading = f"#{incident.number} · {incident.severity} · {copy.primary(copy.text(f'state.{state}'), languages)}"
    named = tuple((copy.primary(copy.text(f"link.{kind}"), languages), url) for kind, url in usable(links))
    value = clean(value_of(incident.opening.route, shown[0]), TITLE_LIMIT) if shown else ""
    nobody = copy.primary(copy.text("person.nobody"), languages)
    others = tuple(
        (f" · {copy.label(f'announcement.{role}', languages)}", incident.roles[role])
        for role in Role
        if role in incident.roles
    )
    return (
        Line(style=LineStyle.HEADING, text=heading),
        Line(style=LineStyle.TEXT, text=clean(title, TITLE_LIMIT)),
        replace(bullet("lead", "" if incident.lead else nobody, person=incident.lead), others=others),
        bullet("impact", clean(summary_of(shown, title), SUMMARY_LIMIT)),
        bullet("started", date_and_clock(incident.opened_at, policy.timezone)),
        bullet("now", value),
        _update_line(incident, bullet),
        replace(bullet("links"), links=named),
        Line(style=LineStyle.DIVIDER, text=copy.primary(copy.text("announcement.divider"), languages)),
        Line(style=LineStyle.HEADING, text=copy.dual("announcement.notes", languages)),
        Line(style=LineStyle.TEXT, text=""),
    )
