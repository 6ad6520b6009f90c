"""A heartbeat on its way through the product: in by a door, through an inbox, into a worker's hands, on to Feishu.

Who sends it, and tells the world outside that it came through, is the web process (`web/heartbeat`).
"""

import asyncio
import re
from datetime import datetime
from typing import Any, Final

from alertbridge.core.alerts.alert import Notification
from alertbridge.core.ids import EntryId, JobId
from alertbridge.core.rooms.room import PULSE_ROOM, Pulse
from alertbridge.feishu.errors import FeishuError
from alertbridge.flows.reconcile import NotOurs
from alertbridge.flows.runtime import Runtime
from alertbridge.store.feed import Feed
from alertbridge.store.mailbox import Saved

LABEL: Final = "alertbridge_heartbeat"
_PULSE: Final = re.compile(r"[0-9A-Z]{26}", re.ASCII)
_FEISHU_SECONDS: Final = 10.0


def heartbeat_body(pulse: EntryId) -> dict[str, Any]:
    """What is sent to the door: the webhook of an Alertmanager."""
    labels = {"alertname": "AlertbridgeHeartbeat", LABEL: pulse}
    return {
        "version": "4",
        "status": "firing",
        "receiver": "alertbridge",
        "groupKey": "heartbeat",
        "groupLabels": labels,
        "alerts": [{"status": "firing", "labels": labels, "annotations": {}}],
    }


def pulse_in(said: Notification) -> EntryId | None:
    """The heartbeat that a request is; None: it is about something."""
    if len(said.alerts) != 1:
        return None
    pulse = said.alerts[0].labels.get(LABEL, "")
    return EntryId(pulse) if _PULSE.fullmatch(pulse) else None


async def take_pulse(pulse: EntryId, feed: Feed, now: datetime) -> None:
    """Store it, so that a worker takes it up. Raises `StoreAway`."""
    await feed.append_room(PULSE_ROOM, Pulse(id=pulse, at=now))


async def answer_pulses(job: JobId, runtime: Runtime) -> None:
    """Ask Feishu for something cheap, and say how it went. Raises `NotOurs` and the store's errors.

    Of several that wait only the newest is still waited for.
    """
    while True:
        claim = await runtime.rooms.claim(PULSE_ROOM, job)
        if claim is None:
            raise NotOurs
        if claim.entries:
            await runtime.heartbeats.answer(claim.entries[-1].id, await _ask_feishu(runtime))
        saved = await runtime.rooms.save(claim, claim.room, due=None, drained=len(claim.entries), release=True)
        if saved is Saved.REFUSED:
            raise NotOurs
        if saved is Saved.RELEASED:
            return


async def _ask_feishu(runtime: Runtime) -> str:
    """Why it does not answer; empty where it does. The call needs a token that Feishu takes."""
    try:
        async with asyncio.timeout(_FEISHU_SECONDS):
            await runtime.feishu.bot_info_get()
    except FeishuError as error:
        return str(error) or type(error).__name__
    except TimeoutError:
        return f"no answer within {_FEISHU_SECONDS:g} s"
    return ""
