"""What the live card of an incident says, as values; `feishu/cards` draws it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from alertbridge.core.alerts.alert import Alert
from alertbridge.core.alerts.route import OnClose, Route
from alertbridge.core.chats.card import (
    Button,
    CardView,
    Link,
    LinkKind,
    More,
    Next,
    NextKind,
    Option,
    Row,
    SilenceView,
    State,
    StormRow,
    StormView,
    Tag,
)
from alertbridge.core.incidents.command import Verb
from alertbridge.core.incidents.escalation import calls_at, foreseen, next_step
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.incidents.obey import legal
from alertbridge.core.incidents.occurrence import count_firing, firing, value_of
from alertbridge.core.incidents.silencing import can_be_silenced, foreign_silence, has_own_silence, is_part_silenced
from alertbridge.core.incidents.staleness import ends_at
from alertbridge.core.incidents.updates import next_update_at
from alertbridge.core.oncall.role import Role
from alertbridge.core.severity import Severity
from alertbridge.core.text import SUMMARY_LIMIT, clean

ROWS = 5
"""Alerts that get a row of the card; so 500 of them make the same card as five."""

COMMON_LABELS = 4
SPREAD_VALUES = 5
TELLING_VALUES = 20
"""A label with more values than this tells nothing about how alerts spread."""

_SCOPES = ("cluster", "env", "environment", "region", "zone", "namespace", "service", "job", "instance")


def shown_alerts(incident: Incident) -> list[Alert]:
    """The alerts the card is about: those that fire, or at the end all of them, oldest first."""
    return firing(incident) or sorted(incident.alerts.values(), key=lambda alert: (alert.starts_at, alert.fingerprint))


def live_card(incident: Incident, state: State, title: str, shown: Sequence[Alert], links: Sequence[Link]) -> CardView:
    """What the card says now; `shown` are the alerts it is about, `links` all that are known."""
    route = incident.opening.route
    common = common_labels(shown)
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
        summary=summary_of(shown, title),
        value=value,
        value_before=incident.value_at_open if incident.value_at_open != value else "",
        started_at=incident.opened_at,
        state_at=incident.status_at,
        lead=incident.lead,
        roles=tuple((role, incident.roles[role]) for role in Role if role in incident.roles),
        resolved_by=incident.resolved_by,
        firing=count_firing(incident) if incident.roll_up is None else incident.roll_up.open,
        total=len(incident.alerts) if incident.roll_up is None else incident.roll_up.total,
        truncated=incident.truncated,
        common=telling,
        rows=tuple(_row(route, alert, common) for alert in rows) if incident.status in OPEN else (),
        more=_more(rest, common) if rest and incident.status in OPEN else None,
        links=tuple(link for link in links if link.kind is not LinkKind.SOURCE and link.kind is not LinkKind.ON_CALL),
        next=_next(incident, state),
        buttons=_buttons(incident, state),
        options=_options(incident, links),
        update=incident.update,
        next_update_at=next_update_at(incident),
        hushed=len(incident.chat.hushed) if incident.chat else 0,
        refreshed=incident.refreshed,
        timezone=route.chat.timezone,
        tags=_tags(incident),
        silence=_silence(incident) if state is State.SILENCED else None,
        storm=_storm(incident),
        heard_at=incident.heard_at or incident.opened_at if state is State.STALE else None,
        source=incident.opening.integration if state is State.STALE else "",
    )


def _storm(umbrella: Incident) -> StormView | None:
    known, policy = umbrella.roll_up, umbrella.opening.route.storm
    if known is None:
        return None
    return StormView(
        total=known.total,
        open=known.open,
        acked=known.acked,
        rows=tuple(StormRow(number=row.number, severity=row.severity, title=row.title) for row in known.rows),
        above=policy.above,
        steady_seconds=policy.steady_seconds,
    )


def summary_of(shown: Sequence[Alert], title: str) -> str:
    if not shown:
        return title
    for name in ("summary", "message", "description"):
        if text := shown[0].annotations.get(name):
            return clean(text, SUMMARY_LIMIT)
    return title


def common_labels(alerts: Sequence[Alert]) -> dict[str, str]:
    if not alerts:
        return {}
    common = dict(alerts[0].labels)
    for alert in alerts[1:]:
        for name in [name for name, value in common.items() if alert.labels.get(name) != value]:
            del common[name]
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
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for alert in rest:
        for name, value in alert.labels.items():
            if name not in common and len(values := counts[name]) <= TELLING_VALUES:
                values[value] += 1
    fitting = [name for name, values in counts.items() if 1 < len(values) <= TELLING_VALUES]
    if not fitting:
        return More(count=len(rest), label="", values=())
    best = max(sorted(fitting), key=lambda name: len(counts[name]))
    most = sorted(counts[best].items(), key=lambda item: (-item[1], item[0]))[:SPREAD_VALUES]
    return More(count=len(rest), label=best, values=tuple(most))


def _tags(incident: Incident) -> tuple[Tag, ...]:
    known = {
        Tag.FLAPPING: incident.is_flapping,
        Tag.PART_SILENCED: is_part_silenced(incident),
        Tag.DRILL: incident.opening.drill is not None,
    }
    return tuple(tag for tag, holds in known.items() if holds)


def _silence(incident: Incident) -> SilenceView:
    own, foreign = incident.silence, foreign_silence(incident)
    if own is not None and (has_own_silence(incident) or foreign is None):
        return SilenceView(by=own.by, author="", until=own.until, matchers=own.matchers, reason=own.reason)
    assert foreign is not None
    seen = foreign[1]
    return SilenceView(by=None, author=seen.author, until=seen.until, matchers=(), reason=seen.comment)


def _next(incident: Incident, state: State) -> Next:
    if state is State.SILENCED:
        return Next(kind=NextKind.SILENCE_ENDS, at=_silence(incident).until)
    if state is State.STORM:
        goes_on = incident.roll_up is not None and incident.roll_up.ends_at is not None
        return Next(kind=NextKind.STORM if goes_on else NextKind.WAIT_RECOVERY)
    if state is State.STALE:
        return Next(kind=NextKind.STALE, at=ends_at(incident))
    match incident.status:
        case Status.TRIAGE:
            return Next(kind=NextKind.TRIAGE, at=incident.opens_at)
        case Status.FIRING:
            return _next_call(incident)
        case Status.ACKNOWLEDGED if incident.ack_ends_at is not None:
            return Next(kind=NextKind.ACK_ENDS, at=incident.ack_ends_at)
        case Status.ACKNOWLEDGED:
            is_stopped = incident.opening.route.escalation is not None
            return Next(kind=NextKind.STOPPED if is_stopped else NextKind.WAIT_RECOVERY)
        case Status.CLOSED:
            return Next(kind=NextKind.NOTHING)
    if incident.closes_at is None:
        return Next(kind=NextKind.KEPT, who=incident.kept_by)
    kinds = {OnClose.DISBAND: NextKind.DISBAND, OnClose.LOCK: NextKind.LOCK, OnClose.KEEP: NextKind.STAYS}
    return Next(kind=kinds[incident.on_close], at=incident.closes_at)


def _next_call(incident: Incident) -> Next:
    """Who is called unless somebody acknowledges."""
    found, at = next_step(incident), calls_at(incident)
    if incident.quiet_until is not None:
        return Next(kind=NextKind.QUIET, at=incident.quiet_until)
    if found is None or incident.ladder is None:
        return Next(kind=NextKind.WAIT_ACK)
    if at is None:
        return Next(kind=NextKind.CALLED_ALL)
    number, step = found
    if number == 1 and incident.ladder.round > 1:
        return Next(kind=NextKind.ROUND, at=at)
    return Next(kind=NextKind.STEP, at=at, number=number, people=foreseen(incident), ways=step.via)


def _buttons(incident: Incident, state: State) -> tuple[Button, ...]:
    if state is State.SILENCED:
        return (Button.UNSILENCE, Button.RESOLVE) if has_own_silence(incident) else (Button.RESOLVE,)
    if state is State.STORM:
        known = incident.roll_up
        is_held = known is not None and known.acked == known.open
        return (Button.UNFOLD,) if is_held else (Button.ACK_ALL, Button.UNFOLD)
    if state is State.STALE:
        return (Button.STILL, Button.RESOLVE)
    match incident.status:
        case Status.TRIAGE:
            return (Button.OPEN, Button.ACK)
        case Status.FIRING:
            return (Button.ACK, *_escalate(incident), Button.RESOLVE, Button.ASSIGN)
        case Status.ACKNOWLEDGED:
            return (Button.RESOLVE, *_escalate(incident), Button.ASSIGN)
        case Status.CLOSED:
            return ()
    reopen = () if incident.opening.is_umbrella else (Button.REOPEN,)  # what is folded into one reopens it
    if incident.is_closing:
        return reopen
    return (*((Button.KEEP,) if incident.closes_at and incident.room is None else ()), *reopen, Button.CLOSE)


def _escalate(incident: Incident) -> tuple[Button, ...]:
    return (Button.ESCALATE,) if Verb.ESCALATE in legal(incident) else ()


_LEVELS = {
    Severity.P1: Option.SEV_P1,
    Severity.P2: Option.SEV_P2,
    Severity.P3: Option.SEV_P3,
    Severity.P4: Option.SEV_P4,
}


_FORMS = {
    Verb.SILENCE: Option.SILENCE,
    Verb.NOTE: Option.NOTE,
    Verb.UPDATE: Option.UPDATE,
}


def _options(incident: Incident, links: Sequence[Link]) -> tuple[Option, ...]:
    """What the menu offers: only what means something now."""
    asked = legal(incident)
    if not can_be_silenced(incident):
        asked = asked - {Verb.SILENCE}
    options = [option for verb, option in _FORMS.items() if verb in asked]
    if Verb.SEVERITY in asked:
        options += [option for level, option in _LEVELS.items() if level is not incident.severity]
    if Verb.UNACK in asked:
        options.append(Option.UNACK)
    if Verb.HANDOVER in asked:
        options.append(Option.HANDOVER)
    if asked and any(link.kind is LinkKind.INCIDENT for link in links):
        options.append(Option.TIMELINE)
    return tuple(options)
