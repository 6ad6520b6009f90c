"""What silences do to an incident: asked for, taken back, run out, made or not; and which of its alerts are quiet.

A silence is real: Alertmanager tells nobody of the alerts it covers, nor of their end. It ends with its incident.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.silence import RETRY_FOR, SHORTEST, Pairs, SeenSilence, Silence, SilenceState, covers
from alertbridge.core.chats import action as act
from alertbridge.core.chats.chat import Saying, SayingKind
from alertbridge.core.chats.outcome import SilenceMade
from alertbridge.core.ids import AlertKey, MessageId
from alertbridge.core.incidents.command import Command
from alertbridge.core.incidents.forms import take_form
from alertbridge.core.incidents.incident import OPEN, Incident, Status
from alertbridge.core.incidents.outbox import say
from alertbridge.core.timeline import Happening, TimelineLine

REASON_LIMIT = 200

_ACTIONS = frozenset({act.PutSilence.key, act.EndSilence.key})


def matchers_of(incident: Incident) -> Pairs:
    """What a silence of this incident matches: the labels of its group.

    A group without labels, or with nothing but a severity, would silence far too much: then what all its alerts have
    in common is added, or else the labels of the first one. () where there is no alert.
    """
    labels = {name: value for name, value in incident.opening.group_labels.items() if value}
    if not labels.keys() - {incident.opening.route.severity_label}:
        shown = _burning(incident) or list(incident.alerts.values())
        common = dict(shown[0].labels) if shown else {}
        for alert in shown[1:]:
            common = {name: value for name, value in common.items() if alert.labels.get(name) == value}
        if shown and not common.keys() - {incident.opening.route.severity_label}:
            common = dict(min(shown, key=lambda alert: (alert.starts_at, alert.fingerprint)).labels)
        labels |= {name: value for name, value in common.items() if value}
    return tuple(sorted(labels.items()))


def silenced(incident: Incident) -> frozenset[AlertKey]:
    """The alerts that fire while a silence covers them, ours or one of others."""
    silence = incident.silence
    own = silence.matchers if silence is not None and silence.is_in_force else None
    return frozenset(
        key
        for key, alert in incident.alerts.items()
        if alert.status is AlertStatus.FIRING
        and (key in incident.silenced_upstream or (own is not None and covers(own, alert)))
    )


def has_own_silence(incident: Incident) -> bool:
    """Whether the incident's own silence alone covers all that fires."""
    silence = incident.silence
    if silence is None or not silence.is_in_force:
        return False
    return all(covers(silence.matchers, alert) for alert in _burning(incident))


def foreign_silence(incident: Incident) -> tuple[str, SeenSilence] | None:
    """The silence of others that ends first, with its id."""
    found = incident.silences_upstream.items()
    return min(found, key=lambda silence: (silence[1].until, silence[0]), default=None)


def burns(incident: Incident) -> bool:
    """Whether any alert fires."""
    return bool(_burning(incident))


def is_silenced(incident: Incident) -> bool:
    """Whether nothing of an open incident is heard: all that fires is covered by silences."""
    count = len(silenced(incident))
    return incident.status in OPEN and count > 0 and count == len(_burning(incident))


def is_part_silenced(incident: Incident) -> bool:
    """Whether some of what fires is covered, and some is not."""
    return incident.status in OPEN and 0 < len(silenced(incident)) < len(_burning(incident))


# -- what people ask ---------------------------------------------------------------------------------------------------


def can_be_silenced(incident: Incident) -> bool:
    """Whether there is an Alertmanager that can be asked, and something to match."""
    return incident.opening.has_alertmanager and bool(incident.alerts)


