"""A thousand incidents at once under Feishu's quotas, against the best time that those quotas allow."""

import asyncio
import math
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from tests.bench.bare import BareClient
from tests.bench.feishu import Call
from tests.bench.installation import Installation
from tests.bench.opening import check_groups, post
from tests.bench.stored import Miscounted

CALLS: Final = (
    "chat_create",
    "message_create",
    "chat_top_notice_put",
    "chat_managers_add",
    "chat_tabs_create",
    "chat_menu_tree_create",
)
"""What every group takes once, under the usual quota of 50 a second and 1,000 a minute. Announcements have a quota of
their own, 5 a second for the whole app, and queue behind."""

_PER_SECOND: Final = 50
_ROUND_TRIPS: Final = 3
_SENDERS: Final = 20
_PATIENCE_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Storm:
    """Seconds from the first post."""

    incidents: int
    best_seconds: float
    cards_seconds: float
    """Until the last group had its card."""
    seconds: float
    """Until the last group had everything but its announcement."""
    refused: int


async def measure(run: Installation, incidents: int, latency_seconds: float) -> Storm:
    """Post, and wait until every group is there. Raises `Miscounted`."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for sender in range(_SENDERS):
            group.create_task(_post_all(run.port, range(sender, incidents, _SENDERS)))
    done: Counter[str] = Counter()
    last: dict[str, float] = {}
    while any(done[operation] < incidents for operation in CALLS):
        if time.monotonic() > began + _PATIENCE_SECONDS:
            raise Miscounted(f"of {incidents} groups only so much is there: {dict(done)}")
        await asyncio.sleep(_LOOK_SECONDS)
        for call in await asyncio.to_thread(run.calls):
            if _is_done(call):
                done[call.operation] += 1
                last[call.operation] = max(last.get(call.operation, 0), call.ended)
    check_groups(run, incidents)
    return Storm(
        incidents=incidents,
        best_seconds=math.ceil(incidents / _PER_SECOND) - 1 + _ROUND_TRIPS * latency_seconds,
        cards_seconds=last["message_create"] - began,
        seconds=max(last[operation] for operation in CALLS) - began,
        refused=sum(sum(codes.values()) for codes in run.refused().values()),
    )


async def _post_all(port: int, groups: range) -> None:
    async with BareClient(port) as client:
        for group in groups:
            await post(client, group)


def _is_done(call: Call) -> bool:
    return call.status == 200
