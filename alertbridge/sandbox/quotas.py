"""How often something may happen: fixed windows on the sandbox's clock, constant time and no growth."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Window:
    """Counts per key within the current stretch of `length_ms`; all counts start over with the next stretch."""

    length_ms: int
    _index: int = -1
    _counts: dict[str, int] = field(default_factory=dict)

    def left(self, key: str, limit: int, now_ms: int) -> int:
        """Return how many more times `key` may happen in this window."""
        self._turn(now_ms)
        return limit - self._counts.get(key, 0)

    def count(self, key: str, now_ms: int) -> None:
        """Note that `key` happened."""
        self._turn(now_ms)
        self._counts[key] = self._counts.get(key, 0) + 1

    def resets_in_seconds(self, now_ms: int) -> int:
        """Return the whole seconds, at least one, until this window is over."""
        return max(1, -(-(self.length_ms - now_ms % self.length_ms) // 1000))

    def _turn(self, now_ms: int) -> None:
        index = now_ms // self.length_ms
        if index != self._index:
            self._index = index
            self._counts.clear()


@dataclass(slots=True)
class Quotas:
    """The windows of the platform: seconds and minutes, for APIs, chats, users, messages and announcements alike."""

    second: Window = field(default_factory=lambda: Window(1000))
    minute: Window = field(default_factory=lambda: Window(60_000))
    enforced: bool = True
    """False lets everything through, for tests of other things."""

    def take_second(self, key: str, limit: int | None, now_ms: int) -> bool:
        """Count `key` within this second; False, and nothing counted, when its limit is reached."""
        if limit is None or not self.enforced:
            return True
        if self.second.left(key, limit, now_ms) < 1:
            return False
        self.second.count(key, now_ms)
        return True
