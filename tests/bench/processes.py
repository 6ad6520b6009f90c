"""The processes of a run: each started here, looked at through /proc, and ended by its own id."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.bench.posts import TOKEN
from tests.store_server import StoreServer

_PATIENCE_SECONDS: Final = 30.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")

TEAM: Final = """\
people:
  alice: {email: alice@example.com}
  bob: {email: bob@example.com}
  carol: {email: carol@example.com}
schedules:
  payments:
    timezone: Asia/Shanghai
    layers:
      - {rotation: weekly, handover: {day: monday, time: "10:00"}, starts: 2026-01-05, people: [alice, bob]}
fallback: [carol]
route:
  group_by: [alertname, cluster]
  storm: {above: off}
  links:
    dashboard: "https://grafana.example.com/d/services?var-cluster={cluster}"
    runbook: "https://wiki.example.com/runbooks/{alertname}"
    hosts: [grafana.example.com, wiki.example.com]
  routes:
    - name: development
      matchers: ['env=~"dev|test.*"']
      people: [carol]
    - name: platform
      matchers: ['team=~"platform|infra"', 'env!~"dev|test.*"']
      people: [carol]
    - name: payments
      matchers: [team="payments"]
      schedule: payments
      links: {logs: "https://logs.example.com/search?q={pod}"}
"""
"""A usual team file: the alerts of a run are taken by the third route that is asked."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def child(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `python -m module` while the block runs; what it logs goes with it, unless it ends by itself."""
    with tempfile.TemporaryFile() as logged:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **(environment or {})},
            stdout=logged,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            elif process.returncode > 0:
                logged.seek(0)
                sys.stderr.write(logged.read().decode(errors="replace")[-4000:])


@contextlib.contextmanager
def store() -> Iterator[StoreServer]:
    """Run an empty store: the embedded Valkey, `appendfsync always`, a unix socket, as `alertbridge serve` has it."""
    with tempfile.TemporaryDirectory(prefix="ab-bench-") as home:
        server = StoreServer(Path(home))
        server.start()
        try:
            yield server
        finally:
            server.kill()


@contextlib.contextmanager
def team_file() -> Iterator[Path]:
    """Write the team file; its folder is the data directory, too."""
    with tempfile.TemporaryDirectory(prefix="ab-bench-") as folder:
        path = Path(folder) / "team.yaml"
        path.write_text(TEAM, encoding="utf-8")
        yield path


def settings(*, store_url: str, team: Path, port: int, feishu_url: str = "http://127.0.0.1:9") -> dict[str, str]:
    """Return the environment of a web or worker process."""
    return {
        "ALERTBRIDGE_REDIS_URL": store_url,
        "ALERTBRIDGE_CONFIG_FILE": str(team),
        "ALERTBRIDGE_DATA_DIR": str(team.parent),
        "ALERTBRIDGE_PORT": str(port),
        "ALERTBRIDGE_PUBLIC_URL": "https://alertbridge.example.com",
        "ALERTBRIDGE_INGEST_TOKEN": f"bench={TOKEN}",
        "ALERTBRIDGE_FEISHU_BASE_URL": feishu_url,
        "ALERTBRIDGE_FEISHU_APP_ID": "cli_sandbox",
        "ALERTBRIDGE_FEISHU_APP_SECRET": "sandbox-secret",
        "ALERTBRIDGE_LOG_LEVEL": "warning",
    }


@contextlib.contextmanager
def web(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `alertbridge web` until it is ready, and while the block runs."""
    with child("alertbridge", "web", environment=environment) as process:
        until_answers(f"http://127.0.0.1:{environment['ALERTBRIDGE_PORT']}/readyz", process)
        yield process


@contextlib.contextmanager
def worker(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `alertbridge worker` while the block runs."""
    with child("alertbridge", "worker", environment=environment) as process:
        yield process


def until_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when `url` answers, with 404 or better. Raises TimeoutError, or ChildProcessError when it has ended."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            raise ChildProcessError(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise TimeoutError(f"{url} does not answer")


def get_json(url: str) -> Any:
    """Ask a process of the run."""
    with urllib.request.urlopen(url, timeout=_PATIENCE_SECONDS) as answer:
        return json.load(answer)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def pss_mib(pid: int) -> float:
    """Return the memory of a process, shared pages divided among those who share them."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))) / 1024


def run_load(wish: bytes) -> bytes:
    """Run the load generator; returns what it printed."""
    command: Sequence[str] = [sys.executable, "-m", "tests.bench.load", wish.decode()]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
