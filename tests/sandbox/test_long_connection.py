"""Events over a WebSocket: spoken to with the official SDK's frames, and by the SDK itself."""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import pytest

from tests.official_frame import Frame
from tests.sandbox.feishu import ALICE, BOB, Feishu, JsonObject
from tests.sandbox.test_cards import INCIDENT
from tests.sandbox.test_events import check_form

RETRY_SECONDS = 15


async def ask(feishu: Feishu, app_id: str = "cli_sandbox", secret: str = "sandbox-secret") -> JsonObject:
    """Ask for the address of a connection."""
    body = {"AppID": app_id, "AppSecret": secret}
    async with feishu.session.post(f"{feishu.url}/callback/ws/endpoint", json=body) as response:
        assert response.status == 200
        said: JsonObject = await response.json()
        return said


async def address(feishu: Feishu) -> str:
    said = await ask(feishu)
    assert said["code"] == 0
    url: str = said["data"]["URL"]
    return url


@dataclass
class App:
    """An app at its end of a connection."""

    socket: aiohttp.ClientWebSocketResponse
    service: int
    heard: list[JsonObject] = field(default_factory=list)

    async def frame(self) -> Any:
        """The next frame."""
        frame = Frame()
        frame.ParseFromString(await self.socket.receive_bytes())
        return frame

    async def answer(self, frame: Any, code: int = 200, said: object = None) -> None:
        """Acknowledge a frame."""
        payload: JsonObject = {"code": code}
        if said is not None:
            payload["data"] = base64.b64encode(msgspec.json.encode(said)).decode()
        frame.payload = msgspec.json.encode(payload)
        took = frame.headers.add()
        took.key, took.value = "biz_rt", "1"
        await self.socket.send_bytes(frame.SerializeToString())

    async def ping(self) -> None:
        frame = Frame()
        frame.SeqID = frame.LogID = frame.method = 0
        frame.service = self.service
        kind = frame.headers.add()
        kind.key, kind.value = "type", "ping"
        await self.socket.send_bytes(frame.SerializeToString())

    async def listen(self) -> None:
        """Acknowledge everything until the connection ends."""
        async for message in self.socket:
            frame = Frame()
            frame.ParseFromString(message.data)
            self.heard.append(msgspec.json.decode(frame.payload))
            await self.answer(frame)


def headers(frame: Any) -> dict[str, str]:
    return {header.key: header.value for header in frame.headers}


@asynccontextmanager
async def an_app(feishu: Feishu) -> AsyncIterator[App]:
    url = await address(feishu)
    async with feishu.session.ws_connect(url) as socket:
        yield App(socket, int(parse_qs(urlsplit(url).query)["service_id"][0]))


async def connections(feishu: Feishu) -> int:
    (app,) = (await feishu.state())["apps"]
    count: int = app["long_connections"]
    return count


async def until_connected(feishu: Feishu, number: int) -> None:
    while await connections(feishu) != number:
        await feishu.world.changes.after(feishu.world.changes.version)


