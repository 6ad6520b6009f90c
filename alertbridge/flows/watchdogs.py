"""Dead man's switches: what is heard is kept, and silence becomes an alert of our own, by one worker at a time."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from alertbridge.config import Team
from alertbridge.core.alerts.alert import Alert, AlertStatus, Notification, Source
from alertbridge.core.alerts.watchdog import (
    INTEGRATION,
    REPEAT_AFTER,
    Alarm,
    Watch,
    Watchdog,
    alarm_alert,
    alarm_labels,
    hear,
    is_over,
    is_silent,
    recognised,
)
from alertbridge.core.copy import catalogue as copy
from alertbridge.core.text import age, date_and_clock
from alertbridge.flows import metrics
from alertbridge.flows.record_alerts import record_alerts
from alertbridge.flows.runtime import Runtime
from alertbridge.flows.teams import CurrentTeam
from alertbridge.store.errors import StoreAway
from alertbridge.store.watchdogs import BEAT_SECONDS, Lookout, Post, Watchdogs

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one watchdog of one sender stands."""

    watchdog: str
    sender: str
    every: timedelta
    heard_at: datetime | None
    quiet_for: timedelta
    """Since it was heard last, or first expected."""
    is_silent: bool
    """It was told, and it goes on."""


async def standings(watchdogs: Watchdogs, team: Team) -> list[Standing]:
    """List all that the team file expects. Raises `StoreAway`."""
    if not team.watchdogs:
        return []
    lookout = await watchdogs.look_out()
    return [_standing(post, watchdog, lookout) for post, watchdog in _expected(team)]


def _standing(post: Post, watchdog: Watchdog, lookout: Lookout) -> Standing:
    name, sender = post
    known, heard_at = lookout.watches.get(post), lookout.heard.get(post)
    last = heard_at or (known.since if known else lookout.now)
    return Standing(
        watchdog=name,
        sender=sender,
        every=watchdog.every,
        heard_at=heard_at,
        quiet_for=max(timedelta(), lookout.now - last),
        is_silent=known is not None and known.alarm is not None and heard_at == known.alarm.last_heard_at,
    )


# -- the senders' doors ------------------------------------------------------------------------------------------------


async def take_watchdogs(
    said: Notification, *, integration: str, team: Team, watchdogs: Watchdogs, now: datetime
) -> Notification:
    """Keep which watchdogs a request says are alive, and return the rest of it. Raises `StoreAway`.

    A resolved one is no sign of life, and no incident holds it: it goes the way of all resolved alerts.
    """
    expected = team.watchdogs_of.get(integration)
    if expected is None:
        return said
    heard: set[Post] = set()
    others: list[Alert] = []
    for alert in said.alerts:
        found = recognised(expected, alert.labels) if alert.status is AlertStatus.FIRING else []
        heard.update((one.name, integration) for one in found)
        if not found:
            others.append(alert)
    if not heard:
        return said
    await watchdogs.hear(sorted(heard), now)
    metrics.ALERTS.labels(said.source, "watchdog").inc(len(said.alerts) - len(others))
    return replace(said, alerts=tuple(others))


async def keep_listening(watchdogs: Watchdogs, team: CurrentTeam) -> None:
    """Say again and again that senders can reach us, where any is expected to; runs until cancelled."""
    while True:
        if team.current.watchdogs:
            with suppress(StoreAway):  # then nobody is heard, and the pause shows it
                await watchdogs.beat()
        await asyncio.sleep(BEAT_SECONDS)


# -- the workers -------------------------------------------------------------------------------------------------------


async def keep_watch(runtime: Runtime, *, every: timedelta = LOOK_EVERY) -> None:
    """Look for silent ones when it is time, one worker of all; runs until cancelled."""
    while True:
        with suppress(StoreAway):  # whoever needs the store says so
            if await runtime.watchdogs.take_turn(every):
                await watch(runtime)
        await asyncio.sleep(every.total_seconds())


