"""What an Alertmanager holds, against what an incident knows: resolves that got lost, silences that were made there.

Nothing is missing before two looks in a row missed it: replicas of a cluster learn of things one after the other. And
only what was there once can be gone: what another Alertmanager sends under the same name is not over because this one
never had it. A look speaks of the incident in one version; what has changed since is compared by the next look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.alert import AlertStatus
from alertbridge.core.alerts.silence import SeenSilence, SilenceState
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.ids import AlertKey, EntryId, IncidentId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import LookedUp
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.incidents.occurrence import take_looked_up
from alertbridge.core.incidents.outbox import say
from alertbridge.core.incidents.silencing import burns, foreign_silence, is_silenced, run_out, say_silence_over
from alertbridge.core.timeline import Happening, TimelineLine

_ROUNDING = timedelta(seconds=1)
"""Alertmanager cuts fractions of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert:
    """An alert that Alertmanager holds, so that is not over."""

    starts_at: datetime
    is_active: bool
    """Neither silenced nor inhibited: people are told of it."""
    silences: tuple[str, ...] = ()
    """Ids of the silences that cover it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One look at one Alertmanager."""

    alerts: Mapping[str, HeldAlert]
    """By fingerprint."""
    silences: Mapping[str, SeenSilence]
    """Those in force, by id."""
    own: Mapping[IncidentId, datetime] = field(default_factory=dict)
    """Ends of the silences that we made, by their incident."""
    own_ids: frozenset[str] = frozenset()
    knows_all: bool = True
    """Up for so long that it has been told of every alert: it keeps none over a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the looks so far leave to the next one, of one incident or of all."""

    doubts: frozenset[str] = frozenset()
    """What the last look missed: said only if the next one misses it too."""
    seen: Mapping[IncidentId, frozenset[AlertKey]] = field(default_factory=dict)
    """Alerts that were there at some look."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is to say of one incident, and what to remember of it."""

    entry: LookedUp | None
    memory: Memory


def compare(incident: Incident, holding: Holding, before: Memory, entry: EntryId, at: datetime) -> Comparison:
    """Compare an incident with what is held of it; `before` is what earlier looks remember."""
    doubts = before.doubts
    seen = before.seen.get(incident.id, frozenset()) & incident.alerts.keys() | {
        key for key, alert in incident.alerts.items() if alert.fingerprint in holding.alerts
    }
    firing = {key: alert for key, alert in incident.alerts.items() if alert.status is AlertStatus.FIRING}
    over = {key: alert for key, alert in incident.alerts.items() if alert.status is not AlertStatus.FIRING}
    # What a Prometheus pushed directly has an end, and runs out by itself: this Alertmanager need not know of it.
    lasting = {key: alert for key, alert in firing.items() if alert.ends_at is None}
    gone = [
        key
        for key, alert in lasting.items()
        if holding.knows_all and key in seen and alert.fingerprint not in holding.alerts
    ]
    back = {
        key: held.starts_at
        for key, alert in over.items()
        if (held := holding.alerts.get(alert.fingerprint)) is not None and held.is_active
    }
    is_own_gone = _has_own(incident) and incident.id not in holding.own
    found = {
        *(_doubt(incident, "gone", key) for key in gone),
        *(_doubt(incident, "back", key) for key in back),
        *([_doubt(incident, "own", "")] if is_own_gone else []),
    }
    is_over = {key for key in gone if _doubt(incident, "gone", key) in doubts}
    covered = {
        key: silence for key in firing.keys() - is_over if (silence := _covering(incident, key, holding)) is not None
    }
    silences = {**incident.silences_upstream, **holding.silences}
    look = LookedUp(
        id=entry,
        at=at,
        version=incident.version,
        gone=tuple(key for key in gone if key in is_over),
        back={key: starts for key, starts in back.items() if _doubt(incident, "back", key) in doubts},
        silenced=covered,
        silences={silence: silences[silence] for silence in sorted(set(covered.values()))},
        own_until=holding.own.get(incident.id),
        is_own_gone=is_own_gone and _doubt(incident, "own", "") in doubts,
    )
    is_news = take_look(incident, look).incident is not incident
    remembered = Memory(doubts=frozenset(found), seen={incident.id: seen} if seen else {})
    return Comparison(look if is_news else None, remembered)


def take_look(incident: Incident, look: LookedUp) -> Change:
    """Take over what a look found; nothing where the incident has changed since."""
    if incident.status is Status.CLOSED or look.version != incident.version:
        return Change(incident)
    before = incident
    incident, of_own = _take_own(incident, look)
    was_silenced = is_silenced(incident)  # by others: of our own one it is said there
    if (look.silenced, look.silences) != (incident.silenced_upstream, incident.silences_upstream):
        incident = replace(
            incident,
            silenced_upstream=dict(look.silenced),
            silences_upstream=dict(look.silences),
            version=incident.version + 1,
        )
    alerts = take_looked_up(incident, look)
    incident = alerts.incident
    if incident is before:
        return Change(incident)
    told, of_foreign = _tell(incident, look, was_silenced=was_silenced)
    return Change(told, (*of_own, *of_foreign, *alerts.lines), alerts.forget)


def _take_own(incident: Incident, look: LookedUp) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """The silence that we made was ended there, or its end was moved."""
    silence = incident.silence
    if silence is None or not _has_own(incident):
        return incident, ()
    if look.is_own_gone:
        return run_out(incident, look.at)
    if look.own_until is None or abs(look.own_until - silence.until) < _ROUNDING:
        return incident, ()
    moved = replace(silence, until=look.own_until)
    return replace(incident, silence=moved, version=incident.version + 1), ()


def _tell(incident: Incident, look: LookedUp, *, was_silenced: bool) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """Say that somebody silenced all of it there, once for each silence; and that this is over."""
    silence = foreign_silence(incident)
    if not was_silenced and is_silenced(incident) and silence is not None:
        name, seen = silence
        details = {"author": seen.author}
        told = Saying(kind=SayingKind.SILENCED_UP, cause=name, at=seen.until, text=seen.comment, details=details)
        line = TimelineLine(at=look.at, what=Happening.SILENCED_UP, text=seen.comment, details=details)
        return say(incident, told), (line,)
    if was_silenced and not is_silenced(incident) and incident.status in OPEN and burns(incident):
        return say_silence_over(incident, look.id, look.at)
    return incident, ()


def _has_own(incident: Incident) -> bool:
    return incident.silence is not None and incident.silence.state is SilenceState.ACTIVE


def _covering(incident: Incident, key: AlertKey, holding: Holding) -> str | None:
    """The silence of somebody else that covers an alert. One that is not held may be over: it stays what it was."""
    held = holding.alerts.get(incident.alerts[key].fingerprint)
    return incident.silenced_upstream.get(key) if held is None else _foreign(held, holding)


def _foreign(held: HeldAlert, holding: Holding) -> str | None:
    """The silence of somebody else that covers an alert longest."""
    ids = [one for one in held.silences if one in holding.silences and one not in holding.own_ids]
    return max(ids, key=lambda one: (holding.silences[one].until, one), default=None)


def _doubt(incident: Incident, what: str, key: AlertKey | str) -> str:
    return f"{incident.id}:{what}:{key}"
