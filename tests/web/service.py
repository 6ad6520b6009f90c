"""The web process as its callers see it: on a real store, with a Feishu and a worker that works when told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from alertbridge.core.ids import IncidentId, JobId, RoomId
from alertbridge.core.incidents.incident import Incident
from alertbridge.core.rooms.room import is_room
from alertbridge.flows.reconcile import reconcile_incident
from alertbridge.flows.rooms.tend_room import tend_room
from alertbridge.flows.runtime import Runtime
from alertbridge.sandbox.app import WORLD, build_sandbox, serving
from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from alertbridge.sandbox.world import World
from alertbridge.settings import Settings
from alertbridge.store.clock import Clock
from alertbridge.store.keys import BUSY, HELD
from alertbridge.store.records import Stored
from alertbridge.web.app import build_app
from alertbridge.web.room import BodyRoom
from alertbridge.web.state import Web
from alertbridge.wiring import Parts, feishu_keys, make_runtime, open_parts

JsonObject = dict[str, Any]
Client = TestClient[web.Request, web.Application]

SAMPLES = Path(__file__).parent.parent / "samples"
ALICE, BOB = "alice@example.com", "bob@example.com"
TEAM = """
people:
  alice: {name: 爱丽丝, email: alice@example.com}
  bob: {email: bob@example.com}
fallback: [alice]
route:
  people: [alice, bob]
"""
NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there."""


def sample(name: str) -> bytes:
    """A recorded body."""
    return (SAMPLES / f"{name}.json").read_bytes()


def an_alert(name: str, status: str = "firing", **labels: str) -> JsonObject:
    """One element of a webhook."""
    return {
        "status": status,
        "labels": {"alertname": name} | labels,
        "annotations": {},
        "startsAt": "2026-11-22T09:27:00Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-22T09:40:00Z",
    }


def webhook(*alerts: object, **head: object) -> bytes:
    """A webhook of Alertmanager; a name stands for a firing alert."""
    listed = [an_alert(alert) if isinstance(alert, str) else alert for alert in alerts]
    standard = {"version": "4", "groupKey": "{}:{}", "receiver": "team", "status": "firing", "groupLabels": {}}
    return msgspec.json.encode(standard | head | {"alerts": listed})


def push(*alerts: object) -> bytes:
    """What Prometheus pushes; a name stands for a firing alert."""
    return msgspec.json.encode([{"labels": {"alertname": a}} if isinstance(a, str) else a for a in alerts])


def a_team_file(folder: Path, text: str = TEAM) -> Path:
    """Write a team file."""
    file = folder / "team.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def settings_for(feishu_url: str = NOWHERE, **changes: Any) -> Settings:
    """Settings of the sandbox's app."""
    return Settings(
        feishu_base_url=feishu_url,
        feishu_app_id=DEFAULT_APP_ID,
        feishu_app_secret=SecretStr(DEFAULT_SECRET),
        **changes,
    )


def web_state(parts: Parts, **changes: Any) -> Web:
    """What the handlers are given."""
    settings = parts.settings
    given: JsonObject = {
        "feed": parts.feed,
        "records": parts.records,
        "gauge": parts.gauge,
        "watchdogs": parts.watchdogs,
        "directory": parts.directory,
        "team": parts.team,
        "rota": parts.rota,
        "bot": parts.bot,
        "clock": parts.clock,
        "is_started": lambda: True,
        "install": parts.install,
        "keys": feishu_keys(settings),
        "languages": settings.languages,
        "timezone": settings.timezone,
        "ingest_tokens": {name: token.get_secret_value() for name, token in settings.ingest_token.items()},
        "admin_token": settings.admin_token.get_secret_value(),
        "resend_delay_seconds": settings.resend_delay_seconds,
        "bodies": BodyRoom(),
        "has_heartbeat": bool(settings.heartbeat_url.get_secret_value()),
    }
    return Web(**given | changes)


@dataclass(slots=True)
class Service:
    """A web process, and the store behind it."""

    client: Client
    parts: Parts
    state: Web

    async def post(self, path: str, body: bytes = b"", **request: Any) -> tuple[int, Any]:
        """Post a body; status, and the JSON that came back (None: it is no JSON). A redirect is not followed."""
        async with self.client.post(path, data=BytesIO(body), allow_redirects=False, **request) as answer:
            is_json = "json" in answer.content_type
            return answer.status, await answer.json(content_type=None) if is_json else None

    async def get(self, path: str, **request: Any) -> tuple[int, Any]:
        """Get a path; status, and JSON or text."""
        async with self.client.get(path, allow_redirects=False, **request) as answer:
            is_json = "json" in answer.content_type
            return answer.status, await answer.json(content_type=None) if is_json else await answer.text()

    async def raw(self, request: bytes) -> bytes:
        """Send bytes, and read until the connection is closed."""
        port = self.client.port
        assert port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def held(self) -> int:
        """How many alerts open incidents hold."""
        return int(await self.parts.connection.call("HLEN", HELD))

    async def open(self) -> tuple[Stored, ...]:
        """The open incidents."""
        return tuple(sorted(await self.parts.records.list_open(1000), key=lambda stored: stored.number))

    async def only(self) -> IncidentId:
        """The one open incident."""
        (stored,) = await self.open()
        return stored.id

    async def incident(self, incident: IncidentId) -> Incident:
        """An incident as it was last saved."""
        stored = await self.parts.records.get(incident)
        assert stored is not None
        assert stored.incident is not None
        return stored.incident


