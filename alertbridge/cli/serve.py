"""`serve`, `web` and `worker`: the processes of the product."""

import asyncio
import contextlib
import gc
import os
import signal
import tempfile
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

import click
import structlog
from aiohttp import web

from alertbridge.cli.environment import Unusable, missing_credentials, read_settings
from alertbridge.cli.processes import USAGE_ERROR, Child, die_with_parent, is_child, run_tree, stop_on_signals
from alertbridge.config import ConfigError, parse_team
from alertbridge.feishu.errors import FeishuError
from alertbridge.flows.look_upstream import keep_looking
from alertbridge.flows.oncall.gaps import keep_looking_for_gaps
from alertbridge.flows.oncall.reach import keep_checking_people
from alertbridge.flows.oncall.read_calendars import keep_reading_calendars
from alertbridge.flows.rooms.lobbies import open_lobbies
from alertbridge.flows.runtime import Runtime
from alertbridge.flows.tidy import tidy
from alertbridge.flows.watchdogs import keep_listening, keep_watch
from alertbridge.jobs.leases import Leases
from alertbridge.jobs.tasks import FUNCTIONS
from alertbridge.jobs.worker import open_worker
from alertbridge.logs import configure_logs
from alertbridge.settings import PREFIX, Settings, open_doors, unknown_variables
from alertbridge.store.checks import check_store
from alertbridge.store.embedded import EmbeddedStoreError, embedded_store
from alertbridge.store.errors import BadUrl, StoreAway, StoreError
from alertbridge.web.app import KEEP_ALIVE_SECONDS, build_app
from alertbridge.web.feishu import take_from_connection
from alertbridge.web.heartbeat import Monitor, open_heart
from alertbridge.web.room import BodyRoom
from alertbridge.web.state import Web
from alertbridge.wiring import Parts, default_chat, feishu_keys, long_connection, make_runtime, open_parts

log = structlog.get_logger(__name__)

METRICS_DIR: Final = "PROMETHEUS_MULTIPROC_DIR"
_GARBAGE_THRESHOLD: Final = (20_000, 20, 50)
_RETRY_SECONDS: Final = 0.5
_LOBBIES_SECONDS: Final = 1.0
_TIDY_SECONDS: Final = 3600.0
_STOP_SECONDS: Final = 5.0

Process = Callable[[Parts, asyncio.Event], Coroutine[Any, Any, int]]
"""The body of a process: what it has, and what tells it to stop; returns the exit code."""


def serve_web() -> int:
    """Run the web process until it is told to stop."""
    settings, url = _started(is_listening=True)
    return _run(_until_told(run_web, settings, url))


def serve_worker() -> int:
    """Run a worker process until it is told to stop."""
    settings, url = _started(is_listening=False)
    return _run(_until_told(run_worker, settings, url))


def serve_all() -> int:
    """Run web, worker and, without a store URL, the store; one Ctrl-C ends them all."""
    settings = _settings(is_listening=True)
    return _run(_serve(settings))


def _started(*, is_listening: bool) -> tuple[Settings, str]:
    die_with_parent()
    settings = _settings(is_listening=is_listening)
    if settings.redis_url is None:
        raise Unusable(f"{PREFIX}REDIS_URL is missing. `alertbridge serve` brings a store of its own.")
    return settings, settings.redis_url.get_secret_value()


def _settings(*, is_listening: bool) -> Settings:
    """Read the environment; leaves with 2 where something in it cannot be used, or a door would stand open."""
    configure_logs()
    settings = read_settings()
    configure_logs(settings.log_level)
    if is_listening and (doors := open_doors(settings)):
        raise Unusable(
            f"{settings.host} can be reached by others, and these are not set: {', '.join(doors)}. "
            f"Set them, listen on 127.0.0.1, or set {PREFIX}INSECURE=yes where you trust the whole network."
        )
    if not is_child():
        _check_team(settings)
        _warn(settings)
    return settings


def _warn(settings: Settings) -> None:
    """Say what lets a process start and will surprise later."""
    if unknown := unknown_variables(os.environ):
        log.warning("unknown_variables", names=unknown, mend="nobody reads them: look for a misspelt name")
    if missing := missing_credentials(settings):
        log.warning("feishu_app_missing", not_set=missing, mend="without them no group can be made")


def _check_team(settings: Settings) -> None:
    if settings.config_file is None:
        return
    try:
        parse_team(settings.config_file.read_bytes(), source=str(settings.config_file), chat=default_chat(settings))
    except ConfigError as error:
        raise Unusable("\n".join(str(problem) for problem in error.problems)) from error
    except OSError as error:
        raise Unusable(f"{settings.config_file} cannot be read: {error.strerror}") from error


