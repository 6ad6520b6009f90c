"""The long connection against the sandbox: what it takes in, what it answers, and that it comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from structlog.typing import EventDict

from alertbridge.feishu.client import connect
from alertbridge.feishu.inbound.conversation import PONG_SECONDS, NotTaken
from alertbridge.feishu.inbound.frame import Frame, Method, decode, encode
from alertbridge.feishu.inbound.long_connection import LongConnection
from alertbridge.sandbox.app import WORLD, build_sandbox
from alertbridge.sandbox.app import serving as serving_sandbox
from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from tests.feishu.scripted import NotingQuota, Server, says, serving
from tests.sandbox.feishu import ALICE, Feishu
from tests.sandbox.test_cards import INCIDENT


@pytest.fixture
async def feishu() -> AsyncIterator[Feishu]:
    app = build_sandbox(quotas=False)
    async with serving_sandbox(app) as url, aiohttp.ClientSession() as session:
        caller = await Feishu(session, url, app[WORLD]).sign_in()
        await caller.switch(reconnect_nonce_seconds=0, reconnect_interval_seconds=0)
        yield caller


@dataclass
class Ear:
    """Takes events in; `answer` says what is answered, or raises."""

    heard: list[Any] = field(default_factory=list)
    answer: Callable[[Any], dict[str, Any]] = lambda _: {}
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, body: bytes) -> dict[str, Any]:
        event = msgspec.json.decode(body)
        self.heard.append(event)
        self.arrived.set()
        return self.answer(event)

    async def hears(self, number: int) -> list[Any]:
        while len(self.heard) < number:
            self.arrived.clear()
            await self.arrived.wait()
        return self.heard


@asynccontextmanager
async def listening(
    url: str, ear: Ear, *, secret: str = DEFAULT_SECRET, pong_seconds: float = PONG_SECONDS
) -> AsyncIterator[LongConnection]:
    """Keep a connection while the block runs."""
    async with connect(base_url=url, app_id=DEFAULT_APP_ID, app_secret=secret, quota=NotingQuota()) as client:
        connection = LongConnection(client, app_id=DEFAULT_APP_ID, app_secret=secret, pong_seconds=pong_seconds)
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(connection.keep(ear.take))
            yield connection
            keeping.cancel()


async def until(is_so: Callable[[], object]) -> None:
    while not is_so():  # noqa: ASYNC110 - nobody says when what is looked at changes
        await asyncio.sleep(0.01)


async def until_open(connection: LongConnection) -> None:
    await until(lambda: connection.is_open)


def named(logs: list[EventDict], event: str) -> list[EventDict]:
    return [line for line in logs if line["event"] == event]


async def rename(feishu: Feishu, chat: str, name: str) -> None:
    await feishu.act(ALICE, "rename", chat, name=name)


# -- what comes --------------------------------------------------------------------------------------------------------


async def test_an_event_is_taken_in_and_acknowledged(feishu: Feishu) -> None:
    chat, ear = await feishu.chat(ALICE), Ear()
    async with listening(feishu.url, ear) as connection:
        await until_open(connection)
        await rename(feishu, chat, "new")
        await feishu.settled()

    assert [event["event"]["after_change"] for event in ear.heard] == [{"name": "new"}]
    assert (await feishu.state())["events"] == {"im.chat.updated_v1": 1}
    assert not connection.is_open


async def test_a_click_gets_its_answer(feishu: Feishu) -> None:
    card = await feishu.sent(await feishu.chat(ALICE), INCIDENT)
    toast = {"toast": {"type": "info", "content": "已记录"}}
    async with listening(feishu.url, Ear(answer=lambda _: toast)) as connection:
        await until_open(connection)
        wish = {"open_id": feishu.id(ALICE), "message_id": card, "value": {"a": "ack"}}
        answer = await feishu.control("POST", "click", wish)

    assert (answer["status"], answer["body"]) == (200, toast)


async def test_an_event_in_many_frames_is_one_event(feishu: Feishu) -> None:
    await feishu.switch(event_part_bytes=64)
    chat, ear = await feishu.chat(ALICE), Ear()
    async with listening(feishu.url, ear) as connection:
        await until_open(connection)
        await rename(feishu, chat, "长" * 40)
        await feishu.settled()

    assert [event["event"]["after_change"] for event in ear.heard] == [{"name": "长" * 40}]
    assert (await feishu.state())["events"] == {"im.chat.updated_v1": 1}


async def test_what_could_not_be_stored_comes_again(feishu: Feishu) -> None:
    def refuse_once(_: Any) -> dict[str, Any]:
        if len(ear.heard) == 1:
            raise NotTaken
        return {}

    chat, ear = await feishu.chat(ALICE), Ear(answer=refuse_once)
    async with listening(feishu.url, ear) as connection:
        await until_open(connection)
        await rename(feishu, chat, "new")
        await feishu.settled()
        await feishu.advance(15)
        first, second = await ear.hears(2)

    assert first == second


async def test_an_unforeseen_error_ends_neither_the_connection_nor_the_event(feishu: Feishu) -> None:
    def stumble_once(_: Any) -> dict[str, Any]:
        if len(ear.heard) == 1:
            raise ZeroDivisionError
        return {}

    chat, ear = await feishu.chat(ALICE), Ear(answer=stumble_once)
    with capture_logs() as logs:
        async with listening(feishu.url, ear) as connection:
            await until_open(connection)
            await rename(feishu, chat, "new")
            await feishu.settled()
            await feishu.advance(15)
            await ear.hears(2)

    assert len(named(logs, "event_broken")) == 1
    assert len(named(logs, "long_connection_open")) == 1


def an_event(message_id: str, payload: bytes = b"{}", **headers: str) -> bytes:
    given = {"type": "event", "message_id": message_id, "sum": "1", "seq": "0"} | headers
    return encode(Frame(method=Method.DATA, service=7, headers=tuple(given.items()), payload=payload))


async def test_what_is_no_event_is_passed_over_and_the_next_event_is_heard() -> None:
    pong = Frame(method=Method.CONTROL, headers=(("type", "pong"),), payload=b"nonsense")
    sent: list[bytes | str] = [
        "text",
        b"\xff",
        encode(pong),
        encode(Frame(method=Method.CONTROL, headers=(("type", "other"),))),
        encode(Frame(method=9)),
        an_event("card", type="card"),
        an_event("odd", sum="many"),
        an_event("good", b'{"schema":"2.0"}'),
    ]
    answered: asyncio.Queue[Frame] = asyncio.Queue()

    async def platform(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for one in sent:
            await (socket.send_str(one) if isinstance(one, str) else socket.send_bytes(one))
        async for message in socket:
            answered.put_nowait(decode(message.data))
        return socket

    ear = Ear()
    async with serving(Server([])) as server:
        address = f"{server.url.replace('http', 'ws')}/socket?service_id=7"
        server.answers = [says({"code": 0, "data": {"URL": address}}), platform]
        with capture_logs() as logs:
            async with listening(server.url, ear):
                ping, answer = await answered.get(), await answered.get()

    assert (ping.method, ping.service, ping.header("type")) == (Method.CONTROL, 7, "ping")
    assert (answer.header("message_id"), answer.payload) == ("good", b'{"code":200}')
    assert answer.header("biz_rt").isdigit()
    assert ear.heard == [{"schema": "2.0"}]
    assert len(named(logs, "long_connection_frame_refused")) == 3


# -- how it comes back -------------------------------------------------------------------------------------------------


async def test_a_connection_that_is_cut_is_opened_again_and_misses_nothing(feishu: Feishu) -> None:
    chat, ear = await feishu.chat(ALICE), Ear()
    with capture_logs() as logs:
        async with listening(feishu.url, ear) as connection:
            await until_open(connection)
            await feishu.control("DELETE", "connections")
            await until(lambda: len(named(logs, "long_connection_open")) == 2)
            await rename(feishu, chat, "new")
            await ear.hears(1)

    assert len(named(logs, "long_connection_lost")) == 1


async def test_a_connection_with_nobody_behind_it_is_given_up(feishu: Feishu) -> None:
    await feishu.switch(pings_are_answered=False)
    with capture_logs() as logs:
        async with listening(feishu.url, Ear(), pong_seconds=0.05):
            await until(lambda: named(logs, "long_connection_lost"))

    assert named(logs, "long_connection_silent")


async def test_a_connection_with_somebody_behind_it_is_kept(feishu: Feishu) -> None:
    await feishu.switch(ping_interval_seconds=1)
    chat, ear = await feishu.chat(ALICE), Ear()
    with capture_logs() as logs:
        async with listening(feishu.url, ear, pong_seconds=0.5) as connection:
            await until_open(connection)
            await asyncio.sleep(1.2)  # into the second interval
            await rename(feishu, chat, "new")
            await ear.hears(1)

    assert not named(logs, "long_connection_lost")


@pytest.mark.parametrize("wrong", [{"is_enabled": False}, {"secret": "another"}])
async def test_refused_credentials_are_told_and_asked_again(feishu: Feishu, wrong: dict[str, Any]) -> None:
    with capture_logs() as logs:
        async with listening(feishu.url, Ear()) as connection:
            await until_open(connection)
            await feishu.control("PUT", "apps/cli_sandbox", wrong)
            await feishu.control("DELETE", "connections")
            await until(lambda: named(logs, "long_connection_refused"))
            assert not connection.is_open
            await feishu.control("PUT", "apps/cli_sandbox", {"is_enabled": True, "secret": DEFAULT_SECRET})
            await until_open(connection)

    (refused, *_) = named(logs, "long_connection_refused")
    assert refused["log_level"] == "error"
    assert "App Secret" in refused["mend"]


async def test_a_wrong_secret_from_the_start_waits_as_long_as_the_sdks_do(feishu: Feishu) -> None:
    with capture_logs() as logs:
        async with listening(feishu.url, Ear(), secret="wrong"):
            await until(lambda: named(logs, "long_connection_refused"))

    (refused,) = named(logs, "long_connection_refused")
    assert refused["again_in_seconds"] == 120
    assert "514" in refused["cause"]


async def test_a_fifty_first_connection_is_refused_for_that_reason(feishu: Feishu) -> None:
    others = []
    for _ in range(50):
        ask = {"AppID": DEFAULT_APP_ID, "AppSecret": DEFAULT_SECRET}
        async with feishu.session.post(f"{feishu.url}/callback/ws/endpoint", json=ask) as answer:
            others.append(await feishu.session.ws_connect((await answer.json())["data"]["URL"]))
    with capture_logs() as logs:
        async with listening(feishu.url, Ear()) as connection:
            await until(lambda: named(logs, "long_connection_refused"))
            await others.pop().close()
            await until_open(connection)
    for other in others:
        await other.close()

    assert "too many connections" in named(logs, "long_connection_refused")[0]["cause"]


async def test_nobody_there_is_asked_again_soon() -> None:
    with capture_logs() as logs:
        async with listening("http://127.0.0.1:9", Ear()):
            await until(lambda: named(logs, "long_connection_failed"))

    assert named(logs, "long_connection_failed")[0]["again_in_seconds"] == 1


@pytest.mark.parametrize(
    "answer",
    [
        says({"code": 1, "msg": "system busy"}),
        says({"code": 1000040343, "msg": "internal error"}),
        says({"code": 0, "data": {}}),
        says({}, status=502),
    ],
)
async def test_trouble_on_feishus_side_is_no_refusal(answer: Any) -> None:
    with capture_logs() as logs:
        async with serving(Server([answer])) as server, listening(server.url, Ear()):
            await until(lambda: named(logs, "long_connection_failed"))

    assert named(logs, "long_connection_failed")[0]["again_in_seconds"] == 120
    assert not named(logs, "long_connection_refused")


async def test_an_address_at_which_nobody_is_is_tried_again_soon() -> None:
    answer = says({"code": 0, "data": {"URL": "ws://127.0.0.1:9/?ticket=secret"}})
    with capture_logs() as logs:
        async with serving(Server([answer])) as server, listening(server.url, Ear()):
            await until(lambda: named(logs, "long_connection_failed"))

    assert named(logs, "long_connection_failed")[0]["again_in_seconds"] == 1
    assert "secret" not in str(logs)


async def test_an_address_that_is_none_is_not_told() -> None:
    answer = says({"code": 0, "data": {"URL": "nowhere?ticket=secret"}})
    with capture_logs() as logs:
        async with serving(Server([answer])) as server, listening(server.url, Ear()):
            await until(lambda: named(logs, "long_connection_failed"))

    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("handshake", "event"),
    [
        (says({}, status=400, handshake_status="514", handshake_msg="auth failed"), "long_connection_refused"),
        (says({}, status=400, handshake_status="500", handshake_msg="busy"), "long_connection_failed"),
        (says({}, status=502), "long_connection_failed"),
    ],
)
async def test_a_handshake_tells_its_reason_in_headers(handshake: Any, event: str) -> None:
    async with serving(Server([])) as server:
        url = server.url.replace("http", "ws")
        server.answers = [says({"code": 0, "data": {"URL": f"{url}/socket?service_id=1"}}), handshake]
        with capture_logs() as logs:
            async with listening(server.url, Ear()):
                await until(lambda: named(logs, event))
