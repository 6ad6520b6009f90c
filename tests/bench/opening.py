"""From a webhook to the card on top of its group, against the floor of three round trips.

The floor is a bare client on kept-alive sockets and the same sandbox: it makes the group with its people, sends the
card, then puts the top notice and does four things more side by side. For both, the clock starts before the first byte
is sent and stops when the sandbox has put the top notice.
"""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

from alertbridge.core.ids import ChatId, MessageId, OpenId
from alertbridge.feishu.calls import app, chats, docx, members, menus, messages, tabs
from alertbridge.feishu.protocol import Call as FeishuCall
from tests.bench.bare import BareClient
from tests.bench.feishu import Call
from tests.bench.ingest import DOOR
from tests.bench.installation import PATIENCE_SECONDS, Installation
from tests.bench.posts import opening_request
from tests.bench.processes import get_json
from tests.bench.stored import Miscounted

_CARD: Final = (Path(__file__).parent.parent / "samples" / "card_firing.json").read_text(encoding="utf-8")
_IN_CARD: Final = "ou_zhang"
_TOP: Final = "chat_top_notice_put"
_QUIET_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Opening:
    """Milliseconds; the product's are what it takes above the floor's median."""

    floor_ms: float
    p50_above_ms: float
    p99_above_ms: float
    incidents: int


async def measure(run: Installation, repetitions: int) -> Opening:
    """Open one group by hand and one by webhook in turn. Raises `Miscounted`."""
    floors: list[float] = []
    products: list[float] = []
    people = [OpenId(person["open_id"]) for person in get_json(f"{run.feishu_url}/sandbox/state")["people"]][:2]
    async with BareClient(run.feishu_port) as to_feishu, BareClient(run.port) as to_product:
        by_hand = ByHand(to_feishu, people)
        await by_hand.log_in()
        for group in range(repetitions + 1):
            floors.append(await _timed(run, by_hand.open))
            products.append(await _timed(run, lambda group=group: post(to_product, group)))  # type: ignore[misc]
    check_groups(run, repetitions + 1)
    floor = median(floors[1:])  # the first of each opens the connections
    above = sorted(took - floor for took in products[1:])
    return Opening(
        floor_ms=1000 * floor,
        p50_above_ms=1000 * median(above),
        p99_above_ms=1000 * above[min(len(above) - 1, len(above) * 99 // 100)],
        incidents=repetitions + 1,
    )


class ByHand:
    """The calls of a new group, without a product."""

    def __init__(self, client: BareClient, people: list[OpenId]) -> None:
        self._client = client
        self._people = people
        self._card: dict[str, Any] = json.loads(_CARD.replace(_IN_CARD, people[0]))
        self._token = ""

    async def log_in(self) -> None:
        """Get the token."""
        answer = await self._call(
            app.auth_tenant_access_token_internal(app_id="cli_sandbox", app_secret="sandbox-secret")
        )
        self._token = answer["tenant_access_token"]

    async def open(self) -> None:
        """Make one group: three round trips."""
        made = await self._call(
            chats.chat_create(uuid=uuid.uuid4().hex, name="floor", user_id_list=self._people, set_bot_manager=True)
        )
        chat = ChatId(made["data"]["chat_id"])
        sent = await self._call(messages.message_create(chat, messages.Content.card(self._card), uuid=uuid.uuid4().hex))
        line = docx.Block.line(docx.BlockType.TEXT, docx.TextElement.text("Lead"))
        link = menus.MenuItem.link("Page", "https://alertbridge.example.com/incidents/1")
        await asyncio.gather(
            self._call(chats.chat_top_notice_put(chat, message_id=MessageId(sent["data"]["message_id"]))),
            self._call(members.chat_managers_add(chat, self._people)),
            self._call(docx.docx_announcement_block_children_create(chat, chat, [line], client_token=uuid.uuid4().hex)),
            self._call(
                tabs.chat_tabs_create(chat, [tabs.WantedTab(name="Page", url="https://alertbridge.example.com")])
            ),
            self._call(menus.chat_menu_tree_create(chat, [menus.WantedMenu(link)])),
        )

    async def _call(self, call: FeishuCall[Any]) -> dict[str, Any]:
        body = call.encoded() or b""
        query = "?" + "&".join(f"{name}={value}" for name, value in call.query) if call.query else ""
        head = (
            f"{call.method} {call.path}{query} HTTP/1.1\r\nHost: floor\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        status, answered = await self._client.send(head.encode() + body)
        answer: dict[str, Any] = msgspec.json.decode(answered)
        if status != 200 or answer["code"] != 0:
            raise Miscounted(f"the floor's {call.operation} was refused: {answer}")
        return answer


async def post(client: BareClient, group: int) -> None:
    """Send the webhook that opens a group's incident. Raises `Miscounted` when it is refused."""
    status, answer = await client.send(opening_request(DOOR, group))
    if status != 200:
        raise Miscounted(f"a webhook was refused with {status}: {answer!r}")


async def _timed(run: Installation, begin: Callable[[], Any]) -> float:
    """Seconds from now until the sandbox has put the next top notice; returns when all is quiet again."""
    began = time.monotonic()
    await begin()
    calls: list[Call] = []
    give_up_at = began + PATIENCE_SECONDS
    while (
        not calls
        or not any(call.operation == _TOP for call in calls)
        or calls[-1].ended > time.monotonic() - _QUIET_SECONDS
    ):
        await asyncio.sleep(_QUIET_SECONDS + random.uniform(0, 0.1))
        calls += run.calls()
        if time.monotonic() > give_up_at:
            raise Miscounted(f"no card came on top, only {[call.operation for call in calls]}")
    tops = [call for call in calls if call.operation == _TOP]
    if len(tops) != 1 or tops[0].status != 200:
        raise Miscounted(f"{len(tops)} top notices were put for one webhook")
    return tops[0].ended - began


def check_groups(run: Installation, incidents: int) -> None:
    """Raise `Miscounted` unless each webhook made one group, with one card, and that on top."""
    groups = run.groups()
    if len(groups) != incidents:
        raise Miscounted(f"{incidents} webhooks made {len(groups)} groups")
    for group in groups:
        cards = [message for message in group["messages"] if message["msg_type"] == "interactive"]
        if len(cards) != 1 or not group["top_notice"]:
            raise Miscounted(f"{group['name']} has {len(cards)} cards, on top is {group['top_notice']}")
