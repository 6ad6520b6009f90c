"""Asks Alertmanagers what they hold, and tells the incidents what they do not know: one worker at a time.

Alertmanager tells nobody that a silenced alert is over, and a resolve that could not be delivered in time is lost. So
the truth is fetched; what it changes goes through the inbox like everything else.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from ulid import ULID

from alertbridge.core.alerts.silence import SeenSilence
from alertbridge.core.ids import EntryId, IncidentId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.incidents.upstream import HeldAlert, Holding, Memory, compare
from alertbridge.flows import metrics
from alertbridge.flows.runtime import Runtime
from alertbridge.store.errors import StoreAway, TooNew, Unreadable
from alertbridge.store.records import Stored
from alertbridge.upstream.client import Alertmanager
from alertbridge.upstream.errors import UpstreamError
from alertbridge.upstream.protocol import AlertState, SilenceState, UpstreamAlert, UpstreamSilence
from alertbridge.upstream.silences import marked_incident

log = structlog.get_logger(__name__)

RESENDS_KNOWN: Final = 10
"""Resend delays after which an Alertmanager that was started knows all alerts, those of slow rule groups too."""

LONGEST: Final = timedelta(minutes=1)
"""A look that takes longer is given up: several replicas that hang one after the other."""

_PAUSE_SECONDS: Final = 5.0
_INCIDENTS: Final = 10_000


async def keep_looking(runtime: Runtime, *, every: timedelta, resend_delay: timedelta) -> None:
    """Look at each Alertmanager of the team file when it is its time, side by side; runs until cancelled."""
    looks: dict[str, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            for integration in runtime.team.current.alertmanagers:
                if integration not in looks or looks[integration].done():
                    looks[integration] = group.create_task(_look_in_turn(integration, runtime, every, resend_delay))
            await asyncio.sleep(min(every.total_seconds(), _PAUSE_SECONDS))


async def _look_in_turn(integration: str, runtime: Runtime, every: timedelta, resend_delay: timedelta) -> None:
    with suppress(StoreAway):  # whoever needs the store says so
        if not await runtime.looks.take_turn(integration, 2 * LONGEST):
            return
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        await _look_and_tell(integration, runtime, resend_delay)
        passed = timedelta(seconds=loop.time() - began_at)
        await runtime.looks.end_turn(integration, pause=every - passed)


async def _look_and_tell(integration: str, runtime: Runtime, resend_delay: timedelta) -> None:
    outcome = "away"
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            await look(integration, runtime, resend_delay=resend_delay)
        outcome = "done"
    except UpstreamError as error:
        log.warning("alertmanager_away", integration=integration, cause=str(error))
    except TimeoutError:
        log.warning("alertmanager_away", integration=integration, cause=f"a look took longer than {LONGEST}")
    except TooNew as error:  # a newer worker looks as well: this one must not end for it
        outcome = "failed"
        log.error("alertmanager_not_compared", integration=integration, cause=str(error))
    metrics.LOOKS.labels(integration, outcome).inc()


async def look(integration: str, runtime: Runtime, *, resend_delay: timedelta) -> None:
    """Look once. Raises an `UpstreamError` where nobody answers, and the store's errors."""
    alertmanager = runtime.alertmanager_of(integration)
    if alertmanager is None:
        return
    # The incidents first: what Alertmanager says is then never older than what they know.
    stored = await runtime.records.list_open(_INCIDENTS)
    known = [one for one in map(_compared, stored) if one is not None and one.opening.integration == integration]
    if not known:
        return
    now = await runtime.looks.now()
    holding = await _hold(alertmanager, now, settled_after=RESENDS_KNOWN * resend_delay)
    before, doubts = await _memory(integration, runtime), set[str]()
    still_open = {one.id for one in stored}
    seen = {incident: alerts for incident, alerts in before.seen.items() if incident in still_open}
    for incident in known:
        compared = compare(incident, holding, before, EntryId(f"look-{ULID()}"), now)
        doubts |= compared.memory.doubts
        seen |= compared.memory.seen
        if compared.entry is not None:
            outcome = await runtime.feed.append(incident.id, compared.entry)
            log.info(
                "looked_up",
                incident=incident.id,
                gone=len(compared.entry.gone),
                back=len(compared.entry.back),
                silenced=len(compared.entry.silenced),
                outcome=outcome,
            )
        await asyncio.sleep(0)
    await runtime.looks.remember(integration, Memory(doubts=frozenset(doubts), seen=seen))


async def _memory(integration: str, runtime: Runtime) -> Memory:
    """What earlier looks left. Where that is damaged, the next looks find it out anew."""
    try:
        return await runtime.looks.memory(integration)
    except Unreadable as error:
        log.error("looks_forgotten", integration=integration, cause=str(error))
        return Memory()


def _compared(stored: Stored) -> Incident | None:
    """The incident, where its Alertmanager may know more: not while its inbox holds anything."""
    is_asked = stored.opening.has_alertmanager and not stored.waiting
    return stored.incident if is_asked else None


async def _hold(alertmanager: Alertmanager, now: datetime, *, settled_after: timedelta) -> Holding:
    """What the first replica holds that is up for long enough; else what the first one holds that answers at all."""
    young: Holding | None = None
    failure: UpstreamError | None = None
    for replica in alertmanager.replicas():
        try:
            started_at = (await replica.get_status()).uptime
            alerts, silences = await asyncio.gather(replica.get_alerts(), replica.get_silences())
        except UpstreamError as error:
            failure = error
            continue
        knows_all = now - started_at >= settled_after
        holding = _holding(alerts, silences, knows_all=knows_all)
        if knows_all:
            return holding
        young = young or holding
    if young is None:
        assert failure is not None
        raise failure
    return young


def _holding(alerts: Sequence[UpstreamAlert], silences: Sequence[UpstreamSilence], *, knows_all: bool) -> Holding:
    in_force = [one for one in silences if one.status.state is SilenceState.ACTIVE]
    marked = {one.id: incident for one in in_force if (incident := marked_incident(one)) is not None}
    own: dict[IncidentId, datetime] = {marked[one.id]: one.ends_at for one in in_force if one.id in marked}
    return Holding(
        alerts={
            alert.fingerprint: HeldAlert(
                starts_at=alert.starts_at,
                is_active=alert.status.state is AlertState.ACTIVE,
                silences=alert.status.silenced_by,
            )
            for alert in alerts
        },
        silences={
            one.id: SeenSilence(author=one.created_by, until=one.ends_at, comment=one.comment) for one in in_force
        },
        own=own,
        own_ids=frozenset(marked),
        knows_all=knows_all,
    )
