"""The stage for whole stories: sandbox, store, web and worker, as real as they run, and time that a story can move.

Hours are played in milliseconds: the store's offset and the sandbox's clock move together, and every worker does what
is due. Nothing is timed; a story waits for what it wants to see.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import SecretStr

from alertbridge.cli.serve import Process, run_web, run_worker
from alertbridge.core.ids import IncidentId
from alertbridge.sandbox.app import WORLD, build_sandbox, serving
from alertbridge.sandbox.apps import DEFAULT_APP_ID, DEFAULT_SECRET
from alertbridge.sandbox.people import make_person
from alertbridge.settings import Events, Settings
from alertbridge.store.clock import Clock
from alertbridge.store.keys import BUSY, DUE, JOB_COUNTER
from alertbridge.wiring import Parts, open_parts
from tests.journeys.scene import JsonObject, Scene
from tests.journeys.senders import Alertmanager, Prometheus

T = TypeVar("T")

PATIENCE_SECONDS: Final = 30.0
"""Real time that anything may take before a story is given up."""

_PAUSE_SECONDS: Final = 0.01
_REST_SECONDS: Final = 2.0
"""Real time after which a job that does not end is taken to wait for a later moment of the story."""

PUBLIC_URL: Final = "https://alertbridge.example.com"

TEAM: Final = """\
people:
  alice: {email: alice@example.com}
  bob: {email: bob@example.com}
  carol: {email: carol@example.com}
fallback: [carol]
route:
  name: everything
  people: [alice, bob]
  chat: {countdown: 1h, talk_extends: 15m}
  links:
    dashboard: "https://grafana.example.com/d/all?var-instance={instance}"
    runbook: "https://wiki.example.com/{alertname}"
