"""What an end-to-end test plays on: a sandbox, an alertbridge, senders, and a service that gets into trouble."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.processes import Program, free_port

Json = dict[str, Any]
T = TypeVar("T")

PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.05

TEAM = """
people:
  alice: {email: alice@example.com}
route:
  name: everything
  people: [alice]
  chat: {countdown: 2s}
"""


class Stage:
    """One test's folder and processes. `close` ends everything that was started, however the test went."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.folder = folder
        self.session = session
        self.programs: list[Program] = []

    def prepare(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Program:
        """Make a program that is ended with the stage, in an environment without settings of ours."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("ALERTBRIDGE_")}
        leftovers = {"TMPDIR": str(self.folder)}  # what is killed cannot tidy up
        program = Program(name, command, self.folder, {**inherited, **leftovers, **(environment or {})})
        self.programs.append(program)
        return program

    def write(self, name: str, text: str) -> Path:
        """Write a file that a program reads."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def close(self) -> None:
        """Kill what still runs."""
        for program in reversed(self.programs):
            program.kill()

    async def get(self, url: str) -> Any:
        """What `url` answers: JSON or text; None while nobody is there, or it is no success."""
        try:
            async with self.session.get(url) as answer:
                if not answer.ok:
                    return None
                return await (answer.json() if "json" in answer.content_type else answer.text())
        except aiohttp.ClientError:
            return None

    async def status(self, url: str) -> int | None:
        """The status `url` answers with; None while nobody is there."""
        try:
            async with self.session.get(url) as answer:
                return answer.status
        except aiohttp.ClientError:
            return None

    async def counted(self, url: str, name: str, **labels: str) -> float:
        """A counter that a program shows, over all series with these labels; 0 while nothing is there."""
        text = await self.get(f"{url}/metrics") or ""
        families = text_string_to_metric_families(text)
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    async def until(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look until there is something to see, and return it."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            if seen := await look():
                return seen
            for program in self.programs:
                assert program.ended is None, f"{program.name} ended with {program.ended}: {program.log}"
            await asyncio.sleep(_PAUSE_SECONDS)
        raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s in vain until {what}")


class Feishu:
    """The sandbox as a process, and what can be seen in it."""

    def __init__(self, stage: Stage, events_url: str) -> None:
        self._stage = stage
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "alertbridge", "sandbox", "--port", str(port), "--events-url", events_url]
        self._program = stage.prepare("sandbox", command)

    async def start(self) -> None:
        """Return when it answers."""
        self._program.start()
        await self._stage.until("the sandbox answers", self.state)

    async def state(self) -> Json | None:
        """The whole picture."""
        picture: Json | None = await self._stage.get(f"{self.url}/sandbox/state")
        return picture

    async def chats(self) -> list[Json]:
        """Every group there ever was; a direct chat, in which somebody is told of several incidents, is none."""
        picture = await self.state()
        assert picture is not None
        chats: list[Json] = picture["chats"]
        return [chat for chat in chats if chat["chat_mode"] != "p2p"]

    async def calls(self, operation: str) -> int:
        """How often an operation was called."""
        picture = await self.state()
        assert picture is not None
        return int(picture["operations"].get(operation, 0))

    async def group(self, *words: str, count: int = 1) -> Json:
        """Wait until `count` groups are there and one of them has its card on top, with these words on it."""

        async def look() -> Json | None:
            chats = await self.chats()
            found = [chat for chat in chats if all(word in card_of(chat) for word in words) and chat["top_notice"]]
            return found[0] if found and len(chats) == count else None

        return await self._stage.until(f"there are {count} groups, one's card says {words}", look)

    async def ended(self, count: int = 1) -> list[Json]:
        """Wait until `count` groups were there and all of them are disbanded."""

        async def look() -> list[Json] | None:
            chats = await self.chats()
            is_over = len(chats) == count and all(chat["status"] == "dissolved" for chat in chats)
            return chats if is_over else None

        return await self._stage.until(f"{count} groups are disbanded", look)


class Alertbridge:
    """`alertbridge serve` with its embedded store, or with another one: the whole tree of processes."""

    def __init__(self, stage: Stage, **settings: str) -> None:
        self._stage = stage
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.data_dir = stage.folder / "data"
        self.feishu = Feishu(stage, f"{self.url}/feishu/events")
        environment = {
            "PORT": str(port),
            "CONFIG_FILE": str(stage.write("team.yaml", TEAM)),
            "DATA_DIR": str(self.data_dir),
            "FEISHU_BASE_URL": self.feishu.url,
            "FEISHU_APP_ID": "cli_sandbox",
            "FEISHU_APP_SECRET": "sandbox-secret",
        } | settings
        command = [sys.executable, "-m", "alertbridge", "serve"]
        self.program = stage.prepare(
            "alertbridge", command, {f"ALERTBRIDGE_{name}": value for name, value in environment.items()}
        )

    async def start(self) -> None:
        """Return when it takes alerts."""
        self.program.start()
        await self._stage.until("alertbridge is ready", self.is_ready)

    async def is_ready(self) -> bool:
        """Whether it takes alerts."""
        return await self._stage.status(f"{self.url}/readyz") == 200

    async def incidents(self, *, closed: bool = False) -> list[Json]:
        """Its incidents."""
        answer = await self._stage.get(f"{self.url}/api/v1/incidents" + ("?closed=true" if closed else ""))
        found: list[Json] = [] if answer is None else answer["incidents"]
        return found

    async def closed(self, count: int = 1) -> list[Json]:
        """Wait until `count` incidents are over and none is open."""

        async def look() -> list[Json] | None:
            over = await self.incidents(closed=True)
            return over if len(over) == count and not await self.incidents() else None

        return await self._stage.until(f"{count} incidents are closed", look)


class Shop:
    """A service with a metric for each of its queues: the target that Prometheus scrapes."""

    def __init__(self) -> None:
        self.stuck_seconds = {"orders": 0.0, "refunds": 0.0}
        self.address = ""

    def breaks(self, queue: str) -> None:
        """From now on the queue stands still."""
        self.stuck_seconds[queue] = 600.0

    def recovers(self, queue: str) -> None:
        """From now on the queue flows."""
        self.stuck_seconds[queue] = 0.0

    async def open(self) -> web.AppRunner:
        """Serve `/metrics`; the runner ends it."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def _metrics(self, _: web.Request) -> web.Response:
        lines = [f'queue_stuck_seconds{{queue="{queue}"}} {value}\n' for queue, value in self.stuck_seconds.items()]
        return web.Response(text="".join(lines))


def card_of(chat: Json) -> str:
    """Everything that stands on a group's live card, in all languages."""
    return next((str(message["content"]) for message in chat["messages"] if message["msg_type"] == "interactive"), "")