async def watch(runtime: Runtime) -> None:
    """Look once: tell what is silent, and what is heard again. Raises `StoreAway`.

    An alarm is kept before its alert is stored, and given up after the end of it is: whenever this is cut short, the
    next look goes on, and the same alert twice is no news.
    """
    lookout = await runtime.watchdogs.look_out()
    expected = dict(_expected(runtime.team.current))
    for post in lookout.watches.keys() - expected.keys():
        await _give_up(post, lookout, runtime)
    if lookout.listening is None:
        return
    for post, watchdog in expected.items():
        known = lookout.watches.get(post)
        heard = hear(known, lookout.heard.get(post), lookout.listening, lookout.now)
        if heard != known:
            await runtime.watchdogs.keep(post, heard)
        if heard.alarm is None and is_silent(heard, watchdog.every, lookout.listening, lookout.now):
            heard = await _begin(post, watchdog, heard, lookout.now, runtime)
        if heard.alarm is None:
            continue
        if is_over(heard):
            await _end(post, heard, heard.alarm, lookout.now, runtime)
        elif heard.alarm.told_at is None or lookout.now - heard.alarm.told_at >= REPEAT_AFTER:
            await _tell(post, heard, heard.alarm, lookout.now, runtime)


def _expected(team: Team) -> Iterator[tuple[Post, Watchdog]]:
    for watchdog in team.watchdogs:
        for sender in watchdog.senders:
            yield (watchdog.name, sender), watchdog


async def _begin(post: Post, watchdog: Watchdog, silent: Watch, now: datetime, runtime: Runtime) -> Watch:
    name, sender = post
    log.warning("watchdog_silent", watchdog=name, sender=sender, last_heard=str(silent.heard_at or "never"))
    alarm = Alarm(began_at=now, last_heard_at=silent.heard_at, labels=alarm_labels(watchdog, sender))
    alarmed = replace(silent, alarm=alarm)
    await runtime.watchdogs.keep(post, alarmed)
    return alarmed


async def _tell(post: Post, silent: Watch, alarm: Alarm, now: datetime, runtime: Runtime) -> None:
    summary = _silence(post, alarm, silent, runtime)
    await _deliver(post, alarm_alert(alarm, summary), now, runtime)
    await runtime.watchdogs.keep(post, replace(silent, alarm=replace(alarm, told_at=now)))


async def _end(post: Post, heard: Watch, alarm: Alarm, now: datetime, runtime: Runtime) -> None:
    name, sender = post
    log.info("watchdog_heard_again", watchdog=name, sender=sender)
    summary = copy.text("watchdog.heard", watchdog=name, sender=sender)[_language(runtime)]
    await _deliver(post, alarm_alert(alarm, summary, ended_at=now), now, runtime)
    await runtime.watchdogs.keep(post, replace(heard, alarm=None))


async def _give_up(post: Post, lookout: Lookout, runtime: Runtime) -> None:
    """The team file expects it no more: what it was silent about is over."""
    name, sender = post
    if alarm := lookout.watches[post].alarm:
        summary = copy.text("watchdog.unexpected", watchdog=name, sender=sender)[_language(runtime)]
        await _deliver(post, alarm_alert(alarm, summary, ended_at=lookout.now), lookout.now, runtime)
    await runtime.watchdogs.forget(post)


async def _deliver(post: Post, alert: Alert, now: datetime, runtime: Runtime) -> None:
    """Let it come in like any other alert."""
    name, sender = post
    said = Notification(
        source=Source.ALERTBRIDGE,
        tenant="",
        group=f"{len(name)}:{name}{sender}",
        group_labels={"watchdog": name, "sender": sender},
        alerts=(alert,),
    )
    # A body is told from a late copy by its hash: this one is said at this moment, and at no other.
    body = f"{alert.status} {said.group} {now.isoformat()}".encode()
    await record_alerts(
        said,
        integration=INTEGRATION,
        body=body,
        team=runtime.team.current,
        feed=runtime.feed,
        resend_delay_seconds=0,
    )


def _silence(post: Post, alarm: Alarm, silent: Watch, runtime: Runtime) -> str:
    name, sender = post
    last, zone = alarm.last_heard_at, runtime.team.chat.timezone
    if last is None:
        waited = age(alarm.began_at - silent.since)
        said = copy.text("watchdog.never", watchdog=name, sender=sender, d=waited)
    else:
        at = date_and_clock(last, zone)
        said = copy.text("watchdog.silent", watchdog=name, sender=sender, d=age(alarm.began_at - last), t=at)
    return said[_language(runtime)]


def _language(runtime: Runtime) -> str:
    return runtime.team.chat.languages[0]