@asynccontextmanager
async def service_on(url: str, settings: Settings, **changes: Any) -> AsyncIterator[Service]:
    """Run a web process on the store at `url`; `changes` are fields of its `Web`."""
    async with open_parts(settings, url) as parts:
        await parts.clock.start()
        await parts.team.start()
        state = web_state(parts, **changes)
        async with TestClient(TestServer(build_app(state))) as client:
            yield Service(client, parts, state)


@dataclass(slots=True)
class Product(Service):
    """A web process, a worker and a Feishu."""

    runtime: Runtime
    feishu_url: str
    world: World
    session: ClientSession
    leases: dict[JobId, bool] = field(default_factory=dict)

    async def work(self) -> None:
        """Do what a worker would do at once: everything that has an owner job."""
        while owned := await self.parts.connection.call("HGETALL", BUSY):
            for name, job in owned.items():
                await self._work_on(name.decode(), JobId(job.decode()))

    async def _work_on(self, owned: str, job: JobId) -> None:
        if is_room(owned):
            await tend_room(RoomId(owned), job, self.runtime)
        else:
            await reconcile_incident(IncidentId(owned), job, self.runtime)

    async def later(self, **passed: float) -> None:
        """Let time pass, and do what became due."""
        await Clock(self.parts.connection).advance(timedelta(**passed))
        await self.parts.clock.start()
        await self.parts.mailbox.wake_due()
        await self.work()

    async def fire(self, *alerts: object, **head: object) -> IncidentId:
        """Let alerts arrive that open one incident, and make its group."""
        status, said = await self.post("/webhooks/alertmanager", webhook(*alerts, **head))
        assert status == 200, said
        await self.work()
        return (await self.open())[-1].id

    def id(self, email: str) -> str:
        """Somebody's open id."""
        person = self.world.people.by_email(email)
        assert person is not None
        return person.open_id

    async def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        """Use the sandbox's controls."""
        async with self.session.request(method, f"{self.feishu_url}/sandbox/{path}", json=body) as answer:
            said = await answer.json()
            assert answer.status == 200, said
            return said

    async def fail(self, operation: str, kind: str, **more: Any) -> None:
        """Let something go wrong in Feishu."""
        await self.control("faults", operation=operation, kind=kind, **more)

    async def chat(self, incident: IncidentId) -> JsonObject:
        """The incident's group as Feishu sees it."""
        chat = (await self.incident(incident)).chat
        assert chat is not None
        state = await self.control("state", "GET")
        return next(one for one in state["chats"] if one["chat_id"] == chat.id)

    async def card(self, incident: IncidentId) -> str:
        """The message that is the incident's live card."""
        chat = (await self.incident(incident)).chat
        assert chat is not None
        assert chat.card is not None
        return chat.card.message

    async def click(self, incident: IncidentId, button: str, person: str = ALICE, **more: Any) -> JsonObject:
        """Let somebody use the live card (another message where `message_id` says so); the answer as Feishu got it."""
        given = {"message_id": await self.card(incident), "button": button} | more
        said = await self.control("click", open_id=self.id(person), **given)
        assert said["status"] == 200, said
        assert not said["client_error"], said
        answer: JsonObject = said["body"]
        return answer


@asynccontextmanager
async def product_on(
    url: str, *, encrypt_key: str = "", verification_token: str = "", **changes: Any
) -> AsyncIterator[Product]:
    """Run a web process on the store at `url`, and a sandbox whose events it gets; `changes` are settings."""
    sandbox = build_sandbox(quotas=False)
    keys = {
        "feishu_encrypt_key": SecretStr(encrypt_key),
        "feishu_verification_token": SecretStr(verification_token),
    }
    async with (
        serving(sandbox) as feishu_url,
        ClientSession() as session,
        service_on(url, settings_for(feishu_url, **keys | changes)) as service,
    ):
        runtime = await make_runtime(service.parts, lambda _: True)
        product = Product(
            client=service.client,
            parts=service.parts,
            state=service.state,
            runtime=runtime,
            feishu_url=feishu_url,
            world=sandbox[WORLD],
            session=session,
        )
        await product.control(
            f"apps/{DEFAULT_APP_ID}",
            "PUT",
            secret=DEFAULT_SECRET,
            event_url=str(service.client.make_url("/feishu/events")),
            encrypt_key=encrypt_key,
            verification_token=verification_token,
        )
        yield product
