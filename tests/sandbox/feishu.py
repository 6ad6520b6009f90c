"""A caller that knows nothing but the contract: paths by operationId, every answer held to the document."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import aiohttp
import jsonschema_rs
import msgspec

from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from alertbridge.sandbox.openapi import Contract
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]

ALICE, BOB, CAROL, DAVE = (f"{name}@example.com" for name in ("alice", "bob", "carol", "dave"))
RESIGNED, OUTSIDE, UNJOINED, FROZEN = (f"{name}@example.com" for name in ("resigned", "outside", "unjoined", "frozen"))

CONTRACT = Contract.load()

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (8).to_bytes(4) + (8).to_bytes(4) + b"\x08\x02\x00\x00\x00"


@cache
def _answer_schema(operation: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(CONTRACT.operations[operation].answer)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: JsonObject

    @property
    def code(self) -> int:
        """Feishu's code."""
        code: int = self.body["code"]
        return code

    @property
    def data(self) -> JsonObject:
        """The answer's data."""
        data: JsonObject = self.body["data"]
        return data


class Feishu:
    """Calls operations as an app, and turns the sandbox's controls."""

    def __init__(self, session: aiohttp.ClientSession, url: str, world: World) -> None:
        self.session = session
        self.url = url
        self.world = world
        self.token = ""

    def id(self, email: str) -> str:
        """Return somebody's open_id."""
        person = self.world.people.by_email(email)
        assert person is not None
        return person.open_id

    async def sign_in(self, app_id: str = DEFAULT_APP_ID, secret: str = DEFAULT_SECRET) -> "Feishu":
        """Return a caller with the app's token."""
        other = Feishu(self.session, self.url, self.world)
        answer = await other.call("auth_tenant_access_token_internal", body={"app_id": app_id, "app_secret": secret})
        other.token = answer.body["tenant_access_token"]
        return other

    async def call(
        self,
        operation: str,
        *parts: str,
        query: Mapping[str, Any] | None = None,
        body: JsonObject | None = None,
        form: aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call an operation with the values of its path; a good answer must fit the document, so must an error."""
        described = CONTRACT.operations[operation]
        path = described.path
        for part in parts:
            name = path[path.index("{") : path.index("}") + 1]
            path = path.replace(name, part, 1)
        given = {"Authorization": f"Bearer {self.token}"} if headers is None else dict(headers)
        params = [(name, str(one)) for name, value in (query or {}).items() for one in _values(value)]
        async with self.session.request(
            described.method, self.url + path, params=params, json=body, data=form, headers=given
        ) as response:
            answer = Answer(response.status, response.headers, msgspec.json.decode(await response.read()))
        assert answer.headers["X-Tt-Logid"]
        if answer.code == 0:
            assert answer.status == 200
            problems = [finding.message for finding in _answer_schema(operation).iter_errors(answer.body)]
            assert not problems, problems
        else:
            entry = CONTRACT.entry(described, answer.code)
            assert entry is not None, f"{operation} does not list {answer.code}"
            assert entry.http is None or answer.status == entry.http or answer.code == 99991400
        return answer

    async def ok(self, operation: str, *parts: str, **given: Any) -> JsonObject:
        """Call an operation that must succeed and return its data."""
        answer = await self.call(operation, *parts, **given)
        assert answer.code == 0, answer.body
        data: JsonObject = answer.body.get("data", answer.body)
        return data

    async def code(self, operation: str, *parts: str, **given: Any) -> int:
        """Call an operation and return the code of the answer."""
        return (await self.call(operation, *parts, **given)).code

    async def chat(self, *members: str, **fields: Any) -> str:
        """Create a chat with people, by email, and return its id."""
        body = {"name": "incident", "user_id_list": [self.id(member) for member in members], **fields}
        created = await self.ok("chat_create", body=body)
        chat_id: str = created["chat_id"]
        return chat_id

    async def send(self, chat_id: str, content: JsonObject | str = "hello", msg_type: str = "", **more: Any) -> Answer:
        """Send a text, or a card when `content` is an object."""
        kind = msg_type or ("text" if isinstance(content, str) else "interactive")
        sent = {"text": content} if isinstance(content, str) else content
        body = {"receive_id": chat_id, "msg_type": kind, "content": as_json(sent), **more}
        return await self.call("message_create", query={"receive_id_type": "chat_id"}, body=body)

    async def sent(self, chat_id: str, content: JsonObject | str = "hello", msg_type: str = "", **more: Any) -> str:
        """Send a message that must arrive and return its id."""
        answer = await self.send(chat_id, content, msg_type, **more)
        assert answer.code == 0, answer.body
        message_id: str = answer.data["message_id"]
        return message_id

    async def upload(self, content: bytes = PNG, image_type: str = "message") -> Answer:
        """Upload an image."""
        form = aiohttp.FormData()
        form.add_field("image_type", image_type)
        form.add_field("image", BytesIO(content), filename="x.png", content_type="image/png")
        return await self.call("image_create", form=form)

    async def control(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Use the control API."""
        async with self.session.request(method, f"{self.url}/sandbox/{path}", json=body) as response:
            raw = await response.read()
            assert response.status == status, raw
            return msgspec.json.decode(raw)

    async def act(self, email: str, action: str, chat_id: str = "", *, status: int = 200, **more: Any) -> JsonObject:
        """Let a person do something by hand."""
        wish = {"open_id": self.id(email), "action": action, "chat_id": chat_id, **more}
        answer: JsonObject = await self.control("POST", "act", wish, status=status)
        return answer

    async def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        await self.control("POST", "clock", {"advance_seconds": seconds})

    async def later(self, seconds: float) -> None:
        """Move the sandbox's clock so far that the token has expired, and fetch another."""
        await self.advance(seconds)
        self.token = (await self.sign_in()).token

    @asynccontextmanager
    async def busy(self, operation: str, *parts: str, **given: Any) -> AsyncIterator[None]:
        """Keep one call under way (its answer is slow) while the block runs; then let it end well."""
        await self.fault(operation, "slow", seconds=60)
        version = self.world.changes.version
        under_way = asyncio.create_task(self.call(operation, *parts, **given))
        await self.world.changes.after(version + 1)  # the first change is the arrival, the second the work
        yield
        await self.advance(60)
        assert (await under_way).code == 0

    async def settled(self) -> None:
        """Return once no event is under way: each was acknowledged, given up, or waits for the clock."""
        while self.world.tally.events_under_way:
            await self.world.changes.after(self.world.changes.version)

    async def switch(self, **positions: Any) -> None:
        """Turn switches."""
        await self.control("PUT", "switches", positions)

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        """Let something go wrong."""
        await self.control("POST", "faults", {"operation": operation, "kind": kind, **more})

    async def state(self) -> JsonObject:
        """Return the sandbox's picture of the world."""
        state: JsonObject = await self.control("GET", "state")
        return state

    async def chat_state(self, chat_id: str) -> JsonObject:
        """Return the picture of one chat."""
        chats: list[JsonObject] = (await self.state())["chats"]
        return next(chat for chat in chats if chat["chat_id"] == chat_id)


def as_json(value: object) -> str:
    """Return JSON text."""
    return msgspec.json.encode(value).decode()


def _values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return value if isinstance(value, list) else [value]
