"""What the tests of mailboxes work with: values, and a web process and a worker in one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from alertbridge.core.alerts.alert import Alert, AlertStatus
from alertbridge.core.alerts.route import Route
from alertbridge.core.ids import AlertKey, EntryId, IncidentId, JobId
from alertbridge.core.incidents.command import Command, Verb
from alertbridge.core.incidents.incident import Incident, Opening, Status
from alertbridge.store.clock import Clock
from alertbridge.store.connection import Connection
from alertbridge.store.deliveries import Arrival, Candidate, Delivery, Taken
from alertbridge.store.feed import Feed
from alertbridge.store.keys import ARQ_JOB, ARQ_QUEUE, BUSY, HELD, INBOX
from alertbridge.store.mailbox import Claim, Mailbox
from alertbridge.store.records import Records

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Time of an entry that the store has not stamped yet."""
STARTED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

A = IncidentId("01AAAAAAAAAAAAAAAAAAAAAAAA")
B = IncidentId("01BBBBBBBBBBBBBBBBBBBBBBBB")

_serial = count(1)


def an_alert(name: str = "Down", **changes: Any) -> Alert:
    """A firing alert."""
    alert = Alert(
        fingerprint=f"{name:0>16}",
        status=AlertStatus.FIRING,
        labels={"alertname": name, "说明": 'a "quoted" \\ text'},
        annotations={},
        starts_at=STARTED,
        ends_at=None,
    )
    return replace(alert, **changes)


def resolved(alert: Alert, **changes: Any) -> Alert:
    """The end of an alert."""
    return replace(alert, status=AlertStatus.RESOLVED, ends_at=STARTED + timedelta(hours=1), **changes)


def an_opening(group_key: str = "group") -> Opening:
    """What a web process knows of an incident it proposes."""
    return Opening(
        integration="default",
        tenant="",
        group_key=group_key,
        route=Route(name="root"),
        group_labels={"alertname": "Down"},
        resolve_wait_seconds=130,
    )


def a_candidate(incident: IncidentId = A, group_key: str = "group") -> Candidate:
    """A proposal."""
    return Candidate(group_key=group_key, incident=incident, opening=an_opening(group_key))


def key_of(alert: Alert) -> AlertKey:
    """The alert's key, as an integration would have hashed it."""
    return AlertKey(f"key-{alert.fingerprint}")


def a_delivery(*alerts: Alert, to: tuple[Candidate, ...] = (a_candidate(),), **changes: Any) -> Delivery:
    """A request of its own body; firing alerts propose the incidents of `to`."""
    serial = next(_serial)
    arrivals = tuple(
        Arrival(key=key_of(alert), alert=alert, candidates=to if alert.status is AlertStatus.FIRING else ())
        for alert in alerts
    )
    delivery = Delivery(id=EntryId(f"entry-{serial}"), body_hash=f"body-{serial}", arrivals=arrivals)
    return msgspec.structs.replace(delivery, **changes)


def a_command(verb: Verb = Verb.ACK) -> Command:
    """A command of its own id."""
    return Command(id=EntryId(f"command-{next(_serial)}"), at=NEVER, verb=verb, by=None)


def an_incident(claim: Claim, **changes: Any) -> Incident:
    """What an owner makes of its first claim."""
    incident = Incident(
        id=claim.id,
        number=claim.number,
        opening=claim.opening,
        status=Status.FIRING,
        severity=claim.opening.route.default_severity,
        opened_at=claim.opened_at,
        status_at=claim.now,
    )
    return replace(incident, **changes)


class World:
    """The store's classes on one connection, and looks behind them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.feed = Feed(connection)
        self.mailbox = Mailbox(connection)
        self.records = Records(connection)
        self.clock = Clock(connection)

    async def deliver(self, *alerts: Alert, **changes: Any) -> Taken:
        """Deliver alerts as a request of its own."""
        return await self.feed.deliver(a_delivery(*alerts, **changes))

    async def owner(self, incident: IncidentId = A) -> JobId | None:
        """The job that the incident belongs to."""
        job = await self.connection.call("HGET", BUSY, incident)
        return None if job is None else JobId(job.decode())

    async def claim(self, incident: IncidentId = A) -> Claim:
        """Claim as the owner."""
        job = await self.owner(incident)
        assert job is not None
        claim = await self.mailbox.claim(incident, job)
        assert claim is not None
        return claim

    async def settle(self, incident: IncidentId = A, *, in_time: timedelta = timedelta(hours=1)) -> Incident:
        """Be the owner once: claim, take over alerts, save, release."""
        claim = await self.claim(incident)
        alerts = dict(claim.incident.alerts) if claim.incident else {}
        for entry in claim.entries:
            alerts |= getattr(entry, "alerts", {})
        after = replace(claim.incident or an_incident(claim), alerts=alerts)
        await self.mailbox.save(
            claim, claim.incident, after, due=claim.now + in_time, drained=len(claim.entries), release=True
        )
        return after

    async def close(self, incident: IncidentId = A) -> Incident:
        """Be the owner of an incident for the last time: it comes to its end."""
        claim = await self.claim(incident)
        closed = replace(claim.incident or an_incident(claim), status=Status.CLOSED)
        await self.mailbox.save(claim, claim.incident, closed, due=None, drained=len(claim.entries))
        return closed

    async def waiting(self, incident: IncidentId = A) -> int:
        """Entries in the inbox."""
        return int(await self.connection.call("LLEN", INBOX + incident))

    async def jobs(self) -> list[str]:
        """The ids of arq's queue, first the one that goes first."""
        return [job.decode() for job in await self.connection.call("ZRANGE", ARQ_QUEUE, 0, -1)]

    async def held(self) -> dict[str, set[str]]:
        """Alert key -> the incidents that hold it."""
        stored = await self.connection.call("HGETALL", HELD)
        return {
            key.decode(): {part.partition(":")[0] for part in value.decode().split(" ")[2:] if part[0] != "~"}
            for key, value in stored.items()
        }

    async def forget_jobs(self) -> None:
        """Lose every arq job, as a crash of everything would."""
        await self.connection.call("DEL", ARQ_QUEUE, *(ARQ_JOB + job for job in await self.jobs()))
