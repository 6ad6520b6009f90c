"""What goes wrong on request: calls that fail or vanish, events that come twice, late, out of order or never."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """The ways to misbehave; the first five concern calls, the others events."""

    DROP_ANSWER = "drop_answer"
    """The work is done, then the connection is closed without an answer (after `seconds`)."""
    SERVER_ERROR = "server_error"
    """HTTP 502 without JSON (or the status given as `code`), nothing is done."""
    SLOW = "slow"
    """The work is done at once, the answer comes after `seconds`."""
    RATE_LIMITED = "rate_limited"
    """99991400 with its headers; `seconds` is the wait they ask for."""
    REFUSE = "refuse"
    """Refused with `code`, nothing is done."""
    EVENT_TWICE = "event_twice"
    EVENT_LATE = "event_late"
    """The first attempt is made `seconds` later."""
    EVENT_OUT_OF_ORDER = "event_out_of_order"
    """Held back until the app's next event has been attempted."""
    EVENT_DROPPED = "event_dropped"


CALL_FAULTS = frozenset(
    {
        FaultKind.DROP_ANSWER,
        FaultKind.SERVER_ERROR,
        FaultKind.SLOW,
        FaultKind.RATE_LIMITED,
        FaultKind.REFUSE,
    }
)

EVERYTHING = "*"


@dataclass(slots=True)
class Fault:
    """A fault that happens the next `times` times `operation` (an operationId, an event type or `*`) is used.

    `seconds` are those of the sandbox's clock.
    """

    operation: str
    kind: FaultKind
    times: int = 1
    seconds: float = 0.0
    code: int | None = None


class Faults:
    """The faults that are still to happen, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let `fault` happen from now on."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Behave again."""
        self._faults.clear()

    def next_for_call(self, operation: str) -> Fault | None:
        """Return, and count, the fault for this call."""
        return self._take(operation, is_call=True) if self._faults else None

    def next_for_event(self, event_type: str) -> Fault | None:
        """Return, and count, the fault for this event."""
        return self._take(event_type, is_call=False) if self._faults else None

    def _take(self, operation: str, *, is_call: bool) -> Fault | None:
        for fault in self._faults:
            if fault.operation in (operation, EVERYTHING) and (fault.kind in CALL_FAULTS) == is_call:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