"""
"""Who is called in a story that does not say otherwise."""


@dataclass(slots=True)
class Stage:
    """One installation of alertbridge, and the Feishu it works in."""

    settings: Settings
    feishu_url: str
    session: aiohttp.ClientSession
    parts: Parts
    """The web process's own; a story uses them to move time and to count."""
    of_worker: Parts
    _running: list[tuple[asyncio.Task[int], asyncio.Event]] = field(default_factory=list)
    _offset: timedelta = timedelta()

    @property
    def url(self) -> str:
        """Where alertbridge listens."""
        return f"http://127.0.0.1:{self.settings.port}"

    def now(self) -> datetime:
        """The time of the story."""
        return datetime.fromtimestamp(time.time(), UTC) + self._offset

    # -- processes

    async def start_web(self) -> None:
        """Run a web process here, and return when it listens; it may not be ready."""
        await self.run(run_web, self.parts)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._answers("healthz"):
                self._check_processes()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def start_worker(self) -> None:
        """Run a worker here, and return when it has read its team file."""
        await self.run(run_worker, self.of_worker)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.of_worker.team.current.people:
                self._check_processes()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def run(self, process: Process, parts: Parts) -> asyncio.Event:
        """Run a process's body here, until the event is set or the story ends."""
        stopping = asyncio.Event()
        self._running.append((asyncio.create_task(process(parts, stopping)), stopping))
        return stopping

    async def stop(self) -> None:
        """End everything that runs here."""
        for _, stopping in self._running:
            stopping.set()
        with suppress(aiohttp.ClientError):  # the story may have no Feishu any more
            await self.clear_faults()
            await self.sandbox("POST", "clock", advance_seconds=24 * 3600)  # answers that were held back come now
        await asyncio.gather(*(task for task, _ in self._running))

    # -- senders

    async def post(self, path: str, body: bytes) -> int:
        """Send a body to alertbridge; answers the status."""
        async with self.session.post(self.url + path, data=body) as response:
            await response.read()
            return response.status

    def alertmanager(self, alertname: str = "DiskFull", **settings: Any) -> Alertmanager:
        """An Alertmanager that sends here."""
        return Alertmanager(self.post, self.now, alertname, **settings)

    def prometheus(self, alertname: str = "HighLatency", **settings: Any) -> Prometheus:
        """A Prometheus that pushes here."""
        return Prometheus(self.post, self.now, alertname, **settings)

    async def change_team(self, team: str) -> None:
        """Write the team file anew and reload it: the next request is routed by it."""
        assert self.settings.config_file is not None
        self.settings.config_file.write_text(team)
        assert await self.post("/-/reload", b"") == 200

    # -- Feishu's side

    async def sandbox(self, method: str, path: str, **wish: Any) -> JsonObject:
        """Use the sandbox's control API."""
        async with self.session.request(method, f"{self.feishu_url}/sandbox/{path}", json=wish) as response:
            answer: JsonObject = await response.json()
            assert response.status == 200, answer
            return answer

    async def fault(self, operation: str, kind: str, **how: Any) -> None:
        """Let something go wrong; see `sandbox.faults`."""
        await self.sandbox("POST", "faults", operation=operation, kind=kind, **how)

    async def clear_faults(self) -> None:
        """Let everything go right again."""
        await self.sandbox("DELETE", "faults")

    async def click(self, who: str, button: str, message: str, **wish: Any) -> JsonObject:
        """Press a button as a person; answers the toast, `{}` for none."""
        wish = {"open_id": _account(who), "button": button, "message_id": message, **wish}
        answer = await self.sandbox("POST", "click", **wish)
        assert answer["status"] == 200, answer
        toast: JsonObject = answer["body"].get("toast", {})
        return toast

    async def talk(self, who: str, text: str, chat: str) -> None:
        """Write into a group as a person."""
        await self.sandbox("POST", "message", open_id=_account(who), chat_id=chat, text=text)

    async def ask(self, who: str, text: str) -> str:
        """Mention the bot in the one living group, with these words after it; answers the message's id."""
        chat = (await self.scene()).group.id
        wish = {"open_id": _account(who), "chat_id": chat, "text": text, "mention_bot": True}
        return str((await self.sandbox("POST", "message", **wish))["message_id"])

    async def tell(self, who: str, text: str) -> str:
        """Write to the bot in the direct chat; answers the message's id."""
        return str((await self.sandbox("POST", "message", open_id=_account(who), text=text))["message_id"])

    async def act(self, who: str, action: str, **wish: Any) -> JsonObject:
        """Do something by hand as a person; see `sandbox.acts`."""
        return await self.sandbox("POST", "act", open_id=_account(who), action=action, **wish)

    # -- time

    async def pass_time(self, **duration: float) -> None:
        """Let time pass, given as for `timedelta`, and let the workers do what is due then."""
        await self._advance(timedelta(**duration))

    async def _advance(self, by: timedelta) -> None:
        await self.sandbox("POST", "clock", advance_seconds=by.total_seconds())
        await Clock(self.parts.connection).advance(by)
        self._offset += by
        await self.parts.clock.start()
        await self.parts.mailbox.wake_due()

    async def play(self, until: Callable[[Scene], T], *, at_most: timedelta = timedelta(hours=3)) -> T:
        """Let time pass from one due time to the next until something is to be seen; fails after `at_most`."""
        end = self.now() + at_most
        while True:
            await self.rest()
            scene = await self.scene()
            if answer := _holds(until, scene):
                return answer
            assert self.now() < end, f"not seen within {at_most}\n{scene}"
            await self._advance(await self._until_next_due())

    async def rest(self) -> None:
        """Return when no job is under way, or those that are wait for something."""
        give_up_at = time.monotonic() + _REST_SECONDS
        while await self.parts.connection.call("HLEN", BUSY) and time.monotonic() < give_up_at:
            self._check_processes()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _until_next_due(self) -> timedelta:
        due = await self.parts.connection.call("ZRANGE", DUE, 0, 0, "WITHSCORES")
        if not due:
            return timedelta(minutes=1)
        at = datetime.fromtimestamp(float(due[1]) / 1000, UTC)
        return max(at - self.now(), timedelta(seconds=1))

    # -- looking

    async def until_ready(self) -> None:
        """Return when alertbridge takes alerts."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._answers("readyz"):
                self._check_processes()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _answers(self, path: str) -> bool:
        try:
            async with self.session.get(f"{self.url}/{path}") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def scene(self) -> Scene:
        """Look at everything."""
        feishu = await self.sandbox("GET", "state")
        incidents = [*await self._incidents(""), *await self._incidents("?closed=true")]
        by_id = {incident["id"]: incident for incident in incidents}  # one may have come to its end in between
        return Scene(feishu, sorted(by_id.values(), key=lambda incident: incident["number"]))

    async def until(self, wanted: Callable[[Scene], T]) -> T:
        """Wait, without letting time pass, until something is to be seen, and return it."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._check_processes()
            scene = await self.scene()
            if answer := _holds(wanted, scene):
                return answer
            assert time.monotonic() < give_up_at, f"not seen within {PATIENCE_SECONDS:g} s\n{scene}"
            await asyncio.sleep(_PAUSE_SECONDS)

    async def until_true(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait, without letting time pass, until a question is answered with yes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await holds():
                self._check_processes()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def until_called(self, operation: str) -> None:
        """Wait until Feishu was asked for something; alertbridge, whose store may be away, is not."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await self.sandbox("GET", "state"))["operations"].get(operation):
                self._check_processes()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def timeline(self, number: int = 1) -> list[JsonObject]:
        """The timeline of an incident."""
        async with self.session.get(f"{self.url}/api/v1/incidents/{number}") as response:
            incident = await response.json()
            lines: list[JsonObject] = incident["timeline"]
            return lines

    async def happened(self, number: int = 1) -> list[str]:
        """The kinds of lines of a timeline, in order."""
        return [line["what"] for line in await self.timeline(number)]

    async def archived(self, incident: str) -> list[str]:
        """The texts that the archive holds."""
        return [message.text for message in await self.parts.archive.messages(IncidentId(incident))]

    async def archive(self) -> str:
        """The one archive that is written when an incident is over, as people read it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (text := _only_file(self.settings.data_dir / "archive")) is None:
                self._check_processes()
                await asyncio.sleep(_PAUSE_SECONDS)
            return text

    async def jobs(self) -> int:
        """How many jobs were ever queued."""
        return int(await self.parts.connection.call("GET", JOB_COUNTER) or 0)

    async def _incidents(self, query: str) -> list[JsonObject]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if answer := await self._ask(f"api/v1/incidents{query}"):
                    incidents: list[JsonObject] = answer["incidents"]
                    return incidents
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, path: str) -> JsonObject | None:
        """What alertbridge answers; None while a busy machine's store is late."""
        async with self.session.get(f"{self.url}/{path}") as response:
            assert response.status in {200, 503}, await response.text()
            answer: JsonObject = await response.json()
            return answer if response.status == 200 else None

    def _check_processes(self) -> None:
        for task, _ in self._running:
            if task.done():
                task.result()


