"""A number that rises whenever the world changes, and a way to wait for it."""

import asyncio


class Changes:
    """Counts changes; many readers may wait for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self.is_closed = False
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Say that something visible has changed."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, version: int) -> int:
        """Return the current version once it is above `version`, or when there will be no more changes."""
        while self.version <= version and not self.is_closed:
            await self._changed.wait()
        return self.version

    def close(self) -> None:
        """Let everybody who waits go."""
        self.is_closed = True
        self.note()
