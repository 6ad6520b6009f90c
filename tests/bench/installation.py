"""A whole installation of processes: store, sandbox, web and workers."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tests.bench import feishu
from tests.bench.feishu import Call
from tests.bench.processes import child, free_port, get_json, settings, store, team_file, until_answers, web, worker

PATIENCE_SECONDS: Final = 30.0
_QUIET_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What runs."""

    port: int
    """Of the web process."""
    feishu_port: int
    web: "subprocess.Popen[bytes]"
    workers: Sequence["subprocess.Popen[bytes]"]
    worker_hosts: Sequence[str]
    """How each worker names the sandbox."""

    @property
    def feishu_url(self) -> str:
        """Where the sandbox is."""
        return f"http://127.0.0.1:{self.feishu_port}"

    def calls(self) -> list[Call]:
        """The sandbox's calls since they were last asked for."""
        return feishu.calls_of(self.feishu_url)

    def under_way(self) -> list[Call]:
        """The sandbox's calls that have no answer yet."""
        return feishu.calls_of(self.feishu_url, "under-way")

    def groups(self) -> list[dict[str, Any]]:
        """The groups that the product made."""
        chats: list[dict[str, Any]] = get_json(f"{self.feishu_url}/sandbox/state")["chats"]
        return [chat for chat in chats if "[ab1:" in chat["description"]]

    def refused(self) -> dict[str, dict[str, int]]:
        """How often the sandbox refused, by operation and code."""
        refused: dict[str, dict[str, int]] = get_json(f"{self.feishu_url}/sandbox/state")["refused"]
        return refused


@contextlib.contextmanager
def installation(*, workers: int = 1, latency_seconds: float = 0.05) -> Iterator[Installation]:
    """Run everything while the block runs; ready when web answers and every worker has asked Feishu who its bot is."""
    port, feishu_port = free_port(), free_port()
    wish = feishu.Wish(
        port=feishu_port, latency_seconds=latency_seconds, events_url=f"http://127.0.0.1:{port}/feishu/events"
    )
    hosts = [f"{name}:{feishu_port}" for name in ("127.0.0.1", "localhost")[:workers]]
    with contextlib.ExitStack() as stack:
        server, team = stack.enter_context(store()), stack.enter_context(team_file())
        sandbox = stack.enter_context(child("tests.bench.feishu", msgspec.json.encode(wish).decode()))
        until_answers(f"http://127.0.0.1:{feishu_port}/bench/calls", sandbox)
        environments = [
            settings(store_url=server.url, team=team, port=port, feishu_url=f"http://{host}") for host in hosts
        ]
        web_process = stack.enter_context(web(environments[0]))
        running = [stack.enter_context(worker(environment)) for environment in environments]
        run = Installation(port=port, feishu_port=feishu_port, web=web_process, workers=running, worker_hosts=hosts)
        _until_warm(run)
        yield run


def _until_warm(run: Installation) -> None:
    """Wait until every worker has told Feishu all that it tells at its start."""
    asked: set[str] = set()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    quiet_since = time.monotonic()
    while asked < set(run.worker_hosts) or time.monotonic() - quiet_since < _QUIET_SECONDS:
        if time.monotonic() > give_up_at:
            raise TimeoutError("a worker does not start")
        time.sleep(0.05)
        if calls := run.calls() + run.under_way():
            quiet_since = time.monotonic()
        asked |= {call.host for call in calls if call.operation == "bot_info_get"}
