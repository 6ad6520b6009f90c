"""What an operation is given and how it is found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alertbridge.sandbox.apps import App
from alertbridge.sandbox.messages import Member, bot
from alertbridge.sandbox.openapi import Operation
from alertbridge.sandbox.world import World

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A validated request. `caller` is None only for the operation that hands out tokens."""

    operation: Operation
    caller: App | None
    path: dict[str, str]
    query: JsonObject
    body: JsonObject
    now: int

    @property
    def app(self) -> App:
        """The calling app."""
        assert self.caller is not None
        return self.caller

    @property
    def bot(self) -> Member:
        """The calling app's bot as a member of chats."""
        return bot(self.app.app_id)


Handler = Callable[[World, Call], JsonObject]

HANDLERS: dict[str, Handler] = {}
"""operationId -> the function that does the work and returns the answer's `data`. It raises Refused."""

WITHOUT_DATA: set[str] = set()
"""Operations whose answer has its fields at top level instead of under `data`."""


def operation(id_: str, *, has_data: bool = True) -> Callable[[Handler], Handler]:
    """Register the function below as the operation `id_`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[id_] = handler
        if not has_data:
            WITHOUT_DATA.add(id_)
        return handler

    return register
