"""Hours of a week, as restrictions of rotations name them: which there are, what they share, how they are written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from alertbridge.config.values import WEEKDAYS

DAY = 24 * 60
WEEK = 7 * DAY

Span = tuple[int, int]
"""Minutes of the week since Monday 00:00, from the first until just before the second."""


@dataclass(frozen=True, slots=True)
class Week:
    """Times that come back each week. `spans` are apart and in order."""

    spans: tuple[Span, ...] = ((0, WEEK),)

    @classmethod
    def of(cls, windows: Iterable[Span]) -> Self:
        """Return the times in any of the windows (first minute, length); they may reach into the next week."""
        pieces = sorted(piece for start, length in windows for piece in _pieces(start, length))
        spans: list[Span] = []
        for start, end in pieces:
            if spans and start <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(spans[-1][1], end)
            else:
                spans.append((start, end))
        return cls(tuple(spans))

    @property
    def is_whole(self) -> bool:
        """Whether it is all week."""
        return self.spans == ((0, WEEK),)

    def shared(self, other: Self) -> Self:
        """Return the times in both."""
        return type(self).of(
            (max(start, begin), min(end, stop) - max(start, begin))
            for start, end in self.spans
            for begin, stop in other.spans
            if max(start, begin) < min(end, stop)
        )

    def holds(self, other: Self) -> bool:
        """Whether all times of the other are among these."""
        return self.shared(other) == other

    def written(self) -> list[dict[str, list[str]]]:
        """Write them as `only` of a layer: days with the same times stand together."""
        by_times: dict[tuple[str, ...], list[int]] = {}
        for day in range(7):
            if times := tuple(f"{_clock(start)}-{_clock(end)}" for start, end in self._of_day(day)):
                by_times.setdefault(times, []).append(day)
        return [
            ({} if len(days) == 7 else {"weekdays": list(_ranges(days))}) | {"times": list(times)}
            for times, days in by_times.items()
        ]

    def _of_day(self, day: int) -> Iterator[Span]:
        """Find what begins on a day; what goes on after midnight for less than a day in all is one piece."""
        for start, end in sorted(self._nights()):
            if start // DAY == day:
                yield start % DAY, end % DAY if end > (day + 1) * DAY else end - day * DAY

    def _nights(self) -> Iterator[Span]:
        spans = list(self.spans)
        if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == WEEK:  # Sunday night
            spans[-1] = spans[-1][0], WEEK + spans.pop(0)[1]
        for start, end in spans:
            if end - start < DAY and start // DAY != (end - 1) // DAY:
                yield start, end
            else:
                yield from _pieces_of_days(start, end)


def _pieces(start: int, length: int) -> Iterator[Span]:
    if length >= WEEK:
        yield 0, WEEK
        return
    start %= WEEK
    yield start, min(start + length, WEEK)
    if start + length > WEEK:
        yield 0, start + length - WEEK


def _pieces_of_days(start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = min((start // DAY + 1) * DAY, end)
        yield start % WEEK, (start % WEEK) + stop - start
        start = stop


def _ranges(days: list[int]) -> Iterator[str]:
    for _, numbered in groupby(enumerate(days), key=lambda item: item[1] - item[0]):
        run = [day for _, day in numbered]
        yield WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}:{WEEKDAYS[run[-1]]}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
