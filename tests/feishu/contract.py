"""Feishu's documented contract, for holding requests against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from alertbridge.feishu.protocol import Call
from alertbridge.sandbox.contract import load

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented call."""

    name: str
    method: str
    path: str
    entry: dict[str, Any]


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return load()


def operations() -> dict[str, Operation]:
    """Return the documented operations by name."""
    found = (
        Operation(entry["operationId"], method.upper(), path, entry)
        for path, methods in document()["paths"].items()
        for method, entry in methods.items()
        if method in METHODS
    )
    return {operation.name: operation for operation in found}


def documented_errors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each (operation, error) of the error tables, and of the gateway's table for every operation."""
    for operation in operations().values():
        for error in (*operation.entry.get("x-errors", ()), *document()["x-common-errors"]):
            yield operation.name, error


def violations(call: Call[Any]) -> list[str]:
    """Return what in `call` the contract does not allow. Fields that it does not know count too."""
    operation = operations()[call.operation]
    found = []
    if call.method != operation.method:
        found.append(f"method {call.method}")
    found += _path_violations(call.path, operation.path)
    found += _query_violations(call, operation)
    found += _body_violations(call, operation)
    return found


def _path_violations(path: str, template: str) -> list[str]:
    given, wanted = path.split("/"), template.split("/")
    same = len(given) == len(wanted) and all(
        (part != "" if pattern.startswith("{") else part == pattern)
        for part, pattern in zip(given, wanted, strict=True)
    )
    return [] if same else [f"path {path}"]


def _query_violations(call: Call[Any], operation: Operation) -> list[str]:
    documented = {}
    for parameter in _parameters(operation):
        if parameter["in"] == "query":
            documented[parameter["name"]] = parameter
    given: dict[str, list[str]] = {}
    for name, value in call.query:
        given.setdefault(name, []).append(value)

    found = [f"query {name} is not documented" for name in given.keys() - documented.keys()]
    found += [
        f"query {name} is missing"
        for name, parameter in documented.items()
        if parameter.get("required") and name not in given
    ]
    for name in given.keys() & documented.keys():
        schema = documented[name]["schema"]
        found += [f"query {name}: {error}" for error in _errors(schema, _typed(given[name], schema["type"]))]
    return found


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    shared = document()["paths"][operation.path].get("parameters", ())
    for parameter in (*shared, *operation.entry.get("parameters", ())):
        name = parameter.get("$ref", "").rpartition("/")[2]
        yield document()["components"]["parameters"][name] if name else parameter


def _typed(values: list[str], kind: str) -> object:
    if kind == "array":
        return values
    (value,) = values
    if kind == "integer":
        return int(value)
    if kind == "boolean":
        return {"true": True, "false": False}[value]
    return value


def _body_violations(call: Call[Any], operation: Operation) -> list[str]:
    documented = operation.entry.get("requestBody")
    if documented is None:
        return [] if call.body is None and call.upload is None else ["no body is documented"]
    if call.upload is not None:
        schema = documented["content"]["multipart/form-data"]["schema"]
        fields = {**call.upload.fields, call.upload.file_field: "binary"}
        return [f"body {error}" for error in _errors(schema, fields)]
    encoded = call.encoded()
    if encoded is None:
        return ["the body is missing"] if documented.get("required") else []
    schema = documented["content"]["application/json"]["schema"]
    return [f"body {error}" for error in _errors(schema, msgspec.json.decode(encoded))]


def _errors(schema: dict[str, Any], value: object) -> list[str]:
    closed = _closed({**schema, "components": document()["components"]})
    return [str(error) for error in jsonschema_rs.Draft202012Validator(closed).iter_errors(value)]


def _closed(schema: Any) -> Any:
    """Return `schema` refusing fields it does not name: the real one ignores our typing errors."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
