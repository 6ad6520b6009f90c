"""From a webhook to the card on top of its group, against the floor of three round trips.

The floor is a bare client on kept-alive sockets: it makes the group with its people, sends the card, then does what the
product does beside the top notice (managers, announcement, tabs, menu) in parallel, against the same sandbox. For both
the clock starts with the first byte sent and ends when the sandbox has put the top notice.
"""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp
import msgspec

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.calls import app as app_calls
from alertbridge.feishu.calls import chats, docx, members, menus, messages, tabs
from alertbridge.feishu.protocol import Call as FeishuCall
from tests.bench.feishu import Call, Wish, calls_of
from tests.bench.ingest import DOOR
from tests.bench.posts import requests
from tests.bench.processes import child, free_port, get_json, until_answers
from tests.bench.stored import Miscounted

_CARD: Final = Path(__file__).parent.parent / "samples" / "card_firing.json"
_PATIENCE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Opening:
    """Milliseconds; the product's are what it takes above the floor's median."""

    floor_ms: float
    p50_above_ms: float
    p99_above_ms: float
    incidents: int