def _holds(wanted: Callable[[Scene], T], scene: Scene) -> T | None:
    """What a question answers; None where it cannot be asked yet, because the one thing it is about is not there."""
    try:
        return wanted(scene)
    except ValueError:
        return None


def open_id_of(who: str) -> str:
    """Open id of a test account: `alice` for alice@example.com. It is the same in every sandbox."""
    return make_person(name=who, email=_account(who)).open_id


def _account(who: str) -> str:
    return f"{who}@example.com"


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _only_file(archive: Path) -> str | None:
    files = list(archive.glob("*/*/incident.md"))
    assert len(files) <= 1
    return files[0].read_text() if files else None


def _write_team(folder: Path, team: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "team.yaml"
    file.write_text(team)
    return file


def _event_url(port: int, settings: dict[str, Any]) -> str:
    """Where the sandbox sends events; empty where alertbridge fetches them."""
    is_fetched = settings.get("feishu_events") is Events.WEBSOCKET
    return "" if is_fetched else f"http://127.0.0.1:{port}/feishu/events"


OpenStage = Callable[..., Any]
"""`open_stage` with the test's own store and directory."""


@asynccontextmanager
async def open_stage(
    redis_url: str,
    folder: Path,
    *,
    team: str = TEAM,
    feishu_url: str = "",
    has_web: bool = True,
    has_worker: bool = True,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Set everything up, wait until it is ready, and take it down at the end. `settings` are alertbridge's own.

    `feishu_url`: somebody else's Feishu, where this installation is one more that its events do not reach.
    """
    team_file = _write_team(folder, team)
    port = free_port()
    async with AsyncExitStack() as stack:
        if not feishu_url:
            sandbox = build_sandbox(event_url=_event_url(port, settings))
            sandbox[WORLD].switches.reconnect_nonce_seconds = 0
            feishu_url = await stack.enter_async_context(serving(sandbox))
        chosen = Settings(
            redis_url=SecretStr(redis_url),
            config_file=team_file,
            port=port,
            data_dir=folder,
            public_url=PUBLIC_URL,
            feishu_base_url=feishu_url,
            feishu_app_id=DEFAULT_APP_ID,
            feishu_app_secret=SecretStr(DEFAULT_SECRET),
            **settings,
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        of_web = await stack.enter_async_context(open_parts(chosen, redis_url))
        of_worker = await stack.enter_async_context(open_parts(chosen, redis_url))
        stage = Stage(chosen, feishu_url, session, of_web, of_worker)
        stack.push_async_callback(stage.stop)
        if has_web:
            await stage.start_web()
            await stage.until_ready()
        if has_worker:
            await stage.start_worker()
        yield stage