def ask_silence(incident: Incident, command: Command, *, reply_to: MessageId | None = None) -> Incident:
    """Want a silence, or another end and reason for the one that is there. The route says how long it may be."""
    incident, form = take_form(incident, command)
    longest = timedelta(seconds=incident.opening.route.silence_max_seconds)
    asked = command.until or command.at + timedelta(seconds=command.seconds or 0)
    until = min(max(asked, command.at + SHORTEST), command.at + longest)
    silence = Silence(
        cause=command.id,
        by=command.by,
        asked_at=command.at,
        until=until,
        matchers=matchers_of(incident),
        reason=command.text[:REASON_LIMIT],
        id=incident.silence.id if incident.silence and incident.silence.is_in_force else "",
        form=form.message if form else None,
        reply_to=reply_to,
    )
    incident = replace(_without_troubles(incident), silence=silence)
    return say(incident, _about(silence, SayingKind.SILENCE_PENDING)) if form else incident


def lift_silence(incident: Incident, command: Command, *, reply_to: MessageId | None = None) -> Incident:
    """Take the silence back."""
    assert incident.silence is not None
    silence = replace(
        incident.silence,
        state=SilenceState.ENDING,
        lifted=command.id,
        lifted_by=command.by,
        reply_to=reply_to,
    )
    return replace(_without_troubles(incident), silence=silence)


def end_silence(incident: Incident) -> Incident:
    """Take the silence away because the incident ends: a problem that comes back must be heard."""
    if incident.silence is None:
        return incident
    return replace(_without_troubles(incident), silence=replace(incident.silence, state=SilenceState.ENDING))


# -- what time does ----------------------------------------------------------------------------------------------------