async def test_an_event_is_sent_plain_and_acknowledged(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    async with an_app(feishu) as app:
        await feishu.act(ALICE, "rename", chat, name="new")
        frame = await app.frame()
        event = msgspec.json.decode(frame.payload)
        check_form(event)
        assert (frame.method, frame.service) == (1, app.service)
        assert headers(frame).keys() == {"type", "message_id", "trace_id", "sum", "seq"}
        assert (headers(frame)["type"], headers(frame)["sum"], headers(frame)["seq"]) == ("event", "1", "0")
        await app.answer(frame)
        await feishu.settled()
        assert (await feishu.state())["events"] == {"im.chat.updated_v1": 1}


async def test_an_event_of_the_old_envelope_comes_the_same_way(feishu: Feishu) -> None:
    async with an_app(feishu) as app:
        await feishu.act(ALICE, "open_p2p")
        frame = await app.frame()
        assert msgspec.json.decode(frame.payload)["event"]["type"] == "p2p_chat_create"


async def test_what_is_not_acknowledged_is_sent_again(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    async with an_app(feishu) as app:
        await feishu.act(ALICE, "rename", chat, name="new")
        first = await app.frame()
        event = msgspec.json.decode(first.payload)
        await app.answer(first, code=500)
        await feishu.settled()
        await feishu.advance(RETRY_SECONDS)
        again = await app.frame()
        assert msgspec.json.decode(again.payload) == event
        assert headers(again)["message_id"] != headers(first)["message_id"]


async def test_what_happens_between_two_connections_is_told_to_the_next(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    async with an_app(feishu):
        pass
    await until_connected(feishu, 0)
    await feishu.act(ALICE, "rename", chat, name="unheard")
    await feishu.settled()
    async with an_app(feishu) as app:
        await feishu.advance(RETRY_SECONDS)
        assert msgspec.json.decode((await app.frame()).payload)["event"]["after_change"] == {"name": "unheard"}


async def test_each_event_goes_to_one_of_several_connections(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    async with an_app(feishu) as one, an_app(feishu) as other, asyncio.TaskGroup() as group:
        listening = [group.create_task(app.listen()) for app in (one, other)]
        names = [f"name {number}" for number in range(40)]
        for name in names:
            await feishu.act(ALICE, "rename", chat, name=name)
        await feishu.settled()
        heard = [event["event"]["after_change"]["name"] for event in one.heard + other.heard]
        assert sorted(heard) == sorted(names)
        assert one.heard
        assert other.heard
        for task in listening:
            task.cancel()


async def test_a_click_is_answered_over_the_connection(feishu: Feishu) -> None:
    card = await feishu.sent(await feishu.chat(ALICE), INCIDENT)
    click = {"open_id": feishu.id(ALICE), "message_id": card, "value": {"a": "ack"}}
    assert (await feishu.control("POST", "click", click))["client_error"] == 200340
    async with an_app(feishu) as app:
        asking = asyncio.create_task(feishu.control("POST", "click", click))
        frame = await app.frame()
        assert headers(frame)["type"] == "event"
        assert msgspec.json.decode(frame.payload)["header"]["event_type"] == "card.action.trigger"
        await app.answer(frame, said={"toast": {"type": "info", "content": "好"}})
        answer = await asking
        assert (answer["status"], answer["body"]["toast"]["content"]) == (200, "好")
        asking = asyncio.create_task(feishu.control("POST", "click", click))
        await app.answer(await app.frame(), code=500)
        assert (await asking)["client_error"] == 200671
    await until_connected(feishu, 0)
    assert (await feishu.control("POST", "click", click))["client_error"] == 200342


async def test_long_events_are_split_where_the_switch_says_so(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    await feishu.switch(event_part_bytes=100)
    async with an_app(feishu) as app:
        await feishu.act(ALICE, "rename", chat, name="新" * 50)
        first = await app.frame()
        count = int(headers(first)["sum"])
        frames = [first, *[await app.frame() for _ in range(count - 1)]]
        assert [headers(frame)["seq"] for frame in frames] == [str(number) for number in range(count)]
        assert {headers(frame)["message_id"] for frame in frames} == {headers(first)["message_id"]}
        whole = b"".join(frame.payload for frame in frames)
        assert msgspec.json.decode(whole)["event"]["after_change"] == {"name": "新" * 50}
        await app.answer(frames[-1])
        await feishu.settled()
        assert (await feishu.state())["events"] == {"im.chat.updated_v1": 1}


async def test_a_ping_is_answered_with_the_pace_to_keep(feishu: Feishu) -> None:
    await feishu.switch(ping_interval_seconds=7)
    async with an_app(feishu) as app:
        await app.ping()
        pong = await app.frame()
        assert (pong.method, headers(pong)) == (0, {"type": "pong"})
        assert msgspec.json.decode(pong.payload) == {
            "ReconnectCount": -1,
            "ReconnectInterval": 120,
            "ReconnectNonce": 30,
            "PingInterval": 7,
        }


async def test_a_connection_is_cut_on_request(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    async with an_app(feishu) as app:
        await feishu.act(ALICE, "rename", chat, name="new")
        await app.frame()
        assert await feishu.control("DELETE", "connections") == {"cut": 1}
        ended = await app.socket.receive()
        assert ended.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
    await until_connected(feishu, 0)
    await feishu.settled()
    assert (await feishu.state())["events"] == {}


async def test_nonsense_on_a_connection_is_overheard(feishu: Feishu) -> None:
    chat = await feishu.chat(ALICE)
    async with an_app(feishu) as app:
        for nonsense in (b"\xff", b"\x0a", b"", b"\x42\x7fx", b"\x2a\x02\x08\x01"):
            await app.socket.send_bytes(nonsense)
        await app.socket.send_str("text")
        await feishu.act(ALICE, "rename", chat, name="new")
        await app.answer(await app.frame())
        await feishu.settled()
        assert (await feishu.state())["events"] == {"im.chat.updated_v1": 1}


@pytest.mark.parametrize(
    ("app_id", "secret", "code"),
    [("", "", 1000040344), ("cli_other", "x", 514), ("cli_sandbox", "wrong", 514)],
)
async def test_wrong_credentials_get_no_address(feishu: Feishu, app_id: str, secret: str, code: int) -> None:
    assert (await ask(feishu, app_id, secret))["code"] == code


async def test_a_request_that_is_none_gets_no_address(feishu: Feishu) -> None:
    async with feishu.session.post(f"{feishu.url}/callback/ws/endpoint", data=b"[]") as response:
        assert (await response.json())["code"] == 1000040344


async def test_an_acknowledgement_that_cannot_be_read_is_shown_to_who_clicked(feishu: Feishu) -> None:
    card = await feishu.sent(await feishu.chat(ALICE), INCIDENT)
    click = {"open_id": feishu.id(ALICE), "message_id": card, "value": {"a": "ack"}}
    async with an_app(feishu) as app:
        for payload in (b"no json", b"[]", b"{}", b'{"code":200,"data":"?"}'):
            asking = asyncio.create_task(feishu.control("POST", "click", click))
            frame = await app.frame()
            frame.payload = payload
            await app.socket.send_bytes(frame.SerializeToString())
            assert (await asking)["client_error"] == 200672


async def test_an_app_that_is_not_in_use_gets_no_connection(feishu: Feishu) -> None:
    url = await address(feishu)
    await feishu.control("PUT", "apps/cli_sandbox", {"is_enabled": False})
    assert (await ask(feishu))["code"] == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await feishu.session.ws_connect(url)
    assert refused.value.headers is not None
    assert refused.value.headers["handshake-status"] == "403"


async def test_an_address_is_good_once(feishu: Feishu) -> None:
    url = await address(feishu)
    async with feishu.session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await feishu.session.ws_connect(url)
    assert refused.value.headers is not None
    assert refused.value.headers["handshake-status"] == "514"


async def test_an_app_has_at_most_50_connections(feishu: Feishu) -> None:
    sockets = [await feishu.session.ws_connect(await address(feishu)) for _ in range(50)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await feishu.session.ws_connect(await address(feishu))
    assert refused.value.headers is not None
    assert refused.value.headers["handshake-autherrcode"] == "1000040350"
    for socket in sockets:
        await socket.close()


async def test_the_official_sdk_listens(feishu: Feishu) -> None:
    await feishu.switch(event_part_bytes=200)
    chat = await feishu.chat(ALICE, BOB)
    card = await feishu.sent(chat, INCIDENT)
    sdk = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sandbox.sdk_listener", feishu.url, stdout=asyncio.subprocess.PIPE
    )
    assert sdk.stdout is not None
    try:
        await until_connected(feishu, 1)
        await feishu.act(ALICE, "rename", chat, name="新名字")
        kind, said = msgspec.json.decode(await sdk.stdout.readline())
        assert (kind, msgspec.json.decode(said)["event"]["after_change"]["name"]) == ("updated", "新名字")
        await feishu.act(ALICE, "open_p2p")
        assert msgspec.json.decode(await sdk.stdout.readline())[0] == "p2p"
        click = {"open_id": feishu.id(ALICE), "message_id": card, "value": {"a": "ack"}}
        answer = await feishu.control("POST", "click", click)
        assert (answer["status"], answer["body"]["toast"]["content"]) == (200, "已收到")
    finally:
        sdk.terminate()
        await sdk.wait()
