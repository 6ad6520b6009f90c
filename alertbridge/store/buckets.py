"""What Feishu counts, and how far we go: the windows that each call falls into.

Sources: the page of each call (its rate limit), and
https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` calls in any `span_ms`."""

    limit: int
    span_ms: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls that are counted together."""

    name: str
    windows: tuple[Window, ...]
    """The shortest span first, and with it the lowest limit."""
    is_of_app: bool = True
    """The gateway's refusal stops the buckets of the app; those of one chat or card have other refusals."""


# A call arrives some time after it was let go, each after another time. So the 50/s of an API are cut to 45, and where
# a limit is too small or too precious to be cut, its span is stretched by a tenth of a second or by a second.
_API = (Window(45, 1_000), Window(1_000, 61_000))
_INFO = (Window(20, 1_100),)
_TEN = (Window(10, 1_100),)
_FIVE = (Window(5, 1_100),)
_THREE = (Window(3, 1_100),)

_DOCX_READS = frozenset(
    {"docx_announcement_blocks_list", "docx_announcement_block_get", "docx_announcement_block_children_get"}
)
_DOCX_WRITES = frozenset(
    {
        "docx_announcement_block_children_create",
        "docx_announcement_blocks_batch_update",
        "docx_announcement_block_children_batch_delete",
    }
)


def buckets(operation: str, chat_id: str | None, message_id: str | None) -> tuple[Bucket, ...]:
    """Name every bucket that one call counts in.

    `chat_id` is the receiver: a chat, or the person of a direct message.
    """
    match operation:
        case "message_create" | "message_reply":
            return _api(operation), *_of("chat", chat_id, _FIVE)
        case "message_patch":
            return _api(operation), *_of("card", message_id, _FIVE)
        case "pin_create" | "pin_delete":
            return _api(operation), *_of("pin", message_id, _FIVE)
        case "docx_announcement_get":
            return (Bucket(f"api:{operation}", _INFO),)
        case _ if operation in _DOCX_READS:
            return (Bucket("docx:read", _TEN),)
        case _ if operation in _DOCX_WRITES:
            return Bucket("docx:write", _FIVE), *_of("announcement", chat_id, _THREE)
        case _:
            return (_api(operation),)


def _api(operation: str) -> Bucket:
    return Bucket(f"api:{operation}", _API)


def _of(kind: str, subject: str | None, windows: tuple[Window, ...]) -> tuple[Bucket, ...]:
    return (Bucket(f"{kind}:{subject}", windows, is_of_app=False),) if subject else ()
