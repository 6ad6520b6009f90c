"""The pictures of the groups are shipped as they are drawn."""

import struct
import zlib

import pytest

from alertbridge.feishu.avatars import NAMES, picture
from alertbridge.feishu.avatars.drawing import SIZE, draw


def pixels(png: bytes) -> bytes:
    """The picture's rows: another build of zlib may pack the same ones differently."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (SIZE, SIZE)
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return zlib.decompress(data)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_the_one_that_is_drawn(name: str) -> None:
    assert pixels(picture(name)) == pixels(draw(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_small_and_like_no_other(name: str) -> None:
    assert len(picture(name)) < 10_000
    assert [other for other in NAMES if picture(other) == picture(name)] == [name]
