"""`serve`, `web`, `worker`: what they refuse to start with, how they keep each other alive, and how they end."""

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

import pytest

from alertbridge.cli.processes import Child
from tests.cli.processes import PATIENCE_SECONDS, Ended, Running, environment, run, running
from tests.papers import ROOT
from tests.store_server import StoreServer
from tests.web.service import webhook

STORE = {"ALERTBRIDGE_REDIS_URL": "redis://127.0.0.1:9"}


# -- what cannot be started --------------------------------------------------------------------------------------------


def refused(ended: Ended, *words: str) -> None:
    assert ended.code == 2, ended.err
    for word in words:
        assert word in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["web", "worker"])
async def test_a_process_without_a_store_is_2_and_is_told_of_serve(command: str) -> None:
    refused(await run(command), "ALERTBRIDGE_REDIS_URL is missing", "alertbridge serve")


@pytest.mark.parametrize("command", ["web", "worker", "serve"])
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "ALERTBRIDGE_PORT: "),
        ("TIMEZONE", "Peking", "no IANA time zone is called 'Peking'"),
        ("ADMIN_TOKEN_FILE", "none", "ALERTBRIDGE_ADMIN_TOKEN_FILE: none cannot be read: No such file or directory"),
        ("REDIS_URL", "http://store", "ALERTBRIDGE_REDIS_URL: "),
        ("CONFIG_FILE", "none.yaml", "none.yaml cannot be read: No such file or directory"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_2_and_named(command: str, name: str, value: str, words: str) -> None:
    refused(await run(command, **STORE | {f"ALERTBRIDGE_{name}": value}), words)


async def test_what_starts_and_will_surprise_later_is_told() -> None:
    told = await run("serve", ALERTBRIDGE_DATA_DIR="/dev/null", ALERTBRIDGE_ADMIN_TOKN="hush")
    silent = await run(
        "serve",
        ALERTBRIDGE_DATA_DIR="/dev/null",
        ALERTBRIDGE_FEISHU_APP_ID="cli_app",
        ALERTBRIDGE_FEISHU_APP_SECRET="hush",
    )

    assert "unknown_variables" in told.err
    assert "ALERTBRIDGE_ADMIN_TOKN" in told.err
    assert "feishu_app_missing" in told.err
    assert "ALERTBRIDGE_FEISHU_APP_SECRET" in told.err
    assert "hush" not in told.err + silent.err
    assert "unknown_variables" not in silent.err
    assert "feishu_app_missing" not in silent.err


async def test_every_bad_setting_is_named_at_once() -> None:
    ended = await run("serve", ALERTBRIDGE_PORT="x", ALERTBRIDGE_LANGUAGES="fr")

    refused(ended, "ALERTBRIDGE_PORT: ", "ALERTBRIDGE_LANGUAGES: ")


@pytest.mark.parametrize("command", ["web", "worker", "serve"])
async def test_a_bad_team_file_is_2_and_names_the_line(tmp_path: Path, command: str) -> None:
    file = tmp_path / "team.yaml"
    file.write_text("people: {}\nroute: {}\nroutes: []\n", encoding="utf-8")

    refused(await run(command, **STORE, ALERTBRIDGE_CONFIG_FILE=str(file)), f"{file}:3:", "routes")


@pytest.mark.parametrize("command", ["web", "serve"])
async def test_open_doors_are_2_and_each_is_named(command: str) -> None:
    ended = await run(command, **STORE, ALERTBRIDGE_HOST="0.0.0.0", ALERTBRIDGE_ADMIN_TOKEN="x")

    refused(ended, "ALERTBRIDGE_INGEST_TOKEN, ALERTBRIDGE_FEISHU_ENCRYPT_KEY", "ALERTBRIDGE_INSECURE=yes")
    assert "ALERTBRIDGE_ADMIN_TOKEN" not in ended.err


async def test_secrets_are_not_told_with_what_is_wrong() -> None:
    ended = await run("serve", ALERTBRIDGE_INGEST_TOKEN="c2VjcmV0IQ==", ALERTBRIDGE_REDIS_URL="http://:hush@store")

    refused(ended, "ALERTBRIDGE_INGEST_TOKEN")
    assert "c2VjcmV0" not in ended.err
    assert "hush" not in ended.err


@pytest.mark.parametrize("command", ["web", "serve"])
async def test_a_taken_port_is_2_and_the_whole_tree_ends(store_server: StoreServer, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = await run(command, ALERTBRIDGE_REDIS_URL=store_server.url, ALERTBRIDGE_PORT=str(port))

    refused(ended, "web_cannot_listen", str(port), "ALERTBRIDGE_PORT")
    assert "worker_started" not in ended.err or "process_ended" not in ended.err


async def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    ended = await run("serve", ALERTBRIDGE_DATA_DIR=str(tmp_path / "file" / "data"))

    assert ended.code == 1
    assert "ALERTBRIDGE_DATA_DIR" in ended.err
    assert "Traceback" not in ended.err


# -- how they live -----------------------------------------------------------------------------------------------------


def children(pid: int) -> dict[int, str]:
    """The processes that `pid` has started, and what each is."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found[int(child)] = command.strip().rsplit(" ", 1)[-1] if "valkey" not in command else "store"
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(pids: object) -> None:
    """Return once none of the processes is left."""
    assert isinstance(pids, dict)
    while any(is_alive(pid) for pid in pids):  # noqa: ASYNC110 - the kernel ends them
        await asyncio.sleep(0.02)


async def tree(serve: Running) -> dict[str, int]:
    """The children of a `serve` that is up."""
    await serve.says("worker_started")
    return {what: pid for pid, what in children(serve.process.pid).items()}


@pytest.fixture
def data(tmp_path: Path) -> dict[str, str]:
    return {"ALERTBRIDGE_DATA_DIR": str(tmp_path / "data")}


async def test_serve_brings_all_that_is_needed_and_ctrl_c_ends_all_of_it(data: dict[str, str]) -> None:
    async with running("serve", data) as serve:
        assert set(await tree(serve)) == {"web", "worker", "store"}
        everything = children(serve.process.pid)
        assert await serve.post("/webhooks/alertmanager", webhook("Down")) == 200

        assert await serve.interrupt() == 0
        await gone(everything)
        assert "Traceback" not in serve.said()
        assert "process_ended" not in serve.said()

    async with running("serve", data) as serve:
        assert '"Down"' in (await serve.get("/api/v1/incidents"))[1], "what was taken outlives a restart"


async def test_p1_after_kill_9_of_the_whole_tree_what_got_200_is_there_and_nobody_is_left_behind(
    data: dict[str, str],
) -> None:
    async with running("serve", data) as serve:
        await tree(serve)
        everything = children(serve.process.pid)
        assert await serve.post("/webhooks/alertmanager", webhook("Down")) == 200
        serve.process.kill()
        await gone(everything)

    async with running("serve", data) as serve:
        assert '"number":1' in (await serve.get("/api/v1/incidents/1"))[1]


@pytest.mark.parametrize("what", ["web", "worker"])
async def test_a_child_that_dies_is_started_again(data: dict[str, str], what: str) -> None:
    async with running("serve", data) as serve:
        before = (await tree(serve))[what]
        os.kill(before, signal.SIGKILL)
        await serve.says("process_ended")
        await serve.says("worker_started" if what == "worker" else "web_listening", times=2)
        await serve.answers()

        assert (await tree(serve))[what] != before


async def test_sighup_reaches_the_children(data: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "team.yaml"
    file.write_text("route: {name: old}", encoding="utf-8")
    async with running("serve", {**data, "ALERTBRIDGE_CONFIG_FILE": str(file)}) as serve:
        await tree(serve)
        file.write_text("route: {nam: new}", encoding="utf-8")
        serve.process.send_signal(signal.SIGHUP)
        await serve.says("team_refused", times=2)


async def test_a_second_ctrl_c_does_not_wait(data: dict[str, str]) -> None:
    async with running("serve", data) as serve:
        await tree(serve)
        everything = children(serve.process.pid)
        for pid in everything:
            os.kill(pid, signal.SIGSTOP)
        serve.process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.3)
        assert await serve.interrupt() != 0
        for pid in everything:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        await gone(everything)


@pytest.mark.parametrize("command", ["web", "worker"])
async def test_without_the_store_a_process_waits_and_ends_at_once_when_told(command: str) -> None:
    async with running(command, STORE, is_ready=False) as waiting:
        await waiting.says("waiting_for_store")
        if command == "web":
            await waiting.answers("/healthz")
            assert (await waiting.get("/readyz"))[0] == 503
            assert await waiting.post("/webhooks/alertmanager", webhook("Down")) == 503

        assert await waiting.interrupt() == 0
        assert "Traceback" not in waiting.said()


async def test_a_web_process_takes_up_work_when_the_store_comes(store_server: StoreServer) -> None:
    store_server.kill()
    async with running("web", {"ALERTBRIDGE_REDIS_URL": store_server.url}, is_ready=False) as web:
        await web.says("waiting_for_store")
        store_server.start()
        await web.answers()

        assert await web.post("/webhooks/alertmanager", webhook("Down")) == 200


async def test_a_store_that_forgets_is_told_of_at_the_start(store_server: StoreServer) -> None:
    import redis

    with redis.Redis.from_url(store_server.url) as client:
        client.config_set("appendfsync", "everysec")
        try:
            async with running("web", {"ALERTBRIDGE_REDIS_URL": store_server.url}) as web:
                await web.says("store_problem")
                assert "appendfsync is everysec" in web.said()
        finally:
            client.config_set("appendfsync", "always")


async def test_what_lies_in_the_working_directory_takes_no_modules_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('not the real one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    worker = Child(["worker"], environment({"PYTHONPATH": str(ROOT)}))

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await worker.keep() == 2, "it says that a store is missing, as ever"
