"""How it is written how often a route's incidents have to be told of."""

from typing import Any

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from alertbridge.config.entry import Entry
from alertbridge.config.values import UpdateWait
from alertbridge.core.severity import Severity

_OFF = "off"


class UpdatesEntry(Entry):
    """After how long without an update the lead is reminded, by severity; `off`: never."""

    P1: UpdateWait = 0
    """For P1. Default: 0s, never."""

    P2: UpdateWait = 0
    """For P2."""

    P3: UpdateWait = 0
    """For P3."""

    P4: UpdateWait = 0
    """For P4."""

    @model_validator(mode="before")
    @classmethod
    def _none_at_all(cls, value: Any) -> Any:
        return {} if value == _OFF else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = handler.resolve_ref_schema(handler(schema))
        described["type"] = ["object", "string"]
        return described

    def seconds(self) -> dict[Severity, int]:
        """The same by severity; one that is missing has no reminders."""
        found = {severity: int(getattr(self, severity.name)) for severity in Severity}
        return {severity: seconds for severity, seconds in found.items() if seconds}
