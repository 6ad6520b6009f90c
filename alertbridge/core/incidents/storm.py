"""A storm: incidents that begin faster than people can look at them share one group, that of their umbrella.

The umbrella is an incident without alerts. Each folded incident is one like any other, with its number, alerts and
timeline, but without a group; what is asked of the umbrella is passed on to all of them. `unfold` gives one its group.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from alertbridge.core.chats.card import StormView
from alertbridge.core.chats.chat import Text
from alertbridge.core.ids import EntryId, IncidentId
from alertbridge.core.incidents.change import Change
from alertbridge.core.incidents.command import Command
from alertbridge.core.incidents.incident import OPEN, Fold, FoldRow, Incident, RollUp, Status
from alertbridge.core.incidents.outbox import stamp
from alertbridge.core.incidents.transition import reopen, resolve
from alertbridge.core.severity import Severity
from alertbridge.core.text import age
from alertbridge.core.timeline import Happening, TimelineLine

GROUPS_A_SECOND = 16
"""What Feishu's 1,000 calls of a kind a minute allow."""

ROWS = 10
"""Of so many folded incidents, the worst, the umbrella's card has a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What the store knows of an umbrella's storm."""

    folds: Mapping[IncidentId, Fold]
    """Everything that was ever folded into it and not unfolded, as it was last saved."""
    above_at: datetime | None
    """When the last one began while the rate was above the threshold; None: a storm before this one is forgotten."""


def fold_of(incident: Incident, title: str) -> Fold | None:
    """What its umbrella shows of a folded incident; None: it is not folded."""
    if incident.folded_in is None:
        return None
    return Fold(number=incident.number, status=incident.status, severity=incident.severity, title=title)


def roll_up(umbrella: Incident, storm: Storm, now: datetime) -> Change:
    """Take over how the folded incidents stand: the umbrella lasts until the storm is over and all of them are."""
    if umbrella.status is Status.CLOSED:
        return Change(umbrella)
    counted = _counted(umbrella, storm, now)
    lines: tuple[TimelineLine, ...] = ()
    if counted != umbrella.roll_up:
        umbrella = replace(umbrella, roll_up=counted, version=umbrella.version + 1)
        if counted.rows and not umbrella.has_set_severity:
            umbrella = replace(umbrella, severity=counted.rows[0].severity)
    if umbrella.status in OPEN and not counted.open and counted.ends_at is None:
        umbrella = resolve(umbrella, now, stamp(now), by=None)
        lines = (TimelineLine(at=now, what=Happening.RESOLVED),)
    elif umbrella.status is Status.RESOLVED and counted.open:
        umbrella = reopen(umbrella, now, stamp(now), by=None)
        lines = (TimelineLine(at=now, what=Happening.REOPENED),)
    return Change(umbrella, lines)


def _counted(umbrella: Incident, storm: Storm, now: datetime) -> RollUp:
    usual = umbrella.opening.route.default_severity
    burning = [(fold.severity or usual, id_, fold) for id_, fold in storm.folds.items() if fold.status in OPEN]
    burning.sort(key=lambda item: (item[0], item[2].number))
    ends_at = None
    if storm.above_at is not None:
        ends_at = storm.above_at + timedelta(seconds=umbrella.opening.route.storm.steady_seconds)
    return RollUp(
        total=len(storm.folds),
        open=len(burning),
        acked=sum(fold.status is Status.ACKNOWLEDGED for *_, fold in burning),
        rows=tuple(
            FoldRow(id=id_, number=fold.number, severity=severity, title=fold.title)
            for severity, id_, fold in burning[:ROWS]
        ),
        ends_at=ends_at if ends_at is not None and ends_at > now else None,
    )


def storm_ends_at(umbrella: Incident) -> datetime | None:
    """When to look whether the storm is over; None: it is, or this is no umbrella."""
    return umbrella.roll_up.ends_at if umbrella.roll_up is not None else None


# -- one that is folded ------------------------------------------------------------------------------------------------


def unfold(incident: Incident) -> Incident:
    """Let it have a group of its own."""
    return replace(incident, folded_in=None, version=incident.version + 1)


def unfold_what_matters(incident: Incident, at: datetime) -> Change:
    """A P1 has a group of its own, in a storm too."""
    if incident.folded_in is None or incident.severity is not Severity.P1 or incident.status not in OPEN:
        return Change(incident)
    return Change(unfold(incident), (TimelineLine(at=at, what=Happening.UNFOLDED, text="p1"),))


def unfold_orphan(incident: Incident, at: datetime) -> Change:
    """Its umbrella was closed: what burns is not left without a group."""
    if incident.folded_in is None or incident.status not in OPEN:
        return Change(incident)
    return Change(unfold(incident), (TimelineLine(at=at, what=Happening.UNFOLDED, text="orphan"),))


# -- what is asked of all ----------------------------------------------------------------------------------------------


def passed_on(order: Command, storm: Storm | None) -> dict[IncidentId, Command]:
    """The commands that what burns under an umbrella gets; their ids are the same however often it is passed on."""
    burning = [id_ for id_, fold in storm.folds.items() if fold.status in OPEN] if storm is not None else []
    return {
        id_: Command(id=EntryId(f"{order.id}:{id_}"), at=order.at, verb=order.verb, by=order.by, via=order.via)
        for id_ in burning
    }


def seconds_to_unfold(incidents: int) -> int:
    """About how long so many groups take."""
    return ceil(incidents / GROUPS_A_SECOND) + 1


def end_of_storm(shown: StormView | None) -> dict[str, Text | str]:
    """What the next step of an umbrella is told with: below which rate its storm ends, after how long."""
    if shown is None:
        return {}
    return {"n": str(shown.above), "d": age(timedelta(seconds=shown.steady_seconds))}