async def _until_told(run: Process, settings: Settings, url: str) -> int:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    try:
        async with open_parts(settings, url) as parts:
            return await run(parts, stopping)
    except BadUrl as error:
        raise Unusable(str(error)) from error


def _run(main: Coroutine[Any, Any, int]) -> int:
    # What was imported stays; looking through it for garbage, and often, costs a seventh of the time of each request.
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLD)
    try:
        import uvloop
    except ImportError:  # no wheel for this platform: asyncio does the same, a little slower
        return asyncio.run(main)
    return uvloop.run(main)


# -- the tree ----------------------------------------------------------------------------------------------------------


async def _serve(settings: Settings) -> int:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with contextlib.AsyncExitStack() as stack:
        if settings.redis_url is None:
            try:
                url = await stack.enter_async_context(embedded_store(settings.data_dir))
            except EmbeddedStoreError as error:
                click.echo(str(error), err=True)
                return 1
        else:
            url = settings.redis_url.get_secret_value()
        counters = stack.enter_context(tempfile.TemporaryDirectory(prefix="alertbridge-metrics-"))
        environment = {f"{PREFIX}REDIS_URL": url, METRICS_DIR: counters}
        children = [Child(["web"], environment), Child(["worker"], environment)]

        def hang_up() -> None:
            for child in children:
                child.signal(signal.SIGHUP)

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up)
        return await run_tree(children, stopping)


# -- web ---------------------------------------------------------------------------------------------------------------


async def run_web(parts: Parts, stopping: asyncio.Event) -> int:
    """Answer requests until `stopping` is set; returns the exit code."""
    settings = parts.settings
    async with asyncio.TaskGroup() as group:
        is_started = asyncio.Event()
        state = _web_state(parts, is_started.is_set)
        runner = web.AppRunner(
            build_app(state), access_log=None, keepalive_timeout=KEEP_ALIVE_SECONDS, shutdown_timeout=_STOP_SECONDS
        )
        await runner.setup()
        beside = [
            group.create_task(_start_team(parts, is_started)),
            group.create_task(parts.clock.keep_in_step()),
            group.create_task(parts.team.keep_following()),
            group.create_task(parts.rota.keep_following()),
            group.create_task(_listen(state, is_started)),
            group.create_task(_hear_watchdogs(parts, is_started)),
            group.create_task(parts.bot.find()),
        ]
        _reload_on_hangup(parts, group)
        try:
            await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
            beside.append(group.create_task(_keep_beating(parts, runner.addresses[0], is_started)))
            log.info("web_listening", host=settings.host, port=runner.addresses[0][1])
            await stopping.wait()
        except OSError as error:
            log.error(
                "web_cannot_listen",
                host=settings.host,
                port=settings.port,
                cause=str(error),
                mend=f"choose another address with {PREFIX}HOST and {PREFIX}PORT, or end what listens there",
            )
            return USAGE_ERROR
        finally:
            await runner.cleanup()
            for task in beside:
                task.cancel()
    return 0


def _web_state(parts: Parts, is_started: Callable[[], bool]) -> Web:
    settings = parts.settings
    return Web(
        feed=parts.feed,
        records=parts.records,
        gauge=parts.gauge,
        watchdogs=parts.watchdogs,
        directory=parts.directory,
        team=parts.team,
        rota=parts.rota,
        bot=parts.bot,
        clock=parts.clock,
        is_started=is_started,
        install=parts.install,
        keys=feishu_keys(settings),
        languages=settings.languages,
        timezone=settings.timezone,
        ingest_tokens={name: token.get_secret_value() for name, token in settings.ingest_token.items()},
        admin_token=settings.admin_token.get_secret_value(),
        resend_delay_seconds=settings.resend_delay_seconds,
        bodies=BodyRoom(),
        has_heartbeat=bool(settings.heartbeat_url.get_secret_value()),
        long_connection=long_connection(parts),
    )


async def _listen(state: Web, is_started: asyncio.Event) -> None:
    """Take in what comes over the long connection, where there is one."""
    await is_started.wait()  # an event that cannot be stored yet would only be given again later
    if state.long_connection is not None:
        await state.long_connection.keep(lambda body: take_from_connection(body, state))


async def _hear_watchdogs(parts: Parts, is_started: asyncio.Event) -> None:
    """Let workers know that senders can reach us."""
    await is_started.wait()
    await keep_listening(parts.watchdogs, parts.team)


async def _keep_beating(parts: Parts, address: tuple[Any, ...], is_started: asyncio.Event) -> None:
    """Send heartbeats through our own door, where a service outside waits for them."""
    settings = parts.settings
    if not (url := settings.heartbeat_url.get_secret_value()):
        return
    await is_started.wait()
    async with open_heart(
        door=f"http://{_reachable(address[0])}:{address[1]}/webhooks/alertmanager",
        token=next((token.get_secret_value() for token in settings.ingest_token.values()), ""),
        monitor=Monitor(url=url, method=settings.heartbeat_method.upper()),
        heartbeats=parts.heartbeats,
    ) as heart:
        await heart.keep_beating(timedelta(seconds=settings.heartbeat_seconds))


