"""Does what is planned for the silence of an incident, in the Alertmanager that its alerts come from."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import structlog

from alertbridge.core.alerts.alert import AlertStatus
from alertbridge.core.alerts.silence import RETRY_EVERY, Pairs, Silence, covers
from alertbridge.core.chats import action as act
from alertbridge.core.chats.outcome import Done, Failed, Outcome, SilenceMade
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.incidents import obstacle
from alertbridge.core.incidents.incident import OPEN, Incident
from alertbridge.core.incidents.obstacle import Obstacle
from alertbridge.core.incidents.telling import name_of
from alertbridge.feishu.surroundings import Surroundings
from alertbridge.flows.runtime import Runtime
from alertbridge.store.records import Stored
from alertbridge.upstream.client import Alertmanager
from alertbridge.upstream.errors import Denied, Invalid, UpstreamError
from alertbridge.upstream.silences import end_silence, put_silence

log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 5.0
"""An Alertmanager that hangs must not keep its incidents from their groups: the next try comes soon enough."""

_COMPARED: Final = 1000
"""Open incidents that are looked at for alerts that a silence covers as well."""

Gate = Callable[[], Awaitable[None]]


async def perform_silence(action: act.SilenceAction, around: Surroundings, runtime: Runtime, gate: Gate) -> Outcome:
    """Do one action. Never raises for what Alertmanager or the network does: that is an outcome."""
    await gate()
    alertmanager = runtime.alertmanager_of(around.incident.opening.integration)
    if alertmanager is None:
        if isinstance(action, act.EndSilence):
            return Done()  # there is nobody any more who could have it
        return _later(obstacle.note(Obstacle.UNCONFIGURED))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            if isinstance(action, act.PutSilence):
                return await _put(action.silence, alertmanager, around, runtime)
            await end_silence(alertmanager, around.incident.id)
            return Done()
    except UpstreamError as error:
        log.warning("silence_not_done", action=action.key, cause=str(error))
        if isinstance(error, Invalid):
            return Failed(cause=_obstacle(error), is_refused=True)
        return _later(_obstacle(error))
    except TimeoutError:
        log.warning("silence_not_done", action=action.key, cause=f"no answer within {PATIENCE_SECONDS:g} s")
        return _later(obstacle.note(Obstacle.UNREACHABLE))


def _obstacle(error: UpstreamError) -> str:
    match error:
        case Invalid():
            return obstacle.note(Obstacle.REJECTED, error.status)
        case Denied(status=HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN):
            return obstacle.note(Obstacle.DENIED, error.status)
        case Denied():
            return obstacle.note(Obstacle.STRANGE, error.status)
        case _ if error.status is not None:
            return obstacle.note(Obstacle.ANSWERED, error.status)
        case _:
            return obstacle.note(Obstacle.UNREACHABLE)


def _later(cause: str) -> Failed:
    return Failed(cause=cause, wait_seconds=RETRY_EVERY.total_seconds())


async def _put(silence: Silence, alertmanager: Alertmanager, around: Surroundings, runtime: Runtime) -> SilenceMade:
    incident = around.incident
    language = (incident.opening.route.chat.languages[0],)
    author = copy.primary(name_of(silence.by, around.names), language)
    told = " · ".join(part for part in (silence.reason, f"#{incident.number}", around.page) if part)
    made = await put_silence(
        alertmanager,
        incident.id,
        matchers=silence.matchers,
        until=silence.until,
        author=author,
        comment=told,
    )
    log.info("silence_made", silence=made)
    return SilenceMade(cause=silence.cause, id=made, also=await also_silenced(incident, silence.matchers, runtime))


async def also_silenced(incident: Incident, matchers: Pairs, runtime: Runtime) -> tuple[int, ...]:
    """Numbers of the other open incidents of this Alertmanager with a firing alert that these matchers meet."""
    others = await runtime.records.list_open(_COMPARED)
    return tuple(
        sorted(other.number for other in others if other.id != incident.id and _is_met(other, incident, matchers))
    )


def _is_met(other: Stored, incident: Incident, matchers: Pairs) -> bool:
    if other.incident is None or other.incident.status not in OPEN:
        return False
    if other.opening.integration != incident.opening.integration or not other.opening.has_alertmanager:
        return False
    return any(
        alert.status is AlertStatus.FIRING and covers(matchers, alert) for alert in other.incident.alerts.values()
    )
