"""Image upload."""

import struct

from alertbridge.sandbox.ids import new_id
from alertbridge.sandbox.operations.registry import Call, JsonObject, operation
from alertbridge.sandbox.refusals import Refused
from alertbridge.sandbox.world import Image, World

_MAX_BYTES = 10 * 1024 * 1024
_LONGEST_SIDE = {"message": 12_000, "avatar": 4_096}
_LONGEST_GIF_SIDE = 2_000

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"\x00\x00\x01\x00": "image/x-icon",
}


@operation("image_create")
def upload(world: World, call: Call) -> JsonObject:
    """Keep an image and give the key that only this app may use."""
    content: bytes = call.body["image"]
    if not content:
        raise Refused(234010)
    if len(content) > _MAX_BYTES:
        raise Refused(234006)
    content_type = _content_type(content)
    if content_type is None:
        raise Refused(234011)
    longest = _LONGEST_GIF_SIDE if content_type == "image/gif" else _LONGEST_SIDE[call.body["image_type"]]
    if any(side > longest for side in _sides(content, content_type)):
        raise Refused(234039)
    key = new_id("img_v3_")
    world.images[key] = Image(call.app.app_id, call.body["image_type"], content_type, content)
    return {"image_key": key}


def _content_type(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypheic", b"ftypmif1"):
        return "image/heic"
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)


def _sides(content: bytes, content_type: str) -> tuple[int, ...]:
    """Return width and height where the header tells them plainly (PNG, GIF)."""
    if content_type == "image/png" and len(content) >= 24:
        return struct.unpack(">II", content[16:24])
    if content_type == "image/gif" and len(content) >= 10:
        return struct.unpack("<HH", content[6:10])
    return ()