def elapse_silence(incident: Incident, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """End a silence that ran out, and one that could not be made in time."""
    incident, lines = _forget_ended(incident, now)
    incident, of_own = _elapse_own(incident, now)
    return incident, (*lines, *of_own)


def _forget_ended(incident: Incident, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """Take silences of others as over at their end, whether or not Alertmanager can be asked then."""
    ended = {name for name, silence in incident.silences_upstream.items() if silence.until <= now}
    if not ended:
        return incident, ()
    was_silenced = is_silenced(incident)
    incident = replace(
        incident,
        silences_upstream={name: one for name, one in incident.silences_upstream.items() if name not in ended},
        silenced_upstream={key: name for key, name in incident.silenced_upstream.items() if name not in ended},
        version=incident.version + 1,
    )
    if not was_silenced or is_silenced(incident):
        return incident, ()
    return say_silence_over(incident, min(ended), now)


def say_silence_over(incident: Incident, cause: str, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """Nothing keeps an open incident quiet any more, and it still fires."""
    line = TimelineLine(at=now, what=Happening.SILENCE_ENDED)
    return say(incident, Saying(kind=SayingKind.SILENCE_END, cause=cause)), (line,)


def _elapse_own(incident: Incident, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    silence = incident.silence
    if silence is None:
        return incident, ()
    if silence.until <= now:
        return run_out(incident, now)
    if silence.state is SilenceState.WANTED and silence.retry_until <= now:
        return give_up(incident, now)
    if incident.status is Status.CLOSED and _left_at(incident) <= now:
        details = {"action": act.EndSilence.key}
        line = TimelineLine(at=now, what=Happening.TROUBLE, text=_cause(incident, act.EndSilence.key), details=details)
        return replace(_without_troubles(incident), silence=None), (line,)
    return incident, ()


def silence_times(incident: Incident) -> Iterator[datetime]:
    """When `elapse_silence` has something to do."""
    yield from (silence.until for silence in incident.silences_upstream.values())
    silence = incident.silence
    if silence is not None:
        yield silence.until
        if silence.state is SilenceState.WANTED:
            yield silence.retry_until
        if incident.status is Status.CLOSED:
            yield _left_at(incident)


def run_out(incident: Incident, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """The silence is over upstream. What still fires is said."""
    silence = incident.silence
    assert silence is not None
    was_in_force = silence.is_in_force or bool(silence.lifted)
    incident = replace(_without_troubles(incident), silence=None, version=incident.version + 1)
    if not was_in_force:
        return incident, ()
    if incident.status in OPEN and _burning(incident):
        incident = say(incident, Saying(kind=SayingKind.SILENCE_END, cause=silence.cause))
    return incident, (TimelineLine(at=now, what=Happening.SILENCE_ENDED),)


def give_up(incident: Incident, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """Make no further try. One whose answer was lost may be there all the same: it is looked for and taken away."""
    silence = incident.silence
    assert silence is not None
    cause = _cause(incident, act.PutSilence.key)
    incident = end_silence(incident)
    incident = say(incident, replace(_about(silence, SayingKind.SILENCE_GIVEN_UP), text=cause))
    details = {"action": act.PutSilence.key}
    line = TimelineLine(at=now, what=Happening.TROUBLE, text=cause, details=details)
    return replace(incident, version=incident.version + 1), (line,)


# -- what became of it upstream ----------------------------------------------------------------------------------------


def silence_failed(incident: Incident, cause: str, now: datetime, *, is_refused: bool) -> Incident:
    """Tell the group, once, that there is no silence yet; what can never be made is given up at once."""
    silence = incident.silence
    if silence is None or silence.state is not SilenceState.WANTED:
        return incident
    if is_refused:
        return give_up(incident, now)[0]
    return say(incident, replace(_about(silence, SayingKind.SILENCE_FAILED), at=silence.retry_until, text=cause))


def silence_made(incident: Incident, made: SilenceMade, now: datetime) -> tuple[Incident, tuple[TimelineLine, ...]]:
    """Alertmanager has it: show it and say it; unless another one is wanted by now."""
    silence = incident.silence
    if silence is None or silence.state is not SilenceState.WANTED or silence.cause != made.cause:
        return incident, ()
    silence = replace(silence, state=SilenceState.ACTIVE, id=made.id, also=made.also)
    incident = replace(incident, silence=silence, version=incident.version + 1)
    told = replace(_about(silence, SayingKind.SILENCED), at=silence.until, text=silence.reason, also=silence.also)
    shown = ", ".join(f'{name}="{value}"' for name, value in silence.matchers)
    line = TimelineLine(at=now, what=Happening.SILENCED, by=silence.by, text=shown)
    return say(incident, told), (line,)


def silence_ended(incident: Incident) -> Incident:
    """Alertmanager has it no more; said where a person wanted it so."""
    silence = incident.silence
    if silence is None or silence.state is not SilenceState.ENDING:
        return incident  # asked for anew meanwhile
    incident = replace(incident, silence=None, version=incident.version + 1)
    if not silence.lifted:
        return incident
    told = Saying(kind=SayingKind.UNSILENCED, cause=silence.lifted, who=silence.lifted_by, reply_to=silence.reply_to)
    return say(incident, told)


def _about(silence: Silence, kind: SayingKind) -> Saying:
    """Something to be said of a silence: on the form it was asked for on, else as an answer to who asked."""
    return Saying(
        kind=kind,
        cause=silence.cause,
        who=silence.by,
        matchers=silence.matchers,
        edits=silence.form,
        reply_to=None if silence.form else silence.reply_to,
    )


def _left_at(incident: Incident) -> datetime:
    """When a closed incident leaves a silence that cannot be taken away to its own end: it has to come to its own."""
    return incident.status_at + RETRY_FOR


def _cause(incident: Incident, key: str) -> str:
    return next((trouble.cause for trouble in incident.troubles if trouble.key == key), "")


def _burning(incident: Incident) -> list[Alert]:
    return [alert for alert in incident.alerts.values() if alert.status is AlertStatus.FIRING]


def _without_troubles(incident: Incident) -> Incident:
    """Forget earlier failures: what is asked now is tried now."""
    left = tuple(trouble for trouble in incident.troubles if trouble.key not in _ACTIONS)
    return incident if left == incident.troubles else replace(incident, troubles=left)
