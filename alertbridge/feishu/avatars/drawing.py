"""How the pictures are drawn: strokes and outlines as distances, smoothed over one pixel, written as PNG.

A shape is a function from a point to its distance in pixels from the shape's edge, negative inside. The background
fills the square, since clients crop it to a circle; the sign keeps clear of the corners.
"""

import math
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

SIZE = 256
STROKE = 13.0
"""Half the width of a digit's line."""

Point = tuple[float, float]
Colour = tuple[int, int, int]
Shape = Callable[[float, float], float]

WHITE: Colour = (255, 255, 255)
INK: Colour = (64, 46, 0)
"""On yellow, where white cannot be read."""


def draw(name: str) -> bytes:
    """The PNG file of one picture."""
    top, bottom, ink, sign = _PICTURES[name]
    rows = (_row(y, _mixed(top, bottom, y / (SIZE - 1)), ink, sign) for y in range(SIZE))
    return _png(rows)


def _row(y: int, ground: Colour, ink: Colour, sign: Shape) -> bytes:
    row = bytearray()
    for x in range(SIZE):
        covered = min(1.0, max(0.0, 0.5 - sign(x + 0.5, y + 0.5)))
        row += bytes(_mixed(ground, ink, covered))
    return bytes(row)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _png(rows: Iterable[bytes]) -> bytes:
    """A PNG of 8-bit RGB rows. Source: PNG specification, https://www.w3.org/TR/png/."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


# -- shapes ------------------------------------------------------------------------------------------------------------


def _stroke(points: Sequence[Point], half_width: float = STROKE) -> Shape:
    """A line through the points with round ends and corners."""
    pieces = [(ax, ay, bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points)]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    high, low = min(y for _, y in points), max(y for _, y in points)

    def distance(x: float, y: float) -> float:
        outside = max(left - x, x - right, high - y, y - low)
        if outside > half_width + 1:
            return outside - half_width
        return min(_to_piece(x, y, piece) for piece in pieces) - half_width

    return distance


def _to_piece(x: float, y: float, piece: tuple[float, float, float, float]) -> float:
    ax, ay, dx, dy = piece
    along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)
    along = min(1.0, max(0.0, along))
    return math.hypot(x - ax - along * dx, y - ay - along * dy)


def _inside(outline: Sequence[Point]) -> Shape:
    """The area within a closed outline."""
    edge = _stroke([*outline, outline[0]], 0.0)
    corners = list(zip(outline, [*outline[1:], outline[0]], strict=True))

    def distance(x: float, y: float) -> float:
        crossings = sum(
            (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay) for (ax, ay), (bx, by) in corners
        )
        away = edge(x, y)
        return -away if crossings % 2 else away

    return distance


def _together(*shapes: Shape) -> Shape:
    return lambda x, y: min(shape(x, y) for shape in shapes)


def _without(shape: Shape, gap: Shape) -> Shape:
    return lambda x, y: max(shape(x, y), -gap(x, y))


def _arc(centre: Point, radii: Point, start: float, end: float, steps: int = 24) -> list[Point]:
    """Points of a part of an ellipse, angles in degrees, 0 to the right, growing clockwise."""
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle)) for angle in angles]


# -- signs -------------------------------------------------------------------------------------------------------------


def _one() -> Shape:
    return _together(_stroke([(100, 98), (132, 72), (132, 184)]), _stroke([(102, 184), (162, 184)]))


def _two() -> Shape:
    bow = _arc((128, 106), (36, 36), 195, 405)
    return _stroke([*bow, (92, 184), (166, 184)])


def _three() -> Shape:
    upper = _arc((124, 98), (32, 28), 205, 450)
    lower = _arc((124, 155), (37, 31), 270, 515)
    return _together(_stroke(upper), _stroke(lower))


def _four() -> Shape:
    return _together(_stroke([(140, 72), (84, 152), (174, 152)]), _stroke([(146, 116), (146, 186)]))


def _tick() -> Shape:
    return _stroke([(78, 134), (113, 169), (180, 94)], 15.0)


def _bell() -> Shape:
    dome = [*_arc((128, 120), (44, 48), 180, 360), (176, 156), (190, 172), (66, 172), (80, 156)]
    bell = _together(_inside(dome), _stroke([(128, 72), (128, 64)], 9.0), _inside(_arc((128, 182), (18, 18), 0, 180)))
    bar = [(72, 66), (190, 196)]
    return _together(_without(bell, _stroke(bar, 18.0)), _stroke(bar, 8.0))


_PICTURES: dict[str, tuple[Colour, Colour, Colour, Shape]] = {
    "p1": ((233, 62, 56), (190, 24, 36), WHITE, _one()),
    "p2": ((250, 145, 40), (226, 98, 8), WHITE, _two()),
    "p3": ((255, 212, 59), (245, 184, 14), INK, _three()),
    "p4": ((66, 133, 244), (28, 92, 212), WHITE, _four()),
    "resolved": ((52, 181, 105), (22, 138, 74), WHITE, _tick()),
    "silenced": ((142, 150, 163), (104, 112, 126), WHITE, _bell()),
}
