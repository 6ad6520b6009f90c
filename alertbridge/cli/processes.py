"""A small tree of processes: started together, started again when one dies, ended together."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

log = structlog.get_logger(__name__)

USAGE_ERROR: Final = 2
"""A child that ends so cannot run with these settings: starting it again would not help."""

GRACE_SECONDS: Final = 10.0
_LONGEST_PAUSE_SECONDS: Final = 5.0
_PARENT: Final = "ALERTBRIDGE_PARENT_PID"
_PR_SET_PDEATHSIG: Final = 1


def is_child() -> bool:
    """Whether `Child` started this process: then the parent has checked the settings."""
    return _PARENT in os.environ


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent is gone, however it went. For processes that `Child` started."""
    parent = os.environ.get(_PARENT)
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        raise SystemExit("the parent process is gone")


class Child:
    """One process of the tree: `alertbridge COMMAND`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = {**os.environ, **environment, _PARENT: str(os.getpid())}
        self._process: asyncio.subprocess.Process | None = None

    async def keep(self) -> int:
        """Run until cancelled, starting again what dies; returns the exit code that cannot be cured by a new start."""
        pause = 0.2
        while True:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # whatever lies in the working directory is no part of us
                "-m",
                "alertbridge",
                *self._command,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches us alone; we end the children in order
            )
            started = asyncio.get_running_loop().time()
            code = await self._process.wait()
            if code == USAGE_ERROR:
                return code
            if asyncio.get_running_loop().time() - started > _LONGEST_PAUSE_SECONDS:
                pause = 0.2
            log.error("process_ended", command=self._command[0], code=code, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def stop(self) -> None:
        """Ask it to end, and end it where it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            try:
                async with asyncio.timeout(GRACE_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Hand a signal on."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)


async def run_tree(children: Sequence[Child], stopping: asyncio.Event) -> int:
    """Keep all children running until `stopping` is set, or one of them can never run; returns the exit code."""
    keepers = [asyncio.create_task(child.keep()) for child in children]
    stop = asyncio.create_task(stopping.wait())
    try:
        done, _ = await asyncio.wait([stop, *keepers], return_when=asyncio.FIRST_COMPLETED)
        return next((task.result() for task in keepers if task in done), 0)
    finally:
        for task in [stop, *keepers]:
            task.cancel()
        await asyncio.gather(stop, *keepers, return_exceptions=True)
        await asyncio.gather(*(child.stop() for child in children))


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Ctrl-C and SIGTERM set `stopping`; a second one ends the process at once."""

    def stop() -> None:
        if stopping.is_set():
            raise SystemExit(130)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