def _reachable(host: str) -> str:
    """How a process reaches itself where it listens at `host`, as it stands in an URL."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nobody listens there by this line
    return f"[{host}]" if ":" in host else host


# -- worker ------------------------------------------------------------------------------------------------------------


async def run_worker(parts: Parts, stopping: asyncio.Event) -> int:
    """Bring incidents up to date until `stopping` is set; returns the exit code."""
    settings, leases = parts.settings, Leases()
    async with asyncio.TaskGroup() as group:
        is_started = asyncio.Event()
        starting = group.create_task(_start_team(parts, is_started))
        await asyncio.wait(
            [asyncio.ensure_future(stopping.wait()), asyncio.ensure_future(is_started.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
        if stopping.is_set():
            starting.cancel()
            return 0
        runtime = await make_runtime(parts, leases.is_fresh)
        beside = [
            group.create_task(parts.team.keep_following()),
            group.create_task(parts.rota.keep_following()),
            group.create_task(parts.avatars.upload_all()),
            group.create_task(_tidy(parts, runtime)),
            group.create_task(_keep_lobbies_open(parts)),
            group.create_task(_warm_up(parts)),
            group.create_task(keep_watch(runtime)),
            group.create_task(keep_checking_people(runtime)),
            group.create_task(keep_looking_for_gaps(runtime)),
            group.create_task(keep_reading_calendars(runtime, every=timedelta(seconds=settings.calendar_read_seconds))),
            group.create_task(
                keep_looking(
                    runtime,
                    every=timedelta(seconds=settings.alertmanager_look_seconds),
                    resend_delay=timedelta(seconds=settings.resend_delay_seconds),
                )
            ),
        ]
        _reload_on_hangup(parts, group)

        async def wake_due() -> float | None:
            woken = await parts.mailbox.wake_due()
            return None if woken.next_due is None else (woken.next_due - woken.now).total_seconds()

        async with open_worker(
            parts.redis_url, FUNCTIONS, leases=leases, wake_due=wake_due, context={"runtime": runtime}
        ) as worker:
            log.info("worker_started", base_url=settings.feishu_base_url, app=settings.feishu_app_id)
            await worker.work(stopping)
        for task in beside:
            task.cancel()
    return 0


async def _warm_up(parts: Parts) -> None:
    """Open the way to Feishu and look the team's people up, before the first incident needs them."""
    await parts.bot.find()
    try:
        await parts.directory.open_ids(list(parts.team.current.people.values()))
    except (FeishuError, StoreAway) as error:
        log.warning("feishu_not_ready", cause=str(error))


async def _keep_lobbies_open(parts: Parts) -> None:
    """Open the lobbies of each team file that comes into force; until cancelled."""
    opened = -1
    while True:
        number = parts.team.number
        if number != opened:
            try:
                await open_lobbies(parts.team.current, number, parts.feed, parts.clock)
                opened = number
            except StoreAway as away:
                log.warning("lobbies_not_opened", cause=str(away))
        await asyncio.sleep(_LOBBIES_SECONDS)


async def _tidy(parts: Parts, runtime: Runtime) -> None:
    """Tidy up at the start, and every hour."""
    history = timedelta(days=parts.settings.history_days)
    while True:
        try:
            await tidy(runtime, parts.connection, history=history)
        except StoreError as error:
            log.warning("not_tidied", cause=str(error))
        await asyncio.sleep(_TIDY_SECONDS)


# -- both --------------------------------------------------------------------------------------------------------------


async def _start_team(parts: Parts, is_started: asyncio.Event) -> None:
    """Wait for the store, say what is wrong with it, and put the team in force."""
    is_told = False
    while not is_started.is_set():
        try:
            await parts.clock.start()
            for problem in await check_store(parts.connection):
                log.error("store_problem", problem=str(problem))
            await parts.team.start()
            await parts.rota.refresh()
        except StoreAway as error:
            if not is_told:
                log.warning("waiting_for_store", cause=str(error))
                is_told = True
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            is_started.set()


def _reload_on_hangup(parts: Parts, group: asyncio.TaskGroup) -> None:
    async def reload() -> None:
        try:
            await parts.team.reload()
        except ConfigError as error:
            log.error("team_refused", problems=[str(problem) for problem in error.problems])
        except (OSError, StoreAway) as error:
            log.error("team_refused", problems=[str(error)])

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: group.create_task(reload()))
