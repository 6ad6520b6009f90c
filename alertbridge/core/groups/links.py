"""Where people can look further: the route's URL templates, and what the alert itself offers."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.route import render
from alertbridge.core.chats.card import Link, LinkKind
from alertbridge.core.ids import IncidentId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.text import encode_url, host_of

PAGE_KEY_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """What this installation is: whose groups are ours, and where its pages are."""

    app_id: str
    key: bytes
    """Random, made once in the store: the key of markers and page links."""
    public_url: str = ""


def page_key(install: Install, incident: IncidentId) -> str:
    """What a link to the incident's page carries, 32 hex digits: only this install can make it.

    It is not the mark in the group's description: who reads that may not read the page, who has the link cannot mark.
    """
    asked = f"page:{install.app_id}:{incident}".encode()
    return hmac.new(install.key, asked, hashlib.sha256).hexdigest()[:PAGE_KEY_DIGITS]


def page_path(install: Install, incident: IncidentId) -> str:
    """Where the incident's page is on this service. Whoever has the link may read it."""
    return f"/incidents/{incident}?k={page_key(install, incident)}"


def page_url(install: Install, incident: IncidentId) -> str:
    """The incident's page, for people elsewhere."""
    return install.public_url + page_path(install, incident)


def links_of(
    incident: Incident, install: Install, shown: Sequence[Alert], common: Mapping[str, str]
) -> tuple[Link, ...]:
    """The route's links, else those of the first of `shown`, marked when their host is not ours."""
    templates = incident.opening.route.links
    labels = {**common, **incident.opening.group_labels}
    annotations = shown[0].annotations if shown else {}
    offered = shown[0].links if shown else {}
    found: list[Link] = []
    if install.public_url:
        found.append(Link(kind=LinkKind.INCIDENT, url=page_url(install, incident.id)))
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
            is_ours = encode_url(from_alert) is not None and host_of(from_alert) in templates.hosts
            found.append(Link(kind=kind, url=from_alert, is_foreign=not is_ours))
    return tuple(found)


def usable(links: Sequence[Link]) -> list[tuple[LinkKind, str]]:
    """The links that may stand where no reader sees the address: ours, absolute, encoded."""
    return [(link.kind, url) for link in links if not link.is_foreign and (url := encode_url(link.url)) is not None]
