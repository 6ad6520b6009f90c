"""Processes for tests: on ports of their own, ended with all they started, and never outliving the tests."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_PATIENCE_SECONDS = 30
_LAST_WORDS = 4000

# Runs between our fork and the program: prctl is asked in a process of its own, and the wish outlives exec.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
parent, program = int(sys.argv[1]), sys.argv[2:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() != parent:
    sys.exit("the tests are gone")
os.execv(program[0], program)
"""


class Program:
    """One program, that can be started again after it ended. It stays on its address, and writes one log."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = tethered(command)
        self._folder = folder
        self._environment = environment
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ended(self) -> int | None:
        """Its exit code, once it has ended by itself."""
        return None if self._process is None else self._process.poll()

    @property
    def log(self) -> str:
        """The end of what it wrote."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return text[-_LAST_WORDS:]

    def start(self) -> None:
        """Start it."""
        assert self._process is None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> int:
        """Ask it to end, as a service manager does, and return its exit code."""
        assert self._process is not None
        tree = _tree(self._process.pid)
        self._process.terminate()
        try:
            code = self._process.wait(_PATIENCE_SECONDS)
        finally:
            self.kill()
        left = [pid for pid in tree if _is_running(pid)]
        assert left == [], f"{self.name} ended, and left processes behind"
        return code

    def kill(self) -> None:
        """Kill -9, it and everything it started, at once: a power cut. Nothing happens where nothing runs."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGSTOP)  # so that it does not start again what is killed first
        for pid in reversed(_tree(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def tethered(command: Sequence[str]) -> list[str]:
    """Let a command die with this process, however this process dies."""
    return [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]


def free_port() -> int:
    """Find a port below those that systems give to whoever asks for any, so that nobody takes it in between."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _tree(root: int) -> list[int]:
    """The process and all that came from it, parents first."""
    found = [root]
    parents = _parents()
    for parent in found:
        found += [pid for pid, (its_parent, _) in parents.items() if its_parent == parent]
    return found


def _is_running(pid: int) -> bool:
    return _parents().get(pid, (0, "Z"))[1] != "Z"


def _parents() -> dict[int, tuple[int, str]]:
    """Every process's parent and state (`Z`: ended, and not asked for yet)."""
    return dict(_from_proc() if Path("/proc/self/stat").exists() else _from_ps())


def _from_proc() -> Iterator[tuple[int, tuple[int, str]]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
            yield int(stat.parent.name), (int(parent), state)


def _from_ps() -> Iterator[tuple[int, tuple[int, str]]]:
    for line in subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,state="], text=True).splitlines():
        pid, parent, state = line.split()
        yield int(pid), (int(parent), state[0])
