"""The team file's JSON Schema, for editors; published as `deploy/team.schema.json`, which a test compares."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from alertbridge.config.entries import TeamEntry


class _AsWritten(GenerateJsonSchema):
    """Describes what a person writes: an absent field is absent, never null, and defaults are said in words."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def team_schema() -> dict[str, Any]:
    """Return the schema as a JSON value."""
    schema = TeamEntry.model_json_schema(schema_generator=_AsWritten)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "alertbridge team file"}


def schema_text() -> str:
    """Return the schema as it stands in `deploy/team.schema.json`."""
    return json.dumps(team_schema(), indent=2, ensure_ascii=False) + "\n"
