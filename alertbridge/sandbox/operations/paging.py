"""Pages: opaque tokens that name a position in one operation's list."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from alertbridge.sandbox.operations.registry import Call
from alertbridge.sandbox.refusals import Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of items; `token` is None on the last one."""

    items: Sequence[Any]
    token: str | None

    def fields(self) -> dict[str, Any]:
        """Return `has_more`, and `page_token` where there is more."""
        return {"has_more": False} if self.token is None else {"has_more": True, "page_token": self.token}


def page_of(items: Sequence[T], call: Call, *, default_size: int = 20) -> Page:
    """Return the page of `items` the call asks for. Raises Refused with the operation's code for a foreign token."""
    start = _position(call)
    size = max(1, call.query.get("page_size") or default_size)
    end = start + size
    token = _token(call.operation.id, end) if end < len(items) else None
    return Page(items[start:end], token)


def _position(call: Call) -> int:
    token = call.query.get("page_token")
    if not token:
        return 0
    try:
        operation, _, position = base64.urlsafe_b64decode(token).decode().partition(" ")
        if operation == call.operation.id:
            return int(position)
    except (binascii.Error, ValueError):  # not one of ours: refused below like any other foreign token
        pass
    raise Refused(call.operation.invalid_parameter, "page_token is invalid")


def _token(operation: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{operation} {position}".encode()).decode()
