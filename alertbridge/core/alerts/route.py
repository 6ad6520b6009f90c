"""The routing tree: which route an alert takes, and what that route says about its incident."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote

from alertbridge.core.alerts.matcher import Matcher
from alertbridge.core.oncall.intervals import TimeInterval
from alertbridge.core.oncall.policy import Policy, Target
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import USUAL_SEVERITIES, Severity

ALL_LABELS = ("...",)
"""The `group_by` that makes every label set an incident of its own (Alertmanager's spelling)."""


class OnClose(StrEnum):
    """What becomes of the group when its incident is over."""

    DISBAND = "disband"
    LOCK = "lock"
    KEEP = "keep"


class OnLeave(StrEnum):
    """What is done when somebody on call leaves the group of an open incident."""

    INVITE = "invite"
    """Bring them back, once."""
    ACCEPT = "accept"


class Restrict(StrEnum):
    """Who may resolve, close, silence and change the severity."""

    MEMBERS = "members"
    """Everybody in the group."""
    RESPONDERS = "responders"
    """People on call, the lead, and the managers of the group."""


class OnLost(StrEnum):
    """What becomes of an open incident whose group is disbanded by hand, or the bot taken out of it for good."""

    REOPEN = "reopen"
    """Go on in a new group."""
    CLOSE = "close"
    """It ends with its group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPolicy:
    """How the group of an incident looks and ends."""

    on_close: OnClose = OnClose.DISBAND
    countdown_seconds: int = 3600
    """From resolved to closed."""
    talk_extends_seconds: int = 900
    """Talk during the countdown postpones the end to at least this long after the last word."""
    wait_seconds: int = 0
    """An incident has no group until it has fired for so long; one that is over before never has any."""
    stale_after_seconds: int = 0
    """Without a word of the source for so long an incident is asked about, and after as long again over; 0: never."""
    steady_seconds: int = 1800
    """An incident that flaps is kept quiet until its source has said the same for so long; 0: flips are always told."""
    title: str = ""
    """Template of the group's title; empty: the alert's name and the group labels."""
    value: str = ""
    """The annotation that holds the measured value; empty: what Grafana sends, else none."""
    languages: tuple[str, ...] = ("zh", "en")
    """The first is the primary one."""
    timezone: str = "Asia/Shanghai"
    existing: str = ""
    """A standing room: the chat id of a group that people have, used in place of new ones; "": new ones are made."""
    pin: bool = False
    """The live card is put on top of a standing room, too."""
    announcement: bool = True
    tabs: bool = True
    menu: bool = True
    on_leave: OnLeave = OnLeave.INVITE
    on_lost: OnLost = OnLost.REOPEN
    look_every_seconds: int = 3600
    """How often the real group is compared with what it should be; in the first hour every ten minutes."""
    quiet_above: int = 0
    """In a group of more people than this only those on call and the lead may write; 0: everybody may, always."""
    keep_manual_name: bool = True
    """A name that a person gave the group stays until state or severity change."""
    restrict: Restrict = Restrict.MEMBERS
    handover_seconds: int = 900
    """What is handed over and not taken for so long is given back, and the escalation goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """URL templates; empty: no such link."""

    dashboard: str = ""
    runbook: str = ""
    logs: str = ""
    on_call: str = ""
    hosts: tuple[str, ...] = ()
    """Hosts (lower case) whose URLs may be taken from alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StormPolicy:
    """When incidents begin so fast that they share one group."""

    above: int = 30
    """More new ones than this within a minute are folded; 0: never."""
    steady_seconds: int = 600
    """The storm is over once the rate has been below for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one route says about its incidents, everything inherited. An incident keeps the copy it opened with."""

    name: str
    """Its own name, else its matchers from the root down; the same after every reload."""
    group_by: tuple[str, ...] | None = None
    """Labels that tell incidents apart, `()`: one for all, `ALL_LABELS`: each label set; None: as the sender groups."""
    severity_label: str = "severity"
    severities: dict[str, Severity] = field(default_factory=dict)
    """What values of that label mean, in lower case, beside and before `USUAL_SEVERITIES`."""
    default_severity: Severity = Severity.P3
    people: tuple[str, ...] = ()
    schedule: str | None = None
    escalation: Policy | None = None
    """Who is called in which order; None: nobody is, beyond the first card."""
    roles: dict[Role, Target] = field(default_factory=dict)
    """Who has which from the start, beside the lead: the first person behind each."""
    updates: dict[Severity, int] = field(default_factory=dict)
    """Seconds without an update after which the lead is reminded; a severity that is missing: never."""
    quiet_hours: tuple[TimeInterval, ...] = ()
    """When nobody is called for P3 and P4."""
    lobby: str | None = None
    """The lobby that shows its incidents; None: the main one, should there be one. `off` is never the name of one."""
    chat: ChatPolicy = ChatPolicy()
    links: Links = Links()
    storm: StormPolicy = StormPolicy()
    silence_max_seconds: int = 86_400
    """The longest silence that may be made from the chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteNode:
    """A route in its place: the conditions to enter it, and the narrower routes below it."""

    route: Route
    matchers: tuple[Matcher, ...] = ()
    continues: bool = False
    """Alerts that took this route are offered to the next sibling as well."""
    children: tuple["RouteNode", ...] = ()


def decide(tree: RouteNode, labels: Mapping[str, str]) -> tuple[Route, ...]:
    """List the routes an alert takes, in the order of the file: the deepest ones that match, never none.

    The root takes what no other route wants. A route without `continue` ends the search among its siblings.
    """
    taken: list[Route] = []
    for child in tree.children:
        if all(matcher.matches(labels) for matcher in child.matchers):
            taken.extend(decide(child, labels))
            if not child.continues:
                break
    return tuple(taken) or (tree.route,)


def route_named(tree: RouteNode, name: str) -> Route | None:
    """The route of that name; None: there is none."""
    if tree.route.name == name:
        return tree.route
    return next(filter(None, (route_named(child, name) for child in tree.children)), None)


class Router:
    """Decides as `decide` does, and remembers: of all labels only those count that some matcher asks for."""

    def __init__(self, tree: RouteNode) -> None:
        self._tree = tree
        self._asked = tuple(sorted(_asked_labels(tree)))
        self._taken: dict[tuple[str, ...], tuple[Route, ...]] = {}

    def decide(self, labels: Mapping[str, str]) -> tuple[Route, ...]:
        """List the routes an alert takes."""
        values = tuple([labels.get(name, "") for name in self._asked])
        taken = self._taken.get(values)
        if taken is None:
            if len(self._taken) >= _REMEMBERED:  # a matcher asks for a label that is different each time: begin anew
                self._taken.clear()
            taken = self._taken[values] = decide(self._tree, labels)
        return taken


_REMEMBERED = 4096


def _asked_labels(node: RouteNode) -> set[str]:
    below = (_asked_labels(child) for child in node.children)
    return {matcher.name for matcher in node.matchers}.union(*below)


def severity_of(route: Route, labels: Mapping[str, str]) -> Severity:
    """Read the severity that an alert's labels ask for; the route's default where its word is missing or unknown."""
    word = labels.get(route.severity_label, "").strip().lower()
    return route.severities.get(word) or USUAL_SEVERITIES.get(word) or route.default_severity


_write = json.JSONEncoder(separators=(",", ":")).encode  # dumps would make an encoder each time


def group_key(integration: str, tenant: str, route: Route, labels: Mapping[str, str], *, group: str | None) -> str:
    """Name the group of alerts that make one incident: 32 hex digits, stable across processes and versions.

    `group` is the sender's own group (for Alertmanager: receiver and groupKey), None where the sender has no groups:
    then alerts of one name belong together. A label that is missing and one that is empty are the same.
    """
    if route.group_by == ALL_LABELS:
        kind, value = "labels", tuple(sorted((name, value) for name, value in labels.items() if value))
    elif route.group_by is not None:
        kind, value = "labels", tuple([(name, labels.get(name, "")) for name in sorted(set(route.group_by))])
    elif group is not None:
        kind, value = "group", (("", group),)
    else:
        kind, value = "labels", (("alertname", labels.get("alertname", "")),)
    return _hashed(integration, tenant, route.name, kind, value)


def storm_key(integration: str, tenant: str, route: Route) -> str:
    """Name the group of the umbrella under which incidents of one route are folded; like `group_key`."""
    return _hashed(integration, tenant, route.name, "storm", ())


@lru_cache(maxsize=4096)  # each group is told of again and again, and by each of an HA pair
def _hashed(*parts: object) -> str:
    return blake2b(_write(parts).encode("ascii"), digest_size=16).hexdigest()


def drill_key(integration: str, tenant: str, route: Route, drill: str) -> str:
    """Name the group of one drill, which real alerts never join; like `group_key`."""
    return _hashed(integration, tenant, route.name, "drill", drill)


_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_ANNOTATION = "annotations."


def render(template: str, labels: Mapping[str, str], annotations: Mapping[str, str], *, url: bool = False) -> str:
    """Fill in `{label}` and `{annotations.name}`; what the alert does not have becomes "". `{{` and `}}` are braces.

    Values are untrusted: with `url` they are percent-encoded, so they stay inside the part of the URL they stand in;
    without, the caller's surface escapes them.
    """

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        known = annotations if name.startswith(_ANNOTATION) else labels
        value = known.get(name.removeprefix(_ANNOTATION), "")
        return quote(value, safe="", errors="replace") if url else value

    return _PLACEHOLDER.sub(fill, template)


def is_template(text: str) -> bool:
    """True if every brace in `text` is part of a `{placeholder}` with a name, or doubled."""
    return not any(brace in _PLACEHOLDER.sub("", text) for brace in "{}") and "" not in (
        found[1] for found in _PLACEHOLDER.finditer(text)
    )
