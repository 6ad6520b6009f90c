"""Images: upload once, use the key. A key belongs to the app that uploaded it."""

from typing import Literal, NewType

import msgspec

from alertbridge.feishu import checks, limits
from alertbridge.feishu.protocol import Call, Upload

ImageKey = NewType("ImageKey", str)


class ImageCreated(msgspec.Struct, frozen=True, kw_only=True):
    """The uploaded image."""

    image_key: ImageKey


def image_create(image: bytes, *, image_type: Literal["message", "avatar"]) -> Call[ImageCreated]:
    """Upload an image: `avatar` for chats, `message` for messages, cards, tab and menu icons."""
    checks.some(limits.IMAGE_BYTES, "bytes of an image", image)
    return Call(
        operation="image_create",
        method="POST",
        path="/open-apis/im/v1/images",
        upload=Upload({"image_type": image_type}, "image", "image", image),
        answer=ImageCreated,
    )
