"""The sandbox's own time: real time until somebody moves it forward or changes its speed."""

import asyncio
import time
from collections.abc import Callable


def _wall_ms() -> float:
    return time.time_ns() / 1_000_000


class SandboxClock:
    """Milliseconds since the epoch, which can be advanced or sped up; waiting follows both at once."""

    def __init__(self, wall_ms: Callable[[], float] = _wall_ms) -> None:
        self._wall_ms = wall_ms
        self._origin_wall = wall_ms()
        self._origin = self._origin_wall
        self._speed = 1.0
        self._moved = asyncio.Event()

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def now_ms(self) -> int:
        """Return the sandbox's time in milliseconds."""
        return int(self._origin + (self._wall_ms() - self._origin_wall) * self._speed)

    def advance(self, seconds: float) -> None:
        """Jump forward; whatever becomes due meanwhile happens at once."""
        self._origin += seconds * 1000
        self._announce()

    def run_at(self, speed: float) -> None:
        """Let time pass `speed` times as fast as real time (0 stands still)."""
        self._origin, self._origin_wall = float(self.now_ms()), self._wall_ms()
        self._speed = speed
        self._announce()

    async def wait_until(self, due_ms: int) -> None:
        """Return once the sandbox's time has reached `due_ms`."""
        while (left_ms := due_ms - self.now_ms()) > 0:
            moved = self._moved
            seconds = left_ms / 1000 / self._speed if self._speed else None
            try:
                async with asyncio.timeout(seconds):
                    await moved.wait()
            except TimeoutError:
                continue

    def _announce(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
