"""What an app made of an event or callback, and the errors that a client shows in place of it (BEHAVIOUR 11)."""

from dataclasses import dataclass
from typing import Any

NO_URL = 200340
TIMED_OUT = 200341
NO_CONNECTION = 200342
NOT_200 = 200671
BAD_BODY = 200672


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """What the app answered: its status and JSON body, or the error the client would show."""

    status: int | None
    body: Any
    client_error: int | None = None
