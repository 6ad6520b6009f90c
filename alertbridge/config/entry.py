"""What every mapping of a team file has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """A mapping of the team file. A field without a value was not written."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def written(self) -> dict[str, Any]:
        """Return the fields that the file gives, under their names here."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
